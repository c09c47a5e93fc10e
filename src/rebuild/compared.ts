import { canonical, nameKey, textOf, type TableText } from '../sql/index.ts';
import type { SameColumn } from './compare-values.ts';
import type { ColumnSource } from './edit-table.ts';

/** The columns whose values have to be compared after a copy: all, or those that a new definition may convert. */
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

/** What decides about the form in which a column's values are kept: its type, STRICT, and whether it is computed. */
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
