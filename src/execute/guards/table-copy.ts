import { query, script, unlessRefused, type Op } from '../../bridge/index.ts';
import {
  countRows,
  hasRows,
  isVirtual,
  readColumns,
  readShadowTables,
  type Column,
  type SchemaRow,
} from '../../schema/index.ts';
import { nameKey, quote, valueForm } from '../../sql/index.ts';

/** A table as it was, and where its values are copied: its columns are `c0`, `c1` ..., each a `valueForm`. */
export interface TableCopy {
  readonly name: string;
  readonly copy: string;
  readonly columns: readonly Column[];
  readonly rows: number;
  readonly isVirtual: boolean;
  /** The virtual table that stores its values in this one. */
  readonly owner?: string;
}

/** The columns with values of their own: not generated ones, nor hidden ones of a virtual table. */
export function* storedColumns(table: string): Op<readonly Column[]> {
  return (yield* readColumns(table)).filter(({ generated, hidden }) => generated === null && !hidden);
}

/** Copies the values of a table, if it has any. */
export function* copyTable(name: string, number: number, kind: Pick<TableCopy, 'isVirtual' | 'owner'>): Op<TableCopy> {
  const columns = yield* storedColumns(name);
  const copy = `temp.dunlin_before_${number}`;
  const rows = yield* countRows(name);
  const list = columns.map((column, i) => `${valueForm(quote(column.name))} AS c${i}`).join(', ');
  if (rows > 0) yield* script(`CREATE TEMP TABLE dunlin_before_${number} AS SELECT ${list} FROM main.${quote(name)}`);
  return { ...kind, name, copy, columns, rows };
}

/**
 * Copies the values of a virtual table. If it returns none, as a full-text table without content, copies the tables in which
 * its module stores them. Empty if there are none.
 */
export function* copyVirtualTable(name: string, number: number): Op<readonly TableCopy[]> {
  const { result } = yield* unlessRefused(copyTable(name, number, { isVirtual: true }));
  const shadows = yield* shadowsOf(name);
  if (result !== undefined) {
    const isEmpty = result.columns.map((_, i) => `min(c${i} = 'NULL')`).join(' OR ');
    const returnsNone =
      result.rows > 0 && (yield* hasRows(`(SELECT ${isEmpty} AS none FROM ${result.copy}) WHERE none`));
    if (!returnsNone || shadows.length === 0) return [result];
    yield* script(`DROP TABLE ${result.copy}`);
  }
  const copies: TableCopy[] = [];
  for (const shadow of shadows) {
    const copy = yield* copyTable(shadow, number + copies.length, { isVirtual: false, owner: name });
    if (copy.rows > 0) copies.push(copy);
  }
  return copies;
}

function* shadowsOf(name: string): Op<readonly string[]> {
  const rows = yield* query<SchemaRow>('SELECT type, name, tbl_name, sql FROM main.sqlite_schema ORDER BY rowid');
  const prefix = `${nameKey(name)}_`;
  // Those of `notes_old` begin with `notes_` as well.
  const others = rows.filter((row) => isVirtual(row.sql)).map((row) => `${nameKey(row.name)}_`);
  const longer = others.filter((other) => other !== prefix && other.startsWith(prefix));
  return [...(yield* readShadowTables(rows))].filter(
    (shadow) => shadow.startsWith(prefix) && !longer.some((other) => shadow.startsWith(other)),
  );
}
