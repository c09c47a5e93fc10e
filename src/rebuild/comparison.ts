import { query, queryNumber, queryOne, type Op, type Row } from '../bridge/index.ts';
import { hasRows } from '../schema/index.ts';

/** A column and the one its values were copied to, both as SQL. */
export interface ColumnPair {
  readonly from: string;
  readonly to: string;
  /** The collation of the index on `to`. */
  readonly collation?: string | undefined;
  /** For a key: equal values are identical, without a collation or a conversion. */
  readonly isExact?: boolean;
}

/** A table to which rows were copied. */
export interface ComparedTable {
  /** The other table, as SQL. */
  readonly table: string;
  /** All columns that were copied unchanged. */
  readonly columns: readonly ColumnPair[];
  /** The columns that identify a row; undefined if there are none. */
  readonly key: readonly ColumnPair[] | undefined;
  /** The names of both rowids. A copy keeps the rowids if no row was deleted. */
  readonly rowid?: ColumnPair | undefined;
  /** SQLite can use a unique index of the other table for this comparison. */
  readonly indexed: boolean;
  /** Equal rows may have become one. */
  readonly merges: boolean;
}

/** A column to compare, and its copy in each path. */
export interface ComparedColumn {
  readonly from: string;
  readonly to: readonly (string | undefined)[];
}

export interface Comparison {
  readonly rows: number;
  /** Rows that no path has. */
  readonly lost: number;
  /** Per path: the rows that it lacks, and how many of its rows another path has too. */
  readonly paths: readonly { readonly lost: number; readonly shared: number }[];
  /** Per column: the changed values of rows that some path has. */
  readonly changed: readonly number[];
  /** Per column that some paths lack: the values of rows that only those paths have. */
  readonly stranded: readonly number[];
  /** Without a key a row with a changed value counts as lost. */
  readonly keyed: boolean;
}

/** Differences in some rows, as SQL literals. */
export interface Example {
  readonly key: readonly string[];
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** SQLite limits the columns of a result (sqlite.org/limits.html). */
const atOnce = 100;

/**
 * Compares every row of a table with its copies. A NULL that became a value is no change. A number and its text, `42` and
 * `42.0`, are the same value; `00123` and `123`, `A` and `a` are not.
 *
 * One path with an index costs one join. Several paths, or a key without an index, cost a temporary b-tree for each;
 * without a key the rows are grouped by all their values.
 */
export function* compareRows(
  table: string,
  paths: readonly ComparedTable[],
  columns: readonly ComparedColumn[],
): Op<Comparison> {
  const [only, second] = paths;
  if (only !== undefined && second === undefined) {
    if (only.key !== undefined && only.indexed) return yield* joinOnKey(table, only, only.key, columns);
    if (only.key === undefined && !only.merges) return yield* countUnequal(table, paths, columns);
  }
  const alike = paths.every((path) => path.key === undefined && !path.merges && sameColumns(path, only!));
  return alike ? yield* countUnequal(table, paths, columns) : yield* searchSets(table, paths, columns);
}

/** Up to three lost rows. */
export function* lostExamples(
  table: string,
  paths: readonly ComparedTable[],
  shown: readonly string[],
): Op<readonly Example[]> {
  const [only] = paths;
  if (shown.length === 0) return [];
  const list = shown.map((column, i) => `quote(o.${column}) AS k${i}`).join(', ');
  const from =
    paths.length === 1 && only!.key !== undefined && only!.indexed
      ? `${joined(table, only!, only!.key)} WHERE NOT (${isPartner(only!.key)})`
      : `FROM ${table} AS o WHERE NOT (${paths.map((path) => isMember(path)).join(' OR ') || '0'})`;
  return toExamples(yield* query(`SELECT ${list} ${from} LIMIT 3`));
}

/** Up to three rows with a value in a column. `key`: the columns that identify a row, as SQL. */
export function* valueExamples(table: string, key: readonly string[], column: string): Op<readonly Example[]> {
  const list = [...key.map((one, i) => `quote(${one}) AS k${i}`), `quote(${column}) AS before`];
  return toExamples(yield* query(`SELECT ${list.join(', ')} FROM ${table} WHERE ${column} IS NOT NULL LIMIT 3`));
}

/** Up to three rows with a changed value in a column. */
export function* changedExamples(
  table: string,
  paths: readonly ComparedTable[],
  { from, to }: ComparedColumn,
): Op<readonly Example[]> {
  const index = to.findIndex((column, i) => column !== undefined && paths[i]!.key !== undefined);
  const path = paths[index];
  const now = to[index];
  if (path?.key === undefined || now === undefined) return yield* unequalExamples(table, paths, { from, to });
  const keys = path.key.map((pair, i) => `quote(o.${pair.from}) AS k${i}`).join(', ');
  const partner = path.indexed
    ? joined(table, path, path.key)
    : `FROM ${table} AS o JOIN ${path.table} AS n ON ${path.key.map((pair) => `${token(`n.${pair.to}`)} = ${token(`o.${pair.from}`)}`).join(' AND ')}`;
  return toExamples(
    yield* query(
      `SELECT ${keys}, quote(o.${from}) AS before, quote(n.${now}) AS after ${partner} WHERE o.${from} IS NOT NULL AND (${isPartner(path.key)}) AND ${differs(`o.${from}`, `n.${now}`)} LIMIT 3`,
    ),
  );
}

/** One join: the index of the path finds the copy of each row. */
function* joinOnKey(
  table: string,
  path: ComparedTable,
  key: readonly ColumnPair[],
  columns: readonly ComparedColumn[],
): Op<Comparison> {
  const join = joined(table, path, key);
  const partner = isPartner(key);
  const compared = columns.flatMap(({ from, to }) => (to[0] === undefined ? [] : [{ from, to: to[0] }]));
  let rows = 0;
  let met = 0;
  const changed: number[] = [];
  for (let i = 0; i === 0 || i < compared.length; i += atOnce) {
    const sums = compared
      .slice(i, i + atOnce)
      .map(({ from, to }, j) => `, total(${lostValue(`o.${from}`, `n.${to}`, partner)}) AS c${j}`);
    const row = yield* queryOne<Row>(`SELECT count(*) AS n, total(${partner}) AS met${sums.join('')} ${join}`);
    [rows, met] = [Number(row?.['n']), Number(row?.['met'])];
    for (let j = 0; j < sums.length; j++) changed.push(Number(row?.[`c${j}`] ?? 0));
  }
  let next = 0;
  return {
    rows,
    lost: rows - met,
    paths: [{ lost: rows - met, shared: 0 }],
    changed: columns.map(({ to }) => (to[0] === undefined ? 0 : changed[next++]!)),
    stranded: columns.map(() => 0),
    keyed: true,
  };
}

/** Builds sets of the keys, and of keys with values, of each path, and looks up every row of the table in them. */
function* searchSets(
  table: string,
  paths: readonly ComparedTable[],
  columns: readonly ComparedColumn[],
): Op<Comparison> {
  const members = paths.map((path) => isMember(path));
  const any = members.join(' OR ') || '0';
  const figures = [
    `count(*) AS n, total(NOT (${any})) AS lost`,
    ...members.map((member, i) => `total(NOT ${member}) AS p${i}`),
    ...members.map((member, i) => {
      const others = members.filter((_, j) => j !== i).join(' OR ') || '0';
      return `total(${member} AND (${others})) AS s${i}`;
    }),
  ];
  const row = yield* queryOne<Row>(`SELECT ${figures.join(', ')} FROM ${table} AS o`);
  const changed: number[] = [];
  const stranded: number[] = [];
  for (const { from, to } of columns) {
    const holders = paths.flatMap((path, i) => (to[i] === undefined ? [] : [{ path, to: to[i] }]));
    const has = holders.map(({ path }) => isMember(path)).join(' OR ') || '0';
    const same = holders.map(({ path, to: now }) => isMember(path, { from, to: now })).join(' OR ') || '0';
    const where = `o.${from} IS NOT NULL AND (${has}) AND NOT (${same})`;
    changed.push(yield* queryNumber(`SELECT count(*) FROM ${table} AS o WHERE ${where}`));
    const own = holders.map(({ path }) => path);
    stranded.push(own.length === paths.length ? 0 : yield* countStranded(table, from, own, paths));
  }
  const each: Comparison['paths'][number][] = [];
  for (const [i, path] of paths.entries()) {
    const own = { lost: Number(row?.[`p${i}`]), shared: Number(row?.[`s${i}`]) };
    each.push(path.merges && path.key === undefined ? yield* countMerged(table, path) : own);
  }
  return {
    rows: Number(row?.['n']),
    lost: Number(row?.['lost']),
    paths: each,
    changed,
    stranded,
    keyed: paths.every(({ key }) => key !== undefined),
  };
}

/** Counts equal rows that became one: their values are present, but rows are missing. */
function* countMerged(table: string, path: ComparedTable): Op<Comparison['paths'][number]> {
  const columns = path.columns.map(({ from, to }) => ({ from, to: [to] }));
  const { rows, lost } = yield* countUnequal(table, [path], columns);
  return { lost, shared: rows - lost };
}

/** The number of values of a column in rows that only paths without the column have. */
export function* countStranded(
  table: string,
  column: string,
  holders: readonly ComparedTable[],
  paths: readonly ComparedTable[],
): Op<number> {
  return yield* queryNumber(`SELECT count(*) FROM ${table} AS o WHERE ${isStranded(column, holders, paths)}`);
}

/** Up to three rows with such a value. `key`: the columns that identify a row, as SQL. */
export function* strandedExamples(
  table: string,
  key: readonly string[],
  column: string,
  holders: readonly ComparedTable[],
  paths: readonly ComparedTable[],
): Op<readonly Example[]> {
  const list = [...key.map((one, i) => `quote(o.${one}) AS k${i}`), `quote(o.${column}) AS before`];
  return toExamples(
    yield* query(`SELECT ${list.join(', ')} FROM ${table} AS o WHERE ${isStranded(column, holders, paths)} LIMIT 3`),
  );
}

function isStranded(column: string, holders: readonly ComparedTable[], paths: readonly ComparedTable[]): string {
  const isIn = (some: readonly ComparedTable[]): string => some.map((path) => isMember(path)).join(' OR ') || '0';
  return `o.${column} IS NOT NULL AND o.${column} <> '' AND (${isIn(paths)}) AND NOT (${isIn(holders)})`;
}

/** Groups the rows of all tables by their values. Where the table has more of a group, rows are missing. */
function* countUnequal(
  table: string,
  paths: readonly ComparedTable[],
  columns: readonly ComparedColumn[],
): Op<Comparison> {
  const rows = yield* queryNumber(`SELECT count(*) FROM ${table}`);
  const none = { changed: columns.map(() => 0), stranded: columns.map(() => 0), keyed: false };
  if (columns.length > 0 && (yield* matchByRowid(table, paths, columns)))
    return { rows, lost: 0, paths: [{ lost: 0, shared: 0 }], ...none };
  const unequal = function* (some: readonly number[]): Op<number> {
    if (columns.length === 0) return 0;
    const raw = yield* countSurplus(surplus(table, paths, columns, some, '', rawValue));
    // Compare canonical values only if the raw ones differ: that takes three times as long.
    return raw === 0 ? 0 : yield* countSurplus(surplus(table, paths, columns, some));
  };
  const lost = yield* unequal(paths.map((_, i) => i));
  const each: number[] = [];
  for (const i of paths.keys()) each.push(paths.length === 1 ? lost : yield* unequal([i]));
  const arrived = each.reduce((sum, missing) => sum + rows - missing, 0);
  const twice = Math.max(0, arrived - (rows - lost));
  return {
    rows,
    lost,
    paths: each.map((missing) => ({ lost: missing, shared: Math.min(twice, rows - missing) })),
    ...none,
  };
}

/**
 * Whether each row equals the one with its rowid, or with its position in the order of insertion, so that nothing must be
 * sorted. Stops at the first difference.
 */
function* matchByRowid(
  table: string,
  paths: readonly ComparedTable[],
  columns: readonly ComparedColumn[],
): Op<boolean> {
  const [path, second] = paths;
  if (path?.rowid === undefined || second !== undefined) return false;
  const { from, to } = path.rowid;
  const same = columns.map((column) => `+o.${column.from} COLLATE BINARY IS +n.${column.to[0]!}`).join(' AND ');
  const values = columns.map((column) => column.from).join(', ');
  const numbered = `(SELECT row_number() OVER (ORDER BY ${from}) AS number, ${values} FROM ${table})`;
  for (const rows of [
    `${table} AS o LEFT JOIN ${path.table} AS n ON n.${to} = o.${from}`,
    `${numbered} AS o LEFT JOIN ${path.table} AS n ON n.${to} = o.number`,
  ]) {
    if (!(yield* hasRows(`${rows} WHERE n.${to} IS NULL OR NOT (${same})`))) return true;
  }
  return false;
}

function* countSurplus(grouped: string): Op<number> {
  return yield* queryNumber(`SELECT total(d) FROM (${grouped})`);
}

function* unequalExamples(
  table: string,
  paths: readonly ComparedTable[],
  column: ComparedColumn,
): Op<readonly Example[]> {
  const all = paths.map((_, i) => i).filter((i) => column.to[i] !== undefined);
  const rows = yield* query<{ a0: string | null }>(
    `SELECT quote(a0) AS a0 FROM (${surplus(table, paths, [column], all, ', a0')}) LIMIT 3`,
  );
  return rows.map(({ a0 }) => ({ key: [], before: a0 ?? 'NULL', after: undefined }));
}

/** The rows of which the table has more than the paths, with the surplus. */
function surplus(
  table: string,
  paths: readonly ComparedTable[],
  columns: readonly ComparedColumn[],
  some: readonly number[],
  extra = '',
  form: (column: string) => string = canonicalValue,
): string {
  const names = columns.map((_, i) => `a${i}`).join(', ');
  const rows = (sign: number, from: string, columnOf: (column: ComparedColumn) => string): string =>
    `SELECT ${sign} AS s, ${columns.map((column, i) => `${form(columnOf(column))} AS a${i}`).join(', ')} FROM ${from}`;
  const parts = [
    rows(1, table, ({ from }) => from),
    ...some.map((i) => rows(-1, paths[i]!.table, ({ to }) => to[i] ?? 'NULL')),
  ];
  return `SELECT sum(s) AS d${extra} FROM (${parts.join(' UNION ALL ')}) GROUP BY ${names} HAVING sum(s) > 0`;
}

function joined(table: string, path: ComparedTable, key: readonly ColumnPair[]): string {
  const on = key
    .map(({ from, to, collation }) => `n.${to} = o.${from}${collation === undefined ? '' : ` COLLATE ${collation}`}`)
    .join(' AND ');
  return `FROM ${table} AS o LEFT JOIN ${path.table} AS n ON ${on}`;
}

/** Whether the joined row is the copy: a match through a collation or conversion is another row. */
export function isPartner(key: readonly ColumnPair[]): string {
  const checked = key
    .filter(({ isExact }) => isExact !== true)
    .map(({ from, to }) => ` AND ${canonicalValue(`o.${from}`)} IS ${canonicalValue(`n.${to}`)}`);
  return `n.${key[0]!.to} IS NOT NULL${checked.join('')}`;
}

/** Whether a path has a row of `o`, by its key or all copied columns, and with the same value in a column. */
export function isMember(path: ComparedTable, column?: ColumnPair): string {
  const pairs = [...(path.key ?? path.columns), ...(column === undefined ? [] : [column])];
  if (pairs.length === 0) return '0';
  const row = pairs.map(({ from }) => token(`o.${from}`)).join(', ');
  const set = pairs.map(({ to }) => token(to)).join(', ');
  return `(${row}) IN (SELECT ${set} FROM ${path.table})`;
}

/** 1 if the value has changed. Tests `IS` first, which nearly always decides. */
function lostValue(before: string, after: string, partner: string): string {
  return `CASE WHEN +${before} COLLATE BINARY IS +${after} THEN 0 WHEN ${before} IS NULL OR NOT (${partner}) THEN 0 ELSE ${canonicalValue(before)} IS NOT ${canonicalValue(after)} END`;
}

function differs(before: string, after: string): string {
  return `NOT (+${before} COLLATE BINARY IS +${after}) AND ${canonicalValue(before)} IS NOT ${canonicalValue(after)}`;
}

/** A value without the affinity and collation of its column. */
function rawValue(column: string): string {
  return `+${column} COLLATE BINARY`;
}

/** A value for a set in which NULL is a value too. */
export function token(column: string): string {
  return `ifnull(${canonicalValue(column)}, x'')`;
}

/**
 * One text for all forms that affinities give a value (sqlite.org/datatype3.html, section 3): a number equals its text,
 * and a whole REAL equals its integer. Ignores the collation.
 */
export function canonicalValue(value: string): string {
  const whole = (real: string): string => `CAST(CAST(${real} AS INTEGER) AS TEXT)`;
  const isWhole = (real: string): string => `${real} = CAST(${real} AS INTEGER)`;
  const number = `CAST(${value} AS REAL)`;
  return `CASE typeof(${value}) WHEN 'null' THEN NULL WHEN 'blob' THEN quote(${value}) WHEN 'real' THEN CASE WHEN ${isWhole(value)} THEN ${whole(value)} ELSE CAST(${value} AS TEXT) END WHEN 'text' THEN CASE WHEN ${value} GLOB '*.0' AND CAST(${number} AS TEXT) = ${value} COLLATE BINARY AND ${isWhole(number)} THEN ${whole(number)} ELSE CAST(${value} AS TEXT) END ELSE CAST(${value} AS TEXT) END COLLATE BINARY`;
}

function sameColumns(a: ComparedTable, b: ComparedTable): boolean {
  const names = new Set(b.columns.map(({ from }) => from));
  return a.columns.length === b.columns.length && a.columns.every(({ from }) => names.has(from));
}

function toExamples(rows: readonly Row[]): readonly Example[] {
  return rows.map((row) => ({
    key: Object.entries(row).flatMap(([name, value]) => (/^k\d+$/.test(name) ? [String(value)] : [])),
    before: row['before'] === undefined ? undefined : String(row['before']),
    after: row['after'] === undefined ? undefined : String(row['after']),
  }));
}

/** `id 3: 'a' to 'b'`. `key`: the columns that identify a row. */
export function exampleText(key: readonly string[], { key: values, before, after }: Example): string {
  const row = rowText(key, values);
  return `${row === '' ? '' : `${row}: `}${short(before)}${after === undefined ? '' : ` to ${short(after)}`}`;
}

/** `id 3`. */
export function rowText(key: readonly string[], values: readonly string[]): string {
  return values.map((value, i) => `${key[i] ?? ''} ${short(value)}`.trim()).join(', ');
}

/** A SQL literal, shortened to fit into a line. */
export function short(value: string | undefined): string {
  const text = value ?? 'NULL';
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
