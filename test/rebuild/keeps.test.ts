import { expect, it } from 'vitest';
import { canonical } from '../../src/sql/index.ts';
import { onEveryDriver } from '../support/databases.ts';
import { others, people, rebuild, rebuilding, textOf } from './support.ts';

onEveryDriver('a rebuild keeps', (open) => {
  it('everything that hangs on the table, and every other row', async () => {
    const db = open();
    db.exec(people);
    const before = {
      others: others(db, 'people'),
      rows: ['orders', 'items', 'notes', 'strict_ones', 'log'].map((table) => db.rows(`SELECT rowid, * FROM ${table}`)),
      people: db.rows('SELECT id, email, age, boss, label FROM people'),
      statistics: db.rows('SELECT * FROM sqlite_stat1 ORDER BY tbl, idx'),
    };
    const result = await rebuild(db, '', 'people', (table) =>
      table.changeColumn('boss', 'INTEGER REFERENCES people (id) ON DELETE CASCADE DEFAULT NULL'),
    );
    expect(result).toEqual({ method: 'rebuild', rows: 3 });
    expect(others(db, 'people')).toEqual(before.others);
    expect(
      ['orders', 'items', 'notes', 'strict_ones', 'log'].map((table) => db.rows(`SELECT rowid, * FROM ${table}`)),
    ).toEqual(before.rows);
    expect(db.rows('SELECT id, email, age, boss, label FROM people')).toEqual(before.people);
    expect(db.rows('SELECT * FROM sqlite_stat1 ORDER BY tbl, idx')).toEqual(before.statistics);
    expect(db.value(`SELECT seq FROM sqlite_sequence WHERE name = 'people'`)).toBe(9);
    expect(db.rows('PRAGMA foreign_key_check')).toEqual([]);
    expect(db.value('PRAGMA integrity_check')).toBe('ok');
    expect(db.value(`SELECT sql FROM sqlite_schema WHERE name = 'people'`)).toBe(`CREATE TABLE "people" (
  id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice
  email TEXT NOT NULL COLLATE NOCASE UNIQUE ON CONFLICT ABORT,
  age TEXT, -- as typed in
  /* who brought them */ boss INTEGER REFERENCES people (id) ON DELETE CASCADE DEFAULT NULL,
  label TEXT GENERATED ALWAYS AS (email || ' ' || coalesce(age, '?')) VIRTUAL,
  CONSTRAINT adult CHECK (age IS NULL OR length(age) < 9)
)`);
    // The next id is none that was given before, and the trigger fires as ever.
    db.exec(`INSERT INTO people (email) VALUES ('e@x')`);
    expect(db.column('SELECT id FROM people ORDER BY id')).toEqual([1, 2, 3, 10]);
    expect(db.value('SELECT what FROM log ORDER BY rowid DESC')).toBe('added e@x');
  });

  it('what a run on an empty database made a moment before', async () => {
    const db = open();
    await db.up({
      '001_people.sql': people,
      '002_rebuild.js': rebuilding('people', (table) => table.changeColumn('age', { type: 'INTEGER' })),
    });
    expect(db.column('SELECT id FROM orders')).toEqual([1, 2]);
    expect(db.column('SELECT age FROM people')).toEqual([40, 17, null]);
    expect(db.value(`SELECT seq FROM sqlite_sequence WHERE name = 'people'`)).toBe(9);
    expect(db.column('SELECT email FROM adult_emails')).toEqual(['a@x']);
    db.exec(`INSERT INTO people (email) VALUES ('e@x')`);
    expect(db.value('SELECT what FROM log ORDER BY rowid DESC')).toBe('added e@x');
  });
});

onEveryDriver('changes of a table', (open) => {
  const schema = `CREATE TABLE t (
  a INTEGER PRIMARY KEY,
  b TEXT NOT NULL DEFAULT 'x', -- the b
  c, -- the c
  CONSTRAINT positive CHECK (a > 0), -- really
  UNIQUE (b, c)
); INSERT INTO t VALUES (1, 'one', 1), (2, 'two', 2.5);`;

  it.each<[string, Parameters<typeof rebuild>[3], string]>([
    [
      'everything at once',
      (t) =>
        t
          .renameColumn('c', 'cc')
          .addColumn('d', 'INTEGER NOT NULL', { value: '3 - a' })
          .changeColumn('b', { default: "'y'", collate: 'nocase', notNull: false })
          .dropUnique(['b', 'cc'])
          .dropCheck('a>0')
          .addUnique('cc', { name: 'only one' })
          .addForeignKey('d', { table: 't', columns: ['a'], onDelete: 'set null', deferred: true })
          .addCheck('d > 0')
          .withoutRowid(),
      `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT DEFAULT 'y' COLLATE nocase, cc, d INTEGER NOT NULL,
        CONSTRAINT "only one" UNIQUE (cc), FOREIGN KEY (d) REFERENCES t (a) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED,
        CHECK (d > 0)) WITHOUT ROWID`,
    ],
    [
      'another primary key',
      (t) => t.setPrimaryKey(['b', 'a'], { name: 'pk' }).dropConstraint('positive'),
      `CREATE TABLE t (a INTEGER, b TEXT NOT NULL DEFAULT 'x', c, UNIQUE (b, c), CONSTRAINT pk PRIMARY KEY (b, a))`,
    ],
    [
      'AUTOINCREMENT',
      (t) => t.setPrimaryKey('a', { autoincrement: true }),
      `CREATE TABLE t (a INTEGER, b TEXT NOT NULL DEFAULT 'x', c, CONSTRAINT positive CHECK (a > 0), UNIQUE (b, c), PRIMARY KEY (a AUTOINCREMENT))`,
    ],
    [
      'no primary key',
      (t) => t.dropPrimaryKey(),
      `CREATE TABLE t (a INTEGER, b TEXT NOT NULL DEFAULT 'x', c, CONSTRAINT positive CHECK (a > 0), UNIQUE (b, c))`,
    ],
    [
      'STRICT',
      (t) => t.changeColumn('c', { type: 'REAL' }).strict(),
      `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c REAL, CONSTRAINT positive CHECK (a > 0), UNIQUE (b, c)) STRICT`,
    ],
    [
      'a column computed from now on',
      (t) => t.dropUnique(['b', 'c']).dropColumn('c').addColumn('c', 'INTEGER AS (a + 1) STORED'),
      `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT NOT NULL DEFAULT 'x', c INTEGER AS (a + 1) STORED, CONSTRAINT positive CHECK (a > 0))`,
    ],
  ])('%s', async (_, define, expected) => {
    const db = open();
    await rebuild(db, schema, 't', define);
    expect(textOf(db, 't')).toBe(canonical(expected));
    expect(db.rows('SELECT a, b FROM t ORDER BY a')).toEqual([
      { a: 1, b: 'one' },
      { a: 2, b: 'two' },
    ]);
    expect(db.value('PRAGMA integrity_check')).toBe('ok');
  });
});
