import { isKeyword } from './reader.ts';
import { keywordInCapitals, quoteIfNeeded, unquote } from './names.ts';
import { tokenize } from './tokenize.ts';
import type { Token } from './types.ts';

/**
 * The form in which two texts of a schema are compared: without comments, one space between tokens, keywords in
 * capitals, names without unnecessary quotes. The case of names stays, because the application sees it in its column
 * names. Strings, blobs and numbers stay unchanged. `tokens` are the text's tokens, if the caller has them.
 */
export function canonical(sql: string, tokens: readonly Token[] = tokenize(sql)): string {
  const own = ownLanguage(tokens);
  let text = '';
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.kind !== 'comment') text += ` ${i < own ? canonicalToken(token) : token.text}`;
  }
  return text.slice(1).replace(END, '');
}

const END = /(?: ;)+$/;

function canonicalToken({ kind, text }: Token): string {
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
