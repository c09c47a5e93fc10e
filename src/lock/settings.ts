import {
  isSqlError,
  isTransactionOpen,
  queryOne,
  script,
  type EngineFacts,
  type EngineSetting,
  type Op,
} from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RunContext } from './run-context.ts';
import { readMode, setMode } from './journal-mode.ts';
import { preferReplacedError, rememberFile } from './replaced-file.ts';
import { retryBusy } from './wait.ts';

/**
 * What the connection must be like during a run. foreign_keys OFF: with them on, the DROP TABLE of a rebuild deletes
 * the children (sqlite.org/lang_altertable.html, section 7, step 1). synchronous EXTRA (3): with FULL the end of a
 * transaction may be undone by a power cut in rollback mode, because the folder is not synced after the journal goes
 * (sqlite.org/pragma.html#pragma_synchronous). The others keep an application's settings out of a migration.
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

/** On macOS a plain fsync does not reach the disk; elsewhere these have no effect. Some builds report no value for them. */
const flushSettings = ['fullfsync', 'checkpoint_fullfsync'] as const;

/**
 * Runs an operation with safe settings, and restores the connection's own on every exit. Errors: those of the operation,
 * or `DATABASE_REPLACED` if that may have caused one; `ENGINE_LACKS`.
 */
export function* withSettings<T>(context: RunContext, operation: () => Op<T>): Op<T> {
  const { engine } = context;
  if (engine.transactions !== 'sql')
    throw dunlinError('ENGINE_LACKS', { driver: context.driver, what: 'transactions' });
  if (yield* retryBusy(context, 'read', isTransactionOpen))
    throw dunlinError('TRANSACTION_OPEN', { database: context.database });
  yield* rememberFile(context);
  // The first statement on a new connection reads the schema and may hit a lock.
  const { before, mode } = yield* retryBusy(context, 'read', () => readSettings(engine));
  let result: T;
  try {
    for (const [name, value] of runSettings)
      if (isSettable(engine, name) && before.get(name) !== value && (name !== 'synchronous' || !context.scratch))
        yield* setPragma(context, name, value);
    for (const name of flushSettings)
      if (isSettable(engine, name) && !context.scratch) yield* script(`PRAGMA ${name} = 1`);
    result = yield* operation();
  } catch (error) {
    // Ignore settings that a broken connection refuses: the error is more important.
    yield* restoreSettings(before, true);
    yield* restoreMode(context, mode);
    throw yield* preferReplacedError(context, error);
  }
  yield* restoreSettings(before, false);
  yield* restoreMode(context, mode);
  return result;
}

/** Whether an engine has a pragma, and leaves it to the connection. */
function isSettable({ settings, foreignKeys, durability }: EngineFacts, name: EngineSetting): boolean {
  if (name === 'foreign_keys') return foreignKeys === 'switchable';
  if (name === 'synchronous') return durability === 'synchronous';
  return settings.includes(name);
}

function* readSettings(
  engine: EngineFacts,
): Op<{ before: ReadonlyMap<string, number | undefined>; mode: string | undefined }> {
  const before = new Map<string, number | undefined>();
  for (const name of [...runSettings.map(([setting]) => setting), ...flushSettings, 'busy_timeout'] as const)
    if (isSettable(engine, name)) before.set(name, yield* readPragma(name));
  return { before, mode: yield* readMode() };
}

/** The run itself changes only these modes (`keepJournal`); a migration may have set another one on purpose. */
function* restoreMode(context: RunContext, mode: string | undefined): Op<void> {
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

/** Foreign keys on or off for the next transaction. Inside one SQLite ignores the pragma. */
export function* setForeignKeys(context: RunContext, on: boolean): Op<void> {
  if (isSettable(context.engine, 'foreign_keys')) yield* setPragma(context, 'foreign_keys', on ? 1 : 0);
}

/**
 * Sets a pragma and reads it back. Skips one that has the value already: setting a flag makes SQLite walk all prepared
 * statements of the connection, which some drivers finalize only at garbage collection.
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

/** A pragma's value; undefined if this build of SQLite does not have it. */
export function* readPragma(name: string): Op<number | undefined> {
  const row = yield* queryOne(`PRAGMA ${name}`);
  const value = row === undefined ? undefined : Object.values(row)[0];
  return typeof value === 'number' ? value : undefined;
}
