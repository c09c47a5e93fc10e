/** The 147 keywords of SQLite (sqlite.org/lang_keywords.html), in lower case. */
const KEYWORDS = `
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
`;

/**
 * Words that are more than a name when they are bare. `true` and `false` are no keywords for the parser, but the
 * literals 1 and 0 wherever no column is called so (sqlite.org/lang_expr.html, section 14).
 */
const RESERVED: ReadonlySet<string> = new Set([...KEYWORDS.trim().split(/\s+/), 'true', 'false']);

/** Whether a word, in lower case, is a keyword or a literal when it is not quoted. */
export function isReserved(word: string): boolean {
  return RESERVED.has(word);
}

/** A word in capitals, if it is a keyword; else as it is written. */
export function keywordInCapitals(word: string): string {
  // Other letters than those of ASCII have lower case forms that are among them: K, the sign of kelvin.
  return isReserved(word.toLowerCase()) && /^[a-zA-Z_]+$/.test(word) ? word.toUpperCase() : word;
}
