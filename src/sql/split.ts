import { afterExplain, isKeyword, isOperator } from './reader.ts';
import { scan } from './tokenize.ts';
import type { Position, SqlStatement, Token } from './types.ts';

/**
 * The statements of a script, empty ones left out. `from` is where the text begins in its file; `tokens` are the
 * text's tokens, for who has them already, with offsets into the file.
 *
 * A line ends at `\n` (so also at `\r\n`). A lone `\r` ends no line, because it ends no `--` comment either: a file
 * with old Mac line endings is for SQLite one line, and counting otherwise would hide that from who reads the error.
 * A byte order mark at the beginning takes no column: editors do not show it.
 */
export function splitStatements(
  text: string,
  from?: Position,
  tokens: readonly Token[] = scan(text, from?.offset ?? 0),
): SqlStatement[] {
  const base = from?.offset ?? 0;
  const statements: SqlStatement[] = [];
  let line = from?.line ?? 1;
  let lineStart = base - ((from?.column ?? 1) - 1);
  if (base === 0 && text.charCodeAt(0) === 0xfeff) lineStart++;
  let newline = text.indexOf('\n');

  let current: Token[] = [];
  let depth = 0; // of parentheses
  const finish = (): void => {
    const first = current[0];
    const last = current[current.length - 1];
    if (first === undefined || last === undefined) return;
    while (newline !== -1 && newline + base < first.start) {
      line++;
      lineStart = base + newline + 1;
      newline = text.indexOf('\n', newline + 1);
    }
    statements.push({
      line,
      column: first.start - lineStart + 1,
      offset: first.start,
      sql: text.slice(first.start - base, last.end - base),
      tokens: current,
    });
    current = [];
    depth = 0;
  };

  for (const token of tokens) {
    if (token.kind === 'comment') continue;
    if (token.text === ';' && !isWithin(current, depth)) {
      finish();
      continue;
    }
    if (token.text === '(') depth++;
    else if (token.text === ')') depth--;
    current.push(token);
  }
  finish();
  return statements;
}

/** Whether a `;` behind these tokens belongs to the statement. There are two statements that can contain one. */
function isWithin(tokens: readonly Token[], depth: number): boolean {
  let i = afterExplain(tokens);
  if (!isKeyword(tokens[i], 'create')) return false;
  i++;
  // CREATE VIRTUAL TABLE t USING module(...): any token may stand between the parentheses, `;` too.
  if (isKeyword(tokens[i], 'virtual')) return depth > 0;
  if (isKeyword(tokens[i], 'temp') || isKeyword(tokens[i], 'temporary')) i++;
  return isKeyword(tokens[i], 'trigger') && isWithinTrigger(tokens);
}

/**
 * A trigger's body is a list of statements, each with its `;`, and then END. No statement can begin with END, so `; END`
 * is the end, and every other END (of a CASE, or a column of that name: END is not reserved) is not.
 */
function isWithinTrigger(tokens: readonly Token[]): boolean {
  const last = tokens.length - 1;
  if (isKeyword(tokens[last], 'end') && isOperator(tokens[last - 1], ';')) return false;
  // Without a BEGIN it is no trigger that SQLite could run; end it here rather than swallow the rest of the file.
  return tokens.some((token) => isKeyword(token, 'begin'));
}
