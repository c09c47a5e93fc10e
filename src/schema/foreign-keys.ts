import { query, type Op } from '../bridge/index.ts';
import { isSqlError } from '../bridge/index.ts';
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

/**
 * The violations of one child table, counted per parent. A foreign key whose parent columns are not unique makes the
 * check itself fail ("foreign key mismatch"); that failure counts as a violation with its message as the parent.
 */
export function* countViolations(child: string): Op<ReadonlyMap<string, number>> {
  try {
    const rows = yield* query<{ parent: string; n: number }>(
      // The join leaves out a table that is gone: the check of a missing table is an error.
      `SELECT f.parent AS parent, count(*) AS n FROM sqlite_schema m, pragma_foreign_key_check(m.name) f WHERE m.type = 'table' AND m.name = ? COLLATE NOCASE GROUP BY f.parent`,
      [child],
    );
    return new Map(rows.map((row) => [row.parent, Number(row.n)]));
  } catch (error) {
    if (!isSqlError(error) || !error.message.includes('foreign key mismatch')) throw error;
    return new Map([[error.message, 1]]);
  }
}

/** The tables whose rows go when a row of `parent` is deleted with foreign keys enforced: ON DELETE CASCADE, closed. */
export function* cascadeClosure(parent: string): Op<ReadonlySet<string>> {
  const edges = yield* query<{ child: string; parent: string }>(
    `SELECT m.name AS child, f."table" AS parent FROM sqlite_schema m, pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f.on_delete = 'CASCADE'`,
  );
  const closure = new Set([nameKey(parent)]);
  for (let grown = true; grown; ) {
    grown = false;
    for (const edge of edges) {
      if (!closure.has(nameKey(edge.parent)) || closure.has(nameKey(edge.child))) continue;
      closure.add(nameKey(edge.child));
      grown = true;
    }
  }
  return closure;
}

/** The parents that a table's foreign keys name, as SQLite reads them now. */
export function* readParents(child: string): Op<ReadonlySet<string>> {
  const rows = yield* query<{ parent: string }>(`SELECT DISTINCT "table" AS parent FROM pragma_foreign_key_list(?)`, [child]);
  return new Set(rows.map((row) => nameKey(row.parent)));
}
