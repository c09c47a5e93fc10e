import type { Op } from '../bridge/index.ts';
import { plural } from '../errors/index.ts';
import type { TableInfo } from '../schema/index.ts';
import { canonical, inMain, nameKey, quote, sameName, textOf, unquote, type TableText } from '../sql/index.ts';
import { changedExamples, compareRows, exampleText, type ColumnPair, type ComparedTable } from './comparison.ts';
import type { ColumnSource } from './edit-table.ts';
import type { Copy } from './row-copy.ts';

/** A column whose values must be the same in both tables. */
export interface SameColumn {
  readonly old: string;
  readonly now: string;
}

/** A column with changed values, and how many, as text. */
export interface ChangedColumn {
  readonly column: string;
  readonly text: string;
}

/** The values that a copy changed, as text by column. */
export function* changedValues(
  copy: Copy,
  columns: readonly SameColumn[],
  before: TableInfo,
  after: TableInfo,
): Op<readonly ChangedColumn[]> {
  if (columns.length === 0) return [];
  const from = inMain(copy.from);
  const key = keyOfBoth(copy, before, after);
  const keyed: ComparedTable = { table: inMain(copy.to), columns: [], key, indexed: true, merges: false };
  const compared = columns.map(({ old, now }) => ({ from: quote(old), to: [quote(now)] }));
  const found = key === undefined ? undefined : yield* compareRows(from, [keyed], compared);
  // If a row does not find its copy, the key itself has changed.
  const path = found === undefined || found.lost > 0 ? { ...keyed, key: undefined } : keyed;
  const changed: ChangedColumn[] = [];
  for (const [i, { now }] of columns.entries()) {
    const count = path.key === undefined ? (yield* compareRows(from, [path], [compared[i]!])).lost : found!.changed[i]!;
    if (count === 0) continue;
    const names = path.key?.map((pair) => unquote(pair.from)) ?? [];
    const examples = yield* changedExamples(from, [path], compared[i]!);
    const shown = examples.map((example) => exampleText(names, example)).join('; ');
    changed.push({ column: now, text: `${now}: ${plural(count, 'value')} (${shown})` });
  }
  return changed;
}

/** The columns that join each row with its copy; undefined if no key was copied. */
function keyOfBoth({ sources, rowid }: Copy, before: TableInfo, after: TableInfo): readonly ColumnPair[] | undefined {
  if (rowid !== undefined) return [{ ...rowid, isExact: true }];
  const carried = (now: string): string | undefined => sources.find(({ column }) => sameName(column, now))?.old;
  const keyOf = (key: TableInfo): readonly string[] =>
    key.rowidAlias !== undefined ? [key.rowidAlias] : key.withoutRowid ? key.primaryKey : [];
  const olds = keyOf(before);
  const pairs = keyOf(after).flatMap((now) => {
    const old = carried(now);
    return old === undefined ? [] : [{ from: old, to: now }];
  });
  const carriesKey = pairs.length === olds.length && pairs.every(({ from }, i) => sameName(from, olds[i]!));
  if (pairs.length === 0 || !carriesKey) return undefined;
  return pairs.map(({ from, to }) => ({ from: quote(from), to: quote(to) }));
}

/** The columns to compare after a copy: all, or those that a new definition may convert. */
export function comparedColumns(
  before: TableText,
  after: TableText,
  sources: readonly ColumnSource[],
  all: boolean,
): readonly SameColumn[] {
  const [was, is] = [definitions(before), definitions(after)];
  return sources
    .filter(({ old }) => old !== undefined)
    .map(({ old, column }) => ({ old: old!, now: column }))
    .filter(({ old, now }) => all || was.get(nameKey(old)) !== is.get(nameKey(now)));
}

/** What decides how values are stored: the type, STRICT, and the expression of a generated column. */
function definitions({ sql, columns, options }: TableText): ReadonlyMap<string, string> {
  const strict = options.some(({ kind }) => kind === 'strict');
  return new Map(
    columns.map(({ name, type, constraints }) => {
      const generated = constraints.find(({ kind }) => kind === 'generated');
      const parts = [type, generated?.expression].map((span) =>
        span === undefined ? '' : canonical(textOf(sql, span)).toLowerCase(),
      );
      return [nameKey(name.name), [...parts, strict].join('\n')];
    }),
  );
}
