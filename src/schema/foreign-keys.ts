import { isSqlError, query, type Op } from '../bridge/index.ts';
import { classify, inMain, nameKey, quote, splitStatements } from '../sql/index.ts';
import { whyNotCompiled } from './compiles.ts';
import type { Inventory } from './inventory.ts';
import { readTableInfo, type TableInfo } from './table-info.ts';

/** Which tables refer to which: child to parents, by name key, from the texts of the schema. */
export type References = Map<string, Set<string>>;

/** Reads who refers to whom from the CREATE TABLE texts; only those that have the word are taken apart. */
export function referencesOf(inventory: Inventory): References {
  const references: References = new Map();
  for (const [key, table] of inventory.tables) {
    if (table.sql === undefined || !/\breferences\b/i.test(table.sql)) continue;
    const statement = splitStatements(table.sql)[0];
    const facts = statement === undefined ? undefined : classify(statement);
    if (facts?.verb === 'create' && facts.object === 'table' && facts.references.length > 0)
      references.set(key, new Set(facts.references.map(nameKey)));
  }
  return references;
}

/** The rows of a table that refer to rows which do not exist. */
export interface Violations {
  /** By the key of the parent's name: how many rows have each value of the key. */
  readonly byParent: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Why SQLite cannot tell: "foreign key mismatch" where the parent's columns are not unique. */
  readonly unknown: string | undefined;
}

export const noViolations: Violations = { byParent: new Map(), unknown: undefined };

/** More different values than these are told apart by their number only. */
const mostValues = 10_000;

/**
 * Reads the violations of a table, which must exist (sqlite.org/pragma.html#pragma_foreign_key_check). They are told
 * apart by the values of the key, not by the rows: a rebuild numbers those anew.
 */
export function* readViolations(child: string): Op<Violations> {
  try {
    const counts = yield* query<{ parent: string; fkid: number; n: number }>(
      `SELECT parent, fkid, count(*) AS n FROM pragma_foreign_key_check(?, 'main') GROUP BY parent, fkid`,
      [child],
    );
    if (counts.length === 0) return noViolations;
    const byParent = new Map<string, Map<string, number>>();
    const info = yield* readTableInfo(child);
    const rowid = rowidName(info);
    for (const { parent, fkid, n } of counts) {
      const values = byParent.get(nameKey(parent)) ?? new Map<string, number>();
      byParent.set(nameKey(parent), values);
      const known = yield* rowid === undefined ? searchValues(child, fkid) : readValues(child, fkid, rowid);
      let rest = Number(n);
      for (const { value, rows } of known) {
        values.set(value, (values.get(value) ?? 0) + Number(rows));
        rest -= Number(rows);
      }
      if (rest > 0) values.set('', (values.get('') ?? 0) + rest);
    }
    return { byParent, unknown: undefined };
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return { byParent: new Map(), unknown: error.message };
  }
}

function* readValues(
  child: string,
  key: number,
  rowid: string,
): Op<readonly { readonly value: string; readonly rows: number }[]> {
  const columns = yield* query<{ column: string }>(
    `SELECT "from" AS column FROM pragma_foreign_key_list(?, 'main') WHERE id = ? ORDER BY seq`,
    [child, key],
  );
  const value = columns.map(({ column }) => `quote(c.${quote(column)})`).join(` || ', ' || `);
  return yield* query<{ value: string; rows: number }>(
    `SELECT ${value} AS value, count(*) AS rows FROM pragma_foreign_key_check(?, 'main') AS f
     JOIN ${inMain(child)} AS c ON c.${rowid} = f.rowid WHERE f.fkid = ? GROUP BY value LIMIT ${mostValues}`,
    [child, key],
  );
}

/**
 * The same of a table without rowid, whose violations SQLite only counts: a row without a parent is looked for as the
 * foreign key does, by the parent's columns (sqlite.org/foreignkeys.html, section 3).
 */
function* searchValues(child: string, key: number): Op<readonly { readonly value: string; readonly rows: number }[]> {
  const columns = yield* query<{ column: string; parent: string; to: string | null }>(
    `SELECT "from" AS column, "table" AS parent, "to" FROM pragma_foreign_key_list(?, 'main') WHERE id = ? ORDER BY seq`,
    [child, key],
  );
  const parent = columns[0]?.parent ?? '';
  const { columns: found, keys } = yield* readTableInfo(parent);
  const value = columns.map(({ column }) => `quote(c.${quote(column)})`).join(` || ', ' || `);
  const isSet = columns.map(({ column }) => `c.${quote(column)} IS NOT NULL`).join(' AND ');
  const matches = columns.map(
    ({ column, to }, i) => `p.${quote(to ?? keys[0]?.columns[i] ?? '')} = c.${quote(column)}`,
  );
  const hasParent = `EXISTS (SELECT 1 FROM ${inMain(parent)} AS p WHERE ${matches.join(' AND ')})`;
  return yield* query<{ value: string; rows: number }>(
    `SELECT ${value} AS value, count(*) AS rows FROM ${inMain(child)} AS c WHERE ${isSet}${found.length === 0 ? '' : ` AND NOT ${hasParent}`} GROUP BY value LIMIT ${mostValues}`,
  );
}

/** A name by which a table's rowid can be asked for; undefined for a table without one, or where columns have all three. */
function rowidName({ columns, withoutRowid, rowidAlias }: TableInfo): string | undefined {
  if (rowidAlias !== undefined) return quote(rowidAlias);
  const names = new Set(columns.map(({ name }) => nameKey(name)));
  return withoutRowid ? undefined : ['rowid', '_rowid_', 'oid'].find((name) => !names.has(name));
}

/** The tables whose rows go when a row of `parent` is deleted with foreign keys enforced: ON DELETE CASCADE, closed. */
export function* cascadeClosure(parent: string): Op<ReadonlySet<string>> {
  const edges = yield* query<{ child: string; parent: string }>(
    `SELECT m.name AS child, f."table" AS parent FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f WHERE m.type = 'table' AND f.on_delete = 'CASCADE'`,
  );
  const closure = new Set([nameKey(parent)]);
  // A Set's iterator visits what is added while it runs.
  for (const reached of closure)
    for (const edge of edges) if (nameKey(edge.parent) === reached) closure.add(nameKey(edge.child));
  return closure;
}

/** The parents that a table's foreign keys name, as SQLite reads them now. */
export function* readParents(child: string): Op<ReadonlySet<string>> {
  const rows = yield* query<{ parent: string }>(
    `SELECT DISTINCT "table" AS parent FROM pragma_foreign_key_list(?, 'main')`,
    [child],
  );
  return new Set(rows.map((row) => nameKey(row.parent)));
}

/** The tables whose foreign keys name an existing table, itself left out, as SQLite reads them now. */
export function* readChildren(parent: string): Op<readonly string[]> {
  const rows = yield* query<{ child: string }>(
    `SELECT DISTINCT m.name AS child FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f
     WHERE m.type = 'table' AND f."table" = ? COLLATE NOCASE AND m.name <> ? COLLATE NOCASE
       AND EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE)`,
    [parent, parent, parent],
  );
  return rows.map((row) => row.child);
}

/** A table with a foreign key, and the table that it names. */
export interface Reference {
  readonly child: string;
  readonly parent: string;
}

/** The parent that SQLite's message about a mismatch names; undefined for any other message. */
export function mismatchedParent(reason: string): string | undefined {
  return /^foreign key mismatch - ".*" referencing "(.*)"$/s.exec(reason)?.[1];
}

/** The foreign keys with which SQLite cannot work. */
export interface InvalidReferences {
  /** They name no table. */
  readonly dangling: readonly Reference[];
  /** The columns that they name are missing in the parent, or no key and no full unique index is of them. */
  readonly mismatched: readonly Reference[];
  /** The tables that there are. */
  readonly tables: readonly string[];
}

/**
 * Finds the foreign keys that SQLite accepts in a CREATE TABLE, and with which it refuses to write rows later. Of the
 * mismatches of one table SQLite names the first.
 */
export function* findInvalidReferences(): Op<InvalidReferences> {
  const references = yield* query<{ child: string; parent: string }>(
    `SELECT DISTINCT m.name AS child, f."table" AS parent FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f
     WHERE m.type = 'table' AND instr(lower(m.sql), 'references') AND NOT instr(lower(m.sql), 'create virtual') ORDER BY m.rowid, f.id DESC`,
  );
  if (references.length === 0) return { dangling: [], mismatched: [], tables: [] };
  const rows = yield* query<{ name: string }>(`SELECT name AS name FROM main.sqlite_schema WHERE type = 'table'`);
  const tables = rows.map(({ name }) => name);
  const keys = new Set(tables.map(nameKey));
  const mismatched: Reference[] = [];
  for (const child of new Set(references.map((reference) => reference.child))) {
    const reason = (yield* whyNotCompiled(`PRAGMA main.foreign_key_check(${quote(child)})`)) ?? '';
    const parent = mismatchedParent(reason);
    // A view is no parent either, and is among the dangling ones.
    if (parent !== undefined && keys.has(nameKey(parent))) mismatched.push({ child, parent });
  }
  return { dangling: references.filter(({ parent }) => !keys.has(nameKey(parent))), mismatched, tables };
}
