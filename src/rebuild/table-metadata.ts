import { query, queryOne, type Op, type Row } from '../bridge/index.ts';
import { findTable, readTableInfo } from '../schema/index.ts';
import { quote } from '../sql/index.ts';

/** The rows of ANALYZE about a table, by statistics table: sqlite_stat1, and sqlite_stat4 if it exists. */
export interface Statistics {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly indexes: ReadonlyMap<string, string>;
}

/** DROP TABLE removes the statistics. Without them SQLite plans queries as if all tables had the same size. */
export function* readStatistics(table: string): Op<Statistics> {
  const rows = new Map<string, readonly Row[]>();
  for (const stat of ['sqlite_stat1', 'sqlite_stat4']) {
    if ((yield* findTable(stat)) === undefined) continue;
    rows.set(stat, yield* query(`SELECT * FROM main.${stat} WHERE tbl = ? COLLATE NOCASE`, [table]));
  }
  return { rows, indexes: yield* readIndexes(table) };
}

/** Restores the statistics, except those of indexes that are gone or have other columns. */
export function* restoreStatistics(table: string, { rows, indexes }: Statistics): Op<void> {
  const now = yield* readIndexes(table);
  for (const [stat, taken] of rows) {
    // A table that was renamed and dropped may leave its rows under the name.
    yield* query(`DELETE FROM main.${stat} WHERE tbl = ? COLLATE NOCASE`, [table]);
    for (const row of taken) {
      const index = row['idx'];
      const key = typeof index === 'string' ? index : '';
      if (key !== '' && indexes.get(key) !== now.get(key)) continue;
      const names = Object.keys(row);
      yield* query(
        `INSERT INTO main.${stat} (${names.map(quote).join(', ')}) VALUES (${names.map(() => '?').join(', ')})`,
        names.map((name) => row[name] ?? null),
      );
    }
  }
}

/** The columns of each index, and the primary key under the table's name, as ANALYZE names it for WITHOUT ROWID. */
function* readIndexes(table: string): Op<ReadonlyMap<string, string>> {
  const { indexes, primaryKey, withoutRowid } = yield* readTableInfo(table);
  // An index of a WITHOUT ROWID table ends with the columns of the primary key.
  const suffix = withoutRowid ? primaryKey : [];
  return new Map([
    ...indexes.map(({ name, columns }) => [name, JSON.stringify([columns, suffix])] as const),
    [table, JSON.stringify(primaryKey)],
  ]);
}

/** The highest AUTOINCREMENT id so far (sqlite.org/autoinc.html); undefined without one. */
export function* readSequence(table: string): Op<number | bigint | undefined> {
  if ((yield* findTable('sqlite_sequence')) === undefined) return undefined;
  const sql = `SELECT seq FROM main.sqlite_sequence WHERE name = ? COLLATE NOCASE`;
  return (yield* queryOne<{ seq: number | bigint }>(sql, [table]))?.seq;
}

/** Restores the sequence. A copy sets it to the highest present id, so ids of deleted rows would be used again. */
export function* keepSequence(table: string, before: number | bigint): Op<void> {
  const now = yield* readSequence(table);
  if (now !== undefined && now >= before) return;
  if (now === undefined) yield* query(`INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)`, [table, before]);
  else yield* query(`UPDATE main.sqlite_sequence SET seq = ? WHERE name = ? COLLATE NOCASE`, [before, table]);
}
