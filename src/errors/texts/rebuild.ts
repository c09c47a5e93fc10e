import { closest } from '../closest.ts';
import { ended } from '../text.ts';
import { doubleQuotesHint, lackingHint } from './lacking.ts';
import { undone } from './run.ts';

interface RebuildParams {
  readonly id: string;
  readonly table: string;
}

function didYouMean(name: string | undefined, names: readonly string[] | undefined): string {
  const near = name === undefined || names === undefined ? undefined : closest(name, names);
  return near === undefined ? '' : ` Did you mean ${near}?`;
}

/** What to do where SQLite's message does not say it. */
function remedy(doing: string, reason: string): string {
  const known = lackingHint(reason) ?? doubleQuotesHint(reason);
  if (known !== undefined) return `${known} Then run again.`;
  const unique = /UNIQUE constraint failed/.test(reason);
  if (unique && doing.startsWith('creating index '))
    return `Rows that differed there are equal now, by another value or collation: make them differ in the same migration, before the rebuild, or drop the ${doing.replace(/^creating | again$/g, '')} there.`;
  if (unique && doing === 'copying its rows')
    return 'Rows that differed may be equal now, by another value or collation: make them differ in the same migration, before the rebuild.';
  if (/^creating (?:index|trigger) /.test(doing))
    return `Drop the ${doing.replace(/^creating | again$/g, '')} in the migration before the rebuild, and create what you want in its place after it.`;
  if (/NOT NULL constraint failed/.test(reason))
    return 'Say which value the existing rows get: `value` in addColumn(), `using` in changeColumn(), or a DEFAULT.';
  if (/CHECK constraint failed|cannot store/.test(reason))
    return 'Correct the rows in the same migration, before the rebuild.';
  return 'Correct the migration and run again.';
}

export const rebuildTexts = {
  REBUILD_REFUSED: {
    meaning:
      'A table cannot be rebuilt, because it is not an ordinary table of the database: a view, a virtual table or one of its shadow tables, SQLite’s or Dunlin’s own, or none at all.',
    message: (f: { id?: string; table: string; reason: string }): string =>
      `${f.id === undefined ? `${f.table} cannot be rebuilt` : `Migration ${f.id} cannot rebuild ${f.table}`}: ${ended(f.reason)}`,
    hint: (f: { id?: string; table: string; names?: readonly string[] }): string =>
      `${f.id === undefined ? 'Nothing was written.' : undone(f.id)}${didYouMean(f.table, f.names)}`,
  },
  REBUILD_INVALID: {
    meaning:
      'A change that a rebuild was asked for does not make sense: an unknown column or constraint, a definition that SQLite could not read, a wrong argument.',
    message: (f: RebuildParams & { fact: string }): string =>
      `Migration ${f.id} cannot change ${f.table} like that: ${ended(f.fact)}`,
    hint: (f: RebuildParams & { column?: string; names?: readonly string[]; remedy?: string }): string =>
      f.remedy === undefined
        ? `${undone(f.id)}${didYouMean(f.column, f.names)} Correct the call of rebuildTable() and run again.`
        : `${undone(f.id)} Call \`${f.remedy}\` as well, or change it so that it does without the column.`,
  },
  REBUILD_FAILED: {
    meaning:
      'SQLite refused a part of a rebuild: the rows do not fit the new table, or an index or trigger does not fit it.',
    message: (f: RebuildParams & { doing: string; reason: string }): string =>
      `Migration ${f.id} failed in the rebuild of ${f.table}, ${f.doing}: ${ended(f.reason)}`,
    hint: (f: RebuildParams & { doing: string; reason: string }): string =>
      `${undone(f.id)} ${remedy(f.doing, f.reason)}`,
  },
  REBUILD_VALUES_CHANGED: {
    meaning:
      'A column’s new definition would have silently changed values: a column of numbers makes 123 of 00123, and 100000 of 1e5. Say how values are to be converted with `using`, or keep them as they are.',
    message: (f: RebuildParams & { lines: readonly string[] }): string =>
      `Migration ${f.id} changes values in the rebuild of ${f.table}: ${f.lines.join('; ')}.`,
    hint: (f: RebuildParams & { column: string }): string =>
      `${undone(f.id)} If this is intended, say how to convert the values: changeColumn('${f.column}', { ..., using: 'CAST(${f.column} AS ...)' }).`,
  },
};
