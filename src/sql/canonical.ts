import { isKeyword } from './keyword.ts';
import { isReserved } from './keywords.ts';
import { isPlainName, nameKey, quote, unquote } from './names.ts';
import { tokenize } from './tokenize.ts';
import type { Token } from './types.ts';

/**
 * The form under which two texts of a schema count as the same: without comments, one space between tokens, keywords
 * in capitals, names without quotes that change nothing. The case of names is kept, because it is that of the columns
 * an application is given. Strings, blobs and numbers stay as they are written.
 */
export function canonical(sql: string): string {
  const code = tokenize(sql).filter((token) => token.kind !== 'comment');
  while (code.at(-1)?.text === ';') code.pop();
  const own = ownLanguage(code);
  return code.map((token, index) => (index < own ? canonicalToken(token) : token.text)).join(' ');
}

function canonicalToken({ kind, text }: Token): string {
  if (kind === 'word') return isReserved(nameKey(text)) ? text.toUpperCase() : text;
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
