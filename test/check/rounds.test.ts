import { describe, expect, it } from 'vitest';
import { drivers, pair, rounds, reported } from './support.ts';

const base = `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, nick TEXT);
CREATE TABLE orders (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE SET NULL, total INTEGER NOT NULL, tax INTEGER);
CREATE INDEX orders_user ON orders (user_id);
CREATE VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
CREATE TRIGGER touched AFTER UPDATE OF total ON orders BEGIN SELECT 1; END;`;

/** The rebuild of orders with another copy, and what belongs to it made again. */
const rebuild = (copy: string, columns = 'total INTEGER NOT NULL, tax INTEGER'): string => `
DROP VIEW totals;
CREATE TABLE orders_new (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id) ON DELETE SET NULL, ${columns});
INSERT INTO orders_new ${copy};
DROP TABLE orders;
ALTER TABLE orders_new RENAME TO orders;
CREATE INDEX orders_user ON orders (user_id);
CREATE VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;
CREATE TRIGGER touched AFTER UPDATE OF total ON orders BEGIN SELECT 1; END;`;

const same = rebuild('SELECT id, user_id, total, tax FROM orders');

describe.each(drivers)('up and down that are no inverses, %s', (driver) => {
  it.each([
    ['an index that does not come back', 'DROP INDEX orders_user;', 'SELECT 1;', 'index orders_user is missing.'],
    ['a trigger that does not come back', 'DROP TRIGGER touched;', 'SELECT 1;', 'trigger touched is missing.'],
    ['a view that does not come back', 'DROP VIEW totals;', 'SELECT 1;', 'view totals is missing.'],
    ['a table that does not come back', 'DROP VIEW totals; DROP TABLE orders;', 'SELECT 1;', /table orders is missing/],
    [
      'a column that does not come back',
      'ALTER TABLE users DROP COLUMN nick;',
      'SELECT 1;',
      'column users.nick is missing.',
    ],
    ['an index left behind', 'CREATE INDEX i ON users (nick);', 'SELECT 1;', 'index i is left behind.'],
    ['a view left behind', 'CREATE VIEW v AS SELECT 1 AS a;', 'SELECT 1;', 'view v is left behind.'],
    ['a table left behind', 'CREATE TABLE t (a); CREATE INDEX i ON t (a);', 'DROP INDEX i;', 'table t is left behind.'],
    [
      'a column left behind',
      'ALTER TABLE users ADD COLUMN age INTEGER;',
      'SELECT 1;',
      'column users.age is left behind.',
    ],
    [
      'an index of another kind',
      'DROP INDEX orders_user;',
      'CREATE UNIQUE INDEX orders_user ON orders (user_id);',
      /orders_user/,
    ],
    [
      'a column under another name',
      'ALTER TABLE users RENAME COLUMN nick TO alias;',
      'SELECT 1;',
      'column users.nick is now called alias.',
    ],
    [
      'a view with another text',
      'DROP VIEW totals;',
      'CREATE VIEW totals AS SELECT 1 AS total;',
      'view totals differs.',
    ],
    [
      'a rule left behind',
      `${same.replace('tax INTEGER)', 'tax INTEGER, CHECK (total < 1000000))')}`,
      'SELECT 1;',
      /CHECK \(total < 1000000\) of table orders is left behind/,
    ],
    [
      'a column of another type',
      'ALTER TABLE users DROP COLUMN nick;',
      'ALTER TABLE users ADD COLUMN nick INTEGER;',
      /column users\.nick differs in type/,
    ],
    [
      'a column without its rules',
      same,
      rebuild('SELECT id, user_id, total, tax FROM orders', 'total INTEGER, tax INTEGER'),
      /column orders\.total differs in NOT NULL/,
    ],
    [
      'rows left behind',
      `INSERT INTO users (email) VALUES ('root@localhost');`,
      'SELECT 1;',
      'table users: 3 rows before, 4 after up and down.',
    ],
    [
      'columns that change places, which the loss guards refuse',
      same,
      rebuild('SELECT id, user_id, tax, total FROM orders'),
      /^DOWN_FAILS: .* values of orders\.total, which were given those of another column: 3 of 3 changed .*; values of orders\.tax, which were given those of another column: 3 of 3 changed/,
    ],
    [
      'columns that change places by expressions',
      same,
      rebuild('SELECT id, user_id, tax + 0, total + 0 FROM orders'),
      'orders.total: values differ; orders.tax: values differ.',
    ],
    [
      'values that are rounded',
      same,
      rebuild('SELECT id, user_id, total / 10 * 10, tax FROM orders'),
      'orders.total: values differ.',
    ],
    [
      'rows that change places',
      same,
      rebuild('SELECT id, user_id, (SELECT max(total) + min(total) FROM orders) - total, tax FROM orders'),
      'table orders: values are in other rows than before.',
    ],
  ])('%s', async (_, up, down, expected) => {
    const found = await rounds([base, pair(up, down)], { driver });
    expect(reported(found)).toEqual([
      typeof expected === 'string' ? `DOWN_DIFFERS: ${expected}` : expect.stringMatching(expected),
    ]);
    expect(found).toMatchObject({ tried: 2, reversed: 0, problems: [{ migration: { version: 2, name: 'step' } }] });
  });

  it('a text that changes after a NUL character', async () => {
    const notes = `CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO notes VALUES (1, 'a' || char(0) || 'b');`;
    const copy = (text: string): string => `CREATE TABLE other (id INTEGER PRIMARY KEY, text TEXT);
INSERT INTO other SELECT id, ${text} FROM notes;
DROP TABLE notes;
ALTER TABLE other RENAME TO notes;`;
    const found = await rounds(
      [notes, pair(copy('text'), copy(`iif(hex(text) = '610062', 'a' || char(0) || 'c', text)`))],
      {
        driver,
      },
    );
    expect(reported(found)).toEqual(['DOWN_DIFFERS: notes.text: values differ.']);
  });

  it('a way back that fails, with rows or without', async () => {
    expect(
      reported(await rounds([base, pair('CREATE INDEX i ON users (nick);', 'DROP INDEX j;')], { driver })),
    ).toEqual([expect.stringMatching(/^DOWN_FAILS: .*no such index: j/)]);
    const narrow = pair(
      'CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO notes (text) SELECT email FROM users;',
      'CREATE TABLE one (x CHECK (x < 3)); INSERT INTO one SELECT count(*) FROM notes; DROP TABLE one; DROP TABLE notes;',
    );
    expect(reported(await rounds([base, narrow], { driver }))).toEqual([
      expect.stringMatching(/^warning DOWN_FAILS: .*CHECK constraint failed/),
    ]);
  });

  it('a second way up that fails or leads elsewhere', async () => {
    const roles = 'CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT UNIQUE);';
    const seed = pair(`CREATE TABLE seeds (n); INSERT INTO roles (name) VALUES ('admin');`, 'DROP TABLE seeds;');
    expect(reported(await rounds([roles, seed], { driver }))).toEqual([
      'DOWN_DIFFERS: table roles: 3 rows before, 4 after up and down.',
    ]);
    const again = pair(
      `CREATE TABLE tags (name TEXT NOT NULL); INSERT INTO tags SELECT nick FROM users; ALTER TABLE users DROP COLUMN nick;`,
      'DROP TABLE tags; ALTER TABLE users ADD COLUMN nick TEXT;',
    );
    expect(reported(await rounds([base, again], { driver }))).toEqual([
      expect.stringMatching(/^warning UP_AGAIN_FAILS: .*NOT NULL constraint failed: tags\.name/),
    ]);
    let runs = 0;
    const fickle = {
      version: 2,
      up: (db: { exec(sql: string): void }) => db.exec(`CREATE TABLE t${(runs += 1)} (a)`),
      down: (db: { exec(sql: string): void }) => db.exec(`DROP TABLE t${runs}`),
    };
    expect(reported(await rounds([base, fickle], { driver }))).toEqual([
      'UP_AGAIN_DIFFERS: table t1 is missing; table t2 is left behind.',
    ]);
  });
});

describe.each(drivers)('up and down that are inverses, %s', (driver) => {
  it.each([
    ['a table', 'CREATE TABLE t (a);', 'DROP TABLE t;'],
    ['a column, at the end', 'ALTER TABLE users ADD COLUMN age INTEGER;', 'ALTER TABLE users DROP COLUMN age;'],
    [
      'a column that moves to the end, without its values',
      'DROP VIEW totals; ALTER TABLE orders DROP COLUMN tax;',
      'ALTER TABLE orders ADD COLUMN tax INTEGER; CREATE VIEW totals AS SELECT user_id, sum(total) AS total FROM orders GROUP BY user_id;',
    ],
    [
      'another name',
      'ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME nick TO alias;',
      'ALTER TABLE people RENAME alias TO nick; ALTER TABLE people RENAME TO users;',
    ],
    ['a rebuild', same, same],
    [
      'rows that are deleted, and said so',
      'DELETE FROM orders WHERE total > 0;',
      '-- they cannot come back\nSELECT 1;',
    ],
    ['values that are set', 'UPDATE users SET email = lower(email);', 'SELECT 1;'],
    [
      'values that are set on the way back',
      `ALTER TABLE users ADD COLUMN name TEXT; UPDATE users SET name = nick || '!';`,
      `UPDATE users SET nick = rtrim(name, '!'); ALTER TABLE users DROP COLUMN name;`,
    ],
    [
      'rows that come and go',
      `INSERT INTO users (id, email) VALUES (900, 'root');`,
      'DELETE FROM users WHERE id = 900;',
    ],
    [
      'a declared loss',
      `-- dunlin: destructive orders\n${rebuild('SELECT id, user_id, total, tax FROM orders WHERE id <> 1')}`,
      'SELECT 1;',
    ],
    ['another spelling', 'DROP INDEX orders_user;', 'create index "orders_user"\n on orders(user_id) -- again\n;'],
    ['VACUUM', '-- dunlin: no-transaction\nVACUUM;', 'PRAGMA journal_mode = DELETE;'],
    [
      'a rewrite in batches',
      '-- dunlin: batch 1\nUPDATE users SET nick = upper(nick);',
      '-- dunlin: batch 1\nUPDATE users SET nick = lower(nick);',
    ],
    ['foreign keys that fire', '-- dunlin: foreign-keys on\nDELETE FROM users WHERE id = 1;', 'SELECT 1;'],
  ])('%s', async (_, up, down) => {
    const found = await rounds([base, pair(up, down), 'CREATE TABLE after_it (a);'], { driver });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: 3, reversed: 1, notes: [] });
  });

  it('a rebuild in code', async () => {
    type Changes = { addCheck(sql: string, options?: object): void; dropConstraint(name: string): void };
    type Database = { rebuildTable(table: string, change: (t: Changes) => void): void };
    const code = {
      version: 2,
      up: (db: Database) => db.rebuildTable('orders', (t) => t.addCheck('total < 1000000', { name: 'cheap' })),
      down: (db: Database) => db.rebuildTable('orders', (t) => t.dropConstraint('cheap')),
    };
    const found = await rounds([base, code], { driver });
    expect(reported(found)).toEqual([]);
    expect(found).toMatchObject({ tried: 2, reversed: 1, notes: [] });
  });

  it('what triggers do besides is not held against a migration', async () => {
    const log = `${base} CREATE TABLE log (id INTEGER PRIMARY KEY, what TEXT);
      CREATE TRIGGER stamp AFTER UPDATE ON users BEGIN INSERT INTO log (what) VALUES (new.email); UPDATE users SET nick = random() WHERE id = new.id; END;`;
    expect(
      reported(
        await rounds([log, pair(`UPDATE users SET email = 'x' || id;`, 'UPDATE users SET email = id;')], { driver }),
      ),
    ).toEqual([]);
  });

  it('what has no way back only goes up', async () => {
    expect(await rounds([base, 'DROP TRIGGER touched;', pair('CREATE TABLE t (a);', '')], { driver })).toMatchObject({
      tried: 3,
      reversed: 0,
      problems: [],
      warnings: [],
    });
  });

  it('the labels of the semver layout go along', async () => {
    const labelled = (version: string, table: string): string =>
      `-- Schema-Version: ${version}\n${pair(`CREATE TABLE ${table} (a);`, `DROP TABLE ${table};`)}`;
    const found = await rounds([labelled('1.0.0', 't'), labelled('1.1.0', 'u'), labelled('2.0.0', 'v')], {
      driver,
      layout: 'semver',
    });
    expect(found).toMatchObject({ tried: 3, reversed: 3, problems: [], warnings: [], notes: [] });
  });
});

describe.each(drivers)('what fails as soon as there are rows, %s', (driver) => {
  it('a rebuild that leaves rows out is found, on an empty database too', async () => {
    const found = await rounds([base, rebuild(`SELECT id, user_id, total, tax FROM orders WHERE tax <> 5`)], {
      driver,
    });
    expect(reported(found)).toEqual([expect.stringMatching(/^FAILS_ON_ROWS: .*orders: 3 rows before, \d after/)]);
    expect(found.problems[0]?.hint).toContain('In the tables were rows such as orders (id 1, user_id 1, total');
  });

  it.each([
    [
      'a rebuild without its index',
      rebuild('SELECT id, user_id, total, tax FROM orders').replace(/CREATE INDEX.*/, ''),
      'index orders_user of orders is gone',
    ],
    [
      'a rebuild without a column',
      rebuild('SELECT id, user_id, total FROM orders', 'total INTEGER NOT NULL'),
      'column orders.tax is not carried over',
    ],
    [
      'parents without their children',
      'DELETE FROM users;',
      '3 rows of orders refer to rows of users that do not exist',
    ],
    [
      'a column that needs a value',
      'ALTER TABLE users ADD COLUMN age INTEGER NOT NULL;',
      'Cannot add a NOT NULL column with default value NULL',
    ],
    [
      'a column whose default is the present time',
      'ALTER TABLE users ADD COLUMN at TEXT DEFAULT CURRENT_TIMESTAMP;',
      'Cannot add a column with non-constant default',
    ],
    [
      'a column whose default is an expression',
      'ALTER TABLE users ADD COLUMN at TEXT NOT NULL DEFAULT (1 + 1);',
      'Cannot add a column with non-constant default',
    ],
    [
      'a column whose default refers to a row, with foreign keys on',
      '-- dunlin: foreign-keys on\nALTER TABLE orders ADD COLUMN u INTEGER DEFAULT 1 REFERENCES users (id);',
      'Cannot add a REFERENCES column with non-NULL default value',
    ],
    [
      'a column whose default breaks its own CHECK',
      'ALTER TABLE users ADD COLUMN age INTEGER DEFAULT 0 CONSTRAINT positive CHECK ("age" > 0);',
      'CHECK constraint failed',
    ],
    [
      'a generated column that is always NULL, and must not be',
      'ALTER TABLE users ADD COLUMN age INTEGER NOT NULL AS (nullif(1, 1));',
      'NOT NULL constraint failed',
    ],
  ])('%s is a problem', async (_, sql, fact) => {
    const found = await rounds([base, sql, 'CREATE TABLE after_it (a);'], { driver });
    expect(found.problems.map(({ code, message }) => [code, message.includes(fact)])).toEqual([
      ['FAILS_ON_ROWS', true],
    ]);
    expect(found).toMatchObject({ tried: 3, warnings: [] });
  });

  it.each([
    [
      'a CHECK that the sample value may break',
      `CREATE TABLE u (e CHECK (e LIKE 'u%')); INSERT INTO u SELECT email FROM users;`,
      'CHECK constraint failed',
    ],
    [
      'a CHECK of a new column on values that there are',
      'ALTER TABLE users ADD COLUMN age INTEGER DEFAULT 3 CHECK (age > length(email));',
      'CHECK constraint failed',
    ],
    [
      'a generated column that is NULL for values that there are',
      'ALTER TABLE users ADD COLUMN age INTEGER NOT NULL AS (nullif(id, 2));',
      'NOT NULL constraint failed',
    ],
    [
      'a verification',
      `-- === UP MIGRATION ===\nSELECT 1;\n-- === DOWN MIGRATION ===\n-- === VERIFY ===\nSELECT count(*) = 0 FROM users;`,
      'verif',
    ],
  ])('%s is a warning', async (_, sql, fact) => {
    const found = await rounds([base, sql, 'CREATE TABLE after_it (a);'], { driver });
    expect(found.warnings.map(({ code, message }) => [code, message.includes(fact)])).toEqual([
      ['FAILS_ON_ROWS', true],
    ]);
    expect(found).toMatchObject({ tried: 3, problems: [] });
  });

  it('several losses at once are reported together, with the rows that there were', async () => {
    const wide = 'CREATE TABLE wide (a TEXT, b BLOB, c, d, e, f, g);';
    const long = `UPDATE wide SET a = '${'x'.repeat(99)}', c = NULL;`;
    const lose =
      'DELETE FROM users; DROP INDEX orders_user; CREATE TABLE w (a); INSERT INTO w SELECT a FROM wide WHERE c; DROP TABLE wide; ALTER TABLE w RENAME TO wide;';
    const found = await rounds([base, wide, long, lose], { driver });
    expect(found.problems.map(({ code }) => code)).toEqual(['FAILS_ON_ROWS']);
    const { message, hint } = found.problems[0]!;
    expect(message).toMatch(/wide: 3 rows before, 0 after.*3 rows of orders refer to rows of users/);
    expect(hint).toMatch(/wide \(a 'x{37}\.\.\.', b a blob of 16 bytes, c NULL, d /);
  });

  it('a column that breaks its own CHECK is a problem in code too', async () => {
    const code = {
      version: 2,
      up: (db: { exec(sql: string): void }) => db.exec('ALTER TABLE users ADD COLUMN age DEFAULT 0 CHECK (age > 0)'),
    };
    expect(reported(await rounds([base, code], { driver }))).toEqual([
      expect.stringMatching(/^FAILS_ON_ROWS: .*CHECK constraint failed/),
    ]);
  });

  it.each([
    ['UNIQUE', 'ALTER TABLE users ADD COLUMN age UNIQUE;', 'Cannot add a UNIQUE column'],
    ['STORED', 'ALTER TABLE users ADD COLUMN age AS (id) STORED;', 'cannot add a STORED column'],
    [
      'rows that an earlier migration has inserted, which are lost',
      `INSERT INTO users (email) VALUES ('root'); DELETE FROM orders; CREATE TABLE u (id INTEGER PRIMARY KEY, email TEXT NOT NULL); INSERT INTO u SELECT id, email FROM users WHERE 0; DROP VIEW totals; DROP TABLE users; ALTER TABLE u RENAME TO users;`,
      'users: 2 rows before, 0 after',
    ],
  ])('what no database takes is not put down to what an application brings along: %s', async (_, sql, fact) => {
    const found = await rounds([base, `INSERT INTO users (email) VALUES ('a');`, sql], { driver });
    expect(found.problems.map(({ code }) => code)).toEqual(['FAILS_ON_EMPTY']);
    expect(found.problems[0]?.message).toContain(fact);
    expect(found.problems[0]?.hint).not.toContain('something else than migrations');
  });

  it('what fails without rows as well is reported as that, and ends the check', async () => {
    const found = await rounds([base, 'DROP TABLE user;', 'CREATE TABLE a (b);', 'CREATE TABLE c (d);'], { driver });
    expect(reported(found)).toEqual([expect.stringMatching(/^FAILS_ON_EMPTY: .*no such table: user/)]);
    expect(found.notes).toEqual([
      '3_step to 4_step were not tried with sample rows: 2_step cannot be applied to a new database'.replaceAll(
        /(\d)_/g,
        '00$1_',
      ),
    ]);
    expect(found.problems[0]).toMatchObject({
      location: { file: expect.stringContaining('002_step.sql'), line: 1 },
      hint: expect.stringContaining('If something other than migrations makes what it needs'),
    });
  });
});
