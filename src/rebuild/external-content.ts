import { isSqlError, query, type Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { isVirtual, moduleOf, type Inventory } from '../schema/index.ts';
import { nameKey, quote, sameName, codeTokens, unquote } from '../sql/index.ts';
import type { RebuildLocation } from './changes.ts';

/** A full-text table with external content: it stores no text and refers to the rows of another table by rowid. */
export interface ExternalContentTable {
  readonly name: string;
  readonly module: string;
  /** The table or view whose text it indexes. */
  readonly content: string;
}

/**
 * The full-text tables whose `content` option names a table or view; with `contentTables`, only those that name one of
 * these (sqlite.org/fts5.html, section 4.4.3).
 */
export function externalContentTables(
  inventory: Inventory,
  contentTables?: readonly string[],
): readonly ExternalContentTable[] {
  return [...inventory.tables.values()].flatMap(({ name, sql = '' }) => {
    const tokens = codeTokens(sql);
    const module = isVirtual(sql) ? moduleOf(sql) : undefined;
    if (module === undefined || !/^fts[345]$/.test(module)) return [];
    const option = tokens.findIndex((token, i) => nameKey(token.text) === 'content' && tokens[i + 1]?.text === '=');
    const content = option === -1 ? undefined : tokens[option + 2];
    const contentTable = content === undefined ? undefined : unquote(content.text);
    if (contentTable === undefined || contentTable === '') return [];
    return contentTables?.some((one) => sameName(one, contentTable)) === false
      ? []
      : [{ name, module, content: contentTable }];
  });
}

/** The tables that are in sync with their content. Check them again after a change with `refuseOutOfSync`. */
export function* tablesInSync(ftsTables: readonly ExternalContentTable[]): Op<readonly ExternalContentTable[]> {
  const outOfSync = yield* tablesOutOfSync(ftsTables);
  return ftsTables.filter((table) => !outOfSync.includes(table));
}

/** The tables that are not in sync with their content. One without its module cannot be checked, and is not returned. */
export function* tablesOutOfSync(ftsTables: readonly ExternalContentTable[]): Op<readonly ExternalContentTable[]> {
  const outOfSync: ExternalContentTable[] = [];
  for (const table of ftsTables) if (!(yield* isInSync(table))) outOfSync.push(table);
  return outOfSync;
}

/** Refuses a change after which a table is no longer in sync with its content. Errors: `OBJECT_BROKEN`. */
export function* refuseOutOfSync(ftsTables: readonly ExternalContentTable[], location: RebuildLocation): Op<void> {
  const outOfSync = yield* tablesOutOfSync(ftsTables);
  const lines = outOfSync.map(({ name }) => `${name} no longer matches the text that it indexes`);
  if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...location, lines });
}

/**
 * Whether a full-text table is in sync with its content. Nothing else notices new rowids or a renamed or dropped column:
 * neither integrity_check nor a query, until it needs the content.
 */
function* isInSync({ name, module }: ExternalContentTable): Op<boolean> {
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
