import { isSqlError, query, type Op } from '../bridge/index.ts';
import { classify, nameKey, splitStatements } from '../sql/index.ts';
import type { Inventory } from './inventory.ts';

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

/** The violations of one child table. */
export interface Violations {
  /** How many rows have no parent, by the key of the parent's name. */
  readonly byParent: ReadonlyMap<string, number>;
  /** Why SQLite cannot tell: "foreign key mismatch" where the parent's columns are not unique. */
  readonly unknown: string | undefined;
}

export const noViolations: Violations = { byParent: new Map(), unknown: undefined };

/** Counts the violations of one child table, which must exist. */
export function* countViolations(child: string): Op<Violations> {
  try {
    const rows = yield* query<{ parent: string; n: number }>(
      `SELECT parent, count(*) AS n FROM pragma_foreign_key_check(?, 'main') GROUP BY parent`,
      [child],
    );
    return { byParent: new Map(rows.map((row) => [nameKey(row.parent), Number(row.n)])), unknown: undefined };
  } catch (error) {
    if (!isSqlError(error) || error.primary !== 'SQLITE_ERROR') throw error;
    return { byParent: new Map(), unknown: error.message };
  }
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

/**
 * The foreign keys that name no table, as SQLite reads them now, and the tables that there are. SQLite takes such a key,
 * and refuses to write rows later.
 */
export function* findDangling(): Op<{ readonly dangling: readonly Reference[]; readonly tables: readonly string[] }> {
  const references = yield* query<{ child: string; parent: string }>(
    `SELECT DISTINCT m.name AS child, f."table" AS parent FROM main.sqlite_schema m, pragma_foreign_key_list(m.name, 'main') f
     WHERE m.type = 'table' AND instr(lower(m.sql), 'references') AND NOT instr(lower(m.sql), 'create virtual') ORDER BY m.rowid, f.id DESC`,
  );
  if (references.length === 0) return { dangling: [], tables: [] };
  const rows = yield* query<{ name: string }>(`SELECT name AS name FROM main.sqlite_schema WHERE type = 'table'`);
  const tables = rows.map(({ name }) => name);
  const keys = new Set(tables.map(nameKey));
  return { dangling: references.filter(({ parent }) => !keys.has(nameKey(parent))), tables };
}
