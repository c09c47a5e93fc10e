import { isSqlError, query, type Op } from '../bridge/index.ts';
import type { Inventory } from '../schema/index.ts';
import { nameKey, quote, sameName, tokenize, unquote } from '../sql/index.ts';

/** A full-text table that keeps no text of its own, but finds a table's rows by their rowid. */
export interface SearchTable {
  readonly name: string;
  readonly module: string;
}

/** The full-text tables whose `content` option names a table (sqlite.org/fts5.html, section 4.4.3). */
export function searchesOf(inventory: Inventory, table: string): readonly SearchTable[] {
  return [...inventory.tables.values()].flatMap(({ name, sql = '' }) => {
    const tokens = tokenize(sql).filter((token) => token.kind !== 'comment');
    const module = nameKey(tokens[tokens.findIndex((token) => nameKey(token.text) === 'using') + 1]?.text ?? '');
    if (!/^create\s+virtual\b/i.test(sql) || !/^fts[345]$/.test(module)) return [];
    const option = tokens.findIndex((token, i) => nameKey(token.text) === 'content' && tokens[i + 1]?.text === '=');
    const content = option === -1 ? undefined : tokens[option + 2];
    return content !== undefined && sameName(unquote(content.text), table) ? [{ name, module }] : [];
  });
}

/**
 * Whether a full-text table fits its content. Nothing else sees it when rowids were renumbered: not integrity_check,
 * and not the queries, which then find other rows.
 */
export function* fitsContent({ name, module }: SearchTable): Op<boolean> {
  const table = quote(name);
  try {
    yield* query(
      module === 'fts5'
        ? `INSERT INTO main.${table} (${table}, rank) VALUES ('integrity-check', 1)`
        : `INSERT INTO main.${table} (${table}) VALUES ('integrity-check')`,
    );
    return true;
  } catch (error) {
    if (!isSqlError(error)) throw error;
    return false;
  }
}
