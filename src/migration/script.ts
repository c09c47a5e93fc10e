import { dunlinError, type DunlinError } from '../errors/index.ts';
import { tokenize, type Token } from '../sql/index.ts';
import { comments, type Comment } from './comments.ts';
import { locateStatement, type Origin } from './position.ts';

/** An SQL file while it is taken apart. */
export interface Script {
  readonly origin: Origin;
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  /** What is wrong with it, in the order in which it is found. */
  readonly problems: DunlinError[];
}

/** Tokenises the file. Throws if it is no SQL: nothing behind a quote that is never closed can be trusted. */
export function readScript(text: string, origin: Origin): Script {
  const tokens = tokenize(text);
  const problem = problemOf(text, tokens, origin);
  if (problem !== undefined) throw problem;
  return { origin, text, tokens, comments: comments(text, tokens), problems: [] };
}

function problemOf(text: string, tokens: readonly Token[], origin: Origin): DunlinError | undefined {
  const illegal = tokens.find(({ kind }) => kind === 'illegal');
  const isNul = (token: Token): boolean => token.text.startsWith('\0');
  // The tokenizer ends at a NUL, so a quote around it seems to be open.
  const token = illegal === undefined ? openComment(tokens) : (tokens.find(isNul) ?? illegal);
  if (token === undefined) return undefined;
  const { at, details } = locateStatement(origin, text, token.start);
  const first = token.text.charAt(0);
  if (token.kind === 'comment') return dunlinError('COMMENT_UNTERMINATED', { at }, details);
  if (isNul(token)) return dunlinError('NUL_CHARACTER', { at }, details);
  if (`'"\`[`.includes(first)) return dunlinError('QUOTE_UNTERMINATED', { at, quote: first }, details);
  return dunlinError('CHARACTER_ILLEGAL', { at, text: shorten(token.text) }, details);
}

/** Only the last token can be a comment without an end. */
function openComment(tokens: readonly Token[]): Token | undefined {
  const last = tokens.at(-1);
  if (last?.kind !== 'comment' || !last.text.startsWith('/*')) return undefined;
  return last.text.length >= 4 && last.text.endsWith('*/') ? undefined : last;
}

function shorten(text: string): string {
  const line = text.split(/\r?\n/, 1)[0]!;
  return line.length > 40 ? `${line.slice(0, 40)}...` : line;
}
