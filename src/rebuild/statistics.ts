import { query, type Op, type Row } from '../bridge/index.ts';
import { findTable, readTableInfo } from '../schema/index.ts';
import { quote } from '../sql/index.ts';

/** What ANALYZE has found out about a table, by the table that keeps it: sqlite_stat1, and sqlite_stat4 if there is one. */
export interface Statistics {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly indexes: ReadonlyMap<string, string>;
}

/** Takes what DROP TABLE will remove: without it queries are planned as if every table had the same size. */
export function* takeStatistics(table: string): Op<Statistics> {
  const rows = new Map<string, readonly Row[]>();
  for (const stat of ['sqlite_stat1', 'sqlite_stat4']) {
    if ((yield* findTable(stat)) === undefined) continue;
    rows.set(stat, yield* query(`SELECT * FROM main.${stat} WHERE tbl = ? COLLATE NOCASE`, [table]));
  }
  return { rows, indexes: yield* readIndexes(table) };
}

/** Puts it back, but for indexes that are gone or have other columns now. */
export function* putStatistics(table: string, { rows, indexes }: Statistics): Op<void> {
  const now = yield* readIndexes(table);
  for (const [stat, taken] of rows)
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

/** The columns of each index, and those of the key under the table's own name, as a WITHOUT ROWID table is analysed. */
function* readIndexes(table: string): Op<ReadonlyMap<string, string>> {
  const { indexes, primaryKey, withoutRowid } = yield* readTableInfo(table);
  // An index of a WITHOUT ROWID table ends with the columns of the primary key.
  const suffix = withoutRowid ? primaryKey : [];
  return new Map([
    ...indexes.map(({ name, columns }) => [name, JSON.stringify([columns, suffix])] as const),
    [table, JSON.stringify(primaryKey)],
  ]);
}
