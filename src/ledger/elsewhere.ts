import { query, type Op } from '../bridge/index.ts';
import { dunlinError, type DunlinError } from '../errors/index.ts';
import { sameName } from '../sql/index.ts';
import type { Layout } from './layouts/layout.ts';
import type { TableNames } from './types.ts';

/**
 * The tracking table that the database has under another name, where its log of attempts shows that it had runs but no
 * table has the name that was given: a slip in `--table`, or another layout, would apply everything a second time. Two
 * ledgers in one database have a log each, so the first run of the second is not taken for that.
 */
export function* findElsewhere(
  database: string,
  { migrations, attempts }: TableNames,
  chosen: Layout,
  layouts: readonly Layout[],
): Op<readonly DunlinError[]> {
  const rows = yield* query<{ tbl: string; name: string }>(
    `SELECT m.name AS tbl, c.name AS name FROM main.sqlite_schema m, pragma_table_xinfo(m.name, 'main') c WHERE m.type = 'table' ORDER BY m.name, c.cid`,
  );
  const columns = new Map<string, string[]>();
  for (const { tbl, name } of rows) columns.set(tbl, [...(columns.get(tbl) ?? []), name]);
  for (const [table, names] of columns) {
    if (sameName(table, attempts)) continue;
    const made = [chosen, ...layouts].find((layout) => layout.columns.every(({ name }) => names.includes(name)));
    if (made === undefined) continue;
    const layout = made.columns === chosen.columns ? undefined : made.name;
    return [dunlinError('LEDGER_ELSEWHERE', { database, table, given: migrations, layout })];
  }
  return [];
}
