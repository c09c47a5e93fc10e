import { isKeyword } from './reader.ts';
import { keywordInCapitals, quoteIfNeeded, unquote } from './names.ts';
import { commonParts, kindOf, tokenize } from './tokenize.ts';
import type { Token } from './types.ts';

/**
 * The form in which two texts of a schema are compared: without comments, one space between tokens, keywords in
 * capitals, names without unnecessary quotes. The case of names stays, because the application sees it in its column
 * names. Strings, blobs and numbers stay unchanged. `tokens` are the text's tokens, if the caller has them.
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

/** A first run executes this loop uncompiled, over every token of the schema: so it does as little as it can. */
function formOfParts(parts: readonly string[]): string {
  let text = '';
  for (let i = 0; i < parts.length; i++) text += known.get(parts[i]!) ?? addForm(parts[i]!);
  return text;
}

function addForm(part: string): string {
  const kind = kindOf(part);
  const form = kind === 'space' || kind === 'comment' ? '' : ` ${canonicalToken({ kind, text: part })}`;
  if (part.length > longestKnown) return form;
  if (known.size >= mostKnown) known.clear();
  known.set(part, form);
  return form;
}

function formOfTokens(tokens: readonly Token[]): string {
  const own = ownLanguage(tokens);
  let text = '';
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'comment') text += ` ${i < own ? canonicalToken(token) : token.text}`;
  }
  return text;
}

function canonicalToken({ kind, text }: Pick<Token, 'kind' | 'text'>): string {
  if (kind === 'word') return keywordInCapitals(text);
  return kind === 'quoted' ? quoteIfNeeded(unquote(text)) : text;
}

/**
 * The number of tokens that are SQL. The arguments of a virtual table are in its module's own language, in which quotes
 * and capitals may matter (sqlite.org/lang_createvtab.html).
 */
function ownLanguage(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'create') || !isKeyword(tokens[1], 'virtual')) return tokens.length;
  const open = tokens.findIndex((token) => token.text === '(');
  return open === -1 ? tokens.length : open;
}
