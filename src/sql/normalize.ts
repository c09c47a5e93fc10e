import { keywordInCapitals } from './names.ts';
import type { Token } from './types.ts';

/**
 * The text whose hash is a migration's checksum: the tokens with one space between them, without comments, keywords in
 * capitals, and with one `;` between statements. Reading it again gives the same tokens, so two scripts have the same
 * normal form only if they have the same tokens, but for the case of keywords. The arguments of a virtual table are its
 * module's, and stay as they are written.
 *
 * Line endings within quotes count as `\n`. SQLite stores a string as it is written, but a `\r\n` there is nearly
 * always the work of git's autocrlf on somebody's Windows machine, and a checksum that differs between two checkouts of
 * one commit would stop the application. The price: an edit of nothing but line endings within a string goes unnoticed.
 */
export function normalize(tokens: readonly Token[]): string {
  const parts: string[] = [];
  let depth = 0;
  let separate = false;
  let first = 0;
  for (const token of tokens) {
    const { kind, text } = token;
    if (kind === 'comment') continue;
    if (kind === 'operator') {
      // Within parentheses (of a virtual table's arguments) a `;` separates nothing.
      if (text === ';' && depth === 0) {
        separate = parts.length > 0;
        continue;
      }
      if (text === '(') depth++;
      else if (text === ')' && depth > 0) depth--;
    }
    if (separate) first = parts.push(';');
    separate = false;
    const isForeign = depth > 0 && parts[first] === 'CREATE' && parts[first + 1] === 'VIRTUAL';
    parts.push(kind === 'word' && !isForeign ? keywordInCapitals(text) : text);
  }
  return parts.join(' ').replaceAll('\r\n', '\n');
}
