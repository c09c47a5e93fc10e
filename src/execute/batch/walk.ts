import { clock, query, type Op, type Row, type Value } from '../../bridge/index.ts';

/**
 * Rows to visit in batches. In a query's result no key is NULL, and no column of the key has texts beside numbers: the
 * comparisons that make a batch would skip such rows.
 */
export interface Walk {
  /** A table's quoted name, or a query in parentheses. */
  readonly from: string;
  /** The values of the query's parameters. */
  readonly params: readonly Value[];
  /** Quoted names of the columns that order it. */
  readonly key: readonly string[];
  /** Rows of a batch. */
  readonly size: number;
}

/** A value of a row's key, which SQLite gets back as a parameter. */
interface KeyValue {
  /** The value; of a text its bytes. */
  readonly value: Value;
  readonly isText: boolean;
}

/** Which rows a batch has: those behind `after`, up to and with `upTo`. */
export interface Range {
  readonly after: readonly KeyValue[] | undefined;
  readonly upTo: readonly KeyValue[];
}

/** How far the walk is. */
export interface Progress {
  /** Batches so far. */
  readonly batches: number;
  /** Rows visited so far, at most: a batch counts in full. `total` is their number at the beginning. */
  readonly done: number;
  readonly total: number;
  readonly elapsedMs: number;
  /** What is left at the pace so far. */
  readonly remainingMs: number;
}

/**
 * Visits the rows in the order of their key, a range at a time (keyset pagination). A range ends with the key of its last row and takes
 * every row of that key, so none is left out even if the key is not unique, and ranges stay right when a visit changes
 * or deletes rows. What is added behind the last row of the beginning is not visited: else a visit that adds rows
 * would never come to an end.
 */
export function* walk(
  { from, params, key, size }: Walk,
  visit: (range: Range, progress: Progress) => Op<void>,
  report: (progress: Progress) => Op<void>,
): Op<Progress> {
  const columns = key.join(', ');
  // Aliases, because a query may have several columns of one name. A text as its bytes: one that is not valid in its
  // encoding, or has a NUL in it, comes out of a driver as another text, and a range that ended with that would skip rows.
  const aliased = key
    .map(
      (column, i) =>
        `CASE typeof(${column}) WHEN 'text' THEN CAST(${column} AS BLOB) ELSE ${column} END AS key${i}, typeof(${column}) = 'text' AS text${i}`,
    )
    .join(', ');
  const keyValues = ([row]: readonly Row[]): readonly KeyValue[] | undefined =>
    row === undefined
      ? undefined
      : key.map((_, i) => ({ value: row[`key${i}`]!, isText: Number(row[`text${i}`]) === 1 }));
  const started = yield* clock();
  const [counted] = yield* query<{ total: number }>(`SELECT count(*) AS total FROM ${from}`, params);
  const total = Number(counted!.total);
  let progress: Progress = { batches: 0, done: 0, total, elapsedMs: 0, remainingMs: 0 };
  const last = keyValues(
    yield* query(
      `SELECT ${aliased} FROM ${from} ORDER BY ${key.map((column) => `${column} DESC`).join(', ')} LIMIT 1`,
      params,
    ),
  );
  if (last === undefined) return progress;
  let after: readonly KeyValue[] | undefined;
  let upTo: readonly KeyValue[] | undefined;
  do {
    const left = inRange(key, { after, upTo: last });
    upTo = keyValues(
      yield* query(`SELECT ${aliased} FROM ${from} WHERE ${left.sql} ORDER BY ${columns} LIMIT 1 OFFSET ${size - 1}`, [
        ...params,
        ...left.params,
      ]),
    );
    if (upTo !== undefined && sameKey(upTo, last)) upTo = undefined;
    yield* visit({ after, upTo: upTo ?? last }, progress);
    const elapsedMs = (yield* clock()) - started;
    const done = upTo === undefined ? total : Math.min(total, progress.done + size);
    progress = {
      batches: progress.batches + 1,
      done,
      total,
      elapsedMs,
      remainingMs: done === 0 ? 0 : Math.round((elapsedMs * (total - done)) / done),
    };
    yield* report(progress);
    after = upTo;
  } while (upTo !== undefined);
  return progress;
}

/** The condition for a range, with its values. `prefix` is how the columns are addressed: `"t".`. */
export function inRange(
  key: readonly string[],
  range: Range,
  prefix: string = '',
): { readonly sql: string; readonly params: readonly Value[] } {
  // Row values compare from left to right, as ORDER BY does (sqlite.org/rowvalue.html).
  const names = rowValue(key.map((column) => prefix + column));
  const { after, upTo } = range;
  const values = (bound: readonly KeyValue[]): readonly Value[] => bound.map(({ value }) => value);
  return after === undefined
    ? { sql: `${names} <= ${placeholders(upTo)}`, params: values(upTo) }
    : {
        sql: `${names} > ${placeholders(after)} AND ${names} <= ${placeholders(upTo)}`,
        params: [...values(after), ...values(upTo)],
      };
}

/**
 * The bound values. The `+` takes the affinity of the CAST away, so that SQLite applies the column's, as it does to a plain
 * parameter (sqlite.org/datatype3.html, section 3.2).
 */
function placeholders(values: readonly KeyValue[]): string {
  return rowValue(values.map(({ isText }) => (isText ? '+CAST(? AS TEXT)' : '?')));
}

function rowValue(parts: readonly string[]): string {
  return parts.length === 1 ? parts[0]! : `(${parts.join(', ')})`;
}

/** Whether two keys are one; 1 and '1' are not. */
function sameKey(a: readonly KeyValue[], b: readonly KeyValue[]): boolean {
  return a.every(
    ({ value, isText }, i) =>
      isText === b[i]!.isText && typeof value === typeof b[i]!.value && String(value) === String(b[i]!.value),
  );
}
