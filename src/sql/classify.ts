import { alter, create, OBJECTS } from './classify-ddl.ts';
import { isKeyword, TokenReader, isOperator } from './reader.ts';
import { nameKey, unquote } from './names.ts';
import type { SqlStatement, ParsedStatement, Conflict } from './types.ts';

/**
 * Parses a statement's kind and the objects that it names. A statement that SQLite refuses may be classified by its first
 * word, or as `unknown`.
 */
export function classify(statement: SqlStatement): ParsedStatement {
  const { tokens } = statement;
  const first = tokens[0];
  return (first?.kind === 'word' ? parseVerb(nameKey(first.text), new TokenReader(tokens, 1)) : undefined) ?? UNKNOWN;
}

const UNKNOWN: ParsedStatement = { verb: 'unknown' };

function parseVerb(verb: string, reader: TokenReader): ParsedStatement | undefined {
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
      return change(verb, reader);
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
      return { verb, savepoint: reader.name() };
    case 'release':
      return { verb, savepoint: savepointName(reader) };
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

/** INSERT, REPLACE, UPDATE or DELETE; the reader is after that word. */
function change(verb: 'insert' | 'replace' | 'update' | 'delete', reader: TokenReader): ParsedStatement | undefined {
  const conflict =
    verb === 'replace' ? 'replace' : reader.keyword('or') ? CONFLICTS.find((one) => reader.keyword(one)) : undefined;
  if (verb === 'delete' && !reader.keyword('from')) return undefined;
  if ((verb === 'insert' || verb === 'replace') && !reader.keyword('into')) return undefined;
  const name = reader.objectName();
  if (name === undefined) return undefined;
  return { verb: verb === 'replace' ? 'insert' : verb, name, conflict };
}

/**
 * The statement after a WITH clause. Each table of the clause ends with `)`, followed by `,` or the verb. (REPLACE is not
 * reserved and may be the name of such a table, but never follows a `)`.)
 */
function withClause(reader: TokenReader): ParsedStatement | undefined {
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
          return change(verb, reader);
      }
    }
  }
  return undefined;
}

const CONFLICTS: readonly Conflict[] = ['replace', 'rollback', 'abort', 'fail', 'ignore'];

/** The reader is after DROP. */
function drop(reader: TokenReader): ParsedStatement | undefined {
  const object = OBJECTS.find((keyword) => reader.keyword(keyword));
  const ifExists = reader.keyword('if') && reader.keyword('exists');
  const name = reader.objectName();
  return object === undefined || name === undefined ? undefined : { verb: 'drop', object, name, ifExists };
}

/** The reader is after PRAGMA. */
function pragma(reader: TokenReader): ParsedStatement | undefined {
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

/** ROLLBACK [TRANSACTION [name]] [TO [SAVEPOINT] name]; the reader is after ROLLBACK. */
function rollback(reader: TokenReader): ParsedStatement {
  if (reader.keyword('transaction') && !isKeyword(reader.next, 'to')) reader.name();
  return { verb: 'rollback', savepoint: reader.keyword('to') ? savepointName(reader) : undefined };
}

/** The word SAVEPOINT is optional in RELEASE and ROLLBACK TO. */
function savepointName(reader: TokenReader): string | undefined {
  reader.keyword('savepoint');
  return reader.name();
}
