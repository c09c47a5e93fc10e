import { keywordInCapitals } from './names.ts';
import type { Token } from './types.ts';

/**
 * The text whose hash is a migration's checksum: the tokens with one space between them, without comments, keywords in
 * capitals, and one `;` between statements. It parses to the same tokens, so two scripts have the same normal form only if
 * their tokens are equal apart from the case of keywords. The arguments of a virtual table belong to its module and stay
 * unchanged.
 *
 * A name or a default that is a keyword elsewhere counts as one: the edit of `DEFAULT no` to `DEFAULT NO` is not detected
 * here, as `canonical` does in the schema. Recorded checksums were made so.
 *
 * Line endings within quotes count as `\n`. SQLite stores a string as written, but a `\r\n` there nearly always comes from
 * git's autocrlf on Windows, and a checksum that differs between two checkouts of one commit would stop the application.
 * So an edit of only the line endings within a string is not detected.
 */
export function normalize(tokens: Iterable<Token>): string {
  /** The statements before those of `parts`: a long text has more tokens than should be in memory. */
  let before = '';
  let parts: string[] = [];
  let depth = 0;
  let separate = false;
  let first = 0;
  let isForeign = false;
  for (const { kind, text } of tokens) {
    if (kind === 'comment') continue;
    if (kind === 'operator') {
      // Within the parentheses of a virtual table's arguments, `;` is not a separator.
      if (text === ';' && depth === 0) {
        separate = parts.length > 0;
        continue;
      }
      if (text === '(') depth++;
      else if (text === ')' && depth > 0) depth--;
    }
    if (separate && parts.length > most) {
      before += `${parts.join(' ')} `;
      parts = [];
    }
    if (separate) first = parts.push(';');
    separate = false;
    if (kind === 'operator') isForeign = depth > 0 && parts[first] === 'CREATE' && parts[first + 1] === 'VIRTUAL';
    parts.push(kind === 'word' && !isForeign ? keywordInCapitals(text) : text);
  }
  return (before + parts.join(' ')).replaceAll('\r\n', '\n');
}

/** After so many tokens, the end of a statement frees them. */
const most = 10_000;
