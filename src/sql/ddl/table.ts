import { isKeyword, isOperator, TokenReader } from '../reader.ts';
import { nameKey } from '../names.ts';
import { codeTokens } from '../tokenize.ts';
import type { Token, SqlStatement } from '../types.ts';
import { constraintName, tableConstraint, columnConstraint, nameSpan } from './constraint.ts';
import type { ColumnText, ConstraintText, OwnedConstraint, TableOptionText, TableText, Span } from './types.ts';

/**
 * Parses a CREATE TABLE (the productions of SQLite's parse.y, sqlite.org/lang_createtable.html);
 * expressions stay opaque. Undefined for a virtual table, for CREATE TABLE ... AS (SQLite stores another text for it),
 * and for what SQLite would refuse.
 */
export function parseTable(sql: string): TableText | undefined {
  const reader = new TokenReader(codeTokens(sql), 0);
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

/** All are reserved, so none is a column without quotes. */
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

/** The constraints of the columns, then those of the table, with the names of their columns. */
export function constraintsOf({ columns, constraints }: TableText): readonly OwnedConstraint[] {
  return [
    ...columns.flatMap((column) =>
      column.constraints.map((constraint) => ({ constraint, column, columns: [column.name.name] })),
    ),
    ...constraints.map((constraint) => ({ constraint, columns: constraint.columns.map(({ name }) => name) })),
  ];
}

/** Reads a column: its name, its type if any, its constraints. */
function column(reader: TokenReader): ColumnText | undefined {
  const name = nameSpan(reader);
  if (name === undefined) return undefined;
  const type = columnType(reader);
  const constraints: ConstraintText[] = [];
  for (;;) {
    const found = columnConstraint(reader) ?? constraintName(reader);
    if (found === undefined) break;
    constraints.push(found);
  }
  const end = constraints.at(-1)?.end ?? type?.end ?? name.end;
  return { name, type, constraints, start: name.start, end };
}

/** Words that end a type. All are reserved, so none is part of a type. */
const AFTER_TYPE = new Set(
  'constraint default null not primary unique check references deferrable collate as'.split(' '),
);

/** Any words and quoted names, then (n) or (n, m). GENERATED ALWAYS belongs to the AS after it. */
function columnType(reader: TokenReader): Span | undefined {
  const first = reader.next;
  let last: Token | undefined;
  while (isTypeWord(reader)) last = reader.tokens[reader.index++];
  if (first === undefined || last === undefined) return undefined;
  if (reader.operator('(')) {
    while (reader.next !== undefined && !isOperator(reader.next, ')')) reader.index++;
    last = reader.next ?? last;
    reader.operator(')');
  }
  return { start: first.start, end: last.end };
}

function isTypeWord({ tokens, index }: TokenReader): boolean {
  const token = tokens[index];
  if (token?.kind === 'quoted' || token?.kind === 'string') return true;
  if (token?.kind !== 'word' || AFTER_TYPE.has(nameKey(token.text))) return false;
  return !(
    isKeyword(token, 'generated') &&
    isKeyword(tokens[index + 1], 'always') &&
    isKeyword(tokens[index + 2], 'as')
  );
}

/** Parses the column of an ALTER TABLE ... ADD COLUMN, as a table's only column; undefined for any other statement. */
export function parseAddedColumn(statement: SqlStatement): TableText | undefined {
  const reader = new TokenReader(statement.tokens, 0);
  if (!reader.keyword('alter') || !reader.keyword('table') || reader.objectName() === undefined) return undefined;
  if (!reader.keyword('add')) return undefined;
  reader.keyword('column');
  const { next: name } = reader;
  // A constraint is no column: ADD CHECK (...).
  if (name === undefined || startsConstraint(name)) return undefined;
  return parseTable(`CREATE TABLE t (${statement.sql.slice(name.start - statement.tokens[0]!.start)})`);
}
