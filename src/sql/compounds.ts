import { isKeyword, isName, isOperator } from './reader.ts';
import { nameKey, unquote } from './names.ts';
import { closingParenthesis, splitCompound, type RowCopy, type Select } from './select.ts';
import type { SqlStatement, Token } from './types.ts';

/** The SELECTs of a UNION ALL. */
export interface Union {
  readonly selects: readonly Select[];
  /** The result columns that an outer SELECT takes, in its order; undefined for all. */
  readonly order: readonly number[] | undefined;
}

/** The UNION ALL from which a copy takes its rows: its own, or the only one in its FROM or WITH clause. */
export function unionOf(statement: SqlStatement, { selects, merges, withTokens }: RowCopy): Union | undefined {
  const [select, second] = selects;
  if (select === undefined || merges) return undefined;
  if (second !== undefined) return { selects, order: undefined };
  if (select.merges || select.rest.length > 0) return undefined;
  const start = behindParenthesis(statement, select) ?? inWith(withTokens, select);
  if (start === undefined) return undefined;
  const first = statement.tokens.indexOf(start);
  const end = closingParenthesis(statement.tokens, first);
  const inner = splitCompound(statement, first, end);
  const order = resultsTaken(select, inner.selects[0]);
  return inner.merges || inner.selects.length < 2 || order === 'unknown'
    ? undefined
    : { selects: inner.selects, order };
}

/** A SELECT that counts the rows of each SELECT of a union, by index, after LIMIT. */
export function countOfEach(statement: SqlStatement, withClause: string, { selects }: Union): string {
  const base = statement.tokens[0]!.start;
  const first = selects[0]!.tokens[0]!;
  let [text, at] = ['', first.start];
  for (const [index, { tokens, fromTokens, rest }] of selects.entries()) {
    const from = fromTokens[0] === undefined ? undefined : tokens[tokens.indexOf(fromTokens[0]) - 1];
    const place = from?.start ?? rest[0]?.start ?? tokens.at(-1)!.end;
    text += `${statement.sql.slice(at - base, place - base)}, ${index} AS dunlin_select `;
    at = place;
  }
  text += statement.sql.slice(at - base, selects.at(-1)!.tokens.at(-1)!.end - base);
  return `${withClause} SELECT dunlin_select AS number, count(*) AS rows FROM (${text}) GROUP BY 1`.trim();
}

/** The first token in `FROM (SELECT ...)`, if there is nothing else in FROM but an alias. */
function behindParenthesis({ tokens }: SqlStatement, { fromTokens }: Select): Token | undefined {
  if (!isOperator(fromTokens[0], '(')) return undefined;
  const start = tokens.indexOf(fromTokens[0]!) + 1;
  const close = fromTokens.indexOf(tokens[closingParenthesis(tokens, start)]!);
  const behind = fromTokens.slice(close + 1).filter((token) => !isKeyword(token, 'as'));
  return behind.length === 0 || (behind.length === 1 && isName(behind[0])) ? tokens[start] : undefined;
}

/** The first token of a common table expression that is not recursive and names no columns. */
function inWith(tokens: readonly Token[], { table }: Select): Token | undefined {
  if (table === undefined || table.schema !== undefined) return undefined;
  const isIt = (token: Token): boolean => isName(token) && nameKey(unquote(token.text)) === nameKey(table.name);
  const at = tokens.findIndex((token, i) => isIt(token) && isKeyword(tokens[i + 1], 'as'));
  const open = tokens.findIndex((token, i) => i > at && isOperator(token, '('));
  if (at === -1 || open === -1) return undefined;
  const isRecursive = tokens.slice(open, closingParenthesis(tokens, open + 1)).some(isIt);
  return isRecursive ? undefined : tokens[open + 1];
}

function resultsTaken({ items, names }: Select, inner: Select | undefined): readonly number[] | undefined | 'unknown' {
  if (items.length === 1 && items[0]!.at(-1)?.text === '*') return undefined;
  const isBare = items.every((item) => item.length === 1 || (item.length === 3 && item[1]!.text === '.'));
  const keys = items.map((item) => nameKey(unquote(item.at(-1)!.text)));
  const order = keys.map((key) => inner?.names.indexOf(key) ?? -1);
  // A `*` in the first SELECT stands for several columns.
  const isCountable = inner?.items.every((item) => item.at(-1)?.text !== '*') === true;
  return isBare && isCountable && names.length > 0 && !order.includes(-1) ? order : 'unknown';
}
