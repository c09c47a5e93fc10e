import type Database from 'better-sqlite3';
import type { Chance } from './chance.ts';
import {
  isGenerated,
  rowidName,
  type ColumnModel,
  type ForeignKeyModel,
  type SchemaModel,
  type TableModel,
} from './model.ts';

export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Values of every storage class, and what conversions like to break. */
const VALUES = [
  'NULL',
  'NULL',
  '0',
  '1',
  '-1',
  '42',
  '9007199254740993',
  '-9223372036854775808',
  '1.5',
  '-0.0',
  '1e300',
  '1e-7',
  `''`,
  `'abc'`,
  `'ABC '`,
  `'00123'`,
  `'1e5'`,
  `'it''s (,)'`,
  `'größe 🦆'`,
  `CAST(x'610062' AS TEXT)`,
  `x''`,
  `x'00ff'`,
  `x'61'`,
];
const STRICT_VALUES: Readonly<Record<string, readonly string[]>> = {
  INTEGER: ['0', '1', '-1', '42', '9007199254740993'],
  INT: ['0', '7', '-3'],
  REAL: ['1.5', '-0.0', '2', '1e300'],
  TEXT: [`''`, `'abc'`, `'00123'`, `'it''s'`],
  BLOB: [`x''`, `x'00ff'`],
};

/** Fills every table; what SQLite refuses is left out. References are to rows that exist. */
export function fill(
  chance: Chance,
  database: Database.Database,
  schema: SchemaModel,
  keys: readonly ForeignKeyModel[],
): void {
  database.pragma('foreign_keys = OFF');
  for (const table of schema.tables)
    for (let i = chance.int(0, 16); i > 0; i--) attempt(database, insertion(chance, table, keys));
  // References to tables that were filled later.
  for (const key of keys)
    if (chance.is(0.7)) for (const column of key.columns) attempt(database, update(chance, key, column));
  for (const table of schema.tables) {
    // Gaps among the rowids, and ids that were given and are no more.
    const alias = rowidName(table);
    if (alias === undefined || !chance.is(0.6)) continue;
    attempt(
      database,
      `DELETE FROM ${quoted(table.name)} WHERE ${alias} IN (SELECT max(${alias}) FROM ${quoted(table.name)})`,
    );
    attempt(database, `DELETE FROM ${quoted(table.name)} WHERE ${alias} % 3 = ${chance.int(0, 2)}`);
  }
  removeOrphans(database, keys);
}

function insertion(chance: Chance, table: TableModel, keys: readonly ForeignKeyModel[]): string {
  const columns = table.columns.filter((column) => !isGenerated(column) && chance.is(0.9));
  if (columns.length === 0) return `INSERT INTO ${quoted(table.name)} DEFAULT VALUES`;
  const values = columns.map((column) => {
    const key = keys.find((one) => one.child === table && one.columns.includes(column));
    if (key !== undefined && chance.is(0.85)) return existing(chance, key, column);
    if (table.strict) return chance.pick(STRICT_VALUES[column.type!] ?? VALUES);
    if (column.type === 'INTEGER' && column === table.columns[0]) return String(chance.int(1, 60));
    return chance.pick(VALUES);
  });
  return `INSERT INTO ${quoted(table.name)} (${columns.map(({ name }) => quoted(name)).join(', ')}) VALUES (${values.join(', ')})`;
}

/** A value that the parent has. The columns of a key of several columns may come from different rows. */
function existing(chance: Chance, { parent, columns, parents }: ForeignKeyModel, column: ColumnModel): string {
  const name = quoted(parents[columns.indexOf(column)]!.name);
  return `(SELECT ${name} FROM ${quoted(parent.name)} LIMIT 1 OFFSET ${chance.int(0, 2)})`;
}

function update(chance: Chance, key: ForeignKeyModel, column: ColumnModel): string {
  return `UPDATE OR IGNORE ${quoted(key.child.name)} SET ${quoted(column.name)} = ${existing(chance, key, column)}`;
}

function removeOrphans(database: Database.Database, keys: readonly ForeignKeyModel[]): void {
  const violations = (): readonly { table: string }[] => database.pragma('foreign_key_check') as { table: string }[];
  for (let i = 0; i < 5 && violations().length > 0; i++)
    for (const { child, columns, parent, parents } of keys) {
      const present = columns.map((column) => `c.${quoted(column.name)} IS NOT NULL`);
      const same = columns.map((column, at) => `p.${quoted(parents[at]!.name)} = c.${quoted(column.name)}`);
      attempt(
        database,
        `DELETE FROM ${quoted(child.name)} AS c WHERE ${present.join(' AND ')} AND NOT EXISTS (SELECT 1 FROM ${quoted(parent.name)} AS p WHERE ${same.join(' AND ')})`,
      );
    }
  // Where affinities or collations make comparisons differ.
  for (let found = violations(); found.length > 0; found = violations())
    for (const table of new Set(found.map((row) => row.table))) database.exec(`DELETE FROM ${quoted(table)}`);
}

/** Whether SQLite accepts it. */
export function attempt(database: Database.Database, sql: string): boolean {
  try {
    database.exec(sql);
    return true;
  } catch {
    return false;
  }
}
