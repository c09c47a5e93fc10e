import { isSqlError, query, type Op } from '../bridge/index.ts';
import { classify, inMain, nameKey, quote, sameName, splitStatements } from '../sql/index.ts';
import { whyNotCompiled } from './compiles.ts';
import { findTable, type Inventory } from './inventory.ts';
import { readForeignKeys, readTableInfo, referencedColumns, type ForeignKey } from './table-info.ts';

/** The parents of each child table, by name key, from the texts of the schema. */
export type References = Map<string, Set<string>>;

/** Reads references from the CREATE TABLE texts. Parses only those that contain the word. */
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

/** The rows of a table that refer to missing rows. */
export interface Violations {
  /** The number of rows by value of the foreign key, by the key of the parent's name. */
  readonly byParent: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Why SQLite cannot check: "foreign key mismatch" if the parent's columns are not unique. */
  readonly unknown: string | undefined;
}

export const noViolations: Violations = { byParent: new Map(), unknown: undefined };

/** Further values are only counted. */
const mostValues = 10_000;

/**
 * Reads the violations of a table, which must exist (sqlite.org/pragma.html#pragma_foreign_key_check), by the values of
 * the key: a rebuild may change rowids.
 */
export function* readViolations(child: string): Op<Violations> {
  try {
    const counts = yield* query<{ parent: string; fkid: number; n: number }>(
      `SELECT parent, fkid, count(*) AS n FROM pragma_foreign_key_check(?, 'main') GROUP BY parent, fkid`,
      [child],
    );
    if (counts.length === 0) return noViolations;
    const byParent = new Map<string, Map<string, number>>();
    const { rowidNames } = yield* readTableInfo(child);
    const foreignKeys = new Map((yield* readForeignKeys({ table: child })).map((key) => [key.id, key]));
    for (const { parent, fkid, n } of counts) {
      const values = byParent.get(nameKey(parent)) ?? new Map<string, number>();
      byParent.set(nameKey(parent), values);
      const key = foreignKeys.get(Number(fkid))!;
      const known = yield* rowidNames.length === 0 ? searchValues(key) : readValues(key, rowidNames[0]!);
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

interface CountedValue {
  readonly value: string;
  readonly rows: number;
}

/** The SQL of the values of a foreign key, as one text that messages show. */
function valueOf({ columns }: ForeignKey): string {
  return columns.map((column) => `quote(c.${quote(column)})`).join(` || ', ' || `);
}

function* readValues(key: ForeignKey, rowid: string): Op<readonly CountedValue[]> {
  return yield* query<{ value: string; rows: number }>(
    `SELECT ${valueOf(key)} AS value, count(*) AS rows FROM pragma_foreign_key_check(?, 'main') AS f
     JOIN ${inMain(key.child)} AS c ON c.${rowid} = f.rowid WHERE f.fkid = ? GROUP BY value LIMIT ${mostValues}`,
    [key.child, key.id],
  );
}

/**
 * The same for a table without a rowid, whose violations SQLite only counts. Looks for the parent by its columns, as the
 * foreign key does (sqlite.org/foreignkeys.html, section 3).
 */
function* searchValues(key: ForeignKey): Op<readonly CountedValue[]> {
  const parent = yield* readTableInfo(key.parent);
  const names = referencedColumns(key, parent);
  const isSet = key.columns.map((column) => `c.${quote(column)} IS NOT NULL`).join(' AND ');
  const matches = key.columns.map((column, i) => `p.${quote(names[i] ?? '')} = c.${quote(column)}`).join(' AND ');
  const hasParent = `EXISTS (SELECT 1 FROM ${inMain(key.parent)} AS p WHERE ${matches})`;
  const condition = parent.columns.length === 0 ? isSet : `${isSet} AND NOT ${hasParent}`;
  return yield* query<{ value: string; rows: number }>(
    `SELECT ${valueOf(key)} AS value, count(*) AS rows FROM ${inMain(key.child)} AS c WHERE ${condition} GROUP BY value LIMIT ${mostValues}`,
  );
}

/** The tables whose rows ON DELETE CASCADE deletes with a row of `parent`, directly or indirectly. */
export function* cascadeClosure(parent: string): Op<ReadonlySet<string>> {
  const edges = (yield* readForeignKeys()).filter(({ onDelete }) => onDelete === 'CASCADE');
  const closure = new Set([nameKey(parent)]);
  // A Set's iterator visits what is added while it runs.
  for (const reached of closure)
    for (const edge of edges) if (nameKey(edge.parent) === reached) closure.add(nameKey(edge.child));
  return closure;
}

/** The parents that the foreign keys of a table name. */
export function* readParents(child: string): Op<ReadonlySet<string>> {
  return new Set((yield* readForeignKeys({ table: child })).map(({ parent }) => nameKey(parent)));
}

/** The other tables whose foreign keys name an existing table. */
export function* readChildren(parent: string): Op<readonly string[]> {
  const children = (yield* readForeignKeys({ parent }))
    .map(({ child }) => child)
    .filter((table) => !sameName(table, parent));
  return children.length > 0 && (yield* findTable(parent)) !== undefined ? [...new Set(children)] : [];
}

export interface Reference {
  readonly child: string;
  readonly parent: string;
}

/** The parent in SQLite's message about a mismatch; undefined for other messages. */
export function mismatchedParent(reason: string): string | undefined {
  return /^foreign key mismatch - ".*" referencing "(.*)"$/s.exec(reason)?.[1];
}

/** The foreign keys that SQLite cannot enforce. */
export interface InvalidReferences {
  /** The parent is missing. */
  readonly dangling: readonly Reference[];
  /** The parent lacks the columns, or has no key or full unique index on them. */
  readonly mismatched: readonly Reference[];
  readonly tables: readonly string[];
}

/**
 * Finds the foreign keys that SQLite accepts in CREATE TABLE, but cannot enforce when rows are written. SQLite reports
 * only the first mismatch of a table.
 */
export function* findInvalidReferences(): Op<InvalidReferences> {
  const foreignKeys = yield* readForeignKeys();
  const references = [
    ...new Map(foreignKeys.map(({ child, parent }) => [`${child}\0${parent}`, { child, parent }])).values(),
  ];
  if (references.length === 0) return { dangling: [], mismatched: [], tables: [] };
  const rows = yield* query<{ name: string }>(`SELECT name AS name FROM main.sqlite_schema WHERE type = 'table'`);
  const tables = rows.map(({ name }) => name);
  const keys = new Set(tables.map(nameKey));
  const mismatched: Reference[] = [];
  for (const child of new Set(references.map((reference) => reference.child))) {
    const reason = (yield* whyNotCompiled(`PRAGMA main.foreign_key_check(${quote(child)})`)) ?? '';
    const parent = mismatchedParent(reason);
    // A view cannot be a parent: it is dangling.
    if (parent !== undefined && keys.has(nameKey(parent))) mismatched.push({ child, parent });
  }
  return { dangling: references.filter(({ parent }) => !keys.has(nameKey(parent))), mismatched, tables };
}
