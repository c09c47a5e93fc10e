import { afterExplain, isKeyword, isOperator } from './reader.ts';
import { scan } from './tokenize.ts';
import type { Position, SqlStatement, Token } from './types.ts';

/**
 * Splits a script into its statements, without empty ones. `from` is the text's position in its file. `tokens` are the
 * text's tokens, if the caller has them, with offsets into the file.
 *
 * A line ends at `\n` (so also at `\r\n`). A lone `\r` does not end a line, because it does not end a `--` comment: for
 * SQLite, a file with old Mac line endings is one line, and the error's position should show that. A byte order mark at
 * the beginning has no column, because editors do not show it.
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
    const sql = text.slice(first.start - base, last.end - base);
    statements.push(new SplitStatement(line, first.start - lineStart + 1, first.start, sql, current));
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

class SplitStatement implements SqlStatement {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly sql: string;
  #tokens: readonly Token[] | undefined;

  constructor(line: number, column: number, offset: number, sql: string, tokens: readonly Token[]) {
    this.line = line;
    this.column = column;
    this.offset = offset;
    this.sql = sql;
    this.#tokens = tokens;
  }

  get tokens(): readonly Token[] {
    return this.#tokens ?? scan(this.sql, this.offset).filter(({ kind }) => kind !== 'comment');
  }

  forgetTokens(): void {
    this.#tokens = undefined;
  }
}

/**
 * Frees the tokens of a statement, which are most of what a text takes in memory. They are read again whenever somebody
 * asks for them. In a run of many INSERTs nobody does, and V8 need not copy them from one generation to the next.
 */
export function forgetTokens(statement: SqlStatement): void {
  if (statement instanceof SplitStatement) statement.forgetTokens();
}

/** Whether a `;` after these tokens belongs to the statement. Two kinds of statements can contain one. */
function isWithin(tokens: readonly Token[], depth: number): boolean {
  let i = afterExplain(tokens);
  if (!isKeyword(tokens[i], 'create')) return false;
  i++;
  // CREATE VIRTUAL TABLE t USING module(...): the parentheses may contain any token, even `;`.
  if (isKeyword(tokens[i], 'virtual')) return depth > 0;
  if (isKeyword(tokens[i], 'temp') || isKeyword(tokens[i], 'temporary')) i++;
  return isKeyword(tokens[i], 'trigger') && isWithinTrigger(tokens);
}

/**
 * A trigger's body is a list of statements, each with `;`, and then END. No statement begins with END, so `; END` is the
 * end. Any other END belongs to a CASE or is a column's name (END is not reserved).
 */
function isWithinTrigger(tokens: readonly Token[]): boolean {
  const last = tokens.length - 1;
  if (isKeyword(tokens[last], 'end') && isOperator(tokens[last - 1], ';')) return false;
  // Without BEGIN, SQLite cannot run the trigger. End it here, so that it does not include the rest of the file.
  return tokens.some((token) => isKeyword(token, 'begin'));
}
