import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run, toDunlinError } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { provenBackups } from '../support/backups.ts';
import { contentOf, registryOf } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';

/**
 * A run whose step outside a transaction fails halfway, and is undone with the backup: every request of it goes wrong in
 * turn. Afterwards no row is missing, what is recorded is there, and a plain start with the mended file ends it.
 */

// Where syncing costs nothing, if there is such a place: nobody cuts the power here.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-recover-sweep-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const broken: MigrationRecord = {
  '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
  '002_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nREINDEX nowhere;',
  '003_b.sql': 'CREATE TABLE b (x);',
};
const mended = { ...broken, '002_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nVACUUM;' };

/** Each request with DUNLIN_ROUNDS=full. */
const every = process.env['DUNLIN_ROUNDS'] === 'full' ? 1 : 5;

const open = (path: string): DatabaseBridge => betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 }));

function contextOf(bridge: DatabaseBridge, files: MigrationRecord): RunContext {
  const parts = { host: nodeHost, database: 'app.db' };
  return createContext(parts, { lockTimeoutMs: 0, backups: { compress: false } }, bridge, registryOf(files));
}

const first = (bridge: DatabaseBridge, sql: string): unknown =>
  Object.values((bridge.query(sql, []) as readonly object[])[0] ?? {})[0];

describe.each(['delete', 'wal'])('an automatic restore, journal mode %s', (mode) => {
  it.each(['death', 'before', 'after'] as const)('%s at every request', async (kind) => {
    const template = join(root, `${mode}-${kind}`);
    mkdirSync(template);
    const db = new BetterSqlite3(join(template, 'app.db'));
    db.pragma(`journal_mode = ${mode}`);
    db.exec(`CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one'), (2, 'two')`);
    db.close();
    const seen = { points: 0, undone: 0, stayed: 0 };
    for (let at = 1; ; at += every) {
      const folder = join(root, 'run');
      rmSync(folder, { recursive: true, force: true });
      cpSync(template, folder, { recursive: true });
      const path = join(folder, 'app.db');
      const about = `${kind} at request ${at}`;
      const fault: Fault = kind === 'death' ? { kind, at } : { kind, at, code: 'SQLITE_IOERR_WRITE' };
      let bridge = open(path);
      const loop = new ThirdLoop(bridge, fault);
      let error: unknown;
      try {
        await loop.drive(run(contextOf(bridge, broken), { kind: 'up' }));
      } catch (thrown) {
        error = thrown instanceof Death ? thrown : toDunlinError(thrown, 'app.db');
        expect(error instanceof Death || isDunlinError(error), `${about}: ${String(thrown)}`).toBe(true);
      }
      expect(error, about).toBeDefined();
      if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
      void bridge.close?.();

      bridge = open(path);
      expect(first(bridge, 'PRAGMA integrity_check'), about).toBe('ok');
      expect(first(bridge, 'SELECT group_concat(v) FROM t'), about).toBe('one,two');
      const made = first(bridge, `SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`) === 1;
      const applied = made ? first(bridge, 'SELECT group_concat(version) FROM schema_migrations') : null;
      const tables = first(bridge, `SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('a', 'b')`);
      expect([applied, tables], about).toEqual(applied === null ? [null, null] : ['1', 'a']);
      const undone = isDunlinError(error) && error.hint.startsWith('Nothing is left of it');
      if (undone) expect(first(bridge, 'PRAGMA user_version'), about).toBe(0);
      seen[undone ? 'undone' : 'stayed'] += 1;
      provenBackups(`${path}-backups`, about);

      await new ThirdLoop(bridge, undefined).drive(run(contextOf(bridge, mended), { kind: 'up' }));
      expect(first(bridge, 'SELECT group_concat(version) FROM schema_migrations'), about).toBe('1,2,3');
      expect(first(bridge, 'PRAGMA user_version'), about).toBe(7);
      expect(contentOf(bridge), about).toContain('"b"');
      expect(
        first(bridge, `SELECT count(*) FROM schema_migration_attempts WHERE status = 'running'`),
        `${about}, run again`,
      ).toBe(0);
      void bridge.close?.();
      if (loop.requests.length < at) break;
      seen.points += 1;
    }
    tried('automatic restore', seen.points);
    expect(seen.points).toBeGreaterThan(40);
    expect(seen.stayed).toBeGreaterThan(10);
    // A process that dies reports nothing; the last round has no fault.
    expect(seen.undone).toBeGreaterThanOrEqual(kind === 'death' ? 1 : 5);
  });
});
