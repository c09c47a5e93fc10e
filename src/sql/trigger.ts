import { isKeyword, isOperator } from './reader.ts';
import { closingParenthesis, parseRowCopy } from './select.ts';
import { splitStatements } from './split.ts';
import { codeTokens } from './tokenize.ts';
import type { SqlStatement, Token } from './types.ts';

export interface TriggerBody {
  /** Its WHEN condition; empty without one. */
  readonly when: readonly Token[];
  readonly statements: readonly SqlStatement[];
}

/** Parses the CREATE TRIGGER of an INSERT or an UPDATE; undefined for another event, or a text that SQLite refuses. */
export function triggerBody(sql: string, event: 'insert' | 'update'): TriggerBody | undefined {
  const tokens = codeTokens(sql);
  const on = tokens.findIndex((token) => isKeyword(token, 'on'));
  const begin = tokens.findIndex((token, index) => index > on && isKeyword(token, 'begin'));
  const head = tokens.slice(0, on);
  const of = head.findLastIndex(
    (token) => isKeyword(token, 'of') && !isKeyword(head[head.indexOf(token) - 1], 'instead'),
  );
  if (begin === -1 || !isKeyword(head.at(of === -1 ? -1 : of - 1), event)) return undefined;
  const when = tokens.slice(on, begin).findIndex((token) => isKeyword(token, 'when'));
  // The last statement is END.
  const statements = splitStatements(sql.slice(tokens[begin]!.end)).slice(0, -1);
  return { when: when === -1 ? [] : tokens.slice(on + when, begin), statements: statements.map(valuesAsSelects) };
}

/** `INSERT ... VALUES (a, b), (c, d)` as `INSERT ... SELECT a, b UNION ALL SELECT c, d`. */
export function valuesAsSelects(statement: SqlStatement): SqlStatement {
  const { tokens } = statement;
  let i = tokens.findIndex((token, index) => isKeyword(token, 'values') && isOperator(tokens[index + 1], '('));
  if (i === -1 || parseRowCopy(statement).selects.length > 0) return statement;
  const words = tokens.map(({ text }) => text);
  words[i] = '';
  do {
    const close = closingParenthesis(tokens, i + 2);
    [words[i], words[i + 1], words[close]] = [words[i] === ',' ? 'UNION ALL' : '', 'SELECT', ''];
    i = close + 1;
  } while (isOperator(tokens[i], ','));
  return splitStatements(words.join(' '))[0] ?? statement;
}
