import { nameKey, unquote } from '../names.ts';
import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';

/** The reader stands behind PRAGMA. */
export function pragma(reader: TokenReader): ParsedStatement | undefined {
  const name = reader.objectName();
  if (name === undefined) return undefined;
  const value = reader.operator('=') || reader.operator('(') ? pragmaValue(reader) : undefined;
  return { verb: 'pragma', schema: name.schema, name: nameKey(name.name), value };
}

/** A number with or without a sign, a name, a string, or one of the keywords ON, DELETE and DEFAULT. */
function pragmaValue(reader: TokenReader): string | undefined {
  const negative = reader.operator('-');
  if (!negative) reader.operator('+');
  const token = reader.next;
  return token === undefined ? undefined : (negative ? '-' : '') + unquote(token.text);
}
