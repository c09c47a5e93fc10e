import { describe, expect, it } from 'vitest';
import type { TableChanges } from '../../src/migration/index.ts';
import { column, onBothDrivers, refused, rows, type Connection } from '../guards/support.ts';
import { careful, changing, counts, run } from './naive.ts';

interface Refusal {
  readonly schema: string;
  readonly naive: string;
  readonly probe: (connection: Connection) => unknown;
  readonly lost: unknown;
  readonly table?: string;
  readonly change: (table: TableChanges) => void;
  /** What the error says. */
  readonly error: RegExp;
}

const searched = `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT, title TEXT); INSERT INTO p VALUES (1, 'one', 't'), (2, 'two', 'u');
  CREATE VIRTUAL TABLE search USING fts5 (note, title, content = 'p', content_rowid = 'id'); INSERT INTO search (search) VALUES ('rebuild');`;

/** What a search finds, or why it finds nothing any more. */
function find({ bridge }: Connection): unknown {
  try {
    return rows(bridge, `SELECT note FROM search WHERE search MATCH 'two'`);
  } catch (error) {
    return (error as Error).message;
  }
}

/** What cannot be done without a loss is not done, and nothing has changed. */
const refusals: Readonly<Record<string, Refusal>> = {
  "a type that changes values: '00123' becomes 123": {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT); INSERT INTO p VALUES (1, '00123'), (2, '1e5'), (3, 'x');`,
    naive: careful(`CREATE TABLE p_new (id INTEGER PRIMARY KEY, code INTEGER);`),
    probe: (connection) => rows(connection.bridge, 'SELECT code FROM p ORDER BY id'),
    lost: [{ code: 123 }, { code: 100000 }, { code: 'x' }],
    change: (table) => void table.changeColumn('code', { type: 'INTEGER' }),
    error: /code/,
  },
  'rows that a new UNIQUE does not allow: INSERT OR IGNORE drops them': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT COLLATE NOCASE); INSERT INTO p VALUES (1, 'a'), (2, 'A');`,
    naive: careful(
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT COLLATE NOCASE UNIQUE);`,
      'INSERT OR IGNORE INTO p_new SELECT * FROM p;',
    ),
    probe: counts('p'),
    lost: [1],
    change: (table) => void table.changeColumn('note', { unique: true }),
    error: /note/,
  },
  'ON CONFLICT IGNORE of the new table drops rows without a word': {
    schema: `CREATE TABLE p (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO p VALUES (1, 'a'), (2, 'a'), (3, NULL);`,
    naive: careful(
      `CREATE TABLE p_new (id INTEGER PRIMARY KEY, note TEXT NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE);`,
    ),
    probe: counts('p'),
    lost: [1],
    change: (table) => void table.changeColumn('note', 'TEXT NOT NULL ON CONFLICT IGNORE UNIQUE ON CONFLICT REPLACE'),
    error: /note/,
  },
  'WITHOUT ROWID accepts no NULL in its key': {
    schema: `CREATE TABLE p (code TEXT PRIMARY KEY, note TEXT); INSERT INTO p VALUES ('a', 'one'), (NULL, 'two');`,
    naive: careful(
      `CREATE TABLE p_new (code TEXT PRIMARY KEY, note TEXT) WITHOUT ROWID;`,
      'INSERT OR IGNORE INTO p_new SELECT * FROM p;',
    ),
    probe: counts('p'),
    lost: [1],
    change: (table) => void table.withoutRowid(),
    error: /code/,
  },
  'an external-content FTS5 table does not follow a renamed column': {
    schema: searched,
    naive: 'ALTER TABLE p RENAME COLUMN note TO text;',
    probe: find,
    lost: 'no such column: T.note',
    change: (table) => void table.renameColumn('note', 'text'),
    error: /search no longer matches the text that it indexes/,
  },
  'an external-content FTS5 table needs a column that is dropped': {
    schema: searched,
    naive: 'ALTER TABLE p DROP COLUMN title;',
    probe: find,
    lost: 'no such column: T.title',
    change: (table) => void table.dropColumn('title').changeColumn('note', { notNull: true }),
    error: /search no longer matches the text that it indexes/,
  },
  'a virtual table becomes an ordinary one, which finds nothing': {
    schema: `CREATE VIRTUAL TABLE p USING fts5 (note); INSERT INTO p VALUES ('one two'), ('three');`,
    naive: careful(`CREATE TABLE p_new (note, more);`, 'INSERT INTO p_new SELECT note, NULL FROM p;'),
    probe: (connection) =>
      column(connection, `SELECT sql LIKE 'CREATE VIRTUAL TABLE%' FROM sqlite_schema WHERE name = 'p'`),
    lost: [0],
    change: (table) => void table.addColumn('more', ''),
    error: /virtual/,
  },
};

onBothDrivers('a rebuild that would lose something', (open) => {
  describe.each(Object.entries(refusals))('%s', (_, { schema, naive, probe, lost, table = 'p', change, error }) => {
    it('naively', () => {
      const connection = open(schema);
      const before = probe(connection);
      expect(run(connection, naive)).toBeUndefined();
      expect(probe(connection)).toEqual(lost);
      expect(before).not.toEqual(lost);
      expect(column(connection, 'PRAGMA integrity_check')).toEqual(['ok']);
    });

    it('with rebuildTable: refused, and all is as it was', () => {
      const failure = refused(open(schema), changing(table, change));
      expect(failure.message).toMatch(error);
    });
  });

  it('a shadow table, in which a virtual table keeps its content, is refused', () => {
    const failure = refused(
      open(`CREATE VIRTUAL TABLE search USING fts5 (note);`),
      changing('search_content', (table) => void table.addColumn('more', '')),
    );
    expect(failure.message).toMatch(/shadow/);
  });
});
