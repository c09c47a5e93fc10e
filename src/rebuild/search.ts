import { isSqlError, query, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { Inventory } from '../schema/index.ts';
import { nameKey, quote, sameName, tokenize, unquote } from '../sql/index.ts';
import type { RebuildLocation } from './changes.ts';

/** A full-text table that keeps no text of its own, but finds a table's rows by their rowid. */
export interface SearchTable {
  readonly name: string;
  readonly module: string;
  /** The table or view whose text it indexes. */
  readonly content: string;
}

/**
 * The full-text tables whose `content` option names a table or view, one of these if any are given
 * (sqlite.org/fts5.html, section 4.4.3).
 */
export function searchesOf(inventory: Inventory, contents?: readonly string[]): readonly SearchTable[] {
  return [...inventory.tables.values()].flatMap(({ name, sql = '' }) => {
    const tokens = tokenize(sql).filter((token) => token.kind !== 'comment');
    const module = nameKey(tokens[tokens.findIndex((token) => nameKey(token.text) === 'using') + 1]?.text ?? '');
    if (!/^create\s+virtual\b/i.test(sql) || !/^fts[345]$/.test(module)) return [];
    const option = tokens.findIndex((token, i) => nameKey(token.text) === 'content' && tokens[i + 1]?.text === '=');
    const content = option === -1 ? undefined : tokens[option + 2];
    const read = content === undefined ? undefined : unquote(content.text);
    if (read === undefined || read === '') return [];
    return contents?.some((one) => sameName(one, read)) === false ? [] : [{ name, module, content: read }];
  });
}

/** Those that fit their content. A change of the table must leave it so: `checkSearches`. */
export function* fittingSearches(searches: readonly SearchTable[]): Op<readonly SearchTable[]> {
  const fitting: SearchTable[] = [];
  for (const search of searches) if (yield* fitsContent(search)) fitting.push(search);
  return fitting;
}

/** Those that do not fit their content. One whose module is missing here can't be asked. */
export function* staleSearches(searches: readonly SearchTable[]): Op<readonly SearchTable[]> {
  const stale: SearchTable[] = [];
  for (const search of searches) if (!(yield* fitsContent(search))) stale.push(search);
  return stale;
}

/** Refuses a change after which a full-text table no longer fits. Errors: `OBJECT_BROKEN`. */
export function* checkSearches(fitting: readonly SearchTable[], place: RebuildLocation): Op<void> {
  const lines: string[] = [];
  for (const search of fitting)
    if (!(yield* fitsContent(search))) lines.push(`${search.name} no longer fits the text that it indexes`);
  if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...place, lines });
}

/**
 * Whether a full-text table fits its content. Nothing else sees it when rowids were renumbered, or a column that it
 * names is called otherwise or gone: not integrity_check, and not its own queries until they need the content.
 */
function* fitsContent({ name, module }: SearchTable): Op<boolean> {
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
    return error.message.startsWith('no such module');
  }
}
