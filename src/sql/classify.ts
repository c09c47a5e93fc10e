import { alter } from './classify/alter.ts';
import { change, withClause } from './classify/change.ts';
import { create } from './classify/create.ts';
import { drop } from './classify/drop.ts';
import { pragma } from './classify/pragma.ts';
import { release, rollback, savepoint } from './classify/transaction.ts';
import { isKeyword } from './keyword.ts';
import { nameKey } from './names.ts';
import { TokenReader } from './reader.ts';
import type { SqlStatement, ParsedStatement } from './types.ts';

/**
 * What a statement is and which objects it names. A statement that SQLite would refuse may come out as anything that
 * its first word promises, or as `unknown`.
 */
export function classify(statement: SqlStatement): ParsedStatement {
  const { tokens } = statement;
  const first = tokens[0];
  return (first?.kind === 'word' ? facts(nameKey(first.text), new TokenReader(tokens, 1)) : undefined) ?? UNKNOWN;
}

const UNKNOWN: ParsedStatement = { verb: 'unknown' };

function facts(verb: string, reader: TokenReader): ParsedStatement | undefined {
  switch (verb) {
    case 'select':
    case 'values':
      return { verb: 'select' };
    case 'with':
      return withClause(reader);
    case 'insert':
    case 'replace':
    case 'update':
    case 'delete':
      return change(verb, reader, false);
    case 'create':
      return create(reader);
    case 'alter':
      return alter(reader);
    case 'drop':
      return drop(reader);
    case 'pragma':
      return pragma(reader);
    case 'begin':
      return { verb: 'begin', savepoint: undefined };
    case 'commit':
    case 'end':
      return { verb: 'commit', savepoint: undefined };
    case 'rollback':
      return rollback(reader);
    case 'savepoint':
      return savepoint(reader);
    case 'release':
      return release(reader);
    case 'vacuum':
      return { verb: 'vacuum', into: reader.tokens.some((token) => isKeyword(token, 'into')) };
    case 'explain':
    case 'attach':
    case 'detach':
    case 'reindex':
    case 'analyze':
      return { verb };
    default:
      return undefined;
  }
}
