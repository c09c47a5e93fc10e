import { expect, it } from 'vitest';
import type { MigrationDatabase, TableChanges } from '../../src/migration/index.ts';
import { canonical } from '../../src/sql/index.ts';
import { failureOf, onEveryDriver, openTestDatabase } from '../support/databases.ts';
import { people, rebuild, rebuilding, textOf } from './support.ts';

onEveryDriver('where SQLite can change a table in place it is left to do so', (open) => {
  const schema = `CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT, c TEXT CONSTRAINT short CHECK (length(c) < 9));
    INSERT INTO t VALUES (1, 'one', 'x'), (2, 'two', NULL);`;

  /** 3.53 has ALTER COLUMN and ADD and DROP CONSTRAINT; before it the same table is made by a rebuild. */
  const isNew = (db: ReturnType<typeof open>): boolean =>
    Number(String(db.value('SELECT sqlite_version()')).split('.')[1]) >= 53;

  it.each<[string, Parameters<typeof rebuild>[3], boolean, string]>([
    [
      'a column more',
      (t) => t.addColumn('d', "TEXT NOT NULL DEFAULT ''"),
      true,
      "a INTEGER PRIMARY KEY, b TEXT, c TEXT CONSTRAINT short CHECK (length(c) < 9), d TEXT NOT NULL DEFAULT ''",
    ],
    ['a column less', (t) => t.dropColumn('c'), true, 'a INTEGER PRIMARY KEY, b TEXT'],
    [
      'a name',
      (t) => t.renameColumn('b', 'bb'),
      true,
      'a INTEGER PRIMARY KEY, bb TEXT, c TEXT CONSTRAINT short CHECK (length(c) < 9)',
    ],
    [
      'NOT NULL',
      (t) => t.changeColumn('b', { notNull: true }),
      false,
      'a INTEGER PRIMARY KEY, b TEXT NOT NULL, c TEXT CONSTRAINT short CHECK (length(c) < 9)',
    ],
    [
      'a CHECK more',
      (t) => t.addCheck('a > 0', { name: 'positive' }),
      false,
      'a INTEGER PRIMARY KEY, b TEXT, c TEXT CONSTRAINT short CHECK (length(c) < 9), CONSTRAINT positive CHECK (a > 0)',
    ],
    ['a CHECK less', (t) => t.dropConstraint('short'), false, 'a INTEGER PRIMARY KEY, b TEXT, c TEXT'],
  ])('%s', async (_, define, anywhere, columns) => {
    const db = open();
    const { method } = await rebuild(db, schema, 't', define);
    expect(method).toBe(anywhere || isNew(db) ? 'alter' : 'rebuild');
    expect(textOf(db, 't')).toBe(canonical(`CREATE TABLE t (${columns})`));
    expect(db.column('SELECT a FROM t')).toEqual([1, 2]);
  });

  it('what it cannot is done by a rebuild, and nothing is left of the attempt', async () => {
    const db = open();
    const { method, rows } = await rebuild(db, schema, 't', (t) =>
      t.addColumn('d', 'TEXT').addColumn('e', 'INTEGER DEFAULT (random())'),
    );
    expect([method, rows]).toEqual(['rebuild', 2]);
    expect(db.column(`SELECT name FROM pragma_table_info('t')`)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('what the table says already is no change', async () => {
    const db = open();
    expect(await rebuild(db, schema, 't', (t) => t.strict(false).changeColumn('b', { type: 'text' }))).toMatchObject({
      method: 'rebuild',
    });
    expect(await rebuild(open(), schema, 't', (t) => t.strict(false))).toEqual({ method: 'none', rows: 0 });
    expect(await rebuild(open(), schema, 't', () => undefined)).toEqual({ method: 'none', rows: 0 });
  });
});

onEveryDriver('values', (open) => {
  it('convert where a number and its text are the same, and by `using` where they are not', async () => {
    const db = open();
    const schema = `CREATE TABLE t (a TEXT, b TEXT); INSERT INTO t VALUES ('1', '00123'), ('-2.5', '1e5'), (NULL, x'00');`;
    await rebuild(db, schema, 't', (t) => t.changeColumn('a', { type: 'NUMERIC' }));
    expect(db.rows('SELECT a, typeof(b) AS b FROM t')).toEqual([
      { a: 1, b: 'text' },
      { a: -2.5, b: 'text' },
      { a: null, b: 'blob' },
    ]);
    const other = open();
    const failure = await failureOf(() => rebuild(other, schema, 't', (t) => t.changeColumn('b', { type: 'INTEGER' })));
    expect(failure.message).toBe(
      "Migration 002_rebuild changes values in the rebuild of t: b: 2 values (rowid 1: '00123' to 123; rowid 2: '1e5' to 100000).",
    );
    const intended = open();
    await rebuild(intended, schema, 't', (t) => t.changeColumn('b', { type: 'INTEGER', using: 'CAST(b AS INTEGER)' }));
    expect(intended.column('SELECT b FROM t')).toEqual([123, 1, 0]);
  });

  it('that a table without a key of its own keeps are compared as well', async () => {
    const db = open();
    const schema = `CREATE TABLE t (k TEXT PRIMARY KEY, a TEXT) WITHOUT ROWID; INSERT INTO t VALUES ('x', '007'), ('y', '8'), ('z', '1.50');`;
    const failure = await failureOf(() =>
      rebuild(db, schema, 't', (t) => t.changeColumn('a', { type: 'REAL' }).withoutRowid(false)),
    );
    expect(failure.message).toContain("a: 2 values ('007'; '1.50').");
    const other = open();
    const keyed = await failureOf(() => rebuild(other, schema, 't', (t) => t.changeColumn('a', { type: 'INTEGER' })));
    expect(keyed.message).toContain("a: 2 values (k 'x': '007' to 7; k 'z': '1.50' to 1.5).");
    const rekeyed = await failureOf(() =>
      rebuild(open(), schema, 't', (t) => t.changeColumn('a', { type: 'INTEGER' }).setPrimaryKey('a')),
    );
    expect(rekeyed.message).toContain("a: 2 values ('007'; '1.50').");
  });

  it('are not invented where a column becomes the rowid', async () => {
    const schema = 'CREATE TABLE t (a INTEGER, b); INSERT INTO t VALUES (5, 1), (NULL, 2);';
    const failure = await failureOf(() => rebuild(open(), schema, 't', (t) => t.setPrimaryKey('a')));
    expect(failure.code).toBe('REBUILD_VALUES_CHANGED');
  });

  it('are compared where the key itself does not stay the same', async () => {
    const schema = `CREATE TABLE t (a INT PRIMARY KEY, b TEXT) WITHOUT ROWID; INSERT INTO t VALUES (9007199254740993, '0090');`;
    const failure = await failureOf(() =>
      rebuild(open(), schema, 't', (t) => t.changeColumn('a', { type: 'REAL' }).changeColumn('b', { type: 'INT' })),
    );
    expect(failure.message).toContain("a: 1 value ('9007199254740993'); b: 1 value ('0090').");
  });

  it('of many columns are compared some at a time', async () => {
    const names = Array.from({ length: 1500 }, (_, i) => `c${i}`);
    const schema = `CREATE TABLE t (id INTEGER PRIMARY KEY, ${names.join(', ')}); INSERT INTO t (id, c7) VALUES (1, 'x');`;
    const db = open();
    await rebuild(db, schema, 't', (t) => t.changeColumn('c9', { unique: true }), { verify: 'full' });
    expect(db.value('SELECT c7 FROM t')).toBe('x');
  });

  it('come from an expression that ends with a comment', async () => {
    const db = open();
    await rebuild(db, 'CREATE TABLE t (a); INSERT INTO t VALUES (1);', 't', (t) =>
      t
        .changeColumn('a', { type: 'INTEGER', using: 'a + 1 -- one more' })
        .addColumn('b', 'TEXT', { value: "'x' -- new" }),
    );
    expect(db.rows('SELECT a, b FROM t')).toEqual([{ a: 2, b: 'x' }]);
  });

  it('that a computed column would replace are not lost', async () => {
    const schema = 'CREATE TABLE t (a INTEGER PRIMARY KEY, b INTEGER); INSERT INTO t VALUES (1, 2), (2, 5);';
    const failure = await failureOf(() =>
      rebuild(open(), schema, 't', (t) => t.changeColumn('b', 'INTEGER AS (a * 2)')),
    );
    expect(failure.message).toContain('b: 1 value (a 2: 5 to 4)');
    const db = open();
    await rebuild(db, schema, 't', (t) => t.changeColumn('b', 'INTEGER AS (a * a + 1) STORED'));
    expect(db.column('SELECT b FROM t')).toEqual([2, 5]);
  });

  it('are all compared with verify: "full"', async () => {
    const db = open();
    db.exec(people);
    const before = db.rows('SELECT * FROM people');
    await rebuild(db, '', 'people', (t) => t.changeColumn('email', { collate: 'BINARY' }), { verify: 'full' });
    expect(db.rows('SELECT * FROM people')).toEqual(before);
  });

  it('of the rowid stay, also where the table has a key of its own afterwards, or columns called so', async () => {
    const schema = `CREATE TABLE t (rowid TEXT, a TEXT); INSERT INTO t VALUES ('r', 'x'), ('s', 'y'), ('t', 'z'); DELETE FROM t WHERE a = 'x';
      CREATE VIRTUAL TABLE f USING fts5 (a, content = 't'); INSERT INTO f (rowid, a) SELECT _rowid_, a FROM t;`;
    const db = open();
    await rebuild(db, schema, 't', (t) => t.changeColumn('a', { notNull: true, default: "''" }));
    expect(db.column('SELECT _rowid_ FROM t')).toEqual([2, 3]);
    const other = open();
    await rebuild(other, schema, 't', (t) => t.addColumn('id', 'INTEGER PRIMARY KEY'));
    expect(other.rows('SELECT id, a FROM t')).toEqual([
      { id: 2, a: 'y' },
      { id: 3, a: 'z' },
    ]);
    const broken = await failureOf(() =>
      rebuild(open(), schema.replace('rowid TEXT', 'r TEXT'), 't', (t) =>
        t.addColumn('id', 'INTEGER PRIMARY KEY', { value: '10 - _rowid_' }),
      ),
    );
    expect(broken.code).toBe('OBJECT_BROKEN');
    expect(broken.message).toContain('f no longer matches the text that it indexes');
  });
});

it('with foreign keys on a table that others refer to is not rebuilt', async () => {
  const db = openTestDatabase();
  db.exec(people);
  const before = db.content();
  const failure = await failureOf(() =>
    db.up({
      '001_rebuild.js': {
        foreignKeys: true,
        up: (database: never) =>
          (database as { rebuildTable(name: string, define: (t: { strict(): void }) => void): void }).rebuildTable(
            'people',
            (t) => t.strict(),
          ),
      },
    }),
  );
  expect(failure.code).toBe('FOREIGN_KEYS_DROP');
  expect(failure.message).toContain('rebuilds people with foreign keys on, while ');
  expect(failure.hint).toContain('Remove `foreignKeys: true`');
  expect(db.content()).toBe(before);
});

it('with foreign keys on, a table that refers to itself is called by its own name', async () => {
  const db = openTestDatabase();
  db.exec('CREATE TABLE n (id INTEGER PRIMARY KEY, p REFERENCES N (id)); INSERT INTO n VALUES (1, NULL), (2, 1)');
  const rebuilt = (foreignKeys: boolean): Parameters<typeof db.up>[0] => ({
    '001_rebuild.js': {
      foreignKeys,
      up: (database: MigrationDatabase): void => {
        database.rebuildTable('n', (t) => t.changeColumn('p', { type: 'INTEGER' }));
      },
    },
  });
  const failure = await failureOf(() => db.up(rebuilt(true)));
  expect(failure.code).toBe('FOREIGN_KEYS_DROP');
  expect(failure.message).toContain('rebuilds n with foreign keys on, while n itself refers to it');
  await db.up(rebuilt(false));
});

it('a full-text table over a view of the table is looked at', async () => {
  const schema = `CREATE TABLE t (a TEXT, n INTEGER); INSERT INTO t VALUES ('hello', 20), ('you', 10);
    CREATE VIEW v AS SELECT rowid AS rid, a FROM t;
    CREATE VIRTUAL TABLE f USING fts5 (a, content = 'v', content_rowid = 'rid'); INSERT INTO f (rowid, a) SELECT rid, a FROM v;`;
  const failure = await failureOf(() => rebuild(openTestDatabase(), schema, 't', (t) => t.setPrimaryKey('n')));
  expect(failure.message).toContain('f no longer matches the text that it indexes');
  const db = openTestDatabase();
  await rebuild(db, schema, 't', (t) => t.changeColumn('a', { notNull: true, default: "''" }));
  expect(db.value(`SELECT count(*) FROM f WHERE f MATCH 'hello'`)).toBe(1);
});

it('a table is rebuilt twice in one migration', async () => {
  const schema = 'CREATE TABLE t (id INTEGER PRIMARY KEY, a, b); INSERT INTO t VALUES (1, 2, 3);';
  const up = async (...steps: readonly ((t: TableChanges) => unknown)[]): Promise<string> => {
    const db = openTestDatabase();
    db.exec(schema);
    await db.up({
      '001_twice.js': {
        up: (database: MigrationDatabase) => {
          for (const step of steps) database.rebuildTable('t', step as (t: TableChanges) => void);
        },
      },
    });
    return textOf(db, 't');
  };
  const first = (t: TableChanges): unknown => t.changeColumn('a', { type: 'INTEGER' });
  expect(await up(first, (t) => t.dropColumn('b').changeColumn('a', { type: 'TEXT' }))).toBe(
    canonical('CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)'),
  );
  expect(
    await up(
      (t) => t.renameColumn('a', 'x').changeColumn('b', { type: 'INTEGER' }),
      (t) => t.renameColumn('x', 'a').changeColumn('b', { type: 'TEXT' }),
    ),
  ).toBe(canonical('CREATE TABLE t (id INTEGER PRIMARY KEY, a, b TEXT)'));
  expect(
    await up(
      (t) => t.addColumn('c', 'INTEGER', { value: '7' }),
      (t) => t.dropColumn('c').changeColumn('a', { using: 'a + 1' }),
      (t) => t.changeColumn('a', { using: 'a + 1', type: 'INT' }),
    ),
  ).toBe(canonical('CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, b)'));
  const forgotten = openTestDatabase();
  forgotten.exec(schema);
  const failure = await failureOf(() =>
    forgotten.up({
      '001_twice.js': {
        up: (database: MigrationDatabase) => {
          database.rebuildTable('t', first as (t: TableChanges) => void);
          database.exec(`CREATE TABLE n (id INTEGER PRIMARY KEY, a); INSERT INTO n SELECT id, a FROM t;
            DROP TABLE t; ALTER TABLE n RENAME TO t;`);
        },
      },
    }),
  );
  expect(failure.message).toContain('column t.b is not carried over');
});

it('a temporary trigger of the application is made again', async () => {
  const db = openTestDatabase();
  db.exec(`CREATE TABLE t (a); CREATE TEMP TABLE seen (a); CREATE TEMP TABLE dunlin_new_t (a);
    ATTACH ':memory:' AS other; CREATE TABLE other.t (a);
    CREATE TEMP TRIGGER elsewhere AFTER INSERT ON other.t BEGIN INSERT INTO seen VALUES ('other'); END;
    CREATE TEMP TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO seen VALUES (new.a); END;`);
  await rebuild(db, '', 't', (t) => t.changeColumn('a', { type: 'TEXT' }));
  db.exec(`INSERT INTO t VALUES ('x')`);
  db.exec(`INSERT INTO other.t VALUES ('x')`);
  expect(db.column('SELECT a FROM seen')).toEqual(['x', 'other']);
  expect(db.column("SELECT name FROM sqlite_schema WHERE type = 'trigger'")).toEqual([]);
});

it('a view that this very run made, and that reads what goes, is named', async () => {
  const db = openTestDatabase();
  const failure = await failureOf(() =>
    db.up({
      '001_t.sql': 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT b FROM t;',
      '002_rebuild.js': rebuilding('t', (t) => t.dropColumn('b').strict(false)),
    }),
  );
  expect(failure.message).toContain('view v no longer compiles');
});

it('a view that reads what goes is named', async () => {
  const db = openTestDatabase();
  const failure = await failureOf(() =>
    rebuild(db, 'CREATE TABLE t (a, b); CREATE VIEW v AS SELECT b FROM t;', 't', (t) =>
      t.dropColumn('b').strict(false),
    ),
  );
  expect(failure.message).toContain('view v no longer compiles');
});
