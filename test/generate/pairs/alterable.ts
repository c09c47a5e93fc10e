import Database from 'better-sqlite3';
import { constraintsOf, parseTable, quoteIfNeeded, textOf } from '../../../src/sql/index.ts';
import { quoted } from '../../support/schemas/rows.ts';
import { formDifferences, schemaForm } from './form.ts';
import { same, type Survivor } from './rows.ts';

/** The tables that a migration makes anew: what it renames to a table of the wanted schema was none before. */
export function rebuiltTables(up: string, kept: readonly Survivor[]): Survivor[] {
  const name = String.raw`("(?:[^"]|"")*"|[^\s;"]+)`;
  const renamings = up.matchAll(new RegExp(`^\\s*ALTER TABLE ${name} RENAME TO ${name}`, 'gim'));
  return [...renamings].flatMap((found) => {
    const [from, to] = [found[1]!, found[2]!].map((text) => text.replace(/^"|"$/g, '').replaceAll('""', '"'));
    const survivor = kept.find((one) => same(one.to, to!));
    return survivor === undefined || same(survivor.from, from!) ? [] : [survivor];
  });
}

/**
 * Whether ALTER TABLE alone makes the wanted table from one with rows: columns are renamed, dropped and added, NOT NULL is
 * set and dropped, named CHECKs are dropped, while its indexes and all views and triggers are away.
 */
export function isAlterable(
  before: Database.Database,
  wanted: Database.Database,
  { from, to, columns }: Survivor,
): boolean {
  const database = new Database(before.serialize());
  try {
    database.pragma('foreign_keys = OFF');
    for (const { type, name } of database
      .prepare(`SELECT type, name FROM sqlite_schema WHERE type <> 'table' AND sql IS NOT NULL ORDER BY type = 'index'`)
      .all() as { type: string; name: string }[])
      database.exec(`DROP ${type} IF EXISTS ${quoted(name)}`);
    const table = quoted(to);
    if (from !== to) database.exec(`ALTER TABLE ${quoted(from)} RENAME TO ${table}`);
    // Whether a column can be added is seen on a row only.
    if (database.prepare(`SELECT 1 FROM ${table}`).get() === undefined)
      database.exec(`INSERT INTO ${table} DEFAULT VALUES`);
    for (const column of columns)
      if (column.from !== column.to)
        database.exec(`ALTER TABLE ${table} RENAME COLUMN ${quoted(column.from)} TO ${quoted(column.to)}`);
    const text = parseTable(textIn(wanted, to))!;
    for (const { name } of described(database, to))
      if (!text.columns.some((column) => same(column.name.name, name)))
        database.exec(`ALTER TABLE ${table} DROP COLUMN ${quoted(name)}`);
    for (const column of text.columns)
      if (!described(database, to).some(({ name }) => same(name, column.name.name)))
        database.exec(`ALTER TABLE ${table} ADD COLUMN ${textOf(text.sql, column)}`);
    setConstraints(database, wanted, to);
    const key = `table ${to.toLowerCase()}`;
    const [is, should] = [schemaForm(database), schemaForm(withoutIndexes(wanted))];
    return formDifferences(new Map([[key, is.get(key)]]), new Map([[key, should.get(key)]])).length === 0;
  } catch (error) {
    if (error instanceof Database.SqliteError) return false;
    throw error;
  } finally {
    database.close();
  }
}

/** NOT NULL, and named CHECKs that go, from SQLite 3.53 on. To add one is no way: it refuses rows for which it is NULL. */
function setConstraints(database: Database.Database, wanted: Database.Database, to: string): void {
  const table = quoted(to);
  for (const { name, notnull } of described(database, to)) {
    const should = described(wanted, to).find((column) => same(column.name, name))!.notnull;
    if (should === notnull) continue;
    const column = quoted(name);
    if (should === 1) database.exec(`UPDATE ${table} SET ${column} = 0 WHERE ${column} IS NULL`);
    database.exec(`ALTER TABLE ${table} ALTER COLUMN ${column} ${should === 1 ? 'SET' : 'DROP'} NOT NULL`);
  }
  const [was, is] = [namedChecks(textIn(database, to)), namedChecks(textIn(wanted, to))];
  for (const [name, sql] of was)
    if (is.get(name) !== sql) database.exec(`ALTER TABLE ${table} DROP CONSTRAINT ${quoteIfNeeded(name)}`);
}

function namedChecks(sql: string): ReadonlyMap<string, string> {
  const table = parseTable(sql)!;
  return new Map(
    constraintsOf(table).flatMap(({ constraint: { kind, name, expression } }) =>
      kind === 'check' && name !== undefined && expression !== undefined
        ? [[name, `CHECK (${textOf(sql, expression)})`]]
        : [],
    ),
  );
}

function textIn(database: Database.Database, table: string): string {
  const sql = `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`;
  return String(database.prepare(sql).pluck().get(table));
}

function described(database: Database.Database, table: string): { name: string; notnull: number }[] {
  return database.prepare('SELECT name, "notnull" FROM pragma_table_xinfo(?)').all(table) as never;
}

function tableTexts(database: Database.Database): string[] {
  return database
    .prepare(
      `SELECT sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sql NOT LIKE 'create virtual%' AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow')`,
    )
    .pluck()
    .all() as string[];
}

function withoutIndexes(database: Database.Database): Database.Database {
  const copy = new Database(':memory:');
  for (const sql of tableTexts(database)) copy.exec(sql);
  return copy;
}
