import { isSqlError, query, type Op } from '../bridge/index.ts';
import { classify, inMain, nameKey, quote, sameName, splitStatements } from '../sql/index.ts';
import { whyNotCompiled } from './compiles.ts';
import { findTable, type Inventory } from './inventory.ts';
import { readForeignKeys, readTableInfo, referencedColumns, type ForeignKey } from './table-info.ts';

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

/** The SQL of the values of a foreign key, as one text. */
function valueOf({ columns }: ForeignKey): string {
  return columns.map((column) => `quote(c.${quote(column)})`).join(` || ', ' || `);
}

function* readValues(key: ForeignKey, rowid: string): Op<readonly CountedValue[]> {
  return yield* query<{ value: string; rows: number }>(
    `SELECT ${valueOf(key)} AS value, count(*) AS rows FROM pragma_foreign_key_check(?, 'main') AS f
     JOIN ${inMain(key.table)} AS c ON c.${rowid} = f.rowid WHERE f.fkid = ? GROUP BY value LIMIT ${mostValues}`,
    [key.table, key.id],
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
    `SELECT ${valueOf(key)} AS value, count(*) AS rows FROM ${inMain(key.table)} AS c WHERE ${condition} GROUP BY value LIMIT ${mostValues}`,
  );
}

/** The tables whose rows go when a row of `parent` is deleted with foreign keys enforced: ON DELETE CASCADE, closed. */
export function* cascadeClosure(parent: string): Op<ReadonlySet<string>> {
  const edges = (yield* readForeignKeys()).filter(({ onDelete }) => onDelete === 'CASCADE');
  const closure = new Set([nameKey(parent)]);
  // A Set's iterator visits what is added while it runs.
  for (const reached of closure)
    for (const edge of edges) if (nameKey(edge.parent) === reached) closure.add(nameKey(edge.table));
  return closure;
}

/** The parents that a table's foreign keys name, as SQLite reads them now. */
export function* readParents(child: string): Op<ReadonlySet<string>> {
  return new Set((yield* readForeignKeys({ table: child })).map(({ parent }) => nameKey(parent)));
}

/** The tables whose foreign keys name an existing table, itself left out, as SQLite reads them now. */
export function* readChildren(parent: string): Op<readonly string[]> {
  const children = (yield* readForeignKeys({ parent }))
    .map(({ table }) => table)
    .filter((table) => !sameName(table, parent));
  return children.length > 0 && (yield* findTable(parent)) !== undefined ? [...new Set(children)] : [];
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
  const foreignKeys = yield* readForeignKeys();
  const references = [
    ...new Map(foreignKeys.map(({ table: child, parent }) => [`${child}\0${parent}`, { child, parent }])).values(),
  ];
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
