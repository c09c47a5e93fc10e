import { describe, expect, it } from 'vitest';
import { asyncBridge } from '../../src/testing/index.ts';
import type { AsyncMigrationDatabase, MigrationDatabase, MigrationDefinition } from '../../src/migration/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { failureOf, openTestDatabase, registryOf, variants } from '../support/databases.ts';

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe.each(variants.filter((variant) => variant.api === 'sync'))('an async function, $driver', (variant) => {
  it('in a synchronous run is refused and rolled back, and does nothing afterwards', async () => {
    const db = openTestDatabase(variant);
    let late: unknown;
    const up = async (m: MigrationDatabase): Promise<void> => {
      m.exec('CREATE TABLE a (x)');
      await pause();
      try {
        m.exec('CREATE TABLE escaped (x)');
      } catch (error) {
        late = error;
      }
      throw new Error('nobody hears this');
    };
    const files = { '001_first.sql': 'CREATE TABLE first (x)', '002_a.js': { up } };
    const error = await failureOf(() => db.runner(files).upSync());
    expect(error).toMatchObject({
      code: 'ASYNC_IN_SYNC',
      message: expect.stringContaining('up() of 002_a'),
      applied: [{ version: 1 }],
      failed: { version: 2 },
    });
    await pause();
    await pause();
    expect(late).toMatchObject({ code: 'HANDLE_REVOKED' });
    expect(db.column(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_%'`)).toEqual([
      'first',
    ]);
    expect(db.versions()).toEqual([1]);
  });

  it('in an asynchronous run on a synchronous driver is awaited; its calls return values', async () => {
    const db = openTestDatabase(variant);
    const up = async (m: MigrationDatabase): Promise<void> => {
      m.exec('CREATE TABLE a (x)');
      await pause();
      const { changes } = m.run('INSERT INTO a VALUES (1)');
      if (changes !== 1) throw new Error('not at once');
    };
    expect((await db.runner({ '001_a.js': { up } }).up()).applied).toHaveLength(1);
    expect(db.column('SELECT x FROM a')).toEqual([1]);
  });

  it('may leave calls unawaited: they belong to the migration all the same, in their order', async () => {
    const db = openTestDatabase({ ...variant, api: 'async' });
    const up = async (m: AsyncMigrationDatabase): Promise<void> => {
      void m.exec('CREATE TABLE a (x)');
      void Promise.all([m.run('INSERT INTO a VALUES (1)'), m.run('INSERT INTO a VALUES (2)')]);
    };
    await db.up({ '001_a.js': { up } as unknown as MigrationDefinition, '002_b.sql': 'INSERT INTO a VALUES (3)' });
    expect(db.column('SELECT x FROM a ORDER BY rowid')).toEqual([1, 2, 3]);
  });

  it('an asynchronous bridge cannot be run synchronously', async () => {
    const db = openTestDatabase(variant);
    const bridge = asyncBridge(db.bridge);
    const parts = {
      registry: () => registryOf({ '001_a.sql': 'SELECT 1' }),
      host: nodeHost,
      database: 'app.db',
      owned: false,
    };
    expect(await failureOf(() => new MigrationRunner({ ...parts, bridge: () => bridge }).upSync())).toMatchObject({
      code: 'BRIDGE_NOT_SYNC',
    });
    expect(
      await failureOf(() => new MigrationRunner({ ...parts, bridge: async () => db.bridge }).upSync()),
    ).toMatchObject({ code: 'BRIDGE_NOT_SYNC' });
    const failing = new MigrationRunner({ ...parts, bridge: () => Promise.reject(new Error('x')) });
    expect(await failureOf(() => failing.statusSync())).toMatchObject({ code: 'BRIDGE_NOT_SYNC' });
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
    // Opened by then, the same runner can.
    const runner = new MigrationRunner({ ...parts, bridge: async () => db.bridge });
    await runner.status();
    expect(runner.upSync().applied).toHaveLength(1);
  });
});
