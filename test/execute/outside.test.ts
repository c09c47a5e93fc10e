import { expect, it } from 'vitest';
import type { DatabaseBridge, DunlinEvent } from '../../src/bridge/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { driverError } from '../../src/testing/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, registryOf, type TestDatabase } from '../support/databases.ts';

const wal = '-- dunlin: no-transaction\nPRAGMA journal_mode = WAL;';
const vacuum = '-- dunlin: no-transaction\nVACUUM;\nANALYZE;';

/** A bridge of a driver that has no more than one connection. */
function withoutSecond(bridge: DatabaseBridge): DatabaseBridge {
  const { openSecond: _, ...rest } = bridge;
  return rest;
}

/** A run of another process at the same moment. */
function otherRun(db: TestDatabase, files: MigrationRecord): MigrationRunner {
  const bridge = withoutSecond(db.connect());
  return new MigrationRunner({
    bridge: () => bridge,
    registry: () => registryOf(files),
    host: nodeHost,
    database: 'app.db',
    owned: false,
  });
}

onEveryDriver('migrations outside a transaction', (open) => {
  it('run alone', async () => {
    const db = open();
    const events: DunlinEvent[] = [];
    const result = await db.up({ '001_wal.sql': wal }, { onEvent: (event) => void events.push(event) });
    expect(result.applied).toMatchObject([{ version: 1, name: 'wal', direction: 'up', statements: 1 }]);
    expect(db.value('PRAGMA journal_mode')).toBe('wal');
    expect(db.versions()).toEqual([1]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok']);
    expect(events.map((event) => event.type)).toEqual([
      'run:start',
      'migration:start',
      'migration:statement',
      'migration:done',
      'run:done',
    ]);
  });

  it('run between others, each group in a transaction of its own', async () => {
    const db = open();
    const files = {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_wal.sql': wal,
      '003_b.sql': 'CREATE TABLE b (x);',
      '004_v.sql': vacuum,
      '005_c.sql': 'CREATE TABLE c (x);',
    };
    const indexes: number[] = [];
    const result = await db.up(files, {
      onEvent: (event) => void (event.type === 'migration:start' && indexes.push(event.index)),
    });
    expect(result.applied.map((outcome) => outcome.version)).toEqual([1, 2, 3, 4, 5]);
    expect(indexes).toEqual([1, 2, 3, 4, 5]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok', '4 up ok', '5 up ok']);
    const before = db.files();
    expect((await db.up(files)).applied).toEqual([]);
    expect(db.files()).toEqual(before);
  });

  it('skip what the run does anyway', async () => {
    const db = open();
    expect(
      (await db.up({ '001_v.sql': '-- dunlin: no-transaction\nBEGIN;\nVACUUM;\nCOMMIT;' })).applied[0]?.statements,
    ).toBe(1);
  });

  // Where the driver opens no second connection there is no lock that keeps another run out.
  it('are left out when another process ran them meanwhile', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL');
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_v.sql': vacuum };
    let commits = 0;
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...withoutSecond(bridge),
      script: (sql) => {
        void bridge.script(sql);
        if (sql !== 'COMMIT' || ++commits !== 2) return;
        otherRun(db, files).upSync();
      },
    });
    expect((await db.up(files, { wrap })).applied.map((outcome) => outcome.version)).toEqual([1]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', 'run up ok', '2 up ok']);
  });

  it('go down', async () => {
    const db = open();
    const files = {
      '001_wal.sql':
        '-- dunlin: no-transaction\n-- === UP MIGRATION ===\nPRAGMA journal_mode = WAL;\n-- === DOWN MIGRATION ===\nPRAGMA journal_mode = DELETE;',
    };
    await db.up(files);
    expect((await db.down(files)).applied).toMatchObject([{ version: 1, direction: 'down' }]);
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
    expect(db.versions()).toEqual([]);
    await db.up(files);
    expect(await failureOf(() => db.runner(files).redo())).toMatchObject({
      code: 'ATOMIC_RUN_SPLIT',
      hint: expect.stringContaining('`dunlin down --to 0`, then `dunlin up`'),
    });
  });

  it('go down with a backup: no connection that made one is in the way', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x); PRAGMA journal_mode = WAL');
    const files = { '001_d.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = DELETE;' };
    expect((await db.up(files, { backup: 'always' })).backup).toBeDefined();
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
  });

  it('a failure keeps what came before, records it, and says what stays', async () => {
    const db = open();
    const files = {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_v.sql': '-- dunlin: no-transaction\nVACUUM;\nREINDEX nowhere;',
      '003_b.sql': 'CREATE TABLE b (x);',
    };
    const events: string[] = [];
    const error = await failureOf(() => db.up(files, { onEvent: (event) => void events.push(event.type) }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      hint: expect.stringContaining('outside a transaction'),
      location: { file: '002_v.sql', line: 3, statement: 2 },
      applied: [{ version: 1 }],
      failed: { version: 2 },
      pending: [{ version: 3 }],
    });
    expect(events.at(-1)).toBe('migration:failed');
    expect(db.versions()).toEqual([1]);
    expect(db.attempts()).toEqual(['run up failed STATEMENT_FAILED', '1 up ok', '2 up failed STATEMENT_FAILED']);
    expect((await db.up({ ...files, '002_v.sql': vacuum })).applied.map((outcome) => outcome.version)).toEqual([2, 3]);
  });

  it('are verified', async () => {
    const db = open();
    const verifying = (mode: string): Record<string, string> => ({
      '001_wal.sql': `${wal}\n-- === VERIFY ===\n-- it is ${mode}\nSELECT journal_mode = '${mode}' FROM pragma_journal_mode;`,
    });
    const error = await failureOf(() => db.up(verifying('truncate')));
    expect(error).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringContaining('it is truncate (result 0)'),
      hint: expect.stringContaining('the journal mode that 001_wal had changed was set back'),
      failed: { version: 1 },
    });
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
    expect(db.versions()).toEqual([]);
    expect((await db.up(verifying('wal'))).applied).toHaveLength(1);
  });

  it('a crash after them and before their record runs them once more', async () => {
    const db = open();
    let crashed = false;
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...bridge,
      script: (sql) => {
        if (crashed) throw driverError('SQLITE_IOERR');
        crashed = sql === 'VACUUM';
        return bridge.script(sql);
      },
    });
    expect(await failureOf(() => db.up({ '001_v.sql': vacuum }, { wrap }))).toMatchObject({ code: 'DISK_ERROR' });
    expect(db.attempts()).toEqual(['run up running']);
    expect((await db.up({ '001_v.sql': vacuum })).applied).toHaveLength(1);
    expect(db.attempts()).toEqual(['run up interrupted', 'run up ok', '1 up ok']);
  });

  it('twice at the same moment does no harm, and is recorded once', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE a (x)');
    let raced = false;
    const files = { '001_v.sql': vacuum };
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => ({
      ...withoutSecond(bridge),
      script: (sql) => {
        if (sql === 'VACUUM' && !raced) {
          raced = true;
          otherRun(db, files).upSync();
        }
        return bridge.script(sql);
      },
    });
    expect((await db.up(files, { wrap })).applied).toHaveLength(1);
    expect(db.versions()).toEqual([1]);
    expect(db.column(`SELECT count(*) FROM schema_migration_attempts WHERE status = 'running'`)).toEqual([0]);
  });

  it('a table that was damaged meanwhile stops them', async () => {
    const db = open();
    const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_v.sql': vacuum, '003_b.sql': 'CREATE TABLE b (x);' };
    const damage =
      (version: number) =>
      (event: DunlinEvent): void => {
        if (event.type === 'migration:done' && event.migration.version === version)
          db.connect().script(`UPDATE schema_migrations SET name = ''`);
      };
    // After the first group's COMMIT its event has been sent already, so the damage waits for the next group.
    const wrap = (bridge: typeof db.bridge): typeof db.bridge => {
      let commits = 0;
      return {
        ...bridge,
        script: (sql) => {
          void bridge.script(sql);
          if (sql === 'COMMIT' && ++commits === 2) void bridge.script(`UPDATE schema_migrations SET name = ''`);
        },
      };
    };
    expect(await failureOf(() => db.up(files, { wrap }))).toMatchObject({
      code: 'LEDGER_ROW_DAMAGED',
      applied: [{ version: 1 }],
      pending: [{ version: 2 }, { version: 3 }],
    });
    db.exec(`UPDATE schema_migrations SET name = 'a'`);
    expect(await failureOf(() => db.up(files, { onEvent: damage(2) }))).toMatchObject({
      code: 'LEDGER_ROW_DAMAGED',
      applied: [{ version: 2 }],
    });
  });
});
