import { clock, query, script, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { transaction, withSettings, type RunContext } from '../execute/index.ts';
import { createTables, insertAttempt, readLedger } from '../ledger/index.ts';
import { isVirtual, readInventory } from '../schema/index.ts';
import { quote, sameName } from '../sql/index.ts';

/**
 * Deletes everything in the database but the attempt log, which goes on telling what happened. `confirm` must be the
 * database's name.
 */
export function* reset(context: RunContext, confirm: string): Op<void> {
  const expected = context.database.replace(/^.*[\\/]/s, '');
  if (confirm !== expected && confirm !== context.database)
    throw dunlinError('CONFIRMATION_WRONG', { database: expected, given: confirm });
  yield* withSettings(context, () => transaction(context, () => deleteAll(context)));
}

function* deleteAll(context: RunContext): Op<void> {
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
  yield* script('PRAGMA user_version = 0');
  const state = yield* readLedger(context.ledger);
  if (!state.exists.attempts) yield* createTables(context.ledger, { ...state.exists, migrations: true });
  const now = new Date(yield* clock()).toISOString();
  yield* insertAttempt(
    tables.attempts,
    {
      runId: context.newRunId(),
      version: null,
      name: null,
      direction: 'reset',
      status: 'ok',
      startedAt: now,
      finishedAt: now,
    },
    context,
  );
}
