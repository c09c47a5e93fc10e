import { dunlinError, type DunlinError, type ErrorDetails, type MigrationRef } from '../errors/index.ts';
import { isLong, tokenize, tokensByStatement, type Position, type Token } from '../sql/index.ts';

/** The file that a text comes from, as errors name it. */
export interface Origin {
  /** The path to show: `migrations/002_add_user_roles.sql`. */
  readonly file: string;
  /** The file's name without its ending: `002_add_user_roles`. */
  readonly id?: string;
  readonly migration?: MigrationRef;
  /** The text that errors show, if it is not the one that is parsed. Both have the same lines. */
  readonly source?: string;
}

/** A `--` or block comment of a file. */
export interface Comment {
  readonly start: number;
  readonly end: number;
  /** As written, without white space at its end. */
  readonly text: string;
  /** It begins with `--` and only white space precedes it on its line: it may be a marker or a directive. */
  readonly isLine: boolean;
  /** Only white space precedes it on its line. */
  readonly isFirst: boolean;
}

type Code = Parameters<typeof dunlinError>[0];
/** An error's parameters without `at`, which the script adds. */
type ParamsWithoutAt<C extends Code> = Omit<Parameters<typeof dunlinError<C>>[1], 'at'>;

/** A part of a text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** A tokenised SQL file. Collects the problems that are found in it. */
export class Script {
  readonly text: string;
  readonly origin: Origin;
  /** All tokens; of a long text only the first and the last, with and without comments, and those that it cannot have. */
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly problems: DunlinError[] = [];

  /** Throws if the text is not SQL: after a quote that is never closed, no token can be trusted. */
  constructor(text: string, origin: Origin) {
    this.text = text;
    this.origin = origin;
    if (isLong(text)) {
      const { tokens, comments } = readLong(text);
      this.tokens = tokens;
      this.comments = comments;
      this.#refuseBadToken();
      return;
    }
    this.tokens = tokenize(text);
    this.#refuseBadToken();
    this.comments = findComments(text, this.tokens);
  }

  /** Adds the problem at an offset. */
  report<C extends Code>(code: C, offset: number, params: ParamsWithoutAt<C>): void {
    this.problems.push(this.#error(code, offset, params));
  }

  /** The tokens between two offsets that no token crosses; undefined for a long text. */
  tokensIn({ start, end }: Span): readonly Token[] | undefined {
    if (isLong(this.text)) return undefined;
    if (start === 0 && end === this.text.length) return this.tokens;
    const after = (offset: number): number => {
      const i = this.tokens.findIndex((token) => token.start >= offset);
      return i === -1 ? this.tokens.length : i;
    };
    return this.tokens.slice(after(start), after(end));
  }

  /** The same tokens of a text of any length, one after the other. */
  tokensOf(span: Span): Iterable<Token> {
    return this.tokensIn(span) ?? eachToken(this.text.slice(span.start, span.end), span.start);
  }

  #error<C extends Code>(code: C, offset: number, params: ParamsWithoutAt<C>): DunlinError {
    const { at, details } = locate(this.origin, this.text, offset);
    return dunlinError(code, { ...params, at } as unknown as Parameters<typeof dunlinError<C>>[1], details);
  }

  #refuseBadToken(): void {
    const illegal = this.tokens.find(({ kind }) => kind === 'illegal');
    const isNul = (token: Token): boolean => token.text.startsWith('\0');
    // The tokenizer stops at a NUL, so a quote around it looks unclosed.
    const token = illegal === undefined ? unclosedComment(this.tokens) : (this.tokens.find(isNul) ?? illegal);
    if (token === undefined) return;
    const first = token.text.charAt(0);
    if (token.kind === 'comment') throw this.#error('COMMENT_UNTERMINATED', token.start, {});
    if (isNul(token)) throw this.#error('NUL_CHARACTER', token.start, {});
    if (`'"\`[`.includes(first)) throw this.#error('QUOTE_UNTERMINATED', token.start, { quote: first });
    throw this.#error('CHARACTER_ILLEGAL', token.start, { text: shorten(token.text) });
  }
}

/** The comments of a long text, and those of its tokens that a script keeps. */
function readLong(text: string): { tokens: readonly Token[]; comments: readonly Comment[] } {
  const comments: Comment[] = [];
  const kept: Token[] = [];
  let [last, lastSql]: (Token | undefined)[] = [];
  for (const tokens of tokensByStatement(text)) {
    for (const comment of findComments(text, tokens, last?.end)) comments.push(comment);
    if (last === undefined) kept.push(tokens[0]!);
    if (lastSql === undefined) kept.push(...tokens.filter(isSql).slice(0, 1));
    kept.push(...tokens.filter(({ kind }) => kind === 'illegal'));
    lastSql = tokens.findLast(isSql) ?? lastSql;
    last = tokens.at(-1);
  }
  kept.push(...[lastSql, last].filter((token) => token !== undefined));
  return { tokens: kept, comments };
}

function isSql({ kind }: Token): boolean {
  return kind !== 'comment';
}

function* eachToken(text: string, base: number): Generator<Token> {
  for (const tokens of tokensByStatement(text, base)) yield* tokens;
}

/** Only the last token can be an unclosed comment. */
function unclosedComment(tokens: readonly Token[]): Token | undefined {
  const last = tokens.at(-1);
  if (last?.kind !== 'comment' || !last.text.startsWith('/*')) return undefined;
  return last.text.length >= 4 && last.text.endsWith('*/') ? undefined : last;
}

function shorten(text: string): string {
  const line = text.split(/\r?\n/, 1)[0]!;
  return line.length > 40 ? `${line.slice(0, 40)}...` : line;
}

/**
 * The comments of a text. Only white space stands between two tokens, so a comment is the first of its line if a line
 * feed separates it from the previous token. Looking at the whole line for each comment takes minutes on a generated
 * file that is one line. `before` is where the token before these ends.
 */
export function findComments(text: string, tokens: readonly Token[], before?: number): Comment[] {
  const found: Comment[] = [];
  // A loop over every token of every file: V8 optimizes it in the first run already, so it does no more than it must.
  for (let i = 0; i < tokens.length; i++)
    if (tokens[i]!.kind === 'comment') found.push(commentAt(text, tokens[i]!, i === 0 ? before : tokens[i - 1]!.end));
  return found;
}

function commentAt(text: string, { start, end, text: written }: Token, before: number | undefined): Comment {
  const isFirst = before === undefined || text.slice(before, start).includes('\n');
  return { start, end, text: written.trimEnd(), isFirst, isLine: isFirst && written.startsWith('--') };
}

/** The comments of a text that is perhaps not SQL. */
export function commentsIn(text: string): readonly Comment[] {
  return findComments(text, tokenize(text));
}

/** Line and column of an offset; a line ends at `\n`, as in the statements' positions. */
export function positionAt(text: string, offset: number): Position {
  let line = 1;
  let lineStart = 0;
  for (let newline = text.indexOf('\n'); newline !== -1 && newline < offset; newline = text.indexOf('\n', lineStart)) {
    line++;
    lineStart = newline + 1;
  }
  return { line, column: offset - lineStart + 1, offset };
}

/** An offset as an error's text has it (`file:line:column`), and as its details have it. */
export function locate(
  { file, migration, source }: Origin,
  text: string,
  offset: number,
): { readonly at: string; readonly details: ErrorDetails } {
  const { line, column } = positionAt(text, offset);
  const location = { file, line, column, offset };
  return {
    at: `${file}:${line}:${column}`,
    details: { ...(migration === undefined ? {} : { migration }), location, source: source ?? text },
  };
}
