import { query, script, type Op } from '../../bridge/index.ts';
import { inMain } from '../../sql/index.ts';
import type { Migration, Registry } from '../../migration/index.ts';
import { adoptedColumn, undoneByRestores } from '../attempts.ts';
import type { TableNames } from '../types.ts';
import { logFinder } from './last-moves.ts';
import { readRecords, type ForeignRecords } from './read-records.ts';

/** What the tool from which a database was adopted records by now. */
export interface AdoptedRecords {
  readonly records: ForeignRecords;
  /** What Dunlin has rolled back; the tool may record it as applied. */
  readonly rolledBack: ReadonlySet<Migration>;
}

/** Writes on an adoption's row which table it was; null if its records do not name the migrations here. */
export function* noteAdopted(attempts: string, runId: string, table: string | null, hasColumn: boolean): Op<void> {
  if (!hasColumn) yield* script(`ALTER TABLE ${inMain(attempts)} ADD COLUMN ${adoptedColumn} TEXT`);
  yield* query(`UPDATE ${inMain(attempts)} SET ${adoptedColumn} = ? WHERE run_id = ? AND version IS NULL`, [
    table,
    runId,
  ]);
}

/** The last adoption: its row in the log, and the name of the tool's table, or `user_version`. */
export interface LastAdoption {
  readonly id: number;
  readonly runId: string;
  /** Null if its records do not name the migrations. */
  readonly table: string | null;
}

/** Undefined if there is none. The attempt log must have the column. */
export function* readLastAdoption(attempts: string): Op<LastAdoption | undefined> {
  const [row] = yield* query<{ id: number; runId: string; table: string | null }>(
    `SELECT id, run_id AS "runId", ${adoptedColumn} AS "table" FROM ${inMain(attempts)} WHERE direction = 'adopt' AND version IS NULL${yield* undoneByRestores(attempts)} ORDER BY id DESC LIMIT 1`,
  );
  return row;
}

/** Undefined if there is nothing to compare. The attempt log must have the column. */
export function* readAdoptedRecords(tables: TableNames, registry: Registry): Op<AdoptedRecords | undefined> {
  const adopted = yield* readLastAdoption(tables.attempts);
  if (adopted === undefined || adopted.table === null) return undefined;
  const all = yield* readRecords(Object.values(tables));
  const records = all.find(({ table }) => (table ?? 'user_version') === adopted.table);
  if (records === undefined) return undefined;
  return { records, rolledBack: yield* readRolledBack(tables.attempts, registry) };
}

/** What Dunlin has rolled back at some time. */
export function* readRolledBack(attempts: string, registry: Registry): Op<AdoptedRecords['rolledBack']> {
  const rows = yield* query<{ version: number; name: string }>(
    `SELECT DISTINCT version, name FROM ${inMain(attempts)} WHERE direction = 'down' AND status = 'ok' AND version IS NOT NULL${yield* undoneByRestores(attempts)}`,
  );
  return new Set(rows.map(logFinder(registry)).filter((migration) => migration !== undefined));
}
