import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { apply, column, onBothDrivers, refused, rows, value, type Connection } from './support.ts';
import { tried } from '../support/fault-points.ts';

/** A parent with every kind of child, grandchildren, and everything that can hang on a table. */
const schema = `
  CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, amount INTEGER, twice INTEGER AS (amount * 2));
  CREATE TABLE cascading (id INTEGER PRIMARY KEY, p_id INTEGER NOT NULL REFERENCES p (id) ON DELETE CASCADE ON UPDATE CASCADE);
  CREATE TABLE grandchild (id INTEGER PRIMARY KEY, c_id INTEGER REFERENCES cascading (id) ON DELETE CASCADE);
  CREATE TABLE emptied (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE SET NULL);
  CREATE TABLE restricted (id INTEGER PRIMARY KEY, p_id INTEGER REFERENCES p (id) ON DELETE RESTRICT);
  CREATE TABLE plain (p_id INTEGER PRIMARY KEY REFERENCES p, v TEXT) WITHOUT ROWID;
  CREATE TABLE deferred (p_id INTEGER REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED);
  CREATE TABLE tree (id INTEGER PRIMARY KEY, up INTEGER REFERENCES tree (id) ON DELETE CASCADE, p_id INTEGER REFERENCES p (id) ON DELETE SET DEFAULT);
  CREATE TABLE log (p_id INTEGER, what TEXT);
  INSERT INTO p (id, name, amount) VALUES (1, 'one', 10), (2, 'two', 20), (3, 'three', NULL), (41, 'gone', 0);
  INSERT INTO cascading VALUES (1, 1), (2, 1), (3, 2);
  INSERT INTO grandchild VALUES (1, 1), (2, 2), (3, 3), (4, NULL);
  INSERT INTO emptied VALUES (1, 1), (2, NULL);
  INSERT INTO plain VALUES (2, 'x'), (3, 'y');
  INSERT INTO deferred VALUES (3), (NULL);
  INSERT INTO tree VALUES (1, NULL, 1), (2, 1, 2), (3, 2, NULL);
  DELETE FROM p WHERE id = 41;
  CREATE INDEX p_name ON p (name COLLATE NOCASE) WHERE amount > 5;
  CREATE UNIQUE INDEX p_lower ON p (lower(name));
  CREATE TRIGGER p_made AFTER INSERT ON p BEGIN INSERT INTO log VALUES (new.id, 'made'); END;
  CREATE TRIGGER p_moved BEFORE UPDATE OF amount ON p BEGIN INSERT INTO log VALUES (old.id, replace('moved', 'o', 'a')); END;
  CREATE VIEW named AS SELECT id, name FROM p;
  CREATE VIEW short AS SELECT name FROM named WHERE length(name) < 5;
  CREATE TRIGGER short_made INSTEAD OF INSERT ON short BEGIN INSERT INTO p (name) VALUES (new.name); END;
`;

const restrict = `INSERT INTO restricted VALUES (1, 2);`;
const objects = `
  CREATE INDEX p_name ON p (name COLLATE NOCASE) WHERE amount > 5;
  CREATE UNIQUE INDEX p_lower ON p (lower(name));
  CREATE TRIGGER p_made AFTER INSERT ON p BEGIN INSERT INTO log VALUES (new.id, 'made'); END;
  CREATE TRIGGER p_moved BEFORE UPDATE OF amount ON p BEGIN INSERT INTO log VALUES (old.id, replace('moved', 'o', 'a')); END;
`;
const create = (name: string): string =>
  `CREATE TABLE ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (name <> ''), amount INTEGER DEFAULT 0, twice INTEGER AS (amount * 2));`;

/** The order of sqlite.org/lang_altertable.html, section 7, as people write it. */
const documented = `
  PRAGMA foreign_keys = OFF;
  BEGIN TRANSACTION;
  ${create('p_new')}
  INSERT INTO p_new (id, name, amount) SELECT id, name, amount FROM p;
  DROP TABLE p;
  PRAGMA legacy_alter_table = ON;
  ALTER TABLE p_new RENAME TO p;
  PRAGMA legacy_alter_table = OFF;
  ${objects}
  PRAGMA foreign_key_check;
  COMMIT;
  PRAGMA foreign_keys = ON;
`;

/** The same with the views out of the way instead. */
const withoutViews = `
  DROP VIEW short; DROP VIEW named;
  ${create('p_new')}
  INSERT INTO p_new (id, name, amount) SELECT id, name, amount FROM p;
  DROP TABLE p;
  ALTER TABLE p_new RENAME TO p;
  ${objects}
  CREATE VIEW named AS SELECT id, name FROM p;
  CREATE VIEW short AS SELECT name FROM named WHERE length(name) < 5;
  CREATE TRIGGER short_made INSTEAD OF INSERT ON short BEGIN INSERT INTO p (name) VALUES (new.name); END;
`;

const renameOldFirst = `
  PRAGMA legacy_alter_table = ON;
  ALTER TABLE p RENAME TO p_old;
  ${create('p')}
  INSERT INTO p (id, name, amount) SELECT id, name, amount FROM p_old;
  DROP TABLE p_old;
  ${objects}
`;

const throughTemporary = `
  CREATE TEMPORARY TABLE keep AS SELECT * FROM p;
  DROP TABLE p;
  ${create('p')}
  INSERT INTO p (id, name, amount) SELECT id, name, amount FROM keep;
  ${objects}
`;

const inCode = {
  up(db: {
    exec(sql: string): void;
    all(sql: string): Record<string, unknown>[];
    run(sql: string, ...values: unknown[]): void;
  }): void {
    const kept = db.all('SELECT id, name, amount FROM p');
    db.exec('DROP TABLE p');
    db.exec(create('p'));
    for (const { id, name, amount } of kept)
      db.run('INSERT INTO p (id, name, amount) VALUES (?, ?, ?)', id, name, amount);
    db.exec(objects);
  },
};

const procedures = [
  ['create, copy, drop, rename', documented],
  ['the same, views dropped and made again', withoutViews],
  ['rename-old-first with legacy_alter_table', renameOldFirst],
  ['through a temporary table', throughTemporary],
  ['in code', inCode],
] as const;

/** A hash over every row of every table but the rebuilt one. */
function contentHash(connection: Connection): string {
  const tables = column(
    connection,
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('p', 'schema_migrations', 'schema_migration_attempts', 'sqlite_sequence') ORDER BY name`,
  );
  const hash = createHash('sha256');
  for (const table of tables)
    hash.update(JSON.stringify([table, rows(connection.bridge, `SELECT * FROM "${String(table)}" ORDER BY 1`)]));
  return hash.digest('hex');
}

/** Names and texts of everything but tables. */
const objectsOf = (connection: Connection): unknown =>
  rows(
    connection.bridge,
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type <> 'table' AND tbl_name NOT LIKE 'schema_migration%' ORDER BY name`,
  );

onBothDrivers('a rebuild', (open) => {
  describe.each(procedures)('by %s', (_, migration) => {
    it('keeps every row of every other table, and of the table itself', () => {
      const connection = open(schema + restrict);
      const [hash, own] = [contentHash(connection), rows(connection.bridge, 'SELECT * FROM p')];
      apply(connection, migration);
      expect(rows(connection.bridge, 'SELECT * FROM p')).toEqual(own);
      // The trigger on INSERT was gone with the old table while rows were copied.
      tried('rebuilds', 1);
      expect(contentHash(connection)).toBe(hash);
      expect(rows(connection.bridge, 'PRAGMA foreign_key_check')).toEqual([]);
      expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
      expect(value(connection, 'PRAGMA foreign_keys')).toBe(1);
      expect(value(connection, 'PRAGMA legacy_alter_table')).toBe(0);
    });

    it('keeps indexes, triggers and views with their texts, all of which work', () => {
      const connection = open(schema);
      const before = objectsOf(connection);
      apply(connection, migration);
      expect(objectsOf(connection)).toEqual(before);
      expect(column(connection, 'SELECT name FROM short ORDER BY 1')).toEqual(['one', 'two']);
      connection.handle.exec(`INSERT INTO short VALUES ('four'); UPDATE p SET amount = 1 WHERE id = 1`);
      expect(column(connection, 'SELECT what FROM log ORDER BY rowid DESC LIMIT 2')).toEqual(['maved', 'made']);
    });

    it('never gives an id again: the AUTOINCREMENT sequence is set back, with a note', () => {
      const connection = open(schema);
      const notes = apply(connection, migration);
      expect(notes).toEqual(['the AUTOINCREMENT sequence of p was set back to 41, as before the rebuild']);
      connection.handle.exec(`INSERT INTO p (name) VALUES ('next')`);
      expect(value(connection, 'SELECT max(id) FROM p')).toBe(42);
    });

    it('with the children’s actions still in force afterwards', () => {
      const connection = open(schema);
      apply(connection, migration);
      connection.handle.exec('DELETE FROM deferred; DELETE FROM plain; DELETE FROM p WHERE id = 1');
      expect(column(connection, 'SELECT id FROM cascading')).toEqual([3]);
      expect(column(connection, 'SELECT id FROM grandchild')).toEqual([3, 4]);
      expect(column(connection, 'SELECT p_id FROM emptied')).toEqual([null, null]);
    });

    it.each([0, 1])('with PRAGMA foreign_keys = %d in the application', (setting) => {
      const connection = open(schema + restrict);
      connection.handle.exec(`PRAGMA foreign_keys = ${setting}`);
      const hash = contentHash(connection);
      apply(connection, migration);
      tried('rebuilds', 1);
      expect(contentHash(connection)).toBe(hash);
      expect(value(connection, 'PRAGMA foreign_keys')).toBe(setting);
    });
  });

  it('of an empty table keeps its sequence too', () => {
    const connection = open(
      `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (8); DELETE FROM t;`,
    );
    apply(
      connection,
      `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, a); INSERT INTO n (id) SELECT id FROM t; DROP TABLE t; ALTER TABLE n RENAME TO t;`,
    );
    expect(value(connection, `SELECT seq FROM sqlite_sequence WHERE name = 't'`)).toBe(8);
  });

  it('that is refused leaves all as it was', () => {
    const connection = open(schema);
    const error = refused(connection, documented.replace('FROM p;', 'FROM p WHERE id <> 3;'));
    expect(error.code).toBe('ROWS_LOST');
    expect(error.message).toContain('p: 3 rows before, 2 after');
    expect(error.problems.map((problem) => problem.message)[1]).toContain('1 row of plain refers to a row of p');
  });
});

onBothDrivers('the same statements without Dunlin', (open) => {
  const naive = documented
    .replaceAll(/PRAGMA (?:foreign_keys|legacy_alter_table|foreign_key_check).*?;/g, '')
    .replaceAll(/BEGIN TRANSACTION;|COMMIT;/g, '');

  it('lose children, grandchildren and references, and say nothing', () => {
    const connection = open(schema);
    connection.handle.exec(`DROP VIEW short; DROP VIEW named; DELETE FROM plain; DELETE FROM deferred;`);
    const hash = contentHash(connection);
    connection.handle.exec(`BEGIN IMMEDIATE; PRAGMA foreign_keys = OFF; ${naive} COMMIT;`);
    expect(contentHash(connection)).not.toBe(hash);
    expect(value(connection, 'SELECT count(*) FROM cascading')).toBe(0);
    expect(value(connection, 'SELECT count(*) FROM grandchild')).toBe(1);
    expect(value(connection, 'SELECT count(p_id) FROM emptied')).toBe(0);
    expect(rows(connection.bridge, 'PRAGMA foreign_key_check')).toEqual([]);
    expect(value(connection, `SELECT seq FROM sqlite_sequence WHERE name = 'p'`)).toBe(3);
  });

  it('stop at the views', () => {
    const connection = open(schema);
    connection.handle.exec('PRAGMA foreign_keys = OFF');
    expect(() => connection.handle.exec(naive)).toThrow(/error in (?:view|trigger) \w+: no such table: main\.p/);
  });
});
