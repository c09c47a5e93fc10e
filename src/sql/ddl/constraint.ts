import { isKeyword, isOperator, type TokenReader } from '../reader.ts';
import { unquote } from '../names.ts';
import type { Token } from '../types.ts';
import type { ConstraintText, NameSpan, ReferenceText, Span } from './types.ts';

/** What a constraint is, without the name and the span that every constraint has. */
type Parts = Partial<Omit<ConstraintText, 'kind' | 'name' | 'start' | 'end'>> & Pick<ConstraintText, 'kind'>;

/** A constraint of a column, or undefined with the reader where it was. */
export function columnConstraint(reader: TokenReader): ConstraintText | undefined {
  return named(reader, () => {
    if (reader.keyword('default')) return withValue('default', defaultValue(reader));
    if (reader.keyword('collate')) return withValue('collate', nameSpan(reader));
    if (reader.keyword('references')) return foreignKey(reader, []);
    if (reader.keyword('primary')) return primaryKey(reader);
    if (reader.keyword('generated')) reader.keyword('always');
    if (reader.keyword('as')) return generated(reader);
    if (reader.keyword('null')) return withConflict(reader, { kind: 'null' });
    if (isKeyword(reader.next, 'not') && isKeyword(reader.tokens[reader.index + 1], 'null')) {
      reader.index += 2;
      return withConflict(reader, { kind: 'not-null' });
    }
    if (deferrable(reader)) return { kind: 'deferrable' };
    if (reader.keyword('unique')) return withConflict(reader, { kind: 'unique' });
    return check(reader);
  });
}

/** A constraint of the table, or undefined with the reader where it was. */
export function tableConstraint(reader: TokenReader): ConstraintText | undefined {
  return named(reader, () => {
    if (reader.keyword('primary')) {
      reader.keyword('key');
      const { columns, autoincrement } = sortedColumns(reader);
      return withConflict(reader, { kind: 'primary-key', columns, autoincrement });
    }
    if (reader.keyword('unique'))
      return withConflict(reader, { kind: 'unique', columns: sortedColumns(reader).columns });
    if (reader.keyword('foreign')) {
      reader.keyword('key');
      const { columns } = sortedColumns(reader);
      return reader.keyword('references') ? foreignKey(reader, columns) : undefined;
    }
    return check(reader);
  });
}

/** CONSTRAINT x with no constraint behind it. */
export function constraintName(reader: TokenReader): ConstraintText | undefined {
  const start = reader.next;
  if (start === undefined || !reader.keyword('constraint')) return undefined;
  const name = nameSpan(reader);
  return name && constraint({ kind: 'name' }, name.name, { start: start.start, end: name.end });
}

export function nameSpan(reader: TokenReader): NameSpan | undefined {
  const token = reader.next;
  const name = reader.name();
  return token === undefined || name === undefined ? undefined : { name, start: token.start, end: token.end };
}

/** Reads CONSTRAINT names (the last one counts) and what follows; goes back if nothing does. */
function named(reader: TokenReader, read: () => Parts | undefined): ConstraintText | undefined {
  const from = reader.index;
  let name: string | undefined;
  while (reader.keyword('constraint')) name = reader.name();
  const before = reader.index;
  const parts = read();
  const [first, last] = [reader.tokens[from], reader.tokens[reader.index - 1]];
  if (parts === undefined || reader.index === before || first === undefined || last === undefined) {
    reader.index = from;
    return undefined;
  }
  return constraint(parts, name, { start: first.start, end: last.end });
}

function constraint(parts: Parts, name: string | undefined, { start, end }: Span): ConstraintText {
  return {
    columns: [],
    expression: undefined,
    references: undefined,
    autoincrement: false,
    stored: false,
    ...parts,
    name,
    start,
    end,
  };
}

function primaryKey(reader: TokenReader): Parts {
  reader.keyword('key');
  if (!reader.keyword('asc')) reader.keyword('desc');
  onConflict(reader);
  return { kind: 'primary-key', autoincrement: reader.keyword('autoincrement') };
}

function check(reader: TokenReader): Parts | undefined {
  if (!reader.keyword('check')) return undefined;
  const expression = parenthesised(reader);
  return expression && withConflict(reader, { kind: 'check', expression: inside(expression) });
}

function generated(reader: TokenReader): Parts | undefined {
  const expression = parenthesised(reader);
  if (expression === undefined) return undefined;
  const stored = reader.keyword('stored');
  if (!stored) reader.keyword('virtual');
  return { kind: 'generated', expression: inside(expression), stored };
}

/** A sign and a literal, one word, or an expression in parentheses. */
function defaultValue(reader: TokenReader): Span | undefined {
  const first = reader.next;
  if (first === undefined || isOperator(first, '(')) return parenthesised(reader);
  if (!reader.operator('+')) reader.operator('-');
  const last = reader.next;
  if (last === undefined) return undefined;
  reader.index++;
  return { start: first.start, end: last.end };
}

function withValue(kind: 'default' | 'collate', expression: Span | undefined): Parts | undefined {
  return expression && { kind, expression };
}

/** REFERENCES t (a, b) with its actions; the reader stands behind REFERENCES. */
function foreignKey(reader: TokenReader, columns: readonly NameSpan[]): Parts | undefined {
  const table = nameSpan(reader);
  if (table === undefined) return undefined;
  const references: ReferenceText = {
    table,
    columns: isOperator(reader.next, '(') ? sortedColumns(reader).columns : [],
  };
  while (action(reader));
  deferrable(reader);
  return { kind: 'foreign-key', columns, references };
}

/** ON DELETE CASCADE, ON UPDATE SET NULL, MATCH FULL. */
function action(reader: TokenReader): boolean {
  if (reader.keyword('match')) return reader.name() !== undefined;
  if (!reader.keyword('on')) return false;
  reader.index++; // DELETE, UPDATE, or INSERT, which has no effect
  if (!reader.keyword('set')) reader.keyword('no');
  reader.index++; // NULL or DEFAULT, ACTION, CASCADE, RESTRICT
  return true;
}

/** [NOT] DEFERRABLE [INITIALLY DEFERRED | IMMEDIATE] */
function deferrable(reader: TokenReader): boolean {
  if (isKeyword(reader.next, 'not') && isKeyword(reader.tokens[reader.index + 1], 'deferrable')) reader.index++;
  if (!reader.keyword('deferrable')) return false;
  if (reader.keyword('initially')) reader.index++;
  return true;
}

function withConflict(reader: TokenReader, parts: Parts): Parts {
  onConflict(reader);
  return parts;
}

function onConflict(reader: TokenReader): void {
  if (!isKeyword(reader.next, 'on') || !isKeyword(reader.tokens[reader.index + 1], 'conflict')) return;
  reader.index += 3;
}

/** (a, b COLLATE c DESC, ...): the plain names at the beginning of each member. */
function sortedColumns(reader: TokenReader): { columns: readonly NameSpan[]; autoincrement: boolean } {
  const columns: NameSpan[] = [];
  const list = parenthesisedTokens(reader);
  let depth = 0;
  for (const [i, token] of list.entries()) {
    const first = i === 0 || (depth === 0 && isOperator(list[i - 1], ','));
    const after = list[i + 1];
    const plain = after === undefined || isOperator(after, ',') || after.kind === 'word';
    if (first && plain && (token.kind === 'word' || token.kind === 'quoted' || token.kind === 'string'))
      columns.push({ name: unquote(token.text), start: token.start, end: token.end });
    if (isOperator(token, '(')) depth++;
    if (isOperator(token, ')')) depth--;
  }
  return { columns, autoincrement: isKeyword(list.at(-1), 'autoincrement') };
}

function inside({ start, end }: Span): Span {
  return { start: start + 1, end: end - 1 };
}

function parenthesised(reader: TokenReader): Span | undefined {
  const open = reader.next;
  parenthesisedTokens(reader);
  const close = reader.tokens[reader.index - 1];
  return open === undefined || close === undefined || !isOperator(close, ')') || !isOperator(open, '(')
    ? undefined
    : { start: open.start, end: close.end };
}

/** What is between the parentheses that come next; the reader stands behind them, or at the end if they never close. */
function parenthesisedTokens(reader: TokenReader): readonly Token[] {
  if (!reader.operator('(')) return [];
  const from = reader.index;
  for (let depth = 1; reader.next !== undefined && depth > 0; reader.index++) {
    if (isOperator(reader.next, '(')) depth++;
    else if (isOperator(reader.next, ')')) depth--;
  }
  return reader.tokens.slice(from, reader.index - 1);
}
