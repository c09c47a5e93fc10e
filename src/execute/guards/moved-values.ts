import type { Op } from '../../bridge/index.ts';
import { changedExamples, compareRows, type CopyPath } from '../../rebuild/index.ts';
import { nameKey, quote } from '../../sql/index.ts';
import { isSameColumn, readsOf } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import type { StrandedValues } from './path-comparer.ts';
import type { ComparisonRequest, TableComparison } from './table-comparison.ts';
import { qualified } from './table-tracker.ts';

/**
 * Values that an UPDATE, a subquery or an outer join picked, but that did not arrive: their rows found no partner. Only
 * of columns that were not copied otherwise. By column key.
 */
export function* missingValues(
  { table, info }: Pick<TableComparison, 'table' | 'info'>,
  name: string,
  copies: readonly Copy[],
  { tables, rows }: ComparisonRequest,
): Op<ReadonlyMap<string, StrandedValues>> {
  const missing = new Map<string, StrandedValues>();
  for (const { name: column } of info.columns) {
    const ref = { table, column: nameKey(column) };
    const picks = new Map<string, { readonly copy: Copy; readonly path: CopyPath; readonly to: string }>();
    const picking = new Set<Copy>();
    for (const copy of copies)
      for (const [to, source] of copy.merges ? [] : copy.columns)
        if (source.kind === 'expression' && source.picked !== undefined && isSameColumn(source.picked, ref)) {
          const target = qualified(copy.target!, tables);
          const columns = [{ from: quote(column), to: quote(to) }];
          picking.add(copy);
          // Of several statements that fill the same column, the last may have changed what the others put there.
          picks.set(JSON.stringify([target, to]), {
            copy,
            to,
            path: { table: target, columns, key: undefined, indexed: false, merges: false },
          });
        }
    const isElsewhere = copies.some(
      (copy) =>
        copy.target !== table &&
        [...copy.columns.values()].some(
          (source) =>
            (source.kind === 'column' || !(picking.has(copy) || isSummary(copy))) &&
            readsOf(source).some((one) => isSameColumn(one, ref)),
        ),
    );
    if (picks.size === 0 || isElsewhere) continue;
    const all = [...picks.values()];
    const from = quote(column);
    const values = `(SELECT ${from} FROM ${name} WHERE ${from} IS NOT NULL AND ${from} <> '')`;
    const compared = { from, to: all.map(({ to }) => quote(to)) };
    const paths = all.map(({ path }) => path);
    const { lost } = yield* compareRows(values, paths, [compared]);
    const explained = all.reduce((sum, { copy: { target, mark }, to }) => {
      const now = rows.mark(target!);
      const updated = (now.updated.get(to) ?? 0) - (mark!.updated.get(to) ?? 0);
      return sum + updated + now.deleted - mark!.deleted;
    }, 0);
    if (lost === 0) continue;
    missing.set(ref.column, {
      values: lost,
      different: lost,
      key: [],
      examples: yield* changedExamples(values, paths, compared),
      lost: lost - explained,
      targets: new Set(all.map(({ copy }) => copy.target!)),
      summaries: new Set(copies.filter(isSummary).map(({ target }) => target!)),
      entry: all[0]!.copy.entry,
    });
  }
  return missing;
}

/** Whether it computes a figure over many rows. Of an UPDATE or a GROUP BY, max() and min() may choose a value. */
function isSummary({ entry, adds, merges }: Copy): boolean {
  const figures = adds && !merges ? /^(?:count|sum|total|avg|max|min)$/i : /^(?:count|sum|total|avg)$/i;
  const { tokens } = entry.statement;
  return tokens.some(({ text }, i) => figures.test(text) && tokens[i + 1]?.text === '(');
}
