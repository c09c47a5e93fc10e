import { describe, expect, it } from 'vitest';
import { LOCAL, type DatabaseBridge, type EngineFacts } from '../../src/bridge/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { failureOf, openTestDatabase, type RunnerSetup, type TestDatabase } from '../support/databases.ts';
import { lackingBridge } from '../support/lacking-bridge.ts';

const wrapped = (engine: Partial<EngineFacts>): { wrap: NonNullable<RunnerSetup['wrap']> } => ({
  // The same bridge for each run, as an application has it.
  wrap: (bridge: DatabaseBridge) => lackingBridge(bridge, { ...LOCAL, snapshot: 'none', ...engine }),
});

/** An engine with nothing but transactions. */
const bare: EngineFacts = {
  ...LOCAL,
  foreignKeys: 'always-on',
  durability: 'engine',
  settings: [],
  integrity: 'none',
  size: 'none',
  schemaVersion: false,
  dataVersion: false,
  temporary: false,
  attach: false,
  snapshot: 'none',
};

const migrations: MigrationsGiven = {
  '001_notes.sql':
    '-- === UP MIGRATION ===\nCREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n-- === DOWN MIGRATION ===\nDROP TABLE notes;',
  '002_rows.sql':
    "-- === UP MIGRATION ===\nINSERT INTO notes (text) VALUES ('a'), ('b');\n-- === DOWN MIGRATION ===\nDELETE FROM notes;",
  '003_code.js': defineMigration({
    up: (db: MigrationDatabase) => void db.run("UPDATE notes SET text = 'c' WHERE id = 2"),
  }),
};

describe('an engine that lacks', () => {
  it.each<[string, Partial<EngineFacts>]>([
    ['everything but transactions', bare],
    ['settings', { settings: [] }],
    ['synchronous', { durability: 'engine', settings: LOCAL.settings.filter((name) => name !== 'synchronous') }],
    ['a switch for foreign keys', { foreignKeys: 'always-on' }],
    ['a switch for foreign keys of its own', { foreignKeys: 'shared' }],
    ['integrity_check', { integrity: 'quick' }],
    ['any integrity check', { integrity: 'none' }],
    ['a size', { size: 'none' }],
    ['schema_version', { schemaVersion: false }],
    ['data_version', { dataVersion: false }],
    ['temporary tables', { temporary: false }],
    ['ATTACH', { attach: false }],
  ])('%s runs migrations, finds nothing to do, rolls back and dumps', async (_, engine) => {
    const db = openTestDatabase();
    const setup = { ...wrapped(engine), backup: 'off' as const };
    expect((await db.up(migrations, setup)).applied).toHaveLength(3);
    expect(db.rows('SELECT text FROM notes ORDER BY id')).toEqual([{ text: 'a' }, { text: 'c' }]);
    expect((await db.up(migrations, setup)).applied).toEqual([]);
    const failed = await failureOf(() =>
      db.up({ ...migrations, '004_bad.sql': 'DELETE FROM notes; INSERT INTO nowhere VALUES (1);' }, setup),
    );
    expect(failed.code).toBe('STATEMENT_FAILED');
    expect(db.rows('SELECT count(*) AS n FROM notes')).toEqual([{ n: 2 }]);
    const lost = await failureOf(() =>
      db.up(
        {
          ...migrations,
          '004_lost.sql':
            'CREATE TABLE n2 AS SELECT * FROM notes WHERE id = 1; DROP TABLE notes; ALTER TABLE n2 RENAME TO notes;',
        },
        setup,
      ),
    );
    expect(lost.code).toBe('ROWS_LOST');
    const runner = db.runner(migrations, setup);
    expect((await runner.status()).drift).toEqual([]);
    expect(await runner.dump()).toContain('CREATE TABLE notes');
    db.exec('ALTER TABLE notes ADD COLUMN byhand');
    expect((await runner.status()).drift).not.toEqual([]);
  });

  it.each<[string, Partial<EngineFacts>]>([
    ['settings', { settings: [] }],
    ['synchronous', { durability: 'engine', settings: LOCAL.settings.filter((name) => name !== 'synchronous') }],
    ['a switch for foreign keys', { foreignKeys: 'always-on' }],
    ['integrity_check', { integrity: 'quick' }],
    ['a size', { size: 'none' }],
    ['schema_version', { schemaVersion: false }],
    ['temporary tables', { temporary: false }],
  ])('%s and does not say so fails before anything is changed', async (_, engine) => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE old (x)');
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
      ...lackingBridge(bridge, { ...LOCAL, ...engine }),
      engine: { ...LOCAL, snapshot: 'none' },
    });
    await failureOf(() => db.up(migrations, { wrap, backup: 'off' }));
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name = 'notes'")).toEqual([]);
  });

  it('an exact count of schema changes still sees drift', async () => {
    const db = openTestDatabase();
    const setup = { ...wrapped({ schemaVersion: false }), drift: 'error' as const, backup: 'off' as const };
    await db.up(migrations, setup);
    await db.up(migrations, setup);
    db.exec('ALTER TABLE notes ADD COLUMN byhand');
    expect((await failureOf(() => db.up(migrations, setup))).code).toBe('SCHEMA_DRIFT');
  });

  it.each<[string, Partial<EngineFacts>]>([
    ['a quick check', { integrity: 'quick' }],
    ['no check', { integrity: 'none' }],
  ])('%s refuses `verify: full`', async (_, engine) => {
    const db = openTestDatabase();
    const error = await failureOf(() => db.up(migrations, { ...wrapped(engine), verify: 'full' }));
    expect(error.code).toBe('ENGINE_LACKS');
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name = 'notes'")).toEqual([]);
  });

  it('settings leaves a migration without a transaction half done, and says so', async () => {
    const db = openTestDatabase();
    const more = { ...migrations, '004_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;\nVACUUM nowhere;' };
    const error = await failureOf(() => db.up(more, { ...wrapped({ settings: [] }), backup: 'off' }));
    expect(error.code).toBe('STATEMENT_FAILED');
    expect(db.rows('SELECT count(*) AS n FROM notes')).toEqual([{ n: 2 }]);
  });

  it('transactions runs nothing, and can still be read', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    const setup = wrapped({ transactions: 'batch', settings: [] });
    const more = { ...migrations, '004_more.sql': 'CREATE TABLE more (a)' };
    expect((await failureOf(() => db.up(more, setup))).code).toBe('ENGINE_LACKS');
    const runner = db.runner(more, setup);
    expect((await runner.status()).pending).toHaveLength(1);
    expect((await runner.plan()).steps).toHaveLength(1);
    expect(await runner.dump()).toContain('CREATE TABLE notes');
    expect(await runner.dump({ format: 'json' })).toContain('notes');
  });

  it('a temporary schema rebuilds tables', async () => {
    const db = openTestDatabase();
    const rebuild: MigrationsGiven = {
      ...migrations,
      '004_rebuild.js': defineMigration({
        up: (db: MigrationDatabase) =>
          void db.rebuildTable('notes', (table) => table.changeColumn('text', { notNull: true })),
      }),
    };
    await db.up(rebuild, { ...wrapped({ temporary: false }), backup: 'off' });
    expect(db.rows('SELECT text FROM notes ORDER BY id')).toEqual([{ text: 'a' }, { text: 'c' }]);
  });
});

describe('an engine whose integers are doubles', () => {
  it('refuses a bigint before it is rounded, and says of code that it may read rounded numbers', async () => {
    const db = openTestDatabase();
    const setup = { ...wrapped({ integers: 'doubles' }), backup: 'off' as const };
    const code: MigrationsGiven = {
      '001_a.sql': 'CREATE TABLE a (id)',
      '002_code.js': defineMigration({
        up: (db: MigrationDatabase) => void db.run('INSERT INTO a VALUES (?)', 2 ** 53),
      }),
    };
    const notes = ['002_code is code, which reads integers above 2^53 rounded with better-sqlite3: read them as text'];
    expect((await db.runner(code, setup).plan()).notes).toEqual(notes);
    expect((await db.up(code, setup)).notes).toEqual(notes);
    const error = await failureOf(() =>
      db.up(
        {
          ...code,
          '003_big.js': defineMigration({
            up: (db: MigrationDatabase) => void db.run('INSERT INTO a VALUES (?)', 2n ** 53n + 1n),
          }),
        },
        setup,
      ),
    );
    expect(`${error.code} ${error.message}`).toContain('9007199254740993');
    expect(db.rows('SELECT count(*) AS n FROM a')).toEqual([{ n: 1 }]);
  });
});

describe('tables of the engine itself', () => {
  const reserved = wrapped({ reserved: ['\\_cf\\_%'] });
  const withOwn = (): TestDatabase => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE _cf_KV (k, v); CREATE INDEX cf_i ON _cf_KV (k); CREATE TABLE acfb (x)');
    return db;
  };

  it('are in no dump, model, drift or baseline, and a name that is only alike is', async () => {
    const db = withOwn();
    const setup = { ...reserved, backup: 'off' as const };
    await db.up(migrations, setup);
    const runner = db.runner(migrations, setup);
    for (const format of ['sql', 'json', 'mermaid'] as const) {
      const text = await runner.dump({ format });
      expect(text).not.toContain('_cf_KV');
      expect(text).toContain('acfb');
    }
    db.exec('ALTER TABLE _cf_KV ADD COLUMN more; DROP INDEX cf_i');
    expect((await runner.status()).drift).toEqual([]);
  });

  it('are no content: a database with nothing else counts as new', async () => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE _cf_KV (k, v)');
    const { backup } = await db.up(migrations, { ...reserved, backup: 'always' });
    expect(backup).toBeUndefined();
  });
});
