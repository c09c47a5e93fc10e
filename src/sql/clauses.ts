import { canonical } from './canonical.ts';
import { isKeyword, isOperator } from './reader.ts';
import { closingParenthesis } from './select.ts';
import { toOneLine } from './one-line.ts';
import { codeTokens } from './tokenize.ts';
import type { Token } from './types.ts';

/** Clauses of a statement in canonical form, by name; empty if the text is not such a statement. */
export type Clauses = ReadonlyMap<string, string>;

/** CREATE [UNIQUE] INDEX name ON table (columns) [WHERE condition] */
export function indexClauses(sql: string): Clauses {
  const tokens = codeTokens(sql);
  const on = tokens.findIndex((token) => isKeyword(token, 'on'));
  const open = tokens.findIndex((token) => isOperator(token, '('));
  if (on === -1 || open < on) return new Map();
  const close = closingParenthesis(tokens, open + 1);
  const where = tokens.findIndex((token, index) => index > close && isKeyword(token, 'where'));
  return present(sql, [
    ['UNIQUE', tokens.filter((token, index) => index === 1 && isKeyword(token, 'unique'))],
    ['table', tokens.slice(on + 1, open)],
    ['columns', tokens.slice(open, close + 1)],
    ['WHERE', where === -1 ? [] : tokens.slice(where)],
  ]);
}

/** CREATE TRIGGER name [BEFORE] event ON table [FOR EACH ROW] [WHEN condition] BEGIN ... END */
export function triggerClauses(sql: string): Clauses {
  const tokens = codeTokens(sql);
  const on = tokens.findIndex((token) => isKeyword(token, 'on'));
  const begin = tokens.findIndex((token, index) => index > on && isKeyword(token, 'begin'));
  if (on < 3 || begin === -1) return new Map();
  const when = tokens.findIndex((token, index) => index > on && index < begin && isKeyword(token, 'when'));
  return present(sql, [
    ['event', tokens.slice(3, on)],
    ['table', tokens.slice(on + 1, on + 2)],
    ['WHEN', when === -1 ? [] : tokens.slice(when, begin)],
    ['body', tokens.slice(begin)],
  ]);
}

function present(sql: string, parts: readonly (readonly [string, readonly Token[]])[]): Clauses {
  return new Map(
    parts.flatMap(([name, tokens]) => {
      const [first, last] = [tokens[0], tokens.at(-1)];
      return first === undefined || last === undefined
        ? []
        : [[name, toOneLine(canonical(sql.slice(first.start, last.end)))]];
    }),
  );
}
