import type Database from 'better-sqlite3';
import { anchor, q } from './model.ts';

/** What a database has besides rows, as SQLite reports it. */
export interface Observation {
  /** Indexes, triggers and views: `type name`, with the table that they belong to. */
  readonly objects: ReadonlyMap<string, string>;
  /** Tables whose column is another name of the rowid. */
  readonly aliases: ReadonlyMap<string, string>;
  /** AUTOINCREMENT tables that have given an id. */
  readonly sequences: ReadonlySet<string>;
  readonly violations: readonly Violation[];
  /** Children whose foreign keys lead to no unique columns. */
  readonly mismatches: ReadonlySet<string>;
  /** Tables that others refer to and that do not exist, by child. */
  readonly missingParents: ReadonlyMap<string, ReadonlySet<string>>;
  /** Views and triggers that do not compile. */
  readonly broken: ReadonlySet<string>;
}

export interface Violation {
  readonly child: string;
  readonly parent: string;
  readonly values: string;
}

export function observe(db: Database.Database): Observation {
  const schema = db
    .prepare(`SELECT type, name, tbl_name AS "table", sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_%'`)
    .all() as { type: string; name: string; table: string; sql: string }[];
  const tables = schema.filter(({ type }) => type === 'table');
  const objects = schema.filter(({ type }) => type !== 'table');
  const { violations, mismatches } = readViolations(
    db,
    tables.map(({ name }) => name),
  );
  return {
    objects: new Map(objects.map(({ type, name, table }) => [`${type} ${name}`, table])),
    aliases: new Map(tables.flatMap(({ name }) => aliasOf(db, name))),
    sequences: new Set(
      tables
        .filter(({ sql }) => /AUTOINCREMENT/.test(sql))
        .flatMap(({ name }) => (hasSequence(db, name) ? [name] : [])),
    ),
    violations,
    mismatches,
    missingParents: new Map(tables.map(({ name }) => [name, missingParents(db, name, tables)])),
    broken: new Set(objects.filter((object) => !compiles(db, object)).map(({ type, name }) => `${type} ${name}`)),
  };
}

/** sqlite.org/lang_createtable.html, section 5: one column, declared INTEGER, that is the whole primary key. */
function aliasOf(db: Database.Database, table: string): [string, string][] {
  const keys = (db.pragma(`table_info(${q(table)})`) as { name: string; type: string; pk: number }[]).filter(
    ({ pk }) => pk > 0,
  );
  const [key] = keys;
  if (keys.length !== 1 || key!.type.toUpperCase() !== 'INTEGER' || isWithoutRowid(db, table)) return [];
  return [[table, key!.name]];
}

function isWithoutRowid(db: Database.Database, table: string): boolean {
  return db.prepare(`SELECT wr FROM pragma_table_list(?) WHERE schema = 'main'`).pluck().get(table) === 1;
}

function missingParents(db: Database.Database, table: string, tables: readonly { name: string }[]): Set<string> {
  const parents = (db.pragma(`foreign_key_list(${q(table)})`) as { table: string }[]).map((key) => key.table);
  return new Set(parents.filter((parent) => !tables.some(({ name }) => name.toLowerCase() === parent.toLowerCase())));
}

function hasSequence(db: Database.Database, table: string): boolean {
  return db.prepare('SELECT 1 FROM sqlite_sequence WHERE name = ? AND seq > 0').get(table) !== undefined;
}

function readViolations(
  db: Database.Database,
  tables: readonly string[],
): Pick<Observation, 'violations' | 'mismatches'> {
  const violations: Violation[] = [];
  const mismatches = new Set<string>();
  for (const table of tables) {
    let found: { rowid: number | null; parent: string; fkid: number }[] = [];
    try {
      found = db.pragma(`foreign_key_check(${q(table)})`) as typeof found;
    } catch {
      mismatches.add(table);
    }
    const keys = db.pragma(`foreign_key_list(${q(table)})`) as {
      id: number;
      table: string;
      from: string;
      to: string;
    }[];
    for (const { rowid, parent, fkid } of found.filter((violation) => violation.rowid !== null)) {
      const columns = keys.filter(({ id }) => id === fkid).map(({ from }) => `quote(${q(from)})`);
      const values = db
        .prepare(`SELECT ${columns.join(` || ',' || `)} FROM ${q(table)} WHERE rowid = ?`)
        .pluck()
        .get(rowid);
      violations.push({ child: table, parent, values: String(values) });
    }
    // The check gives no key of a row in a table WITHOUT ROWID: the rows are found by another query.
    for (const fkid of new Set(found.filter(({ rowid }) => rowid === null).map((violation) => violation.fkid))) {
      const { from, to, table: parent } = keys.find(({ id }) => id === fkid)!;
      const exists = tables.includes(parent)
        ? `EXISTS (SELECT 1 FROM ${q(parent)} AS p WHERE p.${q(to)} = c.${q(from)})`
        : '0';
      const values = db
        .prepare(`SELECT quote(c.${q(from)}) FROM ${q(table)} AS c WHERE c.${q(from)} IS NOT NULL AND NOT ${exists}`)
        .pluck()
        .all() as string[];
      violations.push(...values.map((value) => ({ child: table, parent, values: value })));
    }
  }
  return { violations, mismatches };
}

/** Whether a view or trigger compiles, by itself: the other triggers are away while it is tried. */
function compiles(
  db: Database.Database,
  { type, name, table, sql }: Record<'type' | 'name' | 'table' | 'sql', string>,
): boolean {
  if (type === 'index') return true;
  db.exec('SAVEPOINT compiles');
  try {
    if (type === 'view') db.prepare(`SELECT * FROM ${q(name)}`);
    else {
      const others = db
        .prepare(`SELECT name FROM sqlite_schema WHERE type = 'trigger' AND name <> ?`)
        .pluck()
        .all(name);
      for (const other of others as string[]) db.exec(`DROP TRIGGER ${q(other)}`);
      // A statement that fires a trigger compiles its program (sqlite.org/lang_createtrigger.html).
      const event = /AFTER (\w+) ON/.exec(sql)![1]!;
      if (event === 'INSERT') db.prepare(`INSERT INTO ${q(table)} DEFAULT VALUES`);
      else if (event === 'DELETE') db.prepare(`DELETE FROM ${q(table)}`);
      else db.prepare(`UPDATE ${q(table)} SET ${q(anchor)} = 1`);
    }
    return true;
  } catch {
    return false;
  } finally {
    db.exec('ROLLBACK TO compiles; RELEASE compiles');
  }
}
