/** The 147 keywords of SQLite (sqlite.org/lang_keywords.html), in lower case. */
export const KEYWORDS: readonly string[] = `
  abort action add after all alter always analyze and as asc attach autoincrement before begin between by
  cascade case cast check collate column commit conflict constraint create cross current current_date
  current_time current_timestamp database default deferrable deferred delete desc detach distinct do drop each
  else end escape except exclude exclusive exists explain fail filter first following for foreign from full
  generated glob group groups having if ignore immediate in index indexed initially inner insert instead
  intersect into is isnull join key last left like limit match materialized natural no not nothing notnull null
  nulls of offset on or order others outer over partition plan pragma preceding primary query raise range
  recursive references regexp reindex release rename replace restrict returning right rollback row rows
  savepoint select set table temp temporary then ties to transaction trigger unbounded union unique update using
  vacuum values view virtual when where window with without
`
  .trim()
  .split(/\s+/);

/**
 * Words that are not only names when unquoted. `true` and `false` are not keywords, but the literals 1 and 0 where no
 * column has that name (sqlite.org/lang_expr.html, section 14).
 */
const RESERVED: ReadonlySet<string> = new Set([...KEYWORDS, 'true', 'false']);

/**
 * The keywords that are names where the grammar allows no keyword (`%fallback ID` of parse.y). `current_time` and its like
 * are left out: in an expression they are always the time.
 */
const FALLBACKS: ReadonlySet<string> = new Set(
  `
  abort action after always analyze asc attach before begin by cascade cast column conflict current database deferred
  desc detach do each end exclude exclusive explain fail first following for generated glob groups if ignore
  immediate initially instead key last like match materialized no nulls of offset others partition plan
  pragma preceding query raise range recursive regexp reindex release rename replace restrict rollback row rows
  savepoint temp temporary ties trigger unbounded vacuum view virtual with without
`
    .trim()
    .split(/\s+/),
);

/** Names of tables and columns too (`idj` of parse.y, and where no window follows), but as an alias only in quotes. */
const NO_ALIASES: ReadonlySet<string> = new Set(
  'cross filter full indexed inner left natural outer over right window'.split(' '),
);

/** Whether a word, in lower case, is a keyword in one place and a name in another, never both in the same. */
export function isFallback(word: string): boolean {
  return FALLBACKS.has(word);
}

/** Whether a word, in lower case, is a keyword that can be the name of a column without quotes: `key`, `left`. */
export function canBeName(word: string): boolean {
  return isFallback(word) || NO_ALIASES.has(word);
}

/** Whether an unquoted word, in lower case, is a keyword or a literal. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}

/** A cache: texts have few different words, and a run looks at each word of them twice. */
const capitals = new Map<string, string>();
const mostCapitals = 10_000;

/** The length of `current_timestamp`. */
const longestKeyword = 17;

/** Every keyword does, while the names of generated files often end in a number. */
function endsInLetter(word: string): boolean {
  const last = word.charCodeAt(word.length - 1) | 0x20;
  return last >= 0x61 && last <= 0x7a;
}

/** Upper-cases a keyword; returns any other word unchanged. */
export function keywordInCapitals(word: string): string {
  if (word.length > longestKeyword || !endsInLetter(word)) return word;
  let known = capitals.get(word);
  if (known === undefined) {
    known = isReserved(nameKey(word)) ? word.toUpperCase() : word;
    if (capitals.size >= mostCapitals) capitals.clear();
    capitals.set(word, known);
  }
  return known;
}

const NOT_ASCII = /[^\x00-\x7f]/;
const UPPER_CASE = /[A-Z]+/g;

/** A name as `nameKey` returns it. A plain `string` is a name as it was written. */
export type NameKey = string;

/**
 * The form under which SQLite compares identifiers: only A to Z are folded. `toLowerCase` alone would also fold
 * U+212A (the Kelvin sign) to `k`, and `Ä` to `ä`, which are different names for SQLite.
 */
export function nameKey(name: string): NameKey {
  return NOT_ASCII.test(name) ? name.replace(UPPER_CASE, (letters) => letters.toLowerCase()) : name.toLowerCase();
}

/** Whether SQLite treats two unquoted names as the same. */
export function sameName(a: string, b: string): boolean {
  return a === b || (a.length === b.length && nameKey(a) === nameKey(b));
}

/** The name as a quoted identifier, safe in any statement. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table of the main database. Without the schema, SQLite prefers a temporary table of the same name. */
export function inMain(table: string): string {
  return `main.${quote(table)}`;
}

/** The name in `"x"`, `[x]`, `` `x` `` or `'x'`; an unquoted name is returned unchanged. */
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

/** What SQLite's tokenizer reads as one unquoted word. */
const PLAIN = /^(?!\ufeff)[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*$/;

/** Whether a name needs no quotes anywhere. */
export function isPlainName(name: string): boolean {
  return PLAIN.test(name) && !isReserved(nameKey(name));
}

/** Quotes a name only if it needs quotes. */
export function quoteIfNeeded(name: string): string {
  return isPlainName(name) ? name : quote(name);
}

/** A string, an integer or NULL as an SQL literal. */
export function literal(value: string | number | null): string {
  if (value === null) return 'NULL';
  return typeof value === 'number' ? String(value) : `'${value.replaceAll("'", "''")}'`;
}
