import { query, queryOne, type Op, type Row } from '../bridge/index.ts';
import { plural } from '../errors/index.ts';
import { inMain, quote, sameName } from '../sql/index.ts';
import type { Copy } from './copy.ts';
import type { RowKey } from './rowid.ts';

/** A column whose values are to be the same in both tables. */
export interface ComparedColumn {
  readonly old: string;
  readonly now: string;
}

/** A column with values that are not the same, and how many, in words. */
export interface ChangedColumn {
  readonly column: string;
  readonly text: string;
}

/**
 * The values that a copy has changed, in words, by column; none if there are any. A number that was a text with the
 * same digits is the same value, `00123` that became 123 is not: a column's new type converts without a word
 * (sqlite.org/datatype3.html, section 3).
 */
export function* changedValues(
  copy: Copy,
  columns: readonly ComparedColumn[],
  before: RowKey,
  after: RowKey,
  rows: number,
): Op<readonly ChangedColumn[]> {
  const join = rowsOfBoth(copy, before, after);
  const found: ChangedColumn[] = [];
  for (let i = 0; i < columns.length; i += atOnce) {
    const some = columns.slice(i, i + atOnce);
    found.push(...((yield* withKey(join, some, rows)) ?? (yield* withoutKey(copy, some))));
  }
  return found;
}

/** SQLite has a limit of columns in a result (sqlite.org/limits.html). */
const atOnce = 100;

/** Undefined where not every row meets its copy: its key is not the same any more. */
function* withKey(
  join: string | undefined,
  columns: readonly ComparedColumn[],
  rows: number,
): Op<readonly ChangedColumn[] | undefined> {
  if (join === undefined) return undefined;
  const differing = columns.map(({ old, now }) => `NOT ${same(`o.${quote(old)}`, `n.${quote(now)}`)}`);
  const counts = yield* queryOne<Row>(
    `SELECT count(*) AS met, ${differing.map((differs, i) => `sum(${differs}) AS c${i}`).join(', ')} ${join}`,
  );
  if (Number(counts?.['met']) !== rows) return undefined;
  const found: ChangedColumn[] = [];
  for (const [i, { old, now }] of columns.entries()) {
    const changed = Number(counts?.[`c${i}`] ?? 0);
    if (changed === 0) continue;
    const example = yield* queryOne<{ before: string; after: string }>(
      `SELECT quote(o.${quote(old)}) AS before, quote(n.${quote(now)}) AS after ${join} WHERE ${differing[i]} LIMIT 1`,
    );
    const text = `${plural(changed, 'value')}, such as ${short(example?.before)} to ${short(example?.after)}`;
    found.push({ column: now, text: `${now}: ${text}` });
  }
  return found;
}

/** FROM and JOIN that bring each row together with its copy; undefined where no key was carried over. */
function rowsOfBoth({ from, to, sources, rowid }: Copy, before: RowKey, after: RowKey): string | undefined {
  const tables = `FROM ${inMain(from)} AS o JOIN ${inMain(to)} AS n`;
  if (rowid !== undefined) return `${tables} ON n.${rowid.to} = o.${rowid.from}`;
  const carried = (now: string): string | undefined => sources.find(({ column }) => sameName(column, now))?.old;
  const keyOf = (key: RowKey): readonly string[] =>
    key.rowidColumn !== undefined ? [key.rowidColumn] : key.withoutRowid ? key.primaryKey : [];
  const olds = keyOf(before);
  const pairs = keyOf(after).flatMap((now) => {
    const old = carried(now);
    return old === undefined ? [] : [{ now, old }];
  });
  const carriesKey = pairs.length === olds.length && pairs.every(({ old }, i) => sameName(old, olds[i]!));
  if (pairs.length === 0 || !carriesKey) return undefined;
  return `${tables} ON ${pairs.map(({ now, old }) => `n.${quote(now)} = o.${quote(old)}`).join(' AND ')}`;
}

/** Whether two values are the same. A unary plus takes a column's affinity away, which would convert what it compares. */
function same(old: string, now: string): string {
  return `CASE WHEN ${old} IS NULL OR ${now} IS NULL THEN ${old} IS NULL AND ${now} IS NULL
    WHEN typeof(${old}) = typeof(${now}) OR (typeof(${old}) IN ('integer', 'real') AND typeof(${now}) IN ('integer', 'real'))
      THEN +${old} = +${now} COLLATE BINARY
    ELSE CAST(${old} AS TEXT) = CAST(${now} AS TEXT) COLLATE BINARY END`;
}

/** Without a key the columns are compared as sets, in a form in which a number and its text are the same. */
function* withoutKey({ from, to }: Copy, columns: readonly ComparedColumn[]): Op<readonly ChangedColumn[]> {
  const found: ChangedColumn[] = [];
  for (const { old, now } of columns) {
    const lost = yield* query<{ value: string }>(
      `SELECT ${comparable(quote(old))} AS value FROM ${inMain(from)} EXCEPT SELECT ${comparable(quote(now))} FROM ${inMain(to)}`,
    );
    const text = `${plural(lost.length, 'value')}, such as ${short(lost[0]?.value)}`;
    if (lost.length > 0) found.push({ column: now, text: `${now}: ${text}` });
  }
  return found;
}

function comparable(column: string): string {
  return `CASE WHEN typeof(${column}) = 'blob' THEN quote(${column})
    WHEN typeof(${column}) = 'real' AND ${column} = CAST(${column} AS INTEGER) THEN CAST(CAST(${column} AS INTEGER) AS TEXT)
    ELSE CAST(${column} AS TEXT) END`;
}

function short(value: string | undefined): string {
  const text = value ?? 'NULL';
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
