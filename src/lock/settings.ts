import { isSqlError, isTransactionOpen, queryOne, script, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';
import { readMode, setMode } from './journal-mode.ts';
import { preferReplacedError, rememberFile } from './replaced-file.ts';
import { retryBusy } from './wait.ts';

/**
 * What the connection must be like during a run. foreign_keys OFF: with them on, the DROP TABLE of a rebuild deletes
 * the children (sqlite.org/lang_altertable.html, section 7, step 1). synchronous EXTRA (3): with FULL the end of a
 * transaction may be undone by a power cut in rollback mode, because the folder is not synced after the journal goes
 * (sqlite.org/pragma.html#pragma_synchronous). The others must not carry an application's settings into a migration.
 */
const runSettings = [
  ['foreign_keys', 0],
  ['synchronous', 3],
  ['legacy_alter_table', 0],
  ['ignore_check_constraints', 0],
  ['writable_schema', 0],
  ['query_only', 0],
  // Rows are read by their columns' names.
  ['full_column_names', 0],
  ['short_column_names', 1],
  ['count_changes', 0],
] as const;

/** On macOS a plain fsync does not reach the disk; elsewhere these have no effect. They have no value to read back on some builds. */
const flushSettings = ['fullfsync', 'checkpoint_fullfsync'] as const;

/**
 * Runs an operation with safe settings, and gives the connection its own back on every exit. Errors: those of the
 * operation; `DATABASE_REPLACED` in place of one that comes of it.
 */
export function* withSettings<T>(context: RunContext, operation: () => Op<T>): Op<T> {
  if (yield* retryBusy(context, 'read', isTransactionOpen))
    throw dunlinError('TRANSACTION_OPEN', { database: context.database });
  yield* rememberFile(context);
  // The connection may be a moment old: the first statement on it reads the schema, and can meet a lock.
  const { before, mode } = yield* retryBusy(context, 'read', readSettings);
  let result: T;
  try {
    for (const [name, value] of runSettings)
      if (name !== 'synchronous' || !context.scratch) yield* setPragma(context, name, value);
    for (const name of flushSettings) if (!context.scratch) yield* script(`PRAGMA ${name} = 1`);
    result = yield* operation();
  } catch (error) {
    // What went wrong matters more than a setting that cannot be given back to a broken connection.
    yield* restoreSettings(before, true);
    yield* restoreMode(context, mode);
    throw yield* preferReplacedError(context, error);
  }
  yield* restoreSettings(before, false);
  yield* restoreMode(context, mode);
  return result;
}

function* readSettings(): Op<{ before: ReadonlyMap<string, number | undefined>; mode: string }> {
  const before = new Map<string, number | undefined>();
  for (const name of [...runSettings.map(([setting]) => setting), ...flushSettings, 'busy_timeout'])
    before.set(name, yield* readPragma(name));
  return { before, mode: yield* readMode() };
}

/** Only these were changed by the run itself (`keepJournal`); a migration may have changed the others for good. */
function* restoreMode(context: RunContext, mode: string): Op<void> {
  if (mode === 'off' || mode === 'memory') yield* setMode(context, mode);
}

function* restoreSettings(before: ReadonlyMap<string, number | undefined>, lenient: boolean): Op<void> {
  for (const [name, value] of before) {
    if (value === undefined) continue;
    try {
      if ((yield* readPragma(name)) !== value) yield* script(`PRAGMA ${name} = ${value}`);
    } catch (error) {
      if (!lenient || !isSqlError(error)) throw error;
    }
  }
}

/** Foreign keys on or off for the next transaction; inside one the pragma does nothing, and says nothing. */
export function* setForeignKeys(context: RunContext, on: boolean): Op<void> {
  yield* setPragma(context, 'foreign_keys', on ? 1 : 0);
}

/**
 * Sets a pragma and believes only what it then reads. One that has the value already is left alone: setting a flag
 * makes SQLite walk all prepared statements of the connection, which some drivers finalize only with the garbage.
 */
function* setPragma(context: RunContext, name: string, value: number): Op<void> {
  if ((yield* readPragma(name)) === value) return;
  yield* script(`PRAGMA ${name} = ${value}`);
  const found = yield* readPragma(name);
  if (found !== undefined && found !== value)
    throw dunlinError('PRAGMA_REFUSED', {
      database: context.database,
      pragma: name,
      wanted: String(value),
      found: String(found),
    });
}

/** A pragma's value; undefined where this build of SQLite does not have it. */
export function* readPragma(name: string): Op<number | undefined> {
  const row = yield* queryOne(`PRAGMA ${name}`);
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === 'number' ? value : undefined;
}
