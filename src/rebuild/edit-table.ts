import { dunlinError, type DunlinError } from '../errors/index.ts';
import { nameKey, parseTable, sameName, type ColumnText, type TableText } from '../sql/index.ts';
import type { RebuildLocation, TableChange } from './changes.ts';
import { changeColumn } from './edit-column.ts';
import { refuseDangling } from './dropped.ts';
import { dropConstraint, dropPrimaryKey } from './edit-constraint.ts';
import { appendColumn, appendPart, closed, cutSpan, removePart, replaceSpan } from './table-text.ts';
import { written } from './write.ts';

/** Where the values of a column of the new table come from. */
export interface ColumnSource {
  /** The column as the new table calls it. */
  readonly column: string;
  /** SQL over the row as it was; undefined: the column's default. */
  readonly value: string | undefined;
  /** The old column, whose values it should have unchanged; undefined if another value was asked for. */
  readonly old: string | undefined;
}

/** A table as it is to be. */
export interface EditedTable {
  readonly table: TableText;
  readonly sources: readonly ColumnSource[];
}

/** Makes the changes to the text of a table, one after the other. Errors: `REBUILD_INVALID`. */
export function editTable(table: TableText, changes: readonly TableChange[], place: RebuildLocation): EditedTable {
  const sources = new Map<string, ColumnSource>();
  for (const { name } of table.columns)
    sources.set(nameKey(name.name), { column: name.name, value: written(name.name), old: name.name });
  let present = table;
  for (const change of changes) {
    const columns = expectedColumns(present, change, place);
    const text = parseTable(edit(present, change, place));
    // A definition could otherwise bring a second column along, or open a comment that swallows one.
    const found = text?.columns.map(({ name }) => nameKey(name.name)) ?? [];
    if (text === undefined || found.join('\n') !== columns.map(nameKey).join('\n'))
      throw invalid(place, `${JSON.stringify(wordsOf(change))} is not what can stand in a CREATE TABLE at this place`);
    present = text;
    follow(sources, change);
  }
  refuseDangling(present, changes, place);
  return { table: present, sources: present.columns.map(({ name }) => sources.get(nameKey(name.name))!) };
}

function edit(table: TableText, change: TableChange, place: RebuildLocation): string {
  switch (change.kind) {
    case 'add-column':
      return appendColumn(table, closed(`${written(change.column)} ${change.definition}`));
    case 'define-column': {
      const { name, end } = requireColumn(table, change.column, place);
      return replaceSpan(table.sql, { start: name.end, end }, closed(change.definition));
    }
    case 'change-column':
      return changeColumn(table, requireColumn(table, change.column, place), change.change);
    case 'drop-column':
      return removePart(table, requireColumn(table, change.column, place));
    case 'add-constraint':
      return appendPart(table, change.sql);
    case 'drop-constraint':
      return dropConstraint(table, change.which, place);
    case 'primary-key':
      return withPrimaryKey(table, change.sql, place);
    case 'option':
      return withOption(table, change.option, change.on);
    case 'rename-column':
      // SQLite itself follows a renamed column into views, triggers and other tables: it is asked before.
      throw new TypeError('renames are no edits of the text');
  }
}

/** The columns that there must be after a change. */
function expectedColumns(table: TableText, change: TableChange, place: RebuildLocation): readonly string[] {
  const names = table.columns.map(({ name }) => name.name);
  if (change.kind === 'add-column') {
    if (names.some((name) => sameName(name, change.column)))
      throw invalid(place, `it has a column ${change.column} already`);
    return [...names, change.column];
  }
  if (change.kind !== 'drop-column') return names;
  requireColumn(table, change.column, place);
  if (names.length === 1) throw invalid(place, `${change.column} is its only column`);
  return names.filter((name) => !sameName(name, change.column));
}

function follow(sources: Map<string, ColumnSource>, change: TableChange): void {
  if (!('column' in change)) return;
  const key = nameKey(change.column);
  if (change.kind === 'drop-column') sources.delete(key);
  else if (change.kind === 'add-column')
    sources.set(key, { column: change.column, value: change.value, old: undefined });
  else if (change.value !== undefined)
    sources.set(key, { column: sources.get(key)!.column, value: change.value, old: undefined });
}

/** The column of this name. Errors: `REBUILD_INVALID`, with the one that may be meant. */
export function requireColumn(table: TableText, column: string, place: RebuildLocation): ColumnText {
  const found = table.columns.find(({ name }) => sameName(name.name, column));
  if (found !== undefined) return found;
  const names = table.columns.map(({ name }) => name.name);
  throw dunlinError('REBUILD_INVALID', { ...place, fact: `it has no column ${column}`, column, names });
}

function withPrimaryKey(table: TableText, sql: string | undefined, place: RebuildLocation): string {
  const without = dropPrimaryKey(table, place, sql === undefined);
  if (sql === undefined) return without;
  const text = parseTable(without);
  return text === undefined ? without : appendPart(text, sql);
}

function withOption(table: TableText, kind: 'strict' | 'without-rowid', on: boolean): string {
  const { sql, options } = table;
  const found = options.find((option) => option.kind === kind);
  if ((found !== undefined) === on) return sql;
  const last = options.at(-1)?.end ?? table.body.end + 1;
  const word = kind === 'strict' ? 'STRICT' : 'WITHOUT ROWID';
  if (found === undefined)
    return replaceSpan(sql, { start: last, end: last }, `${options.length > 0 ? ',' : ''} ${word}`);
  const [other] = options.filter((option) => option !== found);
  // At most two can be: the comma goes with the one that goes.
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

function invalid(place: RebuildLocation, fact: string): DunlinError {
  return dunlinError('REBUILD_INVALID', { ...place, fact });
}
