import { isKeyword } from '../keyword.ts';
import type { TokenReader } from '../reader.ts';
import type { ParsedStatement } from '../types.ts';

/** ROLLBACK [TRANSACTION [name]] [TO [SAVEPOINT] name]; the reader stands behind ROLLBACK. */
export function rollback(reader: TokenReader): ParsedStatement {
  if (reader.keyword('transaction') && !isKeyword(reader.next, 'to')) reader.name();
  return { verb: 'rollback', savepoint: reader.keyword('to') ? savepointName(reader) : undefined };
}

export function savepoint(reader: TokenReader): ParsedStatement {
  return { verb: 'savepoint', savepoint: reader.name() };
}

export function release(reader: TokenReader): ParsedStatement {
  return { verb: 'release', savepoint: savepointName(reader) };
}

/** The word SAVEPOINT is optional in RELEASE and ROLLBACK TO. */
function savepointName(reader: TokenReader): string | undefined {
  reader.keyword('savepoint');
  return reader.name();
}
