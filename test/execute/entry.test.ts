import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import {
  bridgeFor,
  migrate,
  MigrationRunner,
  MigrationService,
  migrateSync,
  RollbackManager,
  VersionTracker,
} from '../../src/node/index.ts';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { createRegistry } from '../../src/migration/index.ts';
import { parseDatabase } from '../../src/node/database-url.ts';
import { createRunner } from '../../src/node/create-runner.ts';
import { directorySource } from '../../src/node/directory-source.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { openDatabase } from '../../src/node/open-database.ts';
import { MigrationRunner as CoreRunner } from '../../src/runner/runner.ts';
import { asyncBridge, mockBridge } from '../../src/testing/index.ts';
import { failureOf } from '../support/databases.ts';

const making = (table: string): string =>
  `-- === UP MIGRATION ===\nCREATE TABLE ${table} (x);\n-- === DOWN MIGRATION ===\nDROP TABLE ${table};\n`;

let folder = '';
let path = '';
let migrations = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-entry-'));
  path = join(folder, 'app.db');
  migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  writeFileSync(join(migrations, '001_a.sql'), making('a'));
  writeFileSync(join(migrations, '002_b.sql'), making('b'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tables = (): unknown[] => {
  const db = new BetterSqlite3(path);
  const names = db.prepare(`SELECT name FROM sqlite_schema WHERE length(name) = 1 ORDER BY name`).pluck().all();
  db.close();
  return names;
};

describe('migrate and migrateSync', () => {
  it('take a path, and return how many were applied', async () => {
    expect((await migrate({ database: path, migrations })).applied).toHaveLength(2);
    expect(migrateSync({ database: path, migrations }).applied).toHaveLength(0);
    expect(tables()).toEqual(['a', 'b']);
    expect(readdirSync(folder).toSorted()).toEqual(['app.db', 'migrations']);
  });

  it('take a URL, and a driver by name', async () => {
    for (const driver of ['better-sqlite3', '@photostructure/sqlite'] as const) {
      expect(migrateSync({ database: `file:${path}`, migrations, driver }).to).toBe(2);
    }
    expect(
      await failureOf(() => migrateSync({ database: path, migrations, driver: 'nodriver' as never })),
    ).toMatchObject({ code: 'DRIVER_UNKNOWN' });
  });

  it.each([
    ['better-sqlite3', () => new BetterSqlite3(path)],
    ['node:sqlite', () => new DatabaseSync(path)],
  ])('take an open %s connection, which stays open', async (_, open) => {
    const database = open();
    expect(migrateSync({ database, migrations }).applied).toHaveLength(2);
    expect((await migrate({ database, migrations })).applied).toHaveLength(0);
    database.exec('INSERT INTO a VALUES (1)');
    writeFileSync(join(migrations, '003_c.sql'), 'SELECT nope');
    expect(new MigrationRunner({ database, migrations }).database).toBe('app.db');
    database.close();
    expect(await failureOf(() => migrate({ database, migrations }))).toMatchObject({ code: 'HANDLE_CLOSED' });
  });

  it.each([':memory:', 'sqlite::memory:', 'file::memory:', 'file:app?mode=memory'])(
    'refuse %s by its name, which would be gone afterwards',
    async (database) => {
      const given = { database, migrations: { '001_a.sql': making('a') } };
      const expected = { code: 'DATABASE_IN_MEMORY', hint: expect.stringContaining('`migrate({ database: db, ') };
      expect(await failureOf(() => migrate(given))).toMatchObject(expected);
      expect(await failureOf(() => migrateSync(given))).toMatchObject(expected);
      // A runner keeps its connection until it is closed.
      const runner = new MigrationRunner(given);
      expect((await runner.up()).applied).toHaveLength(1);
      expect((await runner.status()).version).toBe(1);
      await runner.close();
    },
  );

  it('take a record or a list of definitions', async () => {
    migrateSync({
      database: path,
      migrations: { './migrations/001_a.sql': making('a'), './migrations/002_b.sql': making('b') },
    });
    migrateSync({ database: path, migrations });
    const list = [{ version: 1, name: 'a', up: (db: { exec(sql: string): void }) => db.exec('CREATE TABLE z (x)') }];
    expect((await migrate({ database: new BetterSqlite3(':memory:'), migrations: list })).applied).toHaveLength(1);
  });

  it('close the file and name the migration when something fails', async () => {
    writeFileSync(join(migrations, '003_c.sql'), 'SELECT nope');
    expect(await failureOf(() => migrate({ database: path, migrations }))).toMatchObject({
      code: 'STATEMENT_FAILED',
      migration: { version: 3, name: 'c' },
      location: { file: expect.stringContaining('003_c.sql') },
    });
    expect(await failureOf(() => migrateSync({ database: path, migrations }))).toMatchObject({
      code: 'STATEMENT_FAILED',
    });
    rmSync(path);
    expect(existsSync(path)).toBe(false);
  });

  it('go up to a version, or so many steps', async () => {
    expect(await migrate({ database: path, migrations, to: 1 })).toMatchObject({ to: 1, pending: [{ version: 2 }] });
    expect(migrateSync({ database: path, migrations, steps: 0 }).to).toBe(1);
    expect(migrateSync({ database: path, migrations, steps: 1 }).to).toBe(2);
  });

  it('create no database when the migrations cannot be read', async () => {
    writeFileSync(join(migrations, '2_again.sql'), 'SELECT 1');
    expect(await failureOf(() => migrate({ database: path, migrations }))).toMatchObject({ code: 'VERSION_DUPLICATE' });
    expect(await failureOf(() => migrateSync({ database: path, migrations: join(folder, 'nowhere') }))).toMatchObject({
      code: expect.stringMatching(/^[A-Z_]+$/),
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe('another process', () => {
  it.each(['sync', 'async'])('that writes is waited for as long as was asked, %s', async (api) => {
    await migrate({ database: path, migrations });
    writeFileSync(join(migrations, '003_c.sql'), making('c'));
    const script = `const db = require('better-sqlite3')(${JSON.stringify(path)}); db.exec('BEGIN IMMEDIATE'); console.log('locked'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      cwd: process.cwd(),
    });
    await once(holder.stdout, 'data');
    const started = Date.now();
    const options = { database: path, migrations, lockTimeoutMs: 300 };
    const error = await failureOf(() => (api === 'sync' ? migrateSync(options) : migrate(options)));
    const waited = Date.now() - started;
    expect(error).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('app.db') });
    expect(waited).toBeGreaterThanOrEqual(300);
    // The default is 30 seconds.
    expect(waited).toBeLessThan(20_000);
    // The operating system frees the lock with the process, however it ends.
    holder.kill('SIGKILL');
    await once(holder, 'close');
    expect(migrateSync(options).applied).toHaveLength(1);
  });
});

describe('wrong options', () => {
  const wrong: readonly (readonly [options: Record<string, unknown>, code: string, message: string])[] = [
    [{ verify: 'ful' }, 'OPTION_INVALID', '(did you mean "full"?); it is "ful"'],
    [{ lockTimeoutMs: Number.NaN }, 'OPTION_INVALID', 'it is NaN'],
    [{ onEvent: 'log' }, 'OPTION_INVALID', '`onEvent` must be a function; it is "log"'],
    [{ atomc: 'run' }, 'OPTION_INVALID', '`atomc` is unknown (did you mean `atomic`?)'],
    [
      { tables: { attempts: 'Schema_Migrations' } },
      'OPTION_INVALID',
      '`tables` must name each table differently; "Schema_Migrations" stands for two of them',
    ],
    [{ layout: 'semver', tables: { migrations: 'schema_version' } }, 'OPTION_INVALID', '"schema_version" stands for'],
    [{ database: undefined }, 'OPTION_INVALID', 'an open connection or a `DatabaseBridge`; it is undefined'],
    [{ database: 7 }, 'OPTION_INVALID', 'it is 7'],
    [{ database: {} }, 'HANDLE_UNKNOWN', 'An object cannot be used'],
    [{ migrations: undefined }, 'OPTION_INVALID', '`migrations` must be the path of a directory'],
    [{ migrations: '' }, 'OPTION_INVALID', 'it is ""'],
    [{ migrations: new Map() }, 'SOURCE_INVALID', 'an object of class Map'],
  ];

  it.each(wrong)('are one clear error, thrown or as a rejection: %o', async (options, code, message) => {
    const given = { database: path, migrations, ...options } as never;
    const expected = { code, message: expect.stringContaining(message), hint: expect.stringMatching(/^Nothing was /) };
    expect(await failureOf(() => migrateSync(given))).toMatchObject(expected);
    expect(await failureOf(() => new MigrationRunner(given))).toMatchObject(expected);
    // Nothing is thrown before the promise is there.
    const promises = [migrate(given), new RollbackManager(given).rollback(), new VersionTracker(given).current()];
    for (const promise of await Promise.all(promises.map((promise) => failureOf(() => promise))))
      expect(promise).toMatchObject(expected);
    expect(existsSync(path)).toBe(false);
  });

  it('are refused by a service, which has a bridge instead of a database', async () => {
    const making = (options: object) => () => new MigrationService({ migrations, ...options } as never);
    expect(await failureOf(making({ database: path }))).toMatchObject({
      code: 'OPTION_INVALID',
      message: expect.stringMatching(/`database` is unknown[^]*`bridge` must be a `DatabaseBridge`/),
    });
    expect(await failureOf(making({ bridge: mockBridge(), tool: 1 }))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await failureOf(() => new MigrationRunner(undefined as never))).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('of a method are refused before anything is opened', async () => {
    const runner = new MigrationRunner({ database: path, migrations });
    const one = '1' as never;
    const calls = [
      () => runner.up({ to: one }),
      () => runner.down({ steps: -1 }),
      () => runner.down(null as never),
      () => runner.to(one),
      () => runner.plan({ direction: 'sideways' as never }),
      () => runner.history({ limit: -1 }),
      () => runner.baseline(one),
      () => runner.repair(one),
      () => runner.reset(undefined as never),
      () => runner.try(undefined as never),
    ];
    for (const call of calls) {
      const promise = call();
      expect(await failureOf(() => promise)).toMatchObject({ code: 'OPTION_INVALID' });
    }
    for (const call of [
      () => runner.upSync({ to: one }),
      () => runner.planSync({ to: one }),
      () => runner.toSync(one),
      () => runner.historySync({ limit: one }),
      () => runner.baselineSync(1, { verify: one }),
      () => runner.repairSync(one),
      () => runner.resetSync(undefined as never),
      () => migrateSync({ database: path, migrations, to: one }),
    ])
      expect(await failureOf(call)).toMatchObject({ code: 'OPTION_INVALID' });
    const rejected = migrate(undefined as never);
    expect(await failureOf(() => rejected)).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await failureOf(() => runner.downSync({ step: 2 } as never))).toMatchObject({
      message: '`step` is unknown (did you mean `steps`?).',
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe('MigrationRunner by path', () => {
  it('opens on first use, and again after it was closed', async () => {
    const runner = new MigrationRunner({ database: path, migrations });
    expect(existsSync(path)).toBe(false);
    await runner.close();
    runner.closeSync();
    expect((await runner.up()).applied).toHaveLength(2);
    await runner.close();
    expect(runner.statusSync().version).toBe(2);
    runner.closeSync();
    expect(await failureOf(() => runner.reset({ confirm: 'other.db' }))).toMatchObject({ code: 'CONFIRMATION_WRONG' });
    await runner.reset({ confirm: 'app.db' });
    await runner.close();
    expect(tables()).toEqual([]);
  });

  it.each<[string, (runner: MigrationRunner) => unknown, object]>([
    ['status', (runner) => runner.status(), { version: 0, pending: [{ version: 1 }, { version: 2 }] }],
    ['statusSync', (runner) => runner.statusSync(), { version: 0, tooOld: true }],
    ['plan', (runner) => runner.plan({ steps: 1 }), { from: 0, to: 1, steps: [{ name: 'a' }] }],
    ['planSync', (runner) => runner.planSync(), { from: 0, to: 2 }],
    ['check', (runner) => runner.check(), { problems: [] }],
    ['checkSync', (runner) => runner.checkSync(), { problems: [] }],
    ['history', (runner) => runner.history(), []],
    ['historySync', (runner) => runner.historySync({ limit: 1 }), []],
    ['repairs', (runner) => runner.repairs(), []],
    ['repairsSync', (runner) => runner.repairsSync(), []],
    ['try', (runner) => runner.try(2), { up: { version: 2 }, down: { version: 2 } }],
  ])('%s of a missing file answers as for an empty database, and creates nothing', async (_, read, expected) => {
    const runner = new MigrationRunner({ database: path, migrations });
    expect(await read(runner)).toMatchObject(expected);
    expect(await read(runner)).toMatchObject(expected);
    expect(readdirSync(folder)).toEqual(['migrations']);
    // Not the empty database that stood for it: the file that is there meanwhile.
    await migrate({ database: path, migrations });
    expect((await runner.status()).version).toBe(2);
    // Nor for what writes.
    rmSync(path);
    await read(runner);
    expect((await runner.up()).applied).toHaveLength(2);
    expect((await runner.status()).version).toBe(2);
    await runner.close();
    expect(tables()).toEqual(['a', 'b']);
  });

  it('closes again what it opened for a look, also when the look fails', async () => {
    await migrate({ database: path, migrations });
    const opened: DatabaseBridge[] = [];
    const closed: DatabaseBridge[] = [];
    const parts = {
      bridge: () => {
        const { bridge } = openDatabase(path, { driver: 'better-sqlite3' });
        const watched = { ...bridge, close: () => (closed.push(watched), bridge.close?.()) };
        opened.push(watched);
        return watched;
      },
      registry: () => createRegistry(directorySource(migrations), nodeHost),
      host: nodeHost,
      database: 'app.db',
      owned: true,
    };
    const runner = new CoreRunner(parts, { functions: { one: () => 1 } });
    expect(runner.statusSync().version).toBe(2);
    expect((await runner.status()).version).toBe(2);
    const db = new BetterSqlite3(path);
    db.exec('DROP TABLE schema_migrations; CREATE TABLE schema_migrations (x)');
    db.close();
    expect(await failureOf(() => runner.historySync())).toMatchObject({ code: 'LEDGER_FOREIGN' });
    const rejected = runner.history();
    expect(await failureOf(() => rejected)).toMatchObject({ code: 'LEDGER_FOREIGN' });
    expect([opened.length, closed]).toEqual([4, opened]);
    // A run's connection is kept until the runner is closed.
    await failureOf(() => runner.upSync());
    await runner.status();
    runner.closeSync();
    runner.closeSync();
    expect([opened.length, closed]).toEqual([5, opened]);
  });

  it('is what the command line asks for', async () => {
    const runner = createRunner({ database: parseDatabase(path), migrations, driver: 'better-sqlite3' });
    expect(runner.database).toContain('app.db');
    expect((await runner.up()).applied).toHaveLength(2);
    await runner.close();
    const reader = createRunner({ database: parseDatabase(path), migrations });
    expect((await reader.status()).version).toBe(2);
    await reader.close();
  });

  it('tries on a copy of the file', async () => {
    const runner = new MigrationRunner({ database: path, migrations });
    await runner.up({ to: 1 });
    const before = statSync(path).mtimeMs;
    expect((await runner.try(2)).down?.version).toBe(2);
    expect(statSync(path).mtimeMs).toBe(before);
    await runner.close();
    const relative = new MigrationRunner({ database: path, migrations, driver: 'better-sqlite3' });
    expect((await relative.try(1)).up.version).toBe(1);
    await relative.close();
  });

  it('a copy that cannot be made is an error that says why', async () => {
    const runner = new MigrationRunner({ database: path, migrations });
    await runner.up();
    const before = process.env['TMPDIR'];
    process.env['TMPDIR'] = join(folder, 'nowhere');
    try {
      expect(await failureOf(() => runner.try(1))).toMatchObject({
        code: 'COPY_FAILED',
        message: expect.stringContaining('ENOENT'),
      });
    } finally {
      if (before === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = before;
      await runner.close();
    }
  });
});

describe('an existing connection', () => {
  const connections = [
    ['better-sqlite3', (file: string) => new BetterSqlite3(file)],
    ['node:sqlite', (file: string) => new DatabaseSync(file)],
  ] as const;

  it.each(connections)('is called by its file: %s', async (_, open) => {
    const lines: string[] = [];
    const hear = (line: string): void => void lines.push(line);
    const database = open(path);
    const runner = new MigrationRunner({ database, migrations, logger: { info: hear, warn: hear, error: hear } });
    runner.upSync();
    expect(lines[0]).toBe('app.db: version 0, 2 to run');
    database.exec('BEGIN');
    expect(await failureOf(() => runner.downSync())).toMatchObject({
      code: 'TRANSACTION_OPEN',
      message: 'A transaction is open already on app.db.',
    });
    database.exec('COMMIT');
    database.close();
  });

  it.each(connections)('is reset with the name of its file, or :memory:, as confirmation: %s', async (name, open) => {
    for (const [file, confirm] of [
      [path, 'app.db'],
      [':memory:', ':memory:'],
    ] as const) {
      const database = open(file);
      const runner = new MigrationRunner({ database, migrations });
      runner.upSync();
      for (const wrong of [`the ${name} connection`, name, '', 'main'])
        expect(await failureOf(() => runner.resetSync({ confirm: wrong }))).toMatchObject({
          code: 'CONFIRMATION_WRONG',
          hint: expect.stringContaining(`confirm with ${confirm}`),
        });
      expect(runner.statusSync().version).toBe(2);
      runner.resetSync({ confirm });
      expect(runner.statusSync().version).toBe(0);
      database.close();
    }
  });

  it('of a bridge that does not know its file is called by its driver', () => {
    expect(new MigrationRunner({ database: mockBridge(), migrations }).database).toMatch(/^the .* connection$/);
    const database = new BetterSqlite3(path);
    expect(new MigrationRunner({ database: asyncBridge(bridgeFor(database)), migrations }).database).toBe('app.db');
    database.close();
  });

  it('can do everything synchronously, as an application’s constructor needs it', () => {
    const database = new BetterSqlite3(path);
    database.exec('CREATE TABLE a (x)');
    const runner = new MigrationRunner({ database, migrations });
    expect(runner.baselineSync(1)).toMatchObject({ to: 1, applied: [{ name: 'a' }] });
    expect(runner.planSync({ direction: 'down' }).steps).toMatchObject([{ version: 1, direction: 'down' }]);
    expect(runner.toSync(2).to).toBe(2);
    expect(runner.redoSync().applied).toHaveLength(2);
    expect(runner.checkSync().problems).toEqual([]);
    writeFileSync(join(migrations, '002_c.sql'), making('b'));
    rmSync(join(migrations, '002_b.sql'));
    expect(runner.repairsSync()).toEqual([{ kind: 'rename', migration: { version: 2, name: 'b' }, to: 'c' }]);
    expect(runner.repairSync([2])).toHaveLength(1);
    expect(runner.historySync().map((run) => run.direction)).toEqual(['repair', 'down', 'up', 'baseline']);
    database.close();
  });
});

describe('the names that applications know', () => {
  it('MigrationService does everything through a bridge', async () => {
    const database = new BetterSqlite3(path);
    const lines: string[] = [];
    const logger = { info: (line: string) => void lines.push(line), warn: () => undefined, error: () => undefined };
    const service = new MigrationService({ bridge: bridgeFor(database), migrations, logger });
    expect(await service.pending()).toEqual([
      { version: 1, name: 'a' },
      { version: 2, name: 'b' },
    ]);
    expect(await service.applied()).toEqual([]);
    expect(service.runSync().applied).toHaveLength(2);
    expect((await service.run()).applied).toHaveLength(0);
    expect((await service.applied()).map((row) => row.name)).toEqual(['a', 'b']);
    expect(lines.at(-1)).toMatch(/^app\.db: version 2, 2 run in \d+ ms$/);
    expect((await new MigrationService({ bridge: asyncBridge(bridgeFor(database)), migrations }).run()).to).toBe(2);
    database.close();
  });

  it('MigrationService runs on a mock bridge', async () => {
    const bridge = mockBridge();
    const service = new MigrationService({ bridge, migrations });
    expect((await service.run()).applied.map((outcome) => outcome.name)).toEqual(['a', 'b']);
    expect(
      bridge.requests
        .map((request) => request.sql)
        .filter((sql) => sql.startsWith('CREATE TABLE a') || sql.startsWith('CREATE TABLE b')),
    ).toHaveLength(2);
    expect(await service.pending()).toEqual([]);
  });

  it('VersionTracker returns where the database stands, and writes nothing', async () => {
    const tracker = new VersionTracker({ database: path, migrations });
    expect(await tracker.current()).toEqual({ version: 0, label: undefined });
    expect([await tracker.isTooOld(), await tracker.isTooNew()]).toEqual([true, false]);
    expect(existsSync(path)).toBe(false);
    await migrate({ database: path, migrations });
    expect(await tracker.current()).toEqual({ version: 2, label: undefined });
    expect([await tracker.isTooOld(), await tracker.isTooNew()]).toEqual([false, false]);
    rmSync(join(migrations, '002_b.sql'));
    expect([await tracker.isTooOld(), await tracker.isTooNew()]).toEqual([false, true]);
  });

  it('VersionTracker returns a semantic version', async () => {
    const db = new BetterSqlite3(path);
    db.exec(
      `CREATE TABLE schema_version (version TEXT, updated_at TEXT); INSERT INTO schema_version VALUES ('1.0.0', NULL)`,
    );
    expect(await new VersionTracker({ database: db, migrations: {}, layout: 'semver' }).current()).toEqual({
      version: 0,
      label: '1.0.0',
    });
    db.close();
  });

  it('RollbackManager rolls back one, or the given number', async () => {
    await migrate({ database: path, migrations });
    const manager = new RollbackManager({ database: path, migrations });
    expect((await manager.rollback()).applied.map((outcome) => outcome.version)).toEqual([2]);
    expect((await manager.rollback({ all: true })).applied.map((outcome) => outcome.version)).toEqual([1]);
    writeFileSync(join(migrations, '001_a.sql'), 'CREATE TABLE a (x);');
    await migrate({ database: path, migrations });
    expect(await failureOf(() => manager.rollback({ all: true }))).toMatchObject({ code: 'CANNOT_ROLL_BACK' });
  });
});
