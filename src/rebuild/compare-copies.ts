import { query, queryNumber, queryOne, type Op, type Row } from '../bridge/index.ts';
import {
  canonicalValue,
  compareRows,
  isMember,
  isPartner,
  rowText,
  type ColumnPair,
  type ComparedTable,
} from './comparison.ts';

/** The rows of a table before, and of the table that has them afterwards. */
export interface CopyComparison {
  readonly before: number;
  readonly after: number;
  /** Rows that have no partner: those of before, and those of after. */
  readonly lost: number;
  readonly added: number;
  /** Rows with another value in some column. */
  readonly changed: number;
  readonly lostRows: readonly string[];
  readonly addedRows: readonly string[];
  /** Only columns with other values. */
  readonly columns: readonly ChangedColumn[];
  /** Without a key whole rows are compared: one that is gone and a new one count as one that is changed. */
  readonly keyed: boolean;
}

interface ChangedColumn {
  /** Its position in the compared columns. */
  readonly index: number;
  readonly changed: number;
  /** How many of these were a value and are NULL now. */
  readonly emptied: number;
  /** Up to three rows: `id 3`. */
  readonly rows: readonly string[];
  readonly emptiedRows: readonly string[];
}

/** How many conditions are joined at once: SQLite limits the depth of an expression (sqlite.org/limits.html). */
const atOnce = 50;
/** How many columns one query compares: SQLite limits those that an aggregate reads. */
const columnsAtOnce = 400;

/**
 * Compares every row of a table with its copy, in one join on the key; a second one looks at rows that differ. All values
 * count, also a NULL that became one. A number and its text are the same value, as for the guards. `names` are the names of
 * the key's columns.
 */
export function* compareCopies(
  table: string,
  path: ComparedTable,
  columns: readonly ColumnPair[],
  names: readonly string[],
): Op<CopyComparison> {
  const after = yield* queryNumber(`SELECT count(*) FROM ${path.table}`);
  if (path.key === undefined) return yield* compareWithoutKey(table, path, columns, after);
  const { key } = path;
  const on = key
    .map(({ from, to, collation }) => `n.${to} = o.${from}${collation === undefined ? '' : ` COLLATE ${collation}`}`)
    .join(' AND ');
  // Without a unique index several rows could have one key.
  const keys = key.map(({ to }) => to).join(', ');
  const copy = path.indexed ? path.table : `(SELECT * FROM ${path.table} GROUP BY ${keys})`;
  const joined = `FROM ${table} AS o LEFT JOIN ${copy} AS n ON ${on}`;
  const partner = isPartner(key);
  let [before, met] = [0, 0];
  const unlike: string[] = [];
  for (let start = 0; start === 0 || start < columns.length; start += columnsAtOnce) {
    const differing = anyOf(columns.slice(start, start + columnsAtOnce).map(isUnlike));
    // WHERE and CASE skip what does not matter; AND as a value computes both sides.
    const row = yield* queryOne<Row>(
      `SELECT count(*) AS n, total(${partner}) AS met, total(CASE WHEN (${partner}) AND (${differing}) THEN 1 ELSE 0 END) AS differing ${joined}`,
    );
    [before, met] = [Number(row?.['n']), Number(row?.['met'])];
    unlike.push(Number(row?.['differing']) === 0 ? '' : `${joined} WHERE (${partner}) AND (${differing})`);
  }
  const added = after - met;
  const rowsOf = function* (alias: string, from: string): Op<readonly string[]> {
    const list = key.map(({ from: own, to }, i) => `quote(${alias}.${alias === 'o' ? own : to}) AS k${i}`).join(', ');
    return (yield* query(`SELECT ${list} ${from} LIMIT 3`)).map((row) =>
      rowText(names, Object.values(row).map(String)),
    );
  };
  const found = yield* changedColumns(columns, unlike, rowsOf);
  const reverse = `FROM ${copy} AS n WHERE NOT EXISTS (SELECT 1 FROM ${table} AS o WHERE ${on} AND (${partner}))`;
  return {
    before,
    after,
    lost: before - met,
    added,
    changed: yield* countChanged(columns, found, `${joined} WHERE (${partner})`),
    lostRows: met === before ? [] : yield* rowsOf('o', `${joined} WHERE NOT (${partner})`),
    addedRows: added === 0 ? [] : yield* rowsOf('n', reverse),
    columns: found,
    keyed: true,
  };
}

/** `unlike`: the joined rows that differ in one of so many columns; empty if there are none. */
function* changedColumns(
  columns: readonly ColumnPair[],
  unlike: readonly string[],
  rowsOf: (alias: string, from: string) => Op<readonly string[]>,
): Op<readonly ChangedColumn[]> {
  const found: ChangedColumn[] = [];
  for (const [chunk, from] of unlike.entries()) {
    if (from === '') continue;
    const start = chunk * columnsAtOnce;
    const some = columns.slice(start, start + columnsAtOnce);
    const sums = some.map((pair, i) => `total(${isChanged(pair)}) AS c${i}, total(${isEmptied(pair)}) AS e${i}`);
    const row = yield* queryOne<Row>(`SELECT ${sums.join(', ')} ${from}`);
    for (const [i, pair] of some.entries()) {
      const changed = Number(row?.[`c${i}`]);
      if (changed === 0) continue;
      const emptied = Number(row?.[`e${i}`]);
      const rows = yield* rowsOf('o', `${from} AND ${isChanged(pair)}`);
      const emptiedRows = emptied === 0 ? [] : yield* rowsOf('o', `${from} AND ${isEmptied(pair)}`);
      found.push({ index: start + i, changed, emptied, rows, emptiedRows });
    }
  }
  return found;
}

function* countChanged(columns: readonly ColumnPair[], found: readonly ChangedColumn[], from: string): Op<number> {
  const [first, second] = found;
  if (second === undefined) return first?.changed ?? 0;
  const any = anyOf(found.map(({ index }) => isChanged(columns[index]!)));
  return yield* queryNumber(`SELECT count(*) ${from} AND (${any})`);
}

function* compareWithoutKey(
  table: string,
  path: ComparedTable,
  columns: readonly ColumnPair[],
  after: number,
): Op<CopyComparison> {
  const compared = columns.map(({ from, to }) => ({ from, to: [to] }));
  const { rows: before, lost: unequal } = yield* compareRows(table, [path], compared);
  // Without a column in common only their number can be compared.
  const lost = Math.max(unequal, before - after);
  const added = after - before + lost;
  const changed = Math.min(lost, added);
  return {
    before,
    after,
    lost: lost - changed,
    added: added - changed,
    changed,
    lostRows: [],
    addedRows: [],
    columns: [],
    keyed: false,
  };
}

/** How many values of a column none of these tables has: in the row with the same key, or in any row. */
export function* countMissing(
  table: string,
  column: string,
  places: readonly { readonly path: ComparedTable; readonly to: string }[],
): Op<number> {
  const kept = places.map(({ path, to }) => isMember(path, { from: column, to })).join(' OR ') || '0';
  return yield* queryNumber(`SELECT count(*) FROM ${table} AS o WHERE o.${column} IS NOT NULL AND NOT (${kept})`);
}

/** Tests `IS` first, which nearly always decides. */
function isChanged({ from, to }: ColumnPair): string {
  const [before, after] = [`o.${from}`, `n.${to}`];
  return `CASE WHEN +${before} COLLATE BINARY IS +${after} THEN 0 ELSE ${canonicalValue(before)} IS NOT ${canonicalValue(after)} END`;
}

function isEmptied({ from, to }: ColumnPair): string {
  return `(o.${from} IS NOT NULL AND n.${to} IS NULL)`;
}

function isUnlike({ from, to }: ColumnPair): string {
  return `NOT (+o.${from} COLLATE BINARY IS +n.${to})`;
}

/** Conditions joined in groups, so that many are not as deep as they are long. */
function anyOf(conditions: readonly string[]): string {
  const groups: string[] = [];
  for (let i = 0; i < conditions.length; i += atOnce) groups.push(`(${conditions.slice(i, i + atOnce).join(' OR ')})`);
  return groups.length === 0 ? '0' : groups.join(' OR ');
}
