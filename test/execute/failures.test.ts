import { expect, it } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { defineMigration } from '../../src/migration/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { driverError } from '../../src/testing/index.ts';
import { failureOf, onEveryDriver, type TestDatabase, withoutTransactionState } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';

/** A bridge whose first statement that matches fails. */
const failing =
  (match: RegExp, code: string) =>
  (bridge: DatabaseBridge): DatabaseBridge => {
    let failed = false;
    const ask = <T>(sql: string, act: () => T): T => {
      if (failed || !match.test(sql)) return act();
      failed = true;
      throw driverError(code);
    };
    return {
      ...bridge,
      script: (sql) => ask(sql, () => bridge.script(sql)),
      query: (sql, params) => ask(sql, () => bridge.query(sql, params)),
    };
  };

onEveryDriver('a failing statement', (open) => {
  it.each([
    ['a word in the wrong place', 'CREATE TABLE a (x);\n\n  SELEC 1;', { line: 3, column: 3, statement: 2 }],
    [
      'an unknown table',
      'CREATE TABLE a (x);\nINSERT INTO a\n  SELECT 1 FROM nowhere;',
      { line: 3, column: 17, statement: 2 },
    ],
    [
      'an unknown table with its schema',
      'SELECT 1;\nINSERT INTO main.nowhere VALUES (1);',
      { line: 2, column: 18, statement: 2 },
    ],
    ['an unknown column', 'CREATE TABLE a (x);\nUPDATE a SET\n x = yy;', { line: 3, column: 6, statement: 2 }],
    [
      'an unknown column of an INSERT',
      'CREATE TABLE a (x);\nINSERT INTO a (x, "why") VALUES (1, 2);',
      { line: 2, column: 19, statement: 2 },
    ],
    ['an unknown function', 'SELECT\n  nofunction(1);', { line: 2, column: 3, statement: 1 }],
    [
      'a column that exists already',
      'CREATE TABLE a (x);\nALTER TABLE a ADD COLUMN x;',
      { line: 2, column: 26, statement: 2 },
    ],
    [
      'a table that exists already',
      'CREATE TABLE a (x);\nCREATE TABLE "a" (y);',
      { line: 2, column: 14, statement: 2 },
    ],
    [
      'a token that stands there twice: the statement',
      'CREATE TABLE a (x);\nSELECT zz,\n zz FROM a;',
      { line: 2, column: 1, statement: 2 },
    ],
    [
      'no token named: the statement',
      'CREATE TABLE a (x NOT NULL);\n  INSERT INTO a\n VALUES (NULL);',
      { line: 2, column: 3, statement: 2 },
    ],
    [
      'in a section below a header',
      '-- Author: Ada\n\n-- === UP MIGRATION ===\nSELECT 1;\nSELECT nope;\n-- === DOWN MIGRATION ===\n',
      { line: 5, column: 8, statement: 2 },
    ],
    ['after Windows line ends', 'SELECT 1;\r\nSELECT\r\n nope;', { line: 3, column: 2, statement: 2 }],
  ])('is shown where it is wrong: %s', async (_, text, location) => {
    const db = open();
    const error = await failureOf(() => db.up({ '001_a.sql': text }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      migration: { version: 1, name: 'a' },
      source: text,
      location: { file: '001_a.sql', ...location },
    });
    // The offset leads to the same place.
    const before = text.slice(0, error.location!.offset).split('\n');
    expect([before.length, before.at(-1)!.length + 1]).toEqual([location.line, location.column]);
    expect(error.cause).toMatchObject({ name: expect.stringMatching(/^SqlError SQLITE_/) });
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    expect(db.versions()).toEqual([]);
  });

  it('says what to do about a foreign key', async () => {
    const db = open();
    db.exec(
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE RESTRICT); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)',
    );
    const error = await failureOf(() => db.up({ '001_a.sql': '-- dunlin: foreign-keys on\nDELETE FROM p;' }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('FOREIGN KEY constraint failed'),
      hint: expect.stringContaining('Correct the rows'),
    });
  });
});

onEveryDriver('a statement that ends the transaction from inside', (open) => {
  const unique =
    'CREATE TABLE u (x UNIQUE ON CONFLICT ROLLBACK);\nINSERT INTO u VALUES (1);\nINSERT INTO u VALUES (1);';
  it.each([
    [
      'INSERT OR ROLLBACK',
      'CREATE TABLE u (x UNIQUE);\nINSERT INTO u VALUES (1);\nINSERT OR ROLLBACK INTO u VALUES (1);',
      3,
    ],
    ['ON CONFLICT ROLLBACK', unique, 3],
    [
      'UPDATE OR ROLLBACK',
      'CREATE TABLE u (x UNIQUE);\nINSERT INTO u VALUES (1), (2);\nUPDATE OR ROLLBACK u SET x = 1;',
      3,
    ],
    [
      'RAISE(ROLLBACK)',
      `CREATE TABLE u (x);\nCREATE TRIGGER t BEFORE INSERT ON u BEGIN SELECT RAISE(ROLLBACK, 'not today'); END;\nINSERT INTO u VALUES (1);`,
      3,
    ],
  ])('%s is found out, and the migrations before it are applied all the same', async (_, text, statement) => {
    const db = open();
    const files = {
      '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
      '002_b.sql': text,
      '003_c.sql': 'CREATE TABLE c (x);',
    };
    const events: string[] = [];
    const error = await failureOf(() => db.up(files, { onEvent: (event) => void events.push(event.type) }));
    tried('escapes', 1);
    expect(error).toMatchObject({
      code: 'TRANSACTION_LOST',
      message: expect.stringContaining(`tatement ${statement} of migration 002_b ended the transaction`),
      location: { line: 3, statement },
      applied: [{ version: 1 }],
      failed: { version: 2 },
      pending: [{ version: 3 }],
    });
    expect(db.versions()).toEqual([1]);
    expect(db.column('SELECT x FROM a')).toEqual([1]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name IN ('u', 'c')`)).toBe(0);
    expect(db.attempts()).toEqual(['run up failed TRANSACTION_LOST', '1 up ok', '2 up failed TRANSACTION_LOST']);
    expect(events.filter((type) => type === 'migration:failed')).toHaveLength(1);
  });

  it('with atomic, takes the whole run back', async () => {
    const db = open();
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': unique };
    const events: string[] = [];
    expect(
      await failureOf(() => db.up(files, { atomic: 'run', onEvent: (event) => void events.push(event.type) })),
    ).toMatchObject({
      code: 'TRANSACTION_LOST',
      applied: [],
      hint: expect.stringMatching(/: what 001_a changed was rolled back as well\.$/),
    });
    expect(db.versions()).toEqual([]);
    expect(db.attempts()).toEqual(['run up failed TRANSACTION_LOST', '2 up failed TRANSACTION_LOST']);
    expect(events.at(-1)).toBe('migration:failed');
  });

  it('is found out after a statement that succeeded, and where going back fails', async () => {
    const db = open();
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };
    const script =
      (act: (sql: string, bridge: DatabaseBridge) => void) =>
      (bridge: DatabaseBridge): DatabaseBridge => ({ ...bridge, script: (sql) => act(sql, bridge) });
    const silent = script((sql, bridge) => {
      void bridge.script(sql);
      if (sql === 'CREATE TABLE b (x)') void bridge.script('ROLLBACK');
    });
    expect(await failureOf(() => db.up(files, { wrap: silent }))).toMatchObject({
      code: 'TRANSACTION_LOST',
      message: expect.stringContaining('it succeeded'),
      applied: [{ version: 1 }],
    });
    const stuck = script((sql, bridge) => {
      if (sql === 'CREATE TABLE b (x)' || sql.startsWith('ROLLBACK TO')) throw driverError('SQLITE_ERROR', 'no');
      void bridge.script(sql);
    });
    expect(await failureOf(() => db.up(files, { wrap: stuck }))).toMatchObject({
      code: 'TRANSACTION_LOST',
      message: expect.stringContaining('A statement of migration 002_b'),
    });
    expect(db.versions()).toEqual([1]);
    expect((await db.up(files)).applied).toHaveLength(1);
  });

  it('is found out on a driver that cannot tell whether a transaction is open', async () => {
    const db = open();
    const wrap = withoutTransactionState;
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': unique, '003_c.sql': 'CREATE TABLE c (x);' };
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({
      code: 'TRANSACTION_LOST',
      location: { statement: 3 },
      applied: [{ version: 1 }],
    });
    expect(db.versions()).toEqual([1]);
    // An ordinary failure is no such thing there.
    const ordinary = { ...files, '002_b.sql': 'CREATE TABLE b (x); SELECT nope;' };
    expect(await failureOf(() => db.up(ordinary, { wrap }))).toMatchObject({ code: 'STATEMENT_FAILED' });
    expect((await db.up({ ...files, '002_b.sql': 'SELECT 1' }, { wrap })).applied).toHaveLength(2);
  });
});

onEveryDriver('verification queries', (open) => {
  const verifying = (query: string): Record<string, string> => ({
    '001_a.sql': `CREATE TABLE a (x);\n-- === VERIFY ===\n-- the rule\n${query};`,
  });

  it.each([
    'SELECT 1',
    'SELECT 0.5',
    "SELECT 'no'",
    "SELECT x'00'",
    'SELECT -1',
    'SELECT count(*) = 0 FROM a',
    'SELECT 9007199254740993',
    'SELECT 1 AS a, 0 AS b',
    'SELECT 1 UNION ALL SELECT 0',
  ])('passes: %s', async (query) => {
    const db = open();
    expect((await db.up(verifying(query))).applied).toHaveLength(1);
  });

  it.each([
    ['SELECT 0', 'result 0'],
    ['SELECT 0.0', 'result 0'],
    ['SELECT NULL', 'result NULL'],
    ['SELECT count(*) = 1 AS ok, 1 FROM a', 'result NULL'],
    ["SELECT ''", "result ''"],
    ['SELECT x FROM a', 'no row'],
    ['SELECT x FROM nowhere', 'no such table: nowhere'],
  ])('fails: %s (%s)', async (query, value) => {
    const db = open();
    const error = await failureOf(() => db.up(verifying(query)));
    expect(error).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: `Migration 001_a ran, but its verification failed: the rule (${value}).`,
      location: { file: '001_a.sql', line: 4, statement: 1 },
      source: verifying(query)['001_a.sql'],
    });
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    expect(db.attempts()).toEqual(['run up failed VERIFICATION_FAILED', '1 up failed VERIFICATION_FAILED']);
  });

  it('names a query that has no comment by its number, and runs none on the way down', async () => {
    const db = open();
    const text = (query: string): Record<string, string> => ({
      '001_a.sql': `-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;\n-- === VERIFY ===\nSELECT 1;\n${query};`,
    });
    expect(await failureOf(() => db.up(text('SELECT 0')))).toMatchObject({
      message: expect.stringContaining('verification query 2 (result 0)'),
      location: { statement: 2 },
    });
    await db.up(text('SELECT count(*) = 0 FROM a'));
    expect((await db.down(text('SELECT count(*) = 0 FROM a'))).applied).toHaveLength(1);
  });
});

onEveryDriver('trouble that is not the migration’s', (open) => {
  const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };
  const clean = (db: TestDatabase): void => {
    expect(db.versions()).toEqual([]);
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
  };

  it.each([
    ['the disk is full', 'SQLITE_FULL', 'DISK_FULL'],
    ['the disk fails', 'SQLITE_IOERR_WRITE', 'DISK_ERROR'],
    ['the file is damaged', 'SQLITE_CORRUPT', 'DATABASE_CORRUPT'],
    ['somebody has the page', 'SQLITE_BUSY', 'DATABASE_LOCKED'],
  ])(
    '%s in the middle of a migration: the group is rolled back, and nothing more is tried',
    async (_, sqlite, code) => {
      const db = open();
      const error = await failureOf(() => db.up(files, { wrap: failing(/^CREATE TABLE b/, sqlite) }));
      expect(error).toMatchObject({
        code,
        migration: { version: 2, name: 'b' },
        location: { file: '002_b.sql' },
        applied: [],
        failed: { version: 2 },
        pending: [{ version: 1 }],
      });
      clean(db);
      // Nothing more is written into a file that is damaged: the next run settles the row.
      const damaged = code === 'DATABASE_CORRUPT';
      expect(db.attempts()).toEqual(damaged ? ['run up running'] : [`run up failed ${code}`, `2 up failed ${code}`]);
      expect((await db.up(files)).applied).toHaveLength(2);
    },
  );

  it('the page limit of the connection is named, with its figures', async () => {
    const db = open();
    db.exec('CREATE TABLE fill (x)');
    const limit = Number(db.value('PRAGMA page_count')) + 6;
    db.exec(`PRAGMA max_page_count = ${limit}`);
    const big = { ...files, '003_c.sql': 'INSERT INTO fill SELECT randomblob(100000);' };
    const error = await failureOf(() => db.up(big));
    expect(error).toMatchObject({ code: 'DATABASE_PAGE_LIMIT', failed: { version: 3 }, applied: [] });
    expect(error.message).toContain(
      `may not grow beyond ${limit} pages of ${Number(db.value('PRAGMA page_size'))} bytes`,
    );
    expect(error.hint).toContain(`\`PRAGMA max_page_count = ${limit * 2}\``);
    expect(db.attempts()).toContain('3 up failed DATABASE_PAGE_LIMIT');
    expect(db.versions()).toEqual([]);
    expect(db.value('PRAGMA integrity_check')).toBe('ok');
    db.exec('PRAGMA max_page_count = 1000000');
    expect((await db.up(big)).applied).toHaveLength(3);
  });

  it('so is a page limit that a migration has set, although it is set back', async () => {
    const db = open();
    const sql = 'PRAGMA max_page_count = 60; CREATE TABLE c AS SELECT zeroblob(1000000) AS x;';
    const error = await failureOf(() => db.up({ ...files, '003_c.sql': sql }));
    expect(error).toMatchObject({ code: 'DATABASE_PAGE_LIMIT', failed: { version: 3 } });
    expect(error.message).toContain('60 pages');
  });

  it.each([
    ['the savepoint', /^SAVEPOINT/],
    ['the release', /^RELEASE/],
    ['the row', /^INSERT INTO main."schema_migrations"/],
    ['the attempt', /^INSERT INTO main."schema_migration_attempts" .*/],
    ['COMMIT', /^COMMIT/],
  ])('an unknown error at %s is reported as what it is', async (_, match) => {
    const db = open();
    const error = await failureOf(() => db.up(files, { wrap: failing(match, 'SQLITE_INTERNAL') }));
    expect(error).toMatchObject({ code: 'DATABASE_FAILED', message: expect.stringContaining('SQLITE_INTERNAL') });
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'a'`)).toBe(0);
    expect((await db.up(files)).applied).toHaveLength(2);
    expect(db.attempts().filter((line) => line.includes('running'))).toEqual([]);
  });

  it('an error that comes from no database is not swallowed, and leaves nothing half done', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      describeError: () => {
        throw new RangeError('a broken bridge');
      },
      script: (sql) => {
        if (sql.startsWith('CREATE TABLE b')) throw new Error('no');
        return bridge.script(sql);
      },
    });
    await expect(async () => db.up(files, { wrap })).rejects.toThrow(RangeError);
    clean(db);
    expect((await db.up(files)).applied).toHaveLength(2);
    expect(db.attempts()[0]).toBe('run up interrupted');
  });

  it('a run that cannot even record its failure says why it failed', async () => {
    const db = open();
    let failed = false;
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      script: (sql) => {
        if (failed && sql.startsWith('BEGIN')) throw driverError('SQLITE_IOERR');
        if (sql.startsWith('CREATE TABLE b')) {
          failed = true;
          throw driverError('SQLITE_FULL');
        }
        return bridge.script(sql);
      },
    });
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({ code: 'DISK_FULL' });
    clean(db);
    expect(db.attempts()).toEqual(['run up running']);
    await db.up(files);
    expect(db.attempts()[0]).toBe('run up interrupted');
  });

  it('damage to the file is found before COMMIT, and everything rolled back', async () => {
    const db = open();
    db.exec(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, x); CREATE INDEX i ON t (x); INSERT INTO t (x) VALUES (1), (2), (3)',
    );
    const before = db.content();
    /** Says so once a migration has run. */
    const finding =
      (...findings: readonly string[]) =>
      (bridge: DatabaseBridge): DatabaseBridge => {
        let ran = false;
        return {
          ...bridge,
          script: (sql) => {
            ran ||= sql.startsWith('SAVEPOINT');
            return bridge.script(sql);
          },
          query: (sql, params) =>
            ran && /_check\(\d+\)/.test(sql)
              ? findings.map((found) => ({ integrity_check: found }))
              : bridge.query(sql, params),
        };
      };
    const wrap = finding('row 1 missing from index i', 'a', 'b', 'c', 'ok');
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({
      code: 'INTEGRITY_FAILED',
      message: expect.stringMatching(/row 1 missing from index i; a; b; and 1 more/),
      hint: expect.not.stringContaining('backup'),
      applied: [],
    });
    expect(db.content()).toBe(before);
    expect(db.attempts()).toEqual(['run up failed INTEGRITY_FAILED']);
    expect((await db.up(files, { wrap, verify: 'off' })).applied).toHaveLength(2);
    expect(await failureOf(() => db.up({ ...files, '003_c.sql': 'SELECT 1' }, { wrap, verify: 'full' }))).toMatchObject(
      { code: 'INTEGRITY_FAILED' },
    );
    expect(
      await failureOf(() => db.up({ ...files, '003_c.sql': 'SELECT 1' }, { wrap: finding('wrong # of entries') })),
    ).toMatchObject({ message: expect.stringMatching(/wrong # of entries\.$/) });
  });

  it('what no migration was seen doing is rolled back', async () => {
    const db = open();
    db.exec('CREATE TABLE precious (x); INSERT INTO precious VALUES (1)');
    const files: MigrationRecord = {
      '001_a.sql': 'CREATE TABLE a (x)',
      '002_b.js': { up: () => void db.bridge.script('DROP TABLE precious') },
    };
    expect(await failureOf(() => db.up(files))).toMatchObject({
      code: 'SCHEMA_CHANGED_UNSEEN',
      message: expect.stringContaining('table precious'),
    });
    expect(db.column('SELECT x FROM precious')).toEqual([1]);
    expect(db.versions()).toEqual([]);
  });

  it('a large file is checked without its indexes, unless all is asked for', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    const asked: string[] = [];
    let unknownSize = false;
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      query: (sql, params) => {
        if (sql.includes('pragma_page_count')) return unknownSize ? [] : [{ bytes: 65 * 1_048_576 }];
        if (/_check\(\d+\)/.test(sql)) asked.push(sql);
        return bridge.query(sql, params);
      },
    });
    await db.up({ '001_a.sql': files['001_a.sql'] }, { wrap });
    await db.up(files, { wrap, verify: 'full' });
    unknownSize = true;
    await db.up({ ...files, '003_c.sql': 'SELECT 1' }, { wrap });
    // Before the run and before its COMMIT.
    expect(asked.map((sql) => sql.replace(/^PRAGMA main\.|\(.*$/g, ''))).toEqual([
      'quick_check',
      'quick_check',
      'integrity_check',
      'integrity_check',
      'integrity_check',
      'integrity_check',
    ]);
    const fresh = open();
    asked.length = 0;
    await fresh.up(files, { wrap });
    expect(asked).toEqual([]);
  });

  it.each([
    'DROP TABLE schema_migrations;',
    'DELETE FROM main."Schema_Migrations";',
    'UPDATE schema_migrations SET checksum = NULL;',
    'INSERT INTO schema_migration_attempts (run_id) VALUES (1);',
    'ALTER TABLE schema_migrations ADD COLUMN mine;',
    'CREATE TRIGGER t AFTER INSERT ON schema_migrations BEGIN SELECT 1; END;',
    'CREATE INDEX i ON schema_migrations (name);',
  ])('a migration that touches a tracking table is refused before anything runs: %s', async (sql) => {
    const db = open();
    await db.up(files);
    const before = db.files();
    const error = await failureOf(() => db.up({ ...files, '003_c.sql': 'CREATE TABLE c (x);', '004_d.sql': sql }));
    expect(error).toMatchObject({ code: 'STATEMENT_REFUSED', migration: { version: 4 } });
    expect(error.message).toContain('in which Dunlin records what is applied');
    expect(db.files()).toEqual(before);
  });

  it('a tracking table that code drops behind the run’s back is back after the failure', async () => {
    const db = open();
    const drop = defineMigration({ up: () => db.exec('DROP TABLE schema_migrations') });
    const error = await failureOf(() => db.up({ ...files, '003_c.js': drop }));
    expect(error).toMatchObject({ code: 'DATABASE_FAILED', applied: [{ version: 1 }, { version: 2 }] });
    expect(error.message).toContain('schema_migrations');
    expect(db.versions()).toEqual([1, 2]);
  });
});

onEveryDriver('a failure that has a known way out', (open, { api }) => {
  const up = (text: string): MigrationRecord => ({ '001_users.sql': text });

  it('of a database that was made by other means points to baseline', async () => {
    const db = open();
    db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY)');
    const files = { '001_roles.sql': 'CREATE TABLE roles (x);', '002_users.sql': 'CREATE TABLE users (id);' };
    const expected = {
      message: expect.stringContaining('table users already exists'),
      hint: expect.stringContaining('`dunlin baseline <version>` records'),
    };
    expect(await failureOf(() => db.up(files))).toMatchObject(expected);
    // Also when something is recorded: somebody may have been ahead of the run by hand.
    expect(await failureOf(() => db.up(files))).toMatchObject(expected);
    await db.runner(files).baseline(2);
    expect((await db.up(files)).applied).toEqual([]);
  });

  it('and so does that of a function', async () => {
    const db = open();
    db.exec('CREATE TABLE users (id INTEGER PRIMARY KEY)');
    const make = (m: { exec(sql: string): unknown }): unknown => m.exec('CREATE TABLE users (id)');
    const error = await failureOf(() => db.up({ '001_users.js': { up: make } as never }));
    expect(error).toMatchObject({
      code: 'FUNCTION_FAILED',
      hint: expect.stringContaining('`dunlin baseline <version>`'),
    });
  });

  it.each([
    ['a column', 'ALTER TABLE users ADD COLUMN role', 'duplicate column name: role'],
    ['an index', 'CREATE INDEX by_role ON users (role)', 'index by_role already exists'],
    ['a view', 'CREATE VIEW names AS SELECT 1', 'view names already exists'],
  ])('and so does that of %s that is there already, after the usual way', async (_, sql, message) => {
    const db = open();
    db.exec(`CREATE TABLE users (id, role); CREATE INDEX by_role ON users (role); CREATE VIEW names AS SELECT 1`);
    const error = await failureOf(() => db.up(up(sql)));
    expect(error.message).toContain(message);
    expect(error.hint).toMatch(
      /Correct the file and run again\. If the database has this already, `dunlin baseline <version>` records it/,
    );
  });

  it('of a migration on its way down does not: there is nothing to record', async () => {
    const db = open();
    const down = '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nCREATE TABLE a (x);\n';
    await db.up(up(down));
    const error = await failureOf(() => db.down(up(down)));
    expect(error.message).toContain('table a already exists');
    expect(error.hint).toMatch(/Correct the file and run again\.$/);
  });

  it('a view or a trigger that SQLite stumbles over is to be made anew, or legacy_alter_table helps', async () => {
    const db = open();
    db.exec('CREATE TABLE t (a, b); CREATE VIEW v AS SELECT a FROM t; INSERT INTO t VALUES (1, 2)');
    const [make, rename] = [
      'CREATE TABLE n (a, b); INSERT INTO n SELECT a, b FROM t; DROP TABLE t;',
      'ALTER TABLE n RENAME TO t;',
    ];
    const error = await failureOf(() => db.up(up(make + rename)));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('error in view v: no such table: main.t'),
      hint: expect.stringContaining(
        'Drop the view v before this statement and create it again after it; for the RENAME',
      ),
    });
    expect((await failureOf(() => db.up(up('ALTER TABLE t DROP COLUMN a;')))).hint).toMatch(
      /Drop the view v before this statement and create it again after it\. Then run again\.$/,
    );
    expect((await db.up(up(`PRAGMA legacy_alter_table = ON; ${make} ${rename}`))).applied).toHaveLength(1);
    expect(db.column('SELECT a FROM v')).toEqual([1]);
  });

  it('a loss on the way down says that the rollback was undone', async () => {
    const db = open();
    const files = up(
      '-- === UP MIGRATION ===\nCREATE TABLE b (x);\n-- === DOWN MIGRATION ===\nCREATE TABLE n (x); INSERT INTO n SELECT x FROM a WHERE x > 1; DROP TABLE a; ALTER TABLE n RENAME TO a;\n',
    );
    db.exec('CREATE TABLE a (x); INSERT INTO a VALUES (1), (2)');
    await db.up(files);
    const error = await failureOf(() => db.down(files));
    expect(error).toMatchObject({
      code: 'ROWS_LOST',
      message: expect.stringMatching(/^Rolling back 001_users would lose/),
    });
    expect(error.hint).toMatch(/^The rollback of 001_users was undone: nothing is lost\./);
    expect(db.versions()).toEqual([1]);
  });

  it('a method that is given no SQL says which, and what it was given', async () => {
    const db = open();
    const calls: readonly (readonly [string, unknown, string])[] = [
      ['exec', undefined, 'undefined'],
      ['run', 123, '123'],
      ['all', ['SELECT 1'], '["SELECT 1"]'],
      ['get', null, 'null'],
    ];
    for (const [method, given, words] of calls) {
      const call = (m: Record<string, (sql: unknown) => unknown>): unknown => m[method]!(given);
      const error = await failureOf(() => db.up({ '001_a.js': { up: call } as never }));
      expect(error).toMatchObject({
        code: 'SQL_NOT_TEXT',
        migration: { version: 1, name: 'a' },
        message: `Migration 001_a called db.${method}() with ${words} instead of a text with SQL.`,
      });
    }
    if (api === 'sync') return;
    const seen: unknown[] = [];
    const caught = async (m: { exec(sql: unknown): Promise<void> }): Promise<void> => {
      await m.exec(1).catch((error: { code: string }) => seen.push(error.code));
    };
    await db.up({ '001_a.js': { up: caught } as never });
    expect(seen).toEqual(['SQL_NOT_TEXT']);
  });

  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'it threw undefined'],
    ['an object that has no String', Object.create(null), 'it threw {}'],
    ['an error without words', new TypeError(), 'TypeError without a message'],
    ['a text', 'out of cheese', 'out of cheese'],
  ])('what is thrown is reported, whatever it is: %s', async (_, thrown, reason) => {
    const db = open();
    const fail = (): never => {
      throw thrown;
    };
    expect(await failureOf(() => db.up({ '001_a.js': { up: fail } as never }))).toMatchObject({
      code: 'FUNCTION_FAILED',
      message: `Migration 001_a failed in up(): ${reason}.`,
    });
    const verified = { up: 'CREATE TABLE a (x)', verify: fail };
    expect(await failureOf(() => db.up({ '001_a.js': verified as never }))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringContaining(`verify() (${reason})`),
    });
    expect(await failureOf(() => db.up({ '001_a.js': fail }))).toMatchObject({
      code: 'MODULE_FAILED',
      message: `001_a.js cannot be imported: ${reason}.`,
    });
    expect(db.versions()).toEqual([]);
  });
});
