import { isKeyword } from './reader.ts';
import { canBeName, keywordInCapitals, nameKey, quote, quoteIfNeeded, unquote } from './names.ts';
import { commonParts, kindOf, tokenize } from './tokenize.ts';
import type { Token, TokenKind } from './types.ts';

/**
 * The form in which two texts of a schema are compared: without comments, one space between tokens, keywords in
 * capitals, names without unnecessary quotes. The case of names stays, because the application sees it in its column
 * names, also of one that is a keyword elsewhere. Strings, blobs and numbers stay unchanged. `tokens` are the text's tokens, if the caller has them.
 */
export function canonical(sql: string, tokens?: readonly Token[]): string {
  const parts = tokens === undefined && !VIRTUAL.test(sql) ? commonParts(sql) : undefined;
  const text = parts === undefined ? formOfTokens(tokens ?? tokenize(sql)) : formOfParts(parts);
  return text.slice(1).replace(END, '');
}

const END = /(?: ;)+$/;
const VIRTUAL = /virtual/i;

/** The forms of parts, each after a space: the texts of a schema have few different ones. */
const known = new Map<string, string>();
const mostKnown = 10_000;
/** Longer parts are seldom twice in a schema. */
const longestKnown = 17;

/** In place of a form, for a word whose neighbours decide whether it is a keyword or a name. */
const BY_PLACE = '?';

/** A first run executes this loop uncompiled, over every token of the schema: so it does as little as it can. */
function formOfParts(parts: readonly string[]): string {
  let text = '';
  for (let i = 0; i < parts.length; i++) {
    const form = known.get(parts[i]!) ?? addForm(parts[i]!);
    text += form === BY_PLACE ? ` ${formByPlace(parts, i)}` : form;
  }
  return text;
}

function addForm(part: string): string {
  const kind = kindOf(part);
  const form =
    kind === 'space' || kind === 'comment'
      ? ''
      : isByPlace(kind, part)
        ? BY_PLACE
        : ` ${canonicalToken({ kind, text: part })}`;
  if (part.length > longestKnown) return form;
  if (known.size >= mostKnown) known.clear();
  known.set(part, form);
  return form;
}

function formOfTokens(tokens: readonly Token[]): string {
  const own = ownLanguage(tokens);
  const code = tokens.filter(({ kind }) => kind !== 'comment');
  const parts = code.map(({ text }) => text);
  let text = '';
  for (let i = 0; i < code.length; i++) {
    const token = code[i]!;
    if (token.start >= own) text += ` ${token.text}`;
    else text += ` ${isByPlace(token.kind, token.text) ? formByPlace(parts, i) : canonicalToken(token)}`;
  }
  return text;
}

function canonicalToken({ kind, text }: Pick<Token, 'kind' | 'text'>): string {
  if (kind === 'word') return keywordInCapitals(text);
  return kind === 'quoted' ? quoteIfNeeded(unquote(text)) : text;
}

function isByPlace(kind: TokenKind, text: string): boolean {
  return kind === 'word' && canBeName(nameKey(text));
}

/** A keyword in capitals, or a name as if it were quoted: `key` is the column in `(key TEXT PRIMARY KEY)`. */
function formByPlace(parts: readonly string[], index: number): string {
  const word = parts[index]!;
  return isAtName(parts, index, nameKey(word)) ? quote(word) : keywordInCapitals(word);
}

function isAtName(parts: readonly string[], index: number, word: string): boolean {
  // A function's name is the same in any case.
  if (nearest(parts, index, 1).text === '(' || NEVER_AT_NAME.has(word)) return false;
  const before = nearest(parts, index, -1);
  if (!BEFORE_NAME.has(before.text)) return false;
  // INSERT OR REPLACE, ON UPDATE CASCADE, RAISE (ABORT, OVER (ROWS
  return !BEFORE_KEYWORD.has(`${nearest(parts, before.index, -1).text} ${before.text}`);
}

/** The next token in a direction, in lower case. */
function nearest(
  parts: readonly string[],
  index: number,
  step: 1 | -1,
): { readonly text: string; readonly index: number } {
  let at = index + step;
  while (at >= 0 && at < parts.length && isGap(parts[at]!)) at += step;
  return { text: nameKey(parts[at] ?? ''), index: at };
}

function isGap(part: string): boolean {
  const kind = kindOf(part);
  return kind === 'space' || kind === 'comment';
}

const BEFORE_NAME: ReadonlySet<string> = new Set(
  `
  ( , . = == <> != < <= > >= + - * / % || & | -> ->> << >>
  all and as by case collate column constraint default distinct else exists from having index into join on or
  references returning select set table then to trigger update view when where
`
    .trim()
    .split(/\s+/),
);

/** Keywords also behind one of those: CREATE TABLE IF, ON CONFLICT, UPDATE OF, AND CURRENT ROW, `, WITHOUT ROWID`. */
const NEVER_AT_NAME: ReadonlySet<string> = new Set(
  'conflict current if materialized of unbounded with without'.split(' '),
);

const BEFORE_KEYWORD: ReadonlySet<string> = new Set([
  'insert or',
  'update or',
  'on update',
  'raise (',
  'over (',
  'as (',
]);

/**
 * Where the SQL ends. The arguments of a virtual table are in its module's own language, in which quotes
 * and capitals may matter (sqlite.org/lang_createvtab.html).
 */
function ownLanguage(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'create') || !isKeyword(tokens[1], 'virtual')) return Infinity;
  return tokens.find((token) => token.text === '(')?.start ?? Infinity;
}
