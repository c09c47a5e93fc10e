import type Database from 'better-sqlite3';
import type { Expectation, Expected } from './expectation.ts';
import type { Facts, Finding } from './findings.ts';
import { q } from './model.ts';

type Cells = readonly (string | null)[];

interface ActualRow {
  readonly table: string;
  readonly cells: ReadonlyMap<string, string | null>;
  used: boolean;
}

/**
 * One text for all values that are the same: a number and its exact text are, '007' and 7 are not. SQLite writes whole
 * REALs with `.0` (sqlite.org/quirks.html speaks of the same), so '42.0', 42.0 and 42 are one.
 */
function canonical(column: string): string {
  const c = q(column);
  const whole = (real: string): string =>
    `CASE WHEN abs(${real}) < 9.2e18 AND ${real} = CAST(CAST(${real} AS INTEGER) AS REAL) THEN 'n' || CAST(${real} AS INTEGER) ELSE 'r' || CAST(${real} AS TEXT) END`;
  return `CASE typeof(${c}) WHEN 'null' THEN NULL WHEN 'blob' THEN 'b' || hex(${c}) WHEN 'integer' THEN 'n' || ${c}
    WHEN 'real' THEN ${whole(c)}
    ELSE CASE WHEN ${c} COLLATE BINARY = CAST(CAST(${c} AS INTEGER) AS TEXT) THEN 'n' || ${c}
      WHEN ${c} COLLATE BINARY = CAST(CAST(${c} AS REAL) AS TEXT) THEN ${whole(`CAST(${c} AS REAL)`)}
      ELSE 't' || ${c} END END`;
}

/** Rows, values and columns that are not where they are expected. */
export function rowFindings(after: Database.Database, expectation: Expectation, facts: Facts): Finding[] {
  const actual = new Map<string, ActualRow[]>();
  const readTable = (table: string): ActualRow[] => {
    const known = actual.get(table);
    if (known !== undefined) return known;
    const columns = columnsOf(after, table);
    const rows = after
      .prepare(`SELECT ${columns.map(canonical).join(', ')} FROM main.${q(table)}`)
      .raw()
      .all() as (string | null)[][];
    const made = rows.map((row) => ({
      table,
      cells: new Map(columns.map((column, index) => [column, row[index]!])),
      used: false,
    }));
    actual.set(table, made);
    return made;
  };
  return expectation.tables.flatMap((expected) =>
    expected.end === 'dropped' ? [] : compareTable(after, expectation, expected, facts, readTable),
  );
}

function columnsOf(db: Database.Database, table: string): string[] {
  return db.prepare('SELECT name FROM pragma_table_xinfo(?) WHERE hidden <> 1').pluck().all(table) as string[];
}

function compareTable(
  after: Database.Database,
  expectation: Expectation,
  expected: Expected,
  facts: Facts,
  readTable: (table: string) => ActualRow[],
): Finding[] {
  const table = expected.first;
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], text: string, certain: boolean): void =>
    void findings.push({ kind, table, text, certain });
  for (const part of expected.parts)
    if (columnsOf(after, part.table).length === 0) {
      find('table lost', `${part.table} does not exist`, true);
      return findings;
    }
  const rowsBefore = Number(expectation.read(`SELECT count(*) FROM ${expected.id}`)[0]![0]);
  const { missing: columns, kept } = splitColumns(after, expected);
  for (const column of columns)
    if (expected.end !== 'moved') find('column lost', column, !expected.heldElsewhere && expected.rows > 0);
  const pool = expected.parts.flatMap((part) => readTable(part.table));
  const compared = kept.filter((column) => !expected.excused.has(column) && !expected.computed.has(column));
  const lost = match(expectation, expected, compared, pool, true);
  const count = pool.length;
  const floor = rowsBefore + expected.inserted - expected.replaced;
  if (expected.end === 'moved') {
    if (lost > 0) find(count < rowsBefore ? 'rows lost' : 'values changed', `${lost} of ${rowsBefore} rows`, true);
    return findings;
  }
  const text = `${lost} of ${rowsBefore} rows are not as they were; ${count} rows now`;
  if (lost > expected.replaced) {
    if (count < floor) find('rows lost', text, true);
    else if (expected.end === 'lives' || expected.counted || facts.tampered.has(table))
      find('values changed', `${text}; only their number is guarded`, false);
    else {
      // What an UPDATE of the migration sets is not guarded beyond that: does the rest differ as well?
      const rest = compared.filter((column) => !expected.updated.has(column));
      const others = expected.updated.size === 0 ? lost : match(expectation, expected, rest, fresh(pool), false);
      find('values changed', text, others > 0 && !expected.heldElsewhere);
    }
  } else if (count < floor) find('rows lost', `new rows: ${count} of ${floor}`, false);
  else if (lost > 0 && facts.tampered.has(table))
    find('rows lost', `${text}; replaced, or removed by a trigger`, false);
  return findings;
}

function fresh(pool: readonly ActualRow[]): ActualRow[] {
  return pool.map((row) => ({ ...row, used: false }));
}

/** Columns of the beginning that have no place any more, and the others. */
function splitColumns(after: Database.Database, expected: Expected): { missing: string[]; kept: string[] } {
  const own = [...expected.parts[0]!.columns.keys()];
  const isKept = (column: string): boolean =>
    expected.parts.every((part) => columnsOf(after, part.table).includes(part.columns.get(column) ?? ''));
  return {
    missing: own.filter((column) => !isKept(column) && !expected.excused.has(column)),
    kept: own.filter(isKept),
  };
}

/** How many expected rows have no row of their own. A value that was NULL may have become any other. */
function match(
  expectation: Expectation,
  expected: Expected,
  columns: readonly string[],
  pool: readonly ActualRow[],
  take: boolean,
): number {
  if (columns.length === 0)
    return Math.max(0, Number(expectation.read(`SELECT count(*) FROM ${expected.id}`)[0]![0]) - pool.length);
  const rows = expectation.read(`SELECT ${columns.map(canonical).join(', ')} FROM ${expected.id}`) as (
    | string
    | null
  )[][];
  const places = new Map(
    expected.parts.map((part) => [part.table, columns.map((column) => part.columns.get(column)!)]),
  );
  const cellsOf = (row: ActualRow): Cells => places.get(row.table)!.map((column) => row.cells.get(column) ?? null);
  const candidates = take ? pool : fresh(pool);
  const exact = rows.filter(
    (row) => !claim(candidates, (cells) => row.every((value, i) => value === cells[i]), cellsOf),
  );
  const wild = exact
    .toSorted((a, b) => nulls(a) - nulls(b))
    .filter(
      (row) => !claim(candidates, (cells) => row.every((value, i) => value === null || value === cells[i]), cellsOf),
    );
  return wild.length;
}

function nulls(row: Cells): number {
  return row.filter((value) => value === null).length;
}

function claim(
  pool: readonly ActualRow[],
  fits: (cells: Cells) => boolean,
  cellsOf: (row: ActualRow) => Cells,
): boolean {
  const row = pool.find((one) => !one.used && fits(cellsOf(one)));
  if (row !== undefined) row.used = true;
  return row !== undefined;
}
