import type { Op } from '../../bridge/index.ts';
import { changedExamples, compareRows } from '../../rebuild/index.ts';
import { closingParenthesis, nameKey, splitByComma, unquote } from '../../sql/index.ts';
import { isSameColumn, readsOf } from './column-origins.ts';
import type { Copy } from './copy-tracker.ts';
import { explainedBy, isPickedFrom, picksOf, toCompare } from './picked-values.ts';
import type { ComparisonRequest, StrandedValues, TableComparison } from './table-comparison.ts';

/**
 * Values that an UPDATE, a subquery or an outer join picked, but that did not arrive: their rows found no partner. Only
 * of columns that were not copied otherwise. By column key.
 */
export function* missingValues(
  { table, info }: Pick<TableComparison, 'table' | 'info'>,
  name: string,
  copies: readonly Copy[],
  { tables, rows, missingBeforeChange }: ComparisonRequest,
): Op<ReadonlyMap<string, StrandedValues>> {
  const missing = new Map<string, StrandedValues>();
  for (const { name: column } of info.columns) {
    const ref = { table, column: nameKey(column) };
    const picks = picksOf(ref, copies, tables);
    const isPicking = ({ columns, merges }: Copy): boolean =>
      !merges && [...columns.values()].some((source) => isPickedFrom(source, ref));
    const isElsewhere = copies.some(
      (copy) =>
        copy.target !== table &&
        [...copy.columns.values()].some(
          (source) =>
            (source.kind === 'column' || !(isPicking(copy) || isSummary(copy))) &&
            readsOf(source).some((one) => isSameColumn(one, ref)),
        ),
    );
    if (picks.length === 0 || isElsewhere) continue;
    const { values, paths, compared } = toCompare(ref, name, picks);
    const { lost } = yield* compareRows(values, paths, [compared]);
    if (lost === 0) continue;
    missing.set(ref.column, {
      values: lost,
      different: lost,
      key: [],
      examples: yield* changedExamples(values, paths, compared),
      lost: Math.max(lost - explainedBy(picks, rows), Math.min(lost, missingBeforeChange.values(ref, picks, rows))),
      targets: new Set(picks.map(({ copy }) => copy.target!)),
      summaries: new Set(copies.filter(isSummary).map(({ target }) => target!)),
      entry: picks[0]!.copy.entry,
    });
  }
  return missing;
}

/**
 * Whether it computes a figure over many rows. Of an UPDATE or a GROUP BY, max() and min() may choose a value, and with
 * several arguments they choose one of each row (sqlite.org/lang_corefunc.html).
 */
function isSummary({ entry, adds, merges }: Copy): boolean {
  const { tokens } = entry.statement;
  const isWord = (i: number, word: RegExp): boolean => word.test(tokens[i]?.text ?? '');
  return tokens.some(({ text }, i) => {
    // INSERT INTO total (...) names a table, total (...) AS (...) a common table expression.
    if (!isWord(i + 1, /^\($/) || isWord(i - 1, /^(?:into|\.)$/i)) return false;
    const name = nameKey(unquote(text));
    if (!/^(?:count|sum|total|avg|max|min)$/.test(name)) return false;
    const end = closingParenthesis(tokens, i + 2);
    if (isWord(end + 1, /^as$/i) && isWord(end + 2, /^(?:not|materialized|\()$/i)) return false;
    if (name !== 'max' && name !== 'min') return true;
    return adds && !merges && splitByComma(tokens.slice(i + 2, end)).length === 1;
  });
}
