import { isSqlError, query, type Op } from '../bridge/index.ts';
import { nameKey, tokenize, unquote } from '../sql/index.ts';
import type { SchemaRow } from './inventory.ts';
import { listTables } from './table-info.ts';

/** Names of the tables that SQLite's own modules keep beside a virtual table, behind its name and an underscore. */
const fts3 = /^(?:content|segments|segdir|docsize|stat)$/;
const rtree = /^(?:node|rowid|parent)$/;
const known: ReadonlyMap<string, RegExp> = new Map([
  ['fts3', fts3],
  ['fts4', fts3],
  ['fts5', /^(?:data|idx|content|docsize|config)$/],
  ['rtree', rtree],
  ['rtree_i32', rtree],
  ['geopoly', rtree],
  ['spellfix1', /^vocab$/],
]);

export function isVirtual(sql: string | null | undefined): boolean {
  return typeof sql === 'string' && /^\s*create\s+virtual\b/i.test(sql);
}

/** The module of a virtual table, as its statement names it. */
export function moduleOf(sql: string): string | undefined {
  const tokens = tokenize(sql).filter(({ kind }) => kind !== 'comment');
  // No name can stand before it that is not quoted and the word itself.
  const using = tokens.findIndex(({ text }, i) => i > 2 && nameKey(text) === 'using');
  const module = using === -1 ? undefined : tokens[using + 1];
  return module === undefined ? undefined : nameKey(unquote(module.text));
}

/**
 * The tables in which virtual tables keep their rows, by key. SQLite tells of those that the module names, if it is
 * loaded on this connection; modules do not name all of theirs, and are not loaded everywhere. So what came with the
 * virtual table counts as well. `rows` are in the order in which SQLite has them.
 */
export function* readShadowTables(rows: readonly SchemaRow[]): Op<ReadonlySet<string>> {
  const shadows = (yield* listTables({ schema: 'main' })).filter(({ kind }) => kind === 'shadow');
  return new Set([...shadows.map(({ name }) => nameKey(name)), ...ownedTables(rows)]);
}

/** The tables that came with virtual ones, by key, as far as the schema itself shows it. */
export function ownedTables(rows: readonly SchemaRow[]): ReadonlySet<string> {
  const owned = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (!isVirtual(row.sql)) continue;
    const names = known.get(moduleOf(row.sql ?? '') ?? '');
    const found = names === undefined ? cameWith(rows, index) : namedSo(rows, row.name, names);
    for (const name of found) owned.add(nameKey(name));
  }
  return owned;
}

function namedSo(rows: readonly SchemaRow[], table: string, names: RegExp): readonly string[] {
  const prefix = `${nameKey(table)}_`;
  return rows
    .filter(({ type, name }) => type === 'table' && nameKey(name).startsWith(prefix))
    .map(({ name }) => name)
    .filter((name) => names.test(nameKey(name).slice(prefix.length)));
}

/**
 * CREATE VIRTUAL TABLE makes the rows of its own tables right behind its own. VACUUM puts virtual tables behind all
 * others (sqlite.org/src, vacuum.c): then those before it count, of which there are more than somebody may have made
 * behind it. A module puts the names of its tables in quotes, because the name of the virtual table may be any; SQLite
 * keeps them as they were written. A table that somebody made under such a name, and in quotes, at such a place, is not
 * told apart.
 */
function cameWith(rows: readonly SchemaRow[], index: number): readonly string[] {
  const prefix = `${nameKey(rows[index]!.name)}_`;
  const behind: string[] = [];
  for (const row of rows.slice(index + 1)) {
    // AUTOINCREMENT in the first of them makes this one in between.
    if (row.name === 'sqlite_sequence') continue;
    if (!nameKey(row.tbl_name).startsWith(prefix)) break;
    if (row.type !== 'table') continue;
    if (!isQuoted(row)) break;
    behind.push(row.name);
  }
  const before = rows
    .slice(0, index)
    .filter((row) => row.type === 'table' && nameKey(row.name).startsWith(prefix) && isQuoted(row))
    .map(({ name }) => name);
  return before.length > behind.length ? before : behind;
}

function isQuoted({ sql }: SchemaRow): boolean {
  return /^CREATE TABLE\s*["'[`]/i.test(sql ?? '');
}

/** Virtual tables whose module this connection does not have, with its name. Where SQLite does not tell: none. */
export function* readUnloaded(rows: readonly SchemaRow[]): Op<ReadonlyMap<string, string>> {
  const unloaded = new Map<string, string>();
  const loaded = yield* readModules();
  if (loaded === undefined) return unloaded;
  for (const { name, sql } of rows) {
    const module = isVirtual(sql) ? moduleOf(sql ?? '') : undefined;
    if (module !== undefined && !loaded.has(module)) unloaded.set(name, module);
  }
  return unloaded;
}

function* readModules(): Op<ReadonlySet<string> | undefined> {
  try {
    const rows = yield* query<{ name: string }>('SELECT name FROM pragma_module_list');
    return rows.length === 0 ? undefined : new Set(rows.map(({ name }) => nameKey(name)));
  } catch (error) {
    // A build with SQLITE_OMIT_INTROSPECTION_PRAGMAS.
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return undefined;
  }
}

/** What to say of virtual tables that cannot be looked into here. */
export function unloadedNotes(unloaded: ReadonlyMap<string, string> | undefined): readonly string[] {
  return [...(unloaded ?? [])].map(
    ([table, module]) =>
      `virtual table ${table}: the module ${module} is not loaded here, so ${table} can be neither read nor dropped (\`extensions\`, --extension)`,
  );
}
