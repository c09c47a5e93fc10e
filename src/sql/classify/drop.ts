import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';

const OBJECTS = ['table', 'view', 'index', 'trigger'] as const;

/** The reader stands behind DROP. */
export function drop(reader: TokenReader): ParsedStatement | undefined {
  const object = OBJECTS.find((keyword) => reader.keyword(keyword));
  const ifExists = reader.keyword('if') && reader.keyword('exists');
  const name = reader.objectName();
  return object === undefined || name === undefined ? undefined : { verb: 'drop', object, name, ifExists };
}
