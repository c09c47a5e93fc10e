import { toRunBackup, locateBackups, type Backup, type BackupLocation } from '../backup/index.ts';
import { clock, query, script, type Op } from '../bridge/index.ts';
import { checkOptions, dunlinError, must, type Checks } from '../errors/index.ts';
import {
  transaction,
  withSettings,
  type RunContext,
  backUp,
  applyRetentionAfter,
  type Operation,
} from '../lock/index.ts';
import { createTables, clearRecordedSchema, hasNoContent, readLedger } from '../ledger/index.ts';
import type { RunBackup } from '../backup/options.ts';
import { isVirtual, readInventory } from '../schema/index.ts';
import { quote, sameName } from '../sql/index.ts';
import { recordAttempt } from './record-attempt.ts';

const resetChecks: Checks = {
  confirm: must("a text, the database's name", (value) => typeof value === 'string'),
};

/**
 * Deletes everything in the database but the attempt log, which stays. `confirm` must be the
 * database's name. Returns the backup from before.
 */
export function reset(options: { readonly confirm: string }): Operation<RunBackup | undefined> {
  checkOptions(options, resetChecks, ['confirm']);
  return (context) => resetIn(context, options.confirm);
}

function* resetIn(context: RunContext, confirm: string): Op<RunBackup | undefined> {
  const expected = context.database.replace(/^.*[\\/]/s, '');
  if (confirm !== expected && confirm !== context.database)
    throw dunlinError('CONFIRMATION_WRONG', { database: expected, given: confirm });
  const before = yield* withSettings(context, () =>
    transaction(context, function* () {
      const before = yield* backUpFirst(context);
      yield* deleteAll(context, before?.backup.id);
      return before;
    }),
  );
  if (before === undefined) return undefined;
  const { location, backup } = before;
  yield* applyRetentionAfter(context, location, backup.bytes);
  return toRunBackup(backup);
}

/** A backup as a run makes it: if the options allow it, of a database that holds something and is a file. */
function* backUpFirst(context: RunContext): Op<{ location: BackupLocation; backup: Backup } | undefined> {
  const { canBackUp, options, ledger } = context;
  if (!canBackUp || options.backup === 'off') return undefined;
  if (yield* hasNoContent(ledger)) return undefined;
  const location = yield* locateBackups(context);
  return location === undefined
    ? undefined
    : { location, backup: yield* backUp(context, location, { kind: 'before-reset' }) };
}

function* deleteAll(context: RunContext, backup: string | undefined): Op<void> {
  const { tables } = context.ledger;
  const inventory = yield* readInventory((table) => sameName(table, tables.attempts));
  // Views and triggers first: a DROP TABLE does not look at them, but a rename or a virtual table's module might.
  for (const object of inventory.others.values())
    if (object.type === 'view') yield* script(`DROP VIEW IF EXISTS main.${quote(object.name)}`);
  for (const object of inventory.others.values())
    if (object.type === 'trigger') yield* script(`DROP TRIGGER IF EXISTS main.${quote(object.name)}`);
  const found = [...inventory.tables.values()];
  // Virtual tables take their shadow tables along; external content tables must still be there then.
  for (const table of [
    ...found.filter((entry) => isVirtual(entry.sql)),
    ...found.filter((entry) => !isVirtual(entry.sql)),
  ])
    yield* script(`DROP TABLE IF EXISTS main.${quote(table.name)}`);
  if (inventory.hasSequences) yield* query(`DELETE FROM main.sqlite_sequence`);
  if (context.engine.settings.includes('user_version')) yield* script('PRAGMA user_version = 0');
  const state = yield* readLedger(context.ledger);
  // The recorded schema is deleted; the next one may come from something else than a migration.
  if (state.exists.records) yield* clearRecordedSchema(tables.attempts);
  if (!state.exists.attempts) yield* createTables(context.ledger, { ...state.exists, migrations: true });
  const now = new Date(yield* clock()).toISOString();
  yield* recordAttempt(context, { runId: context.newRunId(), direction: 'reset', now, backup: backup ?? null });
}
