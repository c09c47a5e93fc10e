import { isKeyword } from './reader.ts';
import { isReserved, isPlainName, nameKey, quote, unquote } from './names.ts';
import { tokenize } from './tokenize.ts';
import type { Token } from './types.ts';

/**
 * The form under which two texts of a schema count as the same: without comments, one space between tokens, keywords
 * in capitals, names without quotes that change nothing. The case of names is kept, because it is that of the columns
 * an application is given. Strings, blobs and numbers stay as they are written. `tokens` are the text's, if they are
 * at hand.
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

/** A schema has few different words, and a schema of a thousand tables is read at the end of each run. */
const words = new Map<string, string>();
const mostWords = 10_000;

function canonicalWord(text: string): string {
  let word = words.get(text);
  if (word === undefined) {
    word = isReserved(nameKey(text)) ? text.toUpperCase() : text;
    if (words.size >= mostWords) words.clear();
    words.set(text, word);
  }
  return word;
}

function canonicalToken({ kind, text }: Token): string {
  if (kind === 'word') return canonicalWord(text);
  if (kind !== 'quoted') return text;
  const name = unquote(text);
  return isPlainName(name) ? name : quote(name);
}

/**
 * How many tokens are SQL. The arguments of a virtual table are a language of its module's own, where quotes and
 * capitals may mean something (sqlite.org/lang_createvtab.html).
 */
function ownLanguage(tokens: readonly Token[]): number {
  if (!isKeyword(tokens[0], 'create') || !isKeyword(tokens[1], 'virtual')) return tokens.length;
  const open = tokens.findIndex((token) => token.text === '(');
  return open === -1 ? tokens.length : open;
}
