import { isRisky } from '../backup/index.ts';
import { queryNumber, script, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { Step } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import type { RunContext } from '../lock/index.ts';

const savepoint = 'dunlin_foreign_keys';
const [parent, child] = ['main.dunlin_proof_parent', 'main.dunlin_proof_child'];

/**
 * Proves that foreign keys are off, where a run may delete rows or drop tables and some table has an action: the guards then
 * count no rows that an action removes. Some engines accept the pragma, and even return 0, and keep them on. Call it in
 * the transaction. Errors: `FOREIGN_KEYS_STAY_ON`.
 */
export function* proveForeignKeysOff(
  { database, driver, scratch }: RunContext,
  steps: readonly Step[],
  { tables }: Inventory,
): Op<void> {
  const removing = steps.filter((step) => !step.foreignKeys && isRisky(step));
  if (scratch || removing.length === 0) return;
  const created = steps.flatMap(({ statements }) => statements.map(({ statement }) => statement.sql));
  if (![...[...tables.values()].map(({ sql }) => sql ?? ''), ...created].some(hasAction)) return;
  yield* script(
    `SAVEPOINT ${savepoint};
     CREATE TABLE ${parent} (id INTEGER PRIMARY KEY);
     CREATE TABLE ${child} (id INTEGER REFERENCES dunlin_proof_parent (id) ON DELETE CASCADE);
     INSERT INTO ${parent} VALUES (1);
     INSERT INTO ${child} VALUES (1);
     DELETE FROM ${parent}`,
  );
  const left = yield* queryNumber(`SELECT count(*) FROM ${child}`);
  yield* script(`ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
  if (left !== 1) throw dunlinError('FOREIGN_KEYS_STAY_ON', { database, driver });
}

/** A search for the words is enough: a false match costs three requests, a missed one could cost rows. */
function hasAction(sql: string): boolean {
  return /\breferences\b/i.test(sql) && /\bon\s+(?:delete|update)\b/i.test(sql);
}
