import { isReserved } from './keywords.ts';

const NOT_ASCII = /[^\x00-\x7f]/;
const UPPER_CASE = /[A-Z]+/g;

/**
 * The form under which SQLite compares identifiers: only A to Z are folded. `toLowerCase` alone would also fold
 * U+212A (the Kelvin sign) to `k`, and `Ä` to `ä`, which are different names for SQLite.
 */
export function nameKey(name: string): string {
  return NOT_ASCII.test(name) ? name.replace(UPPER_CASE, (letters) => letters.toLowerCase()) : name.toLowerCase();
}

/** Whether two unquoted names mean the same object for SQLite. */
export function sameName(a: string, b: string): boolean {
  return a === b || (a.length === b.length && nameKey(a) === nameKey(b));
}

/** The name as a quoted identifier, safe in any statement. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table of the database itself: without the schema a temporary one of that name would be meant. */
export function inMain(table: string): string {
  return `main.${quote(table)}`;
}

/** The name behind `"x"`, `[x]`, `` `x` `` or `'x'`; a bare name comes back as it is. */
export function unquote(text: string): string {
  const mark = text[0];
  switch (mark) {
    case '"':
    case '`':
    case "'":
      return text.slice(1, -1).replaceAll(mark + mark, mark);
    case '[':
      return text.slice(1, -1); // a bracket ends at the first `]`: there is no doubling
    default:
      return text;
  }
}

/** What SQLite's tokenizer reads as one bare word. */
const PLAIN = /^(?!\ufeff)[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;

/** Whether a name means itself wherever it stands without quotes. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !isReserved(nameKey(name));
}
