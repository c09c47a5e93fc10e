import { afterExplain, isKeyword, isOperator } from './reader.ts';
import { canonical } from './canonical.ts';
import { scan } from './tokenize.ts';
import type { Position, SqlStatement, Token } from './types.ts';

/**
 * Splits a script into its statements, without empty ones. `from` is the text's position in its file. `tokens` are the
 * text's tokens, if the caller has them, with offsets into the file. Of a long text it keeps none: see `isLong`.
 *
 * A line ends at `\n` (so also at `\r\n`). A lone `\r` does not end a line, because it does not end a `--` comment: for
 * SQLite, a file with old Mac line endings is one line, and the error's position should show that. A byte order mark at
 * the beginning has no column, because editors do not show it.
 */
export function splitStatements(text: string, from?: Position, tokens?: readonly Token[]): SqlStatement[] {
  return tokens === undefined && isLong(text) ? splitLong(text, from) : splitShort(text, from, tokens);
}

function splitShort(
  text: string,
  from: Position | undefined,
  tokens: readonly Token[] = scan(text, from?.offset ?? 0),
): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lines = new Lines(text, from);
  for (let start = 0; start < tokens.length;) {
    const end = statementEnd(tokens, start);
    const own = withoutComments(tokens, start, end);
    if (own.length > 0) statements.push(lines.statement(own));
    start = end + 1;
  }
  return statements;
}

function splitLong(text: string, from: Position | undefined): SqlStatement[] {
  const statements: SqlStatement[] = [];
  const lines = new Lines(text, from);
  for (const tokens of tokensByStatement(text, from?.offset)) {
    const own = withoutComments(tokens, 0, tokens.at(-1)!.text === ';' ? tokens.length - 1 : tokens.length);
    if (own.length === 0) continue;
    const statement = lines.statement(own);
    freeTokens(statement);
    statements.push(statement);
  }
  return statements;
}

/** How much of a long text is read at once. */
const window = 65_536;

/** Whether a text is so long that its tokens, which take twenty times its room, should not be in memory together. */
export function isLong(text: string): boolean {
  return text.length > 16 * window;
}

/**
 * The tokens of a text, comments included, one list for each statement with its `;`, and one for what follows the last. It
 * reads a part of the text at a time: what the end of the part may have cut belongs to a statement without `;`, and is read
 * again with the next part. `base` is the text's offset in its file.
 */
export function* tokensByStatement(text: string, base: number = 0): Generator<readonly Token[]> {
  let size = window;
  for (let at = 0; at < text.length;) {
    const isLast = at + size >= text.length;
    const tokens = scan(text.slice(at, at + size), base + at);
    let start = 0;
    for (let end = statementEnd(tokens, 0); end < tokens.length; end = statementEnd(tokens, start)) {
      yield tokens.slice(start, end + 1);
      start = end + 1;
    }
    if (isLast) {
      if (start < tokens.length) yield tokens.slice(start);
      return;
    }
    // A statement that is longer than the part needs a longer one.
    size = start === 0 ? 2 * size : window;
    if (start > 0) at = tokens[start - 1]!.end - base;
  }
}

/** Counts the lines of a text up to each of its statements. */
class Lines {
  readonly #text: string;
  readonly #base: number;
  #line: number;
  #lineStart: number;
  #newline: number;

  constructor(text: string, from: Position | undefined) {
    this.#text = text;
    this.#base = from?.offset ?? 0;
    this.#line = from?.line ?? 1;
    this.#lineStart = this.#base - ((from?.column ?? 1) - 1);
    if (this.#base === 0 && text.charCodeAt(0) === 0xfeff) this.#lineStart++;
    this.#newline = text.indexOf('\n');
  }

  /** The statement of these tokens, which follow those of the statement before. */
  statement(tokens: readonly Token[]): SqlStatement {
    const base = this.#base;
    const { start } = tokens[0]!;
    while (this.#newline !== -1 && this.#newline + base < start) {
      this.#line++;
      this.#lineStart = base + this.#newline + 1;
      this.#newline = this.#text.indexOf('\n', this.#newline + 1);
    }
    const sql = this.#text.slice(start - base, tokens[tokens.length - 1]!.end - base);
    return new SplitStatement(this.#line, start - this.#lineStart + 1, start, sql, tokens);
  }
}

class SplitStatement implements SqlStatement {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly sql: string;
  /** The canonical form of a CREATE whose tokens were freed. */
  form: string | undefined = undefined;
  #tokens: readonly Token[] | undefined;

  constructor(line: number, column: number, offset: number, sql: string, tokens: readonly Token[]) {
    this.line = line;
    this.column = column;
    this.offset = offset;
    this.sql = sql;
    this.#tokens = tokens;
  }

  get tokens(): readonly Token[] {
    this.#tokens ??= scan(this.sql, this.offset).filter(({ kind }) => kind !== 'comment');
    return this.#tokens;
  }

  freeTokens(): void {
    if (isKeyword(this.#tokens?.[0], 'create')) this.form = canonical(this.sql, this.#tokens);
    this.#tokens = undefined;
  }
}

/**
 * Frees the tokens of a statement, which are most of what a text takes in memory. They are read again when somebody asks
 * for them. On a new database hardly anybody does, and V8 need not copy them from one generation to the next.
 */
export function freeTokens(statement: SqlStatement): void {
  if (statement instanceof SplitStatement) statement.freeTokens();
}

/** The canonical form of a CREATE whose tokens were freed. */
export function knownForm(statement: SqlStatement): string | undefined {
  return statement instanceof SplitStatement ? statement.form : undefined;
}

// The loops below run over every token of every file, so V8 optimizes them in the first run already. They are functions of
// their own, because it would take several times as long to optimize one that does everything.

/** The index of the `;` that ends the statement at `start`, or the number of tokens. */
function statementEnd(tokens: readonly Token[], start: number): number {
  const end = nextSemicolon(tokens, start);
  if (end === tokens.length || !mayBeContainer(tokens[start]!)) return end;
  switch (containerAt(tokens, start)) {
    case 'virtual':
      return virtualTableEnd(tokens, start);
    case 'trigger':
      return triggerEnd(tokens, start);
    default:
      return end;
  }
}

/** Whether a statement that begins with this token may be a CREATE or an EXPLAIN. */
function mayBeContainer({ kind, text }: Token): boolean {
  return kind === 'comment' || (kind === 'word' && /^[ce]/i.test(text));
}

function nextSemicolon(tokens: readonly Token[], from: number): number {
  let i = from;
  while (i < tokens.length && tokens[i]!.text !== ';') i++;
  return i;
}

function withoutComments(tokens: readonly Token[], start: number, end: number): readonly Token[] {
  const own = tokens.slice(start, end);
  return hasComment(own) ? own.filter(({ kind }) => kind !== 'comment') : own;
}

function hasComment(tokens: readonly Token[]): boolean {
  for (let i = 0; i < tokens.length; i++) if (tokens[i]!.kind === 'comment') return true;
  return false;
}

/** Whether the statement at `start` is of one of the two kinds that can contain a `;`. */
function containerAt(tokens: readonly Token[], start: number): 'virtual' | 'trigger' | undefined {
  let first = start;
  while (tokens[first]?.kind === 'comment') first++;
  if (!isKeyword(tokens[first], 'create') && !isKeyword(tokens[first], 'explain')) return undefined;
  const head = headAt(tokens, first);
  let i = afterExplain(head);
  if (!isKeyword(head[i], 'create')) return undefined;
  i++;
  if (isKeyword(head[i], 'virtual')) return 'virtual';
  if (isKeyword(head[i], 'temp') || isKeyword(head[i], 'temporary')) i++;
  return isKeyword(head[i], 'trigger') ? 'trigger' : undefined;
}

/** As many tokens as EXPLAIN QUERY PLAN CREATE TEMP TRIGGER has. */
function headAt(tokens: readonly Token[], start: number): readonly Token[] {
  const head: Token[] = [];
  for (let i = start; i < tokens.length && head.length < 6; i++)
    if (tokens[i]!.kind !== 'comment') head.push(tokens[i]!);
  return head;
}

/** CREATE VIRTUAL TABLE t USING module(...): the parentheses may contain any token, even `;`. */
function virtualTableEnd(tokens: readonly Token[], start: number): number {
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    const { text } = tokens[i]!;
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (text === ';' && depth <= 0) return i;
  }
  return tokens.length;
}

/**
 * A trigger's body is a list of statements, each with `;`, and then END. No statement begins with END, so `; END` is the
 * end. Any other END belongs to a CASE or is a column's name (END is not reserved). Without BEGIN, SQLite cannot run the
 * trigger. It ends at the first `;` then, so that it does not include the rest of the file.
 */
function triggerEnd(tokens: readonly Token[], start: number): number {
  let hasBody = false;
  let [last, secondLast]: (Token | undefined)[] = [];
  for (let i = start; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind === 'comment') continue;
    if (token.text === ';' && (!hasBody || (isKeyword(last, 'end') && isOperator(secondLast, ';')))) return i;
    hasBody ||= isKeyword(token, 'begin');
    [last, secondLast] = [token, last];
  }
  return tokens.length;
}
