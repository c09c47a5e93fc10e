import { isOperator } from '../keyword.ts';
import { nameKey } from '../names.ts';
import type { TokenReader } from '../reader.ts';
import type { Conflict, ParsedStatement } from '../types.ts';

/** INSERT, REPLACE, UPDATE or DELETE; the reader stands behind that word. */
export function change(
  verb: 'insert' | 'replace' | 'update' | 'delete',
  reader: TokenReader,
  behindWith: boolean,
): ParsedStatement | undefined {
  const conflict = verb === 'replace' ? 'replace' : conflictClause(reader);
  if (verb === 'delete' && !reader.keyword('from')) return undefined;
  if ((verb === 'insert' || verb === 'replace') && !reader.keyword('into')) return undefined;
  const name = reader.objectName();
  if (name === undefined) return undefined;
  return { verb: verb === 'replace' ? 'insert' : verb, name, conflict, with: behindWith };
}

/**
 * The statement behind a WITH clause. Each of its tables ends with `)`, and behind that comes `,` or the verb. (The
 * names between cannot mislead: REPLACE is not reserved and may name such a table, but never stands behind a `)`.)
 */
export function withClause(reader: TokenReader): ParsedStatement | undefined {
  const { tokens } = reader;
  let depth = 0;
  for (; reader.index < tokens.length; reader.index++) {
    if (isOperator(reader.next, '(')) depth++;
    else if (isOperator(reader.next, ')')) depth--;
    else if (depth === 0 && isOperator(tokens[reader.index - 1], ')')) {
      const verb = reader.next?.kind === 'word' ? nameKey(reader.next.text) : '';
      switch (verb) {
        case 'select':
        case 'values':
          return { verb: 'select' };
        case 'insert':
        case 'replace':
        case 'update':
        case 'delete':
          reader.index++;
          return change(verb, reader, true);
      }
    }
  }
  return undefined;
}

const CONFLICTS: readonly Conflict[] = ['replace', 'rollback', 'abort', 'fail', 'ignore'];

function conflictClause(reader: TokenReader): Conflict | undefined {
  return reader.keyword('or') ? CONFLICTS.find((conflict) => reader.keyword(conflict)) : undefined;
}
