import { describe, expect, it } from 'vitest';
import { isDunlinError } from '../../src/errors/index.ts';
import type { TableChanges } from '../../src/migration/index.ts';
import { apply, column, onBothDrivers, rows, value, type Connection } from '../guards/support.ts';
import { another, careful, changing, counts, family, parent, run, swap } from './naive.ts';

// What goes wrong when a table is rebuilt the way people and tools do it, each with the same change made by
// `rebuildTable`. Every naive half fails in the test itself: where SQLite should mend a trap one day, it is seen.

interface Trap {
  readonly schema: string;
  /** The table p in its new form, made by a plain driver with foreign keys as the application has them: on. */
  readonly naive: string;
  /** What must be the same before and after. */
  readonly probe: (connection: Connection) => unknown;
  /** What the probe says after the naive rebuild, or the error that stops it. */
  readonly lost: unknown;
  readonly table?: string;
  /** The same change. Default: the note gets a default. */
  readonly change?: (table: TableChanges) => void;
}

const traps: Readonly<Record<string, Trap>> = {
  'ON DELETE CASCADE: DROP TABLE deletes the children and the grandchildren': {
    schema: family,
    naive: swap(),
    probe: counts('p', 'c', 'g'),
    lost: [3, 0, 0],
  },
  'ON DELETE SET NULL: DROP TABLE clears the references': {
    schema: `${parent} CREATE TABLE c (p_id INTEGER REFERENCES p (id) ON DELETE SET NULL); INSERT INTO c VALUES (1), (2);`,
    naive: swap(),
    probe: (connection) => column(connection, 'SELECT p_id FROM c'),
    lost: [null, null],
  },
  'ON DELETE SET DEFAULT: DROP TABLE turns every child to another parent': {
    schema: `${parent} CREATE TABLE c (p_id INTEGER DEFAULT NULL REFERENCES p (id) ON DELETE SET DEFAULT); INSERT INTO c VALUES (1), (2);`,
    naive: swap(),
    probe: (connection) => column(connection, 'SELECT p_id FROM c'),
    lost: [null, null],
  },
  'ON DELETE RESTRICT: DROP TABLE fails': {
    schema: `${parent} CREATE TABLE c (p_id INTEGER REFERENCES p (id) ON DELETE RESTRICT); INSERT INTO c VALUES (1), (2);`,
    naive: swap(),
    probe: counts('p', 'c'),
    lost: /FOREIGN KEY constraint failed/,
  },
  'PRAGMA foreign_keys in a transaction does nothing': {
    schema: family,
    naive: swap(`PRAGMA foreign_keys = OFF; ${another}`),
    probe: counts('p', 'c', 'g'),
    lost: [3, 0, 0],
  },
  'PRAGMA defer_foreign_keys puts checks off, not actions': {
    schema: family,
    naive: swap(`PRAGMA defer_foreign_keys = ON; ${another}`),
    probe: counts('p', 'c', 'g'),
    lost: [3, 0, 0],
  },
  'ALTER TABLE RENAME of the old table first: the children follow it': {
    schema: family,
    naive: `PRAGMA foreign_keys = OFF; BEGIN; ALTER TABLE p RENAME TO p_old; ${another.replace('p_new', 'p')}
      INSERT INTO p SELECT * FROM p_old; DROP TABLE p_old; COMMIT; PRAGMA foreign_keys = ON;`,
    probe: (connection) => column(connection, `SELECT "table" FROM pragma_foreign_key_list('c')`),
    lost: ['p_old'],
  },
  'a copy with INSERT OR REPLACE deletes what it replaces, and the children with it': {
    schema: family,
    naive: `INSERT OR REPLACE INTO p SELECT id, coalesce(note, '') FROM p;`,
    probe: counts('p', 'c', 'g'),
    lost: [3, 0, 0],
  },
  'a self-reference with ON DELETE CASCADE: DROP TABLE empties the new table': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT, up INTEGER REFERENCES p (id) ON DELETE CASCADE);
      INSERT INTO p VALUES (1, 'root', NULL), (2, 'leaf', 1), (3, 'leaf', 2);`,
    naive: swap(
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT DEFAULT '', up INTEGER REFERENCES p (id) ON DELETE CASCADE);`,
    ),
    probe: (connection) => column(connection, 'SELECT id FROM p ORDER BY id'),
    lost: [1],
  },
  'triggers go with the old table': {
    schema: `${parent} CREATE TABLE log (what); CREATE TRIGGER p_log AFTER UPDATE ON p BEGIN INSERT INTO log VALUES (new.note); END;`,
    naive: careful(),
    probe: (connection) => rows(connection.bridge, `SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`),
    lost: [],
  },
  'a trigger of another table that names it: the rename fails': {
    schema: `${parent} CREATE TABLE c (p_id); CREATE TRIGGER c_made AFTER INSERT ON c BEGIN UPDATE p SET note = 'seen' WHERE id = new.p_id; END;`,
    naive: careful(),
    probe: (connection) => {
      connection.handle.exec('INSERT INTO c VALUES (2)');
      return column(connection, 'SELECT note FROM p');
    },
    lost: /error in trigger c_made: no such table: main\.p/,
  },
  'a view that reads it: the rename fails': {
    schema: `${parent} CREATE VIEW notes AS SELECT id, note FROM p;`,
    naive: careful(),
    probe: counts('notes'),
    lost: /error in view notes: no such table: main\.p/,
  },
  'a view on a view: dropping only those that name it, the other stays without its columns': {
    schema: `${parent} CREATE VIEW notes AS SELECT id, note FROM p; CREATE VIEW long AS SELECT note FROM notes WHERE length(note) > 3;`,
    naive: careful(`DROP VIEW notes; ${another}`),
    probe: (connection) => column(connection, 'SELECT note FROM long'),
    lost: /error in view long: no such table: main\.notes/,
  },
  'indexes go with the old table': {
    schema: `${parent} CREATE INDEX p_note ON p (note) WHERE id > 1; CREATE UNIQUE INDEX p_lower ON p (lower(note) COLLATE NOCASE DESC);`,
    naive: careful(),
    probe: (connection) =>
      rows(connection.bridge, `SELECT name, sql FROM sqlite_schema WHERE type = 'index' ORDER BY name`),
    lost: [],
  },
  'an index created again from index_info: no WHERE, no expression, no order, no collation': {
    schema: `${parent} CREATE INDEX p_note ON p (note COLLATE NOCASE DESC) WHERE id > 1;`,
    naive: careful(undefined, undefined, 'CREATE INDEX p_note ON p (note);'),
    probe: (connection) =>
      rows(
        connection.bridge,
        `SELECT l.partial, x.coll, x."desc" FROM pragma_index_list('p') l, pragma_index_xinfo(l.name) x WHERE x.key`,
      ),
    lost: [{ partial: 0, coll: 'BINARY', desc: 0 }],
  },
  'AUTOINCREMENT: the ids of deleted rows are given again': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT); INSERT INTO p VALUES (1, 'one'), (9, 'nine'); DELETE FROM p WHERE id = 9;`,
    naive: careful(`CREATE TABLE p_new (id INTEGER PRIMARY KEY AUTOINCREMENT, note TEXT DEFAULT '');`),
    probe: (connection) => value(connection, `SELECT seq FROM sqlite_sequence WHERE name = 'p'`),
    lost: 1,
  },
  'rowids without a column of their own are numbered anew, and an external-content FTS5 table finds other rows': {
    schema: `CREATE TABLE p (note TEXT); INSERT INTO p VALUES ('one'), ('two'), ('three'); DELETE FROM p WHERE note = 'one';
      CREATE VIRTUAL TABLE search USING fts5 (note, content = 'p'); INSERT INTO search (search) VALUES ('rebuild');`,
    naive: careful(`CREATE TABLE p_new (note TEXT DEFAULT '');`),
    probe: (connection) => rows(connection.bridge, `SELECT rowid, note FROM search WHERE search MATCH 'two'`),
    lost: [{ rowid: 2, note: 'three' }],
  },
  'a generated column: SELECT * carries it, the new table refuses it': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT, size INTEGER AS (length(note)) STORED); INSERT INTO p (note) VALUES ('one'), ('three');`,
    naive: careful(
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT DEFAULT '', size INTEGER AS (length(note)) STORED, more TEXT);`,
      `INSERT INTO p_new SELECT *, NULL FROM p;`,
    ),
    change: (table) => void table.changeColumn('note', { default: `''` }).addColumn('more', 'TEXT'),
    probe: (connection) => column(connection, 'SELECT size FROM p'),
    lost: /table p_new has 3 columns but 4 values were supplied/,
  },
  'a generated column is hidden from table_info, by which tools make the new table': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT, size AS (length(note))); INSERT INTO p (note) VALUES ('one');`,
    naive: careful(another, 'INSERT INTO p_new (id, note) SELECT id, note FROM p;'),
    probe: (connection) => column(connection, `SELECT name FROM pragma_table_xinfo('p')`),
    lost: ['id', 'note'],
  },
  'sqlite_stat1: the planner forgets what ANALYZE found': {
    schema: `${parent} CREATE INDEX p_note ON p (note); ANALYZE;`,
    naive: careful(undefined, undefined, 'CREATE INDEX p_note ON p (note);'),
    probe: (connection) => rows(connection.bridge, 'SELECT tbl, idx, stat FROM sqlite_stat1'),
    lost: [],
  },
  'constraints without a name are in no pragma: CHECKs, ON CONFLICT, COLLATE, STRICT, comments': {
    schema: `CREATE TABLE p (
        id INTEGER PRIMARY KEY, -- never reused
        note TEXT NOT NULL ON CONFLICT ABORT COLLATE NOCASE CHECK (length(note) < 9),
        size INTEGER CHECK (size >= 0) /* in bytes */,
        UNIQUE (note) ON CONFLICT FAIL, CHECK (size <> 13)
      ) STRICT; INSERT INTO p VALUES (1, 'one', 3);`,
    naive: careful(
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT NOT NULL, size INTEGER DEFAULT 0, UNIQUE (note));`,
    ),
    change: (table) => void table.changeColumn('size', { default: 0 }),
    probe: (connection) => {
      const sql = String(value(connection, `SELECT sql FROM sqlite_schema WHERE name = 'p'`));
      const kept = [
        'ON CONFLICT ABORT',
        'COLLATE NOCASE',
        'CHECK (length(note) < 9)',
        'CHECK (size >= 0)',
        'CHECK (size <> 13)',
        'ON CONFLICT FAIL',
        ') STRICT',
        '-- never reused',
        '/* in bytes */',
      ];
      return kept.filter((part) => sql.includes(part));
    },
    lost: [],
  },
};

onBothDrivers('a trap of table rebuilds', (open) => {
  describe.each(Object.entries(traps))('%s', (_, { schema, naive, probe, lost, table = 'p', change }) => {
    it('naively', () => {
      const error = run(open(schema), naive);
      if (lost instanceof RegExp) return expect(error?.message).toMatch(lost);
      expect(error).toBeUndefined();
      const connection = open(schema);
      const before = probe(connection);
      run(connection, naive);
      expect(probe(connection)).toEqual(lost);
      expect(before).not.toEqual(lost);
      // Nothing that SQLite checks tells it.
      expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
    });

    it('with rebuildTable', () => {
      const before = probe(open(schema));
      const connection = open(schema);
      const migration = changing(table, change ?? ((builder) => void builder.changeColumn('note', { default: `''` })));
      apply(connection, migration);
      expect(migration.results.map(({ method }) => method)).toEqual(['rebuild']);
      expect(probe(connection)).toEqual(before);
      expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
      expect(rows(connection.bridge, 'PRAGMA foreign_key_check')).toEqual([]);
      expect(value(connection, 'PRAGMA foreign_keys')).toBe(1);
      expect(value(connection, 'PRAGMA legacy_alter_table')).toBe(0);
    });
  });
});

onBothDrivers('foreign keys afterwards', (open) => {
  const failing = `${another} INSERT INTO p_new SELECT id, missing FROM p; DROP TABLE p; ALTER TABLE p_new RENAME TO p;`;

  it('naively they stay off when the rebuild fails between the two pragmas', () => {
    const connection = open(family);
    expect(
      run(connection, `PRAGMA foreign_keys = OFF; BEGIN; ${failing} COMMIT; PRAGMA foreign_keys = ON;`)?.message,
    ).toMatch(/missing/);
    expect(value(connection, 'PRAGMA foreign_keys')).toBe(0);
    connection.handle.exec('DELETE FROM p');
    expect(rows(connection.bridge, 'PRAGMA foreign_key_check')).not.toEqual([]);
  });

  it.each([0, 1])('with rebuildTable they are as they were: %d', (setting) => {
    const connection = open(family);
    connection.handle.exec(`PRAGMA foreign_keys = ${setting}`);
    apply(
      connection,
      changing('p', (table) => void table.changeColumn('note', { default: `''` })),
    );
    expect(value(connection, 'PRAGMA foreign_keys')).toBe(setting);
    let failure: unknown;
    try {
      apply(connection, [changing('p', () => undefined), changing('p', (table) => void table.addCheck('id < 2'))]);
    } catch (error) {
      failure = error;
    }
    expect(isDunlinError(failure)).toBe(true);
    expect(value(connection, 'PRAGMA foreign_keys')).toBe(setting);
    expect(value(connection, 'PRAGMA legacy_alter_table')).toBe(0);
  });
});
