import { isKeyword, isOperator } from '../keyword.ts';
import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';
import { ifNotExistsClause, isTemporary } from './clauses.ts';

export function createTrigger(reader: TokenReader, temp: boolean): ParsedStatement | undefined {
  const ifNotExists = ifNotExistsClause(reader);
  const name = reader.objectName();
  if (name === undefined) return undefined;
  // BEFORE, AFTER, INSTEAD OF, the event and its columns: ON is reserved, so the first one is the table's.
  while (reader.next !== undefined && !isKeyword(reader.next, 'on')) reader.index++;
  reader.index++;
  const table = reader.objectName()?.name;
  if (table === undefined) return undefined;
  const temporary = isTemporary(temp, name);
  return { verb: 'create', object: 'trigger', name, table, temporary, ifNotExists, deletes: bodyDeletes(reader) };
}

/**
 * Only the first words of a statement count: `replace(a, 'x', 'y')` is a function, and `a OR replace(...)` an
 * expression.
 */
function bodyDeletes({ tokens, index }: TokenReader): boolean {
  for (let i = index; i < tokens.length; i++) {
    if (!isOperator(tokens[i - 1], ';') && !isKeyword(tokens[i - 1], 'begin')) continue;
    if (isKeyword(tokens[i], 'delete') || isKeyword(tokens[i], 'replace')) return true;
    if (isKeyword(tokens[i + 1], 'or') && isKeyword(tokens[i + 2], 'replace')) {
      if (isKeyword(tokens[i], 'insert') || isKeyword(tokens[i], 'update')) return true;
    }
  }
  return false;
}
