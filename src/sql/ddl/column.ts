import { isKeyword, isOperator } from '../keyword.ts';
import { nameKey } from '../names.ts';
import type { TokenReader } from '../reader.ts';
import type { Token } from '../types.ts';
import { columnConstraint, constraintName, nameSpan } from './constraint.ts';
import type { ColumnText, ConstraintText, Span } from './types.ts';

/** A name, a type if any, constraints. The reader stands behind it afterwards. */
export function column(reader: TokenReader): ColumnText | undefined {
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

/** What ends a type: reserved, so that none of its words can be spelled so. */
const AFTER_TYPE = new Set(
  'constraint default null not primary unique check references deferrable collate as'.split(' '),
);

/** Any words and quoted names, then (n) or (n, m). GENERATED ALWAYS belongs to the AS behind it. */
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
