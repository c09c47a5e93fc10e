import { script, type Op } from '../bridge/index.ts';
import {
  createStatement,
  copyStatement,
  unusedName,
  planCopy,
  readRebuildTarget,
  renameStatement,
  sequenceStatement,
  type ColumnSource,
} from '../rebuild/index.ts';
import { isAutoincrement, readColumns, readTableInfo, type ColumnInfo, type SchemaObject } from '../schema/index.ts';
import { canonical, parseTable, quoteIfNeeded, sameName, textOf, type TableText } from '../sql/index.ts';
import { columnOf } from './alter-table.ts';
import type { Draft } from './draft.ts';
import { shownName, placeholder, type FillOf } from './placeholders.ts';
import { withoutMarks } from './renames.ts';

/** A new table in place of one that ALTER TABLE cannot change (sqlite.org/lang_altertable.html, section 7). */
export function* rebuild(draft: Draft, wanted: SchemaObject, fills: FillOf): Op<boolean> {
  const table = parseTable(withoutMarks(wanted.sql ?? ''));
  if (table === undefined) return false;
  if (draft.direction === 'down') yield* dropColumns(draft, table);
  const facts = yield* readRebuildTarget(wanted.name, { table: wanted.name }, []);
  const { name } = facts;
  const created = yield* unusedName(name);
  const create = createStatement(table, wanted.name, quoteIfNeeded(created));
  yield* script(create);
  const [before, after] = [yield* readTableInfo(name), yield* readTableInfo(created)];
  yield* script(`DROP TABLE ${quoteIfNeeded(created)}`);
  const comments: string[] = [];
  const sources = after.columns.flatMap((column): readonly ColumnSource[] => {
    if (column.generated !== null) return [];
    const old = before.columns.find((one) => sameName(one.name, column.name));
    const key = shownName({ table: wanted.name, column: column.name });
    const fill = fills(key);
    const isKey = column.name === after.rowidAlias;
    if (old === undefined) {
      const isMissing =
        column.notNull && !isKey && (column.default === null || /^\(*\s*null\s*\)*$/i.test(column.default));
      return isMissing || fill !== undefined
        ? [{ column: column.name, value: fill ?? placeholder(key), old: undefined }]
        : [];
    }
    const value = quoteIfNeeded(old.name);
    const isNullable = !old.notNull && old.name !== before.rowidAlias && (column.notNull || isKey);
    const isConverted = converts(old, column);
    if (isConverted && fill === undefined)
      comments.push(
        `${key} was ${typeOf(old)} and becomes ${typeOf(column)}: in a column of numbers '00123' would be 123. Say what its values become, such as CAST(${value} AS ${column.type || 'BLOB'}).`,
      );
    if (!isConverted && !isNullable && fill === undefined) return [{ column: column.name, value, old: old.name }];
    draft.change({ table: wanted.name, column: column.name });
    const given = fill ?? placeholder(key);
    const changed = isNullable && !isConverted ? `coalesce(${value}, ${given})` : given;
    return [{ column: column.name, value: changed, old: undefined }];
  });
  for (const old of before.columns) {
    const now = columnOf(table, old.name);
    const was = columnOf(facts.table, old.name)!;
    const generated = now?.constraints.find(({ kind }) => kind === 'generated');
    const isComputed =
      generated !== undefined && canonical(textOf(table.sql, now!)) !== canonical(textOf(facts.table.sql, was));
    const isAlias = old.name === before.rowidAlias && !sameName(old.name, after.rowidAlias ?? '');
    const named = { table: name, column: old.name };
    // What is computed is no loss, and has to be declared all the same.
    if (old.generated !== null && (now === undefined || isComputed)) draft.declare(named);
    else if (now === undefined || isComputed || isAlias) draft.dropByRebuild(named);
  }
  const isNumbered = isAutoincrement(facts.table.sql);
  if (isNumbered && !isAutoincrement(wanted.sql)) draft.dropByRebuild({ table: name });
  yield* draft.add(
    [
      `${name}: ALTER TABLE cannot make this change, so a new table takes its place, with its rows, indexes and triggers.`,
      ...comments,
    ].join('\n'),
    create,
  );
  if (isNumbered && isAutoincrement(wanted.sql)) yield* draft.add('', sequenceStatement(name, created));
  yield* draft.add(
    '',
    copyStatement(planCopy(name, created, sources, before, after), quoteIfNeeded),
    `DROP TABLE ${quoteIfNeeded(name)}`,
    'PRAGMA legacy_alter_table = ON',
    renameStatement(wanted.name, created),
    'PRAGMA legacy_alter_table = OFF',
    ...[...facts.indexes, ...facts.triggers].map(({ sql }) => sql!),
  );
  return true;
}

/** A DOWN part may drop what UP has added; by its name, a rebuild would only leave it out. */
function* dropColumns(draft: Draft, wanted: TableText): Op<void> {
  const { name } = wanted.name;
  for (const column of yield* readColumns(name)) {
    if (wanted.columns.some((one) => sameName(one.name.name, column.name))) continue;
    yield* draft.attempt(function* () {
      yield* draft.add('', `ALTER TABLE ${quoteIfNeeded(name)} DROP COLUMN ${quoteIfNeeded(column.name)}`);
      return true;
    });
  }
}

/** Whether the new column may store a value otherwise (sqlite.org/datatype3.html, section 3). */
function converts(old: ColumnInfo, column: ColumnInfo): boolean {
  const numbers = ['integer', 'numeric'];
  if (old.affinity === column.affinity || column.affinity === 'blob') return false;
  return !(numbers.includes(old.affinity) && numbers.includes(column.affinity));
}

function typeOf({ type }: ColumnInfo): string {
  return type === '' ? 'without a type' : type;
}
