import {
  closingParenthesis,
  isKeyword,
  parseRowCopy,
  sameName,
  splitByComma,
  type SqlStatement,
  type Token,
} from '../sql/index.ts';

/**
 * An INSERT of one SELECT without some of its columns. Undefined if it names none of them, or its columns and those of the
 * SELECT can't be paired.
 */
export function insertWithout(statement: SqlStatement, columns: readonly string[]): string | undefined {
  const { sql, tokens } = statement;
  const { columns: listed, selects } = parseRowCopy(statement);
  const isLeftOut = (name: string): boolean => columns.some((column) => sameName(column, name));
  const [select] = selects;
  if (listed?.some(isLeftOut) !== true || select === undefined || selects.length > 1) return undefined;
  if (select.items.length !== listed.length || select.fromTokens.length === 0) return undefined;
  const base = tokens[0]!.start;
  const without = (parts: readonly (readonly Token[])[]): string =>
    parts
      .filter((_, i) => !isLeftOut(listed[i]!))
      .map((part) => sql.slice(part[0]!.start - base, part.at(-1)!.end - base))
      .join(', ');
  const into = tokens.findIndex((token) => isKeyword(token, 'into'));
  const open = tokens.findIndex(({ text }, i) => i > into && text === '(');
  const close = closingParenthesis(tokens, open + 1);
  const [first] = select.items;
  const from = tokens[tokens.indexOf(select.fromTokens[0]!) - 1]!;
  return [
    sql.slice(0, tokens[open]!.end - base),
    without(splitByComma(tokens.slice(open + 1, close))),
    sql.slice(tokens[close]!.start - base, first![0]!.start - base),
    `${without(select.items)} `,
    sql.slice(from.start - base),
  ].join('');
}
