import type { Op } from '../bridge/index.ts';
import { plural } from '../errors/index.ts';
import type { TableInfo } from '../schema/index.ts';
import { inMain, quote, sameName, unquote } from '../sql/index.ts';
import { changedExamples, compareRows, exampleText, type ColumnPair, type CopyPath } from './comparison.ts';
import type { Copy } from './copy.ts';

/** A column whose values are to be the same in both tables. */
export interface SameColumn {
  readonly old: string;
  readonly now: string;
}

/** A column with values that are not the same, and how many, in words. */
export interface ChangedColumn {
  readonly column: string;
  readonly text: string;
}

/** The values that a copy has changed, in words, by column; none if there are any. */
export function* changedValues(
  copy: Copy,
  columns: readonly SameColumn[],
  before: TableInfo,
  after: TableInfo,
): Op<readonly ChangedColumn[]> {
  if (columns.length === 0) return [];
  const from = inMain(copy.from);
  const key = keyOfBoth(copy, before, after);
  const keyed: CopyPath = { table: inMain(copy.to), columns: [], key, indexed: true, merges: false };
  const compared = columns.map(({ old, now }) => ({ from: quote(old), to: [quote(now)] }));
  const found = key === undefined ? undefined : yield* compareRows(from, [keyed], compared);
  // Where not every row meets its copy, the key itself has changed.
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

/** The columns that bring each row together with its copy; undefined where no key was carried over. */
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
