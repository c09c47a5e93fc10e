import { describe, expect, it } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { driverError, recordBridge } from '../../src/testing/index.ts';
import {
  failureOf,
  onEveryDriver,
  openTestDatabase,
  pragmasOf,
  type TestDatabase,
  withoutTransactionState,
} from '../support/databases.ts';

/** Settings as an application may have them, none of which is what a run needs. */
const peculiar = `PRAGMA foreign_keys = 1; PRAGMA synchronous = 1; PRAGMA legacy_alter_table = 1; PRAGMA ignore_check_constraints = 1;
PRAGMA recursive_triggers = 1; PRAGMA secure_delete = 1; PRAGMA busy_timeout = 1234; PRAGMA cache_size = 77; PRAGMA fullfsync = 0;
PRAGMA reverse_unordered_selects = 1; PRAGMA case_sensitive_like = 0`;

const good = {
  '001_a.sql':
    '-- === UP MIGRATION ===\nPRAGMA legacy_alter_table = ON;\nPRAGMA legacy_alter_table = OFF;\nPRAGMA recursive_triggers(0);\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
  '002_b.sql': '-- dunlin: foreign-keys on\nPRAGMA secure_delete = OFF;\nCREATE TABLE b (x);',
  '003_v.sql': '-- dunlin: no-transaction\nPRAGMA reverse_unordered_selects = OFF;\nVACUUM;',
};

onEveryDriver('an existing connection', (open) => {
  async function keepsSettings(db: TestDatabase, work: () => Promise<unknown>): Promise<void> {
    db.exec(peculiar);
    const before = pragmasOf(db.bridge);
    expect(before).toMatchObject({
      foreign_keys: expect.stringContaining('1'),
      busy_timeout: expect.stringContaining('1234'),
    });
    await work();
    expect(pragmasOf(db.bridge)).toEqual(before);
  }

  // Each setting makes SQLite walk all statements of the connection that are not finalized yet, often thousands.
  it('is not given settings that it has already', async () => {
    const db = open();
    db.exec('PRAGMA foreign_keys = 0; PRAGMA synchronous = 3');
    const bridge = recordBridge(db.bridge);
    await db.up({ '001_a.sql': 'CREATE TABLE a (x);' }, { wrap: () => bridge });
    expect(bridge.requests.length).toBeGreaterThan(10);
    const flags = /^PRAGMA (?:foreign_keys|legacy_alter_table|ignore_check_constraints|query_only|count_changes) =/;
    expect(bridge.requests.filter(({ kind, sql }) => kind === 'script' && flags.test(sql))).toEqual([]);
  });

  it('gets its settings back after a run', async () => {
    const db = open();
    await keepsSettings(db, async () => {
      expect((await db.up(good)).applied).toHaveLength(3);
      expect((await db.up(good)).applied).toEqual([]);
    });
  });

  it.each([
    [
      'a statement fails',
      { '001_a.sql': `${good['001_a.sql'].split('-- === DOWN')[0]}SELECT nope;\n-- === DOWN MIGRATION ===\n` },
    ],
    [
      'the transaction is lost',
      {
        '001_a.sql':
          'PRAGMA recursive_triggers = 0; CREATE TABLE a (x UNIQUE); INSERT INTO a VALUES (1); INSERT OR ROLLBACK INTO a VALUES (1);',
      },
    ],
    ['verification fails', { '001_a.sql': 'PRAGMA legacy_alter_table = OFF;\n-- === VERIFY ===\nSELECT 0;' }],
    [
      'code throws',
      {
        '001_a.js': {
          up: (m: { exec(sql: string): void }) => {
            m.exec('PRAGMA secure_delete = 0');
            throw new Error('no');
          },
        },
      },
    ],
    [
      'a step outside a transaction fails',
      { '001_a.sql': '-- dunlin: no-transaction\nPRAGMA secure_delete = 0;\nREINDEX nowhere;' },
    ],
    ['a file is refused', { '001_a.sql': 'COMMIT' }],
  ])('gets its settings back when %s', async (_, files) => {
    const db = open();
    await keepsSettings(db, async () => {
      await failureOf(() => db.up(files));
    });
  });

  it.each([
    ['after a run', 'PRAGMA max_page_count = 3000;\nPRAGMA temp.max_page_count(300);\nCREATE TABLE a (x);'],
    ['when a statement fails', 'PRAGMA main.max_page_count = 3000;\nPRAGMA temp.max_page_count = 300;\nSELECT nope;'],
    ['when the limit is reached', 'PRAGMA max_page_count = 20;\nCREATE TABLE a AS SELECT zeroblob(1000000) AS x;'],
    ['outside a transaction', '-- dunlin: no-transaction\nPRAGMA max_page_count = 3000;\nVACUUM;'],
  ])('gets the most pages it may have back %s, also of temporary tables', async (_, text) => {
    const db = open();
    db.exec('CREATE TABLE t (x); CREATE TEMP TABLE own (x)');
    db.exec('PRAGMA temp.max_page_count = 4000');
    const pages = (): unknown[] => ['main', 'temp'].flatMap((schema) => db.column(`PRAGMA ${schema}.max_page_count`));
    const before = pages();
    expect(before[1]).toBe(4000);
    try {
      await db.up({ '001_a.sql': text });
    } catch {
      // Other tests show what became of the migration.
    }
    expect(pages()).toEqual(before);
    db.exec('CREATE TABLE large AS SELECT zeroblob(1000000) AS x');
  });

  it('gets its settings back after baseline, repair, reset, redo and down', async () => {
    const db = open();
    await db.up({ '001_a.sql': good['001_a.sql'] });
    await keepsSettings(db, async () => {
      const runner = db.runner(good);
      await runner.redo();
      await runner.baseline(2);
      await failureOf(() => runner.baseline(1));
      await failureOf(() => runner.repair([1]));
      await db.runner({ '001_z.sql': good['001_a.sql'] }).repair([1]);
      await runner.reset({ confirm: 'app.db' });
    });
  });

  it('inside a transaction of its own is left alone', async () => {
    const db = open();
    db.exec('BEGIN; CREATE TABLE mine (x)');
    for (const command of [
      () => db.up(good),
      () => db.runner(good).baseline(1),
      () => db.runner(good).reset({ confirm: 'app.db' }),
    ])
      expect(await failureOf(command)).toMatchObject({
        code: 'TRANSACTION_OPEN',
        message: expect.stringContaining('app.db'),
      });
    db.exec('COMMIT');
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['mine']);
  });

  it('a transaction is noticed also where the driver cannot tell', async () => {
    const db = open();
    const wrap = withoutTransactionState;
    db.exec('BEGIN; CREATE TABLE mine (x)');
    expect(await failureOf(() => db.up(good, { wrap }))).toMatchObject({ code: 'TRANSACTION_OPEN' });
    db.exec('COMMIT');
    expect(db.column('SELECT name FROM sqlite_schema')).toEqual(['mine']);
    expect((await db.up(good, { wrap })).applied).toHaveLength(3);
  });

  it('settings are believed only when they are read back', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      script: (sql) => (sql === 'PRAGMA foreign_keys = 0' ? undefined : bridge.script(sql)),
    });
    db.exec('PRAGMA foreign_keys = 1');
    expect(await failureOf(() => db.up(good, { wrap }))).toMatchObject({ code: 'PRAGMA_REFUSED' });
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
  });

  it('commits with synchronous EXTRA, whatever the application has', async () => {
    const db = open();
    db.exec('PRAGMA synchronous = 1');
    const found: (readonly [statement: string, synchronous: unknown])[] = [];
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'COMMIT' || sql === 'VACUUM')
          found.push([
            sql,
            (bridge.query('PRAGMA synchronous', []) as readonly { synchronous: number }[])[0]?.synchronous,
          ]);
        return bridge.script(sql);
      },
    });
    await db.up({ '001_a.sql': good['001_a.sql'] }, { wrap });
    await db.runner(good, { wrap }).redo();
    await db.runner(good, { wrap }).baseline(2);
    await db.runner({ '001_a.sql': good['001_a.sql'], '002_z.sql': good['002_b.sql'] }, { wrap }).repair([2]);
    await db.up(good, { wrap });
    await db.runner(good, { wrap }).reset({ confirm: 'app.db' });
    expect(found.length).toBeGreaterThan(8);
    expect(found.filter(([, synchronous]) => synchronous !== 3)).toEqual([]);
    expect(db.value('PRAGMA synchronous')).toBe(1);
  });

  it('a setting that cannot be given back is no secret, unless something worse happened', async () => {
    const db = open();
    let done = false;
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      script: (sql) => {
        if (sql === 'COMMIT') done = true;
        if (done && sql.startsWith('PRAGMA synchronous')) throw driverError('SQLITE_ERROR', 'no more');
        return bridge.script(sql);
      },
    });
    expect(await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE a (x)' }, { wrap }))).toMatchObject({
      code: 'DATABASE_FAILED',
      message: expect.stringContaining('no more'),
    });
    expect(db.versions()).toEqual([1]);
    expect(
      await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE a (x)', '002_b.sql': 'SELECT nope' }, { wrap })),
    ).toMatchObject({ code: expect.stringMatching(/STATEMENT_FAILED|DATABASE_FAILED/) });
  });

  it('a setting of a migration that cannot be set back fails the run', async () => {
    const db = open();
    let changed = false;
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...bridge,
      script: (sql) => {
        if (changed && sql.startsWith('PRAGMA recursive_triggers')) throw driverError('SQLITE_ERROR', 'stuck');
        if (sql === 'PRAGMA recursive_triggers = 1') changed = true;
        return bridge.script(sql);
      },
    });
    expect(
      await failureOf(() => db.up({ '001_a.sql': 'PRAGMA recursive_triggers = 1; CREATE TABLE a (x)' }, { wrap })),
    ).toMatchObject({ message: expect.stringContaining('stuck') });
    changed = false;
    expect(
      await failureOf(() => db.up({ '001_a.sql': 'PRAGMA recursive_triggers = 1; SELECT nope' }, { wrap })),
    ).toMatchObject({ code: 'STATEMENT_FAILED' });
  });
});

onEveryDriver('what one migration leaves behind does not reach the next', (open) => {
  it('temporary tables, views and triggers', async () => {
    const db = open();
    db.exec('CREATE TABLE a (x); CREATE TEMP TABLE mine (x)');
    await db.up({
      '001_a.sql':
        'CREATE TEMP TABLE t (x); CREATE TEMPORARY VIEW v AS SELECT * FROM t; CREATE TEMP TRIGGER g AFTER INSERT ON a BEGIN SELECT 1; END; CREATE TABLE temp.u (x); CREATE TABLE kept (x);',
      '002_b.sql': 'CREATE TEMP TABLE t (y); INSERT INTO t (y) VALUES (1); DROP TABLE t;',
    });
    // The application's own stays.
    expect(db.column('SELECT name FROM sqlite_temp_schema')).toEqual(['mine']);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'kept'`)).toBe(1);
  });

  it('legacy_alter_table', async () => {
    const db = open();
    db.exec('CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p)');
    await db.up({
      '001_a.sql': 'PRAGMA legacy_alter_table = ON; SELECT 1;',
      '002_b.sql': 'ALTER TABLE p RENAME TO parents;',
    });
    // With it on, the reference would have stayed behind.
    expect(db.value(`SELECT "table" FROM pragma_foreign_key_list('c')`)).toBe('parents');
  });

  it('the application’s settings do not reach a migration either', async () => {
    const db = open();
    db.exec(
      'CREATE TABLE p (id INTEGER PRIMARY KEY, x CHECK (x > 0)); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1, 1); INSERT INTO c VALUES (1)',
    );
    db.exec('PRAGMA foreign_keys = 1; PRAGMA legacy_alter_table = 1; PRAGMA ignore_check_constraints = 1');
    expect(await failureOf(() => db.up({ '001_a.sql': 'INSERT INTO p VALUES (2, 0)' }))).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('CHECK'),
    });
    // Foreign keys are off: the DROP TABLE of the rebuild deletes no child.
    await db.up({
      '001_a.sql':
        'CREATE TABLE p2 (id INTEGER PRIMARY KEY, x); INSERT INTO p2 SELECT * FROM p; DROP TABLE p; ALTER TABLE p2 RENAME TO p;',
    });
    expect(db.column('SELECT p FROM c')).toEqual([1]);
  });

  it('foreign keys are on where the migration says so, and only there', async () => {
    const db = open();
    db.exec(
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1), (2); INSERT INTO c VALUES (1), (2)',
    );
    await db.up({
      '001_a.sql': 'INSERT INTO p VALUES (3);',
      '002_b.sql': '-- dunlin: foreign-keys on\nDELETE FROM p WHERE id = 1;',
      '003_c.sql': 'INSERT INTO c VALUES (3);',
    });
    expect(db.column('SELECT p FROM c ORDER BY p')).toEqual([2, 3]);
  });
});

describe('functions of the application', () => {
  it('can be given, for the schema and for migrations', async () => {
    const db = openTestDatabase();
    const functions = { shout: (text: unknown) => String(text).toUpperCase() };
    await db.up(
      {
        '001_a.sql':
          "CREATE TABLE a (x, loud AS (shout(x)) STORED); CREATE INDEX i ON a (shout(x)); INSERT INTO a (x) VALUES ('hey');",
      },
      { functions },
    );
    expect(db.value('SELECT loud FROM a')).toBe('HEY');
    expect(await failureOf(() => openTestDatabase().up({ '001_a.sql': 'SELECT shout(1)' }))).toMatchObject({
      code: 'STATEMENT_FAILED',
      message: expect.stringContaining('no such function: shout'),
    });
  });
});
