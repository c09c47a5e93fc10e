import { dunlinError, type DunlinError } from '../errors/index.ts';
import { nameKey, parseTable, sameName, type ColumnText, type TableText, quoteIfNeeded } from '../sql/index.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { changeColumn } from './edit-column.ts';
import { refuseDangling } from './dangling-constraints.ts';
import { dropConstraint, dropPrimaryKey } from './edit-constraint.ts';
import { appendColumn, appendPart, endComment, cutSpan, removePart, replaceSpan } from './table-text.ts';

/** Where the values of a column of the new table come from. */
export interface ColumnSource {
  /** The column of the new table. */
  readonly column: string;
  /** An SQL expression over the old row; undefined for the column's default. */
  readonly value: string | undefined;
  /** The old column with the same values; undefined if a change sets another value. */
  readonly old: string | undefined;
}

/** The new text of a table. */
export interface EditedTable {
  readonly table: TableText;
  readonly sources: readonly ColumnSource[];
}

/** Makes the changes to the text of a table, one after the other. Errors: `REBUILD_INVALID`. */
export function editTable(table: TableText, changes: readonly TableChange[], location: RebuildLocation): EditedTable {
  const sources = new Map<string, ColumnSource>();
  for (const { name } of table.columns)
    sources.set(nameKey(name.name), { column: name.name, value: quoteIfNeeded(name.name), old: name.name });
  let current = table;
  for (const change of changes) {
    const columns = expectedColumns(current, change, location);
    const text = parseTable(edit(current, change, location));
    // A definition could contain a second column, or open a comment that hides one.
    const found = text?.columns.map(({ name }) => nameKey(name.name)) ?? [];
    if (text === undefined || found.join('\n') !== columns.map(nameKey).join('\n'))
      throw invalid(location, `${JSON.stringify(wordsOf(change))} is not valid in a CREATE TABLE here`);
    current = text;
    updateSources(sources, change);
  }
  refuseDangling(current, changes, location);
  return { table: current, sources: current.columns.map(({ name }) => sources.get(nameKey(name.name))!) };
}

function edit(table: TableText, change: TableChange, location: RebuildLocation): string {
  switch (change.kind) {
    case 'add-column':
      return appendColumn(table, endComment(`${quoteIfNeeded(change.column)} ${change.definition}`));
    case 'define-column': {
      const { name, end } = requireColumn(table, change.column, location);
      return replaceSpan(table.sql, { start: name.end, end }, endComment(change.definition));
    }
    case 'change-column':
      return changeColumn(table, requireColumn(table, change.column, location), change.change);
    case 'drop-column':
      return removePart(table, requireColumn(table, change.column, location));
    case 'add-constraint':
      return appendPart(table, change.sql);
    case 'drop-constraint':
      return dropConstraint(table, change.which, location);
    case 'primary-key':
      return withPrimaryKey(table, change.sql, location);
    case 'option':
      return withOption(table, change.option, change.on);
    case 'rename-column':
      // SQLite renames columns itself, also in views, triggers and other tables.
      throw new TypeError('renames are no edits of the text');
  }
}

/** The columns that the table must have after a change. */
function expectedColumns(table: TableText, change: TableChange, location: RebuildLocation): readonly string[] {
  const names = table.columns.map(({ name }) => name.name);
  if (change.kind === 'add-column') {
    if (names.some((name) => sameName(name, change.column)))
      throw invalid(location, `it has a column ${change.column} already`);
    return [...names, change.column];
  }
  if (change.kind !== 'drop-column') return names;
  requireColumn(table, change.column, location);
  if (names.length === 1) throw invalid(location, `${change.column} is its only column`);
  return names.filter((name) => !sameName(name, change.column));
}

function updateSources(sources: Map<string, ColumnSource>, change: TableChange): void {
  if (!('column' in change)) return;
  const key = nameKey(change.column);
  if (change.kind === 'drop-column') sources.delete(key);
  else if (change.kind === 'add-column')
    sources.set(key, { column: change.column, value: change.value, old: undefined });
  else if (change.value !== undefined)
    sources.set(key, { column: sources.get(key)!.column, value: change.value, old: undefined });
}

/** The column of this name. Errors: `REBUILD_INVALID`, with a suggestion. */
export function requireColumn(table: TableText, column: string, location: RebuildLocation): ColumnText {
  const found = table.columns.find(({ name }) => sameName(name.name, column));
  if (found !== undefined) return found;
  const names = table.columns.map(({ name }) => name.name);
  throw dunlinError('REBUILD_INVALID', { ...location, fact: `it has no column ${column}`, column, names });
}

function withPrimaryKey(table: TableText, sql: string | undefined, location: RebuildLocation): string {
  const without = dropPrimaryKey(table, location, sql === undefined);
  if (sql === undefined) return without;
  const text = parseTable(without);
  return text === undefined ? without : appendPart(text, sql);
}

/** Adds or removes a table option. */
export function withOption(table: TableText, kind: 'strict' | 'without-rowid', on: boolean): string {
  const { sql, options } = table;
  const found = options.find((option) => option.kind === kind);
  if ((found !== undefined) === on) return sql;
  const last = options.at(-1)?.end ?? table.body.end + 1;
  const word = kind === 'strict' ? 'STRICT' : 'WITHOUT ROWID';
  if (found === undefined)
    return replaceSpan(sql, { start: last, end: last }, `${options.length > 0 ? ',' : ''} ${word}`);
  const [other] = options.filter((option) => option !== found);
  // There are at most two options: remove the comma too.
  if (other === undefined) return cutSpan(sql, found);
  return other.start < found.start
    ? cutSpan(sql, { start: other.end, end: found.end })
    : replaceSpan(sql, { start: found.start, end: other.start }, '');
}

function wordsOf(change: TableChange): string {
  if ('definition' in change) return `${change.column} ${change.definition}`;
  if ('sql' in change) return change.sql ?? '';
  return 'change' in change ? JSON.stringify(change.change) : change.kind;
}

function invalid(location: RebuildLocation, fact: string): DunlinError {
  return dunlinError('REBUILD_INVALID', { ...location, fact });
}
