import { query, queryOne, type Op } from '../bridge/index.ts';
import { findTable } from '../schema/index.ts';

/** The highest id ever given (sqlite.org/autoinc.html); undefined without AUTOINCREMENT, or before the first row. */
export function* readSequence(table: string): Op<number | bigint | undefined> {
  if ((yield* findTable('sqlite_sequence')) === undefined) return undefined;
  const sql = `SELECT seq FROM main.sqlite_sequence WHERE name = ? COLLATE NOCASE`;
  return (yield* queryOne<{ seq: number | bigint }>(sql, [table]))?.seq;
}

/** Sets it back after a copy, which restarts it at the highest id still there: ids of deleted rows would be given again. */
export function* keepSequence(table: string, before: number | bigint): Op<void> {
  const now = yield* readSequence(table);
  if (now !== undefined && now >= before) return;
  if (now === undefined) yield* query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)`, [table, before]);
  else yield* query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [before, table]);
}
