import { isSqlError, query, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { isVirtual, moduleOf, type Inventory } from '../schema/index.ts';
import { nameKey, quote, sameName, codeTokens, unquote } from '../sql/index.ts';
import type { RebuildLocation } from './changes.ts';

/** A full-text table with external content: it stores no text and refers to the rows of another table by rowid. */
export interface ExternalContentIndex {
  readonly name: string;
  readonly module: string;
  /** The table or view whose text it indexes. */
  readonly content: string;
}

/**
 * The full-text tables whose `content` option names a table or view, one of these if any are given
 * (sqlite.org/fts5.html, section 4.4.3).
 */
export function externalContentIndexes(
  inventory: Inventory,
  contents?: readonly string[],
): readonly ExternalContentIndex[] {
  return [...inventory.tables.values()].flatMap(({ name, sql = '' }) => {
    const tokens = codeTokens(sql);
    const module = isVirtual(sql) ? moduleOf(sql) : undefined;
    if (module === undefined || !/^fts[345]$/.test(module)) return [];
    const option = tokens.findIndex((token, i) => nameKey(token.text) === 'content' && tokens[i + 1]?.text === '=');
    const content = option === -1 ? undefined : tokens[option + 2];
    const read = content === undefined ? undefined : unquote(content.text);
    if (read === undefined || read === '') return [];
    return contents?.some((one) => sameName(one, read)) === false ? [] : [{ name, module, content: read }];
  });
}

/** The indexes that match their content. Check them again after a change with `refuseStaleIndexes`. */
export function* consistentIndexes(searches: readonly ExternalContentIndex[]): Op<readonly ExternalContentIndex[]> {
  const stale = yield* staleIndexes(searches);
  return searches.filter((search) => !stale.includes(search));
}

/** The indexes that do not match their content. One whose module is missing cannot be checked. */
export function* staleIndexes(searches: readonly ExternalContentIndex[]): Op<readonly ExternalContentIndex[]> {
  const stale: ExternalContentIndex[] = [];
  for (const search of searches) if (!(yield* matchesContent(search))) stale.push(search);
  return stale;
}

/** Refuses a change after which an index no longer matches its content. Errors: `OBJECT_BROKEN`. */
export function* refuseStaleIndexes(fitting: readonly ExternalContentIndex[], location: RebuildLocation): Op<void> {
  const stale = yield* staleIndexes(fitting);
  const lines = stale.map(({ name }) => `${name} no longer matches the text that it indexes`);
  if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...location, lines });
}

/**
 * Whether an index matches its content. Nothing else notices new rowids or a renamed or dropped column: neither
 * integrity_check nor a query, until it needs the content.
 */
function* matchesContent({ name, module }: ExternalContentIndex): Op<boolean> {
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
