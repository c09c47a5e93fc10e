import { describe, expect, it } from 'vitest';
import { drivers, pair, rounds, reported } from './support.ts';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);';
const posts = 'CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER);';
const tree = 'CREATE TABLE t (id INTEGER PRIMARY KEY, mother INTEGER);';
const last = pair('CREATE TABLE z (x);', 'DROP TABLE z;');

/** The rebuild of `table` from these columns, with what is copied. */
const rebuild = (table: string, columns: string, copy: string): string =>
  `CREATE TABLE n (${columns}); INSERT INTO n ${copy}; DROP TABLE ${table}; ALTER TABLE n RENAME TO ${table};`;

describe.each(drivers)('sample rows are ready for a reference that comes later, %s', (driver) => {
  it.each([
    [
      'to the table itself, under the name it is made by',
      [tree, rebuild('t', 'id INTEGER PRIMARY KEY, mother INTEGER REFERENCES n (id)', 'SELECT id, mother FROM t')],
    ],
    [
      'to the table itself, NOT NULL',
      [
        'CREATE TABLE t (id INTEGER PRIMARY KEY, mother INTEGER NOT NULL);',
        rebuild('t', 'id INTEGER PRIMARY KEY, mother INTEGER NOT NULL REFERENCES t', 'SELECT id, mother FROM t'),
      ],
    ],
    [
      'to the table itself, by a text',
      [
        'CREATE TABLE t (code TEXT PRIMARY KEY, mother TEXT);',
        rebuild('t', 'code TEXT PRIMARY KEY, mother TEXT REFERENCES n', 'SELECT * FROM t'),
      ],
    ],
    [
      'to the table itself, which is put aside first',
      [
        tree,
        'PRAGMA legacy_alter_table = ON; ALTER TABLE t RENAME TO o; CREATE TABLE t (id INTEGER PRIMARY KEY, mother INTEGER REFERENCES t); INSERT INTO t SELECT * FROM o; DROP TABLE o; PRAGMA legacy_alter_table = OFF;',
      ],
    ],
    [
      'of a new column to the table itself',
      [tree, 'ALTER TABLE t ADD COLUMN parent INTEGER REFERENCES t (id); UPDATE t SET parent = mother;'],
    ],
    [
      'of a column that is copied under another name',
      [
        users,
        posts,
        rebuild(
          'posts',
          'id INTEGER PRIMARY KEY, writer INTEGER REFERENCES users',
          '(id, writer) SELECT id, author FROM posts',
        ),
      ],
    ],
    [
      'of a column that is copied by its place, with an alias',
      [
        users,
        posts,
        rebuild(
          'posts',
          'id INTEGER PRIMARY KEY, writer INTEGER REFERENCES users',
          'SELECT p.id, p.author AS x FROM posts AS p',
        ),
      ],
    ],
    [
      'of a column that gets another name in between',
      [
        users,
        posts,
        'ALTER TABLE posts RENAME COLUMN author TO writer;',
        rebuild('posts', 'id INTEGER PRIMARY KEY, writer INTEGER REFERENCES users', 'SELECT * FROM posts'),
      ],
    ],
    [
      'of a new column that is set to another one',
      [users, posts, 'ALTER TABLE posts ADD COLUMN writer INTEGER REFERENCES users; UPDATE posts SET writer = author;'],
    ],
    [
      'of a table that is made from two columns',
      [
        users,
        posts,
        'CREATE TABLE writes (post INTEGER REFERENCES posts, who INTEGER REFERENCES users); INSERT INTO writes SELECT id, author FROM posts;',
      ],
    ],
    [
      'of two columns',
      [
        'CREATE TABLE users (a INTEGER, b INTEGER, PRIMARY KEY (a, b));',
        'CREATE TABLE posts (id INTEGER PRIMARY KEY, a1 INTEGER, b1 INTEGER);',
        rebuild(
          'posts',
          'id INTEGER PRIMARY KEY, a2 INTEGER, b2 INTEGER, FOREIGN KEY (a2, b2) REFERENCES users (a, b)',
          'SELECT * FROM posts',
        ),
      ],
    ],
    [
      'to a table that gets another name before',
      [
        users,
        posts,
        'ALTER TABLE users RENAME TO people;',
        rebuild('posts', 'id INTEGER PRIMARY KEY, author INTEGER REFERENCES people', 'SELECT * FROM posts'),
      ],
    ],
  ])('%s', async (_, migrations) => {
    const found = await rounds([...migrations, last], { driver });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: migrations.length + 1, notes: [] });
  });

  it('but not for one that no row can hold', async () => {
    const wrong = rebuild(
      'posts',
      'id INTEGER PRIMARY KEY, writer INTEGER REFERENCES users',
      'SELECT id, author + 100 FROM posts',
    );
    expect(reported(await rounds([users, posts, wrong], { driver }))).toEqual([
      expect.stringMatching(/^FAILS_ON_ROWS: .*3 rows of posts refer to rows of users that do not exist/),
    ]);
  });
});

describe.each(drivers)('a rebuild may be spread over several files, %s', (driver) => {
  const old = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);';
  const made = 'CREATE TABLE n (id INTEGER PRIMARY KEY, a TEXT NOT NULL UNIQUE);';
  it.each([
    ['the copy alone', [old, made, 'INSERT INTO n SELECT * FROM t;', 'DROP TABLE t; ALTER TABLE n RENAME TO t;']],
    ['the new name alone', [old, made, 'INSERT INTO n SELECT * FROM t; DROP TABLE t;', 'ALTER TABLE n RENAME TO t;']],
    [
      'the old table put aside first',
      [
        old,
        'ALTER TABLE t RENAME TO o;',
        made.replace('TABLE n', 'TABLE t'),
        'INSERT INTO t SELECT * FROM o;',
        'DROP TABLE o;',
      ],
    ],
    [
      'two tables that become one',
      [
        old,
        old.replace('TABLE t', 'TABLE u'),
        made,
        'INSERT INTO n SELECT id, a FROM t UNION SELECT id + 10, a || 2 FROM u;',
        'DROP TABLE u; DROP TABLE t;',
      ],
    ],
  ])('%s', async (_, migrations) => {
    const found = await rounds([...migrations, last], { driver });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: migrations.length + 1, notes: [] });
  });

  it('rows that are lost on the way are found all the same', async () => {
    const loses = [
      old,
      made,
      `INSERT INTO n SELECT * FROM t WHERE id > 1;`,
      'DROP TABLE t; ALTER TABLE n RENAME TO t;',
    ];
    expect(reported(await rounds(loses, { driver }))).toEqual([
      expect.stringMatching(/^FAILS_ON_ROWS: .*t: 3 rows before/),
    ]);
  });
});

describe.each(drivers)('rows that a migration brings along are no finding, %s', (driver) => {
  const roles = 'CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);';
  it.each([
    ['with their ids', [roles, `INSERT INTO roles (id, name) VALUES (1, 'admin'), (2, 'user');`]],
    ['by SELECT', [roles, `INSERT INTO roles SELECT 1, 'admin' UNION ALL SELECT 2, 'user';`]],
    [
      'all that a CHECK allows',
      [
        `CREATE TABLE roles (name TEXT PRIMARY KEY CHECK (name IN ('admin', 'user')));`,
        `INSERT INTO roles VALUES ('admin'), ('user');`,
      ],
    ],
    [
      'the one row of settings',
      [`CREATE TABLE s (id INTEGER PRIMARY KEY CHECK (id = 1), v);`, `INSERT INTO s VALUES (1, 2);`],
    ],
    [
      'with rows that belong to them',
      [
        `${roles} CREATE TABLE may (role INTEGER NOT NULL REFERENCES roles, what TEXT, PRIMARY KEY (role, what));`,
        `INSERT INTO roles VALUES (1, 'admin'); INSERT INTO may VALUES (1, 'all');`,
        `INSERT INTO may VALUES (1, 'read');`,
      ],
    ],
    [
      'in code',
      [
        roles,
        {
          version: 2,
          up: (db: { run(sql: string, ...values: unknown[]): void }): void =>
            db.run('INSERT INTO roles (id, name) VALUES (?, ?)', 1, 'admin'),
        },
      ],
    ],
  ])('%s', async (_, migrations) => {
    const found = await rounds([...(migrations as string[]), last], { driver });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: migrations.length + 1, notes: [] });
  });

  it('the other tables have their rows, and so has that one for the migrations before', async () => {
    const counts: number[] = [];
    const count = (db: { get(sql: string): { n: number } }): void =>
      void counts.push(db.get('SELECT (SELECT count(*) FROM roles) * 100 + (SELECT count(*) FROM u) AS n').n);
    const up = count;
    const seed = `INSERT INTO roles (id, name) VALUES (1, 'admin');`;
    await rounds([`${roles} CREATE TABLE u (x);`, { version: 2, up }, seed, { version: 4, up }], { driver });
    expect(counts).toContain(303);
    expect(counts.at(-1)).toBe(103);
  });

  it('rows that come from another table are a warning: real ones may meet as well', async () => {
    const merge = 'CREATE TABLE drafts (id INTEGER PRIMARY KEY, name TEXT); ';
    const found = await rounds([`${roles} ${merge}`, 'INSERT INTO roles SELECT id, name FROM drafts;'], { driver });
    expect(reported(found)).toEqual([
      expect.stringMatching(/^warning FAILS_ON_ROWS: .*UNIQUE constraint failed: roles\.id/),
    ]);
  });

  it('what meets a row of an earlier migration fails on a new database', async () => {
    const seed = `INSERT INTO roles (id, name) VALUES (1, 'admin');`;
    expect(reported(await rounds([roles, seed, seed], { driver }))).toEqual([
      expect.stringMatching(/^FAILS_ON_EMPTY: .*UNIQUE constraint failed/),
    ]);
  });
});
