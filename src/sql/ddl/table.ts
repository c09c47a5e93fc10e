import { isKeyword, isOperator } from '../keyword.ts';
import { nameKey } from '../names.ts';
import { TokenReader } from '../reader.ts';
import { tokenize } from '../tokenize.ts';
import type { Token } from '../types.ts';
import { column } from './column.ts';
import { constraintName, tableConstraint } from './constraint.ts';
import type { ColumnText, ConstraintText, TableOptionText, TableText } from './types.ts';

/**
 * Finds the parts of a CREATE TABLE (the productions of SQLite's parse.y, sqlite.org/lang_createtable.html);
 * expressions stay opaque. Undefined for a virtual table, for CREATE TABLE ... AS (SQLite stores another text for it),
 * and for what SQLite would refuse.
 */
export function parseTable(sql: string): TableText | undefined {
  const reader = new TokenReader(
    tokenize(sql).filter((token) => token.kind !== 'comment'),
    0,
  );
  if (!reader.keyword('create')) return undefined;
  if (!reader.keyword('temp')) reader.keyword('temporary');
  if (!reader.keyword('table')) return undefined;
  if (reader.keyword('if') && !(reader.keyword('not') && reader.keyword('exists'))) return undefined;
  const first = reader.next;
  const name = reader.objectName();
  const open = reader.next;
  if (first === undefined || name === undefined || open === undefined || !reader.operator('(')) return undefined;
  const columns: ColumnText[] = [];
  const constraints: ConstraintText[] = [];
  do {
    if (startsConstraint(reader.next)) break;
    const found = column(reader);
    if (found === undefined) return undefined;
    columns.push(found);
  } while (reader.operator(','));
  // A comma between constraints of the table is optional.
  while (startsConstraint(reader.next)) {
    const found = tableConstraint(reader) ?? constraintName(reader);
    if (found === undefined) return undefined;
    constraints.push(found);
    reader.operator(',');
  }
  const close = reader.next;
  if (close === undefined || !reader.operator(')') || columns.length === 0) return undefined;
  const options = tableOptions(reader);
  if (options === undefined) return undefined;
  const last = reader.tokens[reader.tokens.indexOf(open) - 1]!;
  return {
    sql,
    name: { name: name.name, start: first.start, end: last.end },
    body: { start: open.end, end: close.start },
    columns,
    constraints,
    options,
  };
}

/** All reserved: no column can be called so without quotes. */
const CONSTRAINTS = new Set(['constraint', 'primary', 'unique', 'check', 'foreign']);

function startsConstraint(token: Token | undefined): boolean {
  return token?.kind === 'word' && CONSTRAINTS.has(nameKey(token.text));
}

function tableOptions(reader: TokenReader): readonly TableOptionText[] | undefined {
  const options: TableOptionText[] = [];
  while (reader.next !== undefined && !isOperator(reader.next, ';')) {
    const start = reader.next;
    const without = reader.keyword('without');
    const word = reader.next;
    if (reader.name() === undefined || word === undefined) return undefined;
    const kind = without
      ? isKeyword(word, 'rowid')
        ? 'without-rowid'
        : 'other'
      : isKeyword(word, 'strict')
        ? 'strict'
        : 'other';
    options.push({ kind, start: start.start, end: word.end });
    if (!reader.operator(',')) break;
  }
  return reader.next === undefined || isOperator(reader.next, ';') ? options : undefined;
}
