import { query, unlessRefused, type Op, type Row } from '../bridge/index.ts';
import { nameKey, codeTokens, unquote } from '../sql/index.ts';
import { listTables } from './table-info.ts';

/** A row of sqlite_schema. */
export interface SchemaRow extends Row {
  readonly type: 'table' | 'index' | 'view' | 'trigger';
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

/** The suffixes of the shadow tables of SQLite's own modules, after the table's name and an underscore. */
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
  const tokens = codeTokens(sql);
  // Skip the table's name, which may be `using` itself.
  const using = tokens.findIndex(({ text }, i) => i > 2 && nameKey(text) === 'using');
  const module = using === -1 ? undefined : tokens[using + 1];
  return module === undefined ? undefined : nameKey(unquote(module.text));
}

/**
 * The shadow tables, by key. SQLite lists those that a loaded module names. A module may not be loaded, or name only some
 * of them, so tables that were created with a virtual table count too. `rows` are in the order of sqlite_schema.
 */
export function* readShadowTables(rows: readonly SchemaRow[]): Op<ReadonlySet<string>> {
  const shadows = (yield* listTables({ schema: 'main' })).filter(({ kind }) => kind === 'shadow');
  return new Set([...shadows.map(({ name }) => nameKey(name)), ...ownedTables(rows)]);
}

/** The tables that were created with virtual tables, by key, as far as the schema shows. */
export function ownedTables(rows: readonly SchemaRow[]): ReadonlySet<string> {
  const owned = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (!isVirtual(row.sql)) continue;
    const names = known.get(moduleOf(row.sql ?? '') ?? '');
    const found = names === undefined ? createdWith(rows, index) : namedSo(rows, row.name, names);
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
 * CREATE VIRTUAL TABLE adds its shadow tables right after itself to sqlite_schema. VACUUM moves virtual tables to the end
 * (sqlite.org/src, vacuum.c); then the tables before it count, if there are more. Modules quote the names of their tables,
 * and SQLite keeps the quotes. A user's own table with such a name, quotes and position is not distinguished.
 */
function createdWith(rows: readonly SchemaRow[], index: number): readonly string[] {
  const prefix = `${nameKey(rows[index]!.name)}_`;
  const behind: string[] = [];
  for (const row of rows.slice(index + 1)) {
    // AUTOINCREMENT in a shadow table creates this one in between.
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

/** Virtual tables whose module is not loaded, with its name; none if SQLite cannot list modules. */
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
  // A build with SQLITE_OMIT_INTROSPECTION_PRAGMAS refuses it.
  const { result: rows = [] } = yield* unlessRefused(query<{ name: string }>('SELECT name FROM pragma_module_list'));
  return rows.length === 0 ? undefined : new Set(rows.map(({ name }) => nameKey(name)));
}

/** Notes on virtual tables that cannot be read here. */
export function unloadedNotes(unloaded: ReadonlyMap<string, string> | undefined): readonly string[] {
  return [...(unloaded ?? [])].map(
    ([table, module]) =>
      `virtual table ${table}: the module ${module} is not loaded here, so ${table} can be neither read nor dropped (\`extensions\`, --extension)`,
  );
}
