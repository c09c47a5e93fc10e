import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { backupLocation } from '../../src/backup/index.ts';
import type { DatabaseBridge, Host, Op } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { toDunlinError } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { replaceDatabase, restore } from '../../src/restore/index.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { contentOf, registryOf } from '../support/databases.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';
import { tried } from '../support/fault-points.ts';

/** Every request of a restore goes wrong in turn: afterwards the database is what it was, or what the backup is. */

const root = mkdtempSync(join(tmpdir(), 'dunlin-restore-sweep-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const wanted = `CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one'), (2, 'two');
CREATE TABLE free (v); INSERT INTO free VALUES ('x'), ('y');`;
const since = `DELETE FROM t; CREATE TABLE u (a); INSERT INTO u VALUES (7);`;

interface Start {
  readonly folder: string;
  readonly earlier: string;
  readonly now: string;
}

/** A database with a backup of an earlier state. The folder is copied for each fault. */
async function prepare(name: string, mode: string): Promise<Start> {
  const folder = join(root, name);
  cpSync(mkdtempSync(join(root, 'empty-')), folder, { recursive: true });
  const path = join(folder, 'app.db');
  const db = new BetterSqlite3(path);
  db.pragma(`journal_mode = ${mode}`);
  db.exec(wanted);
  const bridge = betterSqlite3Bridge(db);
  const earlier = contentOf(bridge);
  const manager = new BackupManager({ database: path, driver: 'better-sqlite3' });
  await manager.create();
  await manager.close();
  db.exec(since);
  const now = contentOf(bridge);
  db.close();
  return { folder, earlier, now };
}

/** Content of the file as a fresh process finds it; undefined where there is no database that could be read. */
function read(path: string): string | undefined {
  if (!existsSync(path)) return undefined;
  const db = new BetterSqlite3(path);
  try {
    if (db.pragma('integrity_check', { simple: true }) !== 'ok') return undefined;
    return contentOf(betterSqlite3Bridge(db));
  } catch {
    return undefined;
  } finally {
    db.close();
  }
}

async function sweep(
  start: Start,
  kind: 'death' | 'before' | 'after',
  operation: (path: string) => { bridge: DatabaseBridge; op: Op<unknown> },
  damage: (path: string) => void = () => undefined,
  host: Partial<Host> = {},
): Promise<{ requests: number; old: number; restored: number }> {
  const seen = { requests: 0, old: 0, restored: 0 };
  for (let at = 1; ; at++) {
    const folder = join(root, `run-${at}`);
    cpSync(start.folder, folder, { recursive: true });
    const path = join(folder, 'app.db');
    damage(path);
    const before = read(path);
    const { bridge, op } = operation(path);
    const fault: Fault = kind === 'death' ? { kind, at } : { kind, at, code: 'SQLITE_IOERR_WRITE' };
    const loop = new ThirdLoop(bridge, fault, host);
    try {
      await loop.drive(op);
    } catch (error) {
      const known = error instanceof Death || isDunlinError(toDunlinError(error, 'app.db'));
      expect(known, `request ${at}: ${String(error)}`).toBe(true);
    }
    if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
    void bridge.close?.();
    const after = read(path);
    expect([before, start.earlier], `request ${at}, ${loop.requests.at(-1)}`).toContain(after);
    if (after === start.earlier) seen.restored += 1;
    else seen.old += 1;

    const manager = new BackupManager({ database: path, driver: 'better-sqlite3', lockTimeoutMs: 0 });
    const backups = await manager.list();
    await manager.restore(backups.at(-1)!.id);
    await manager.close();
    expect(read(path), `again after request ${at}`).toBe(start.earlier);
    expect(readdirSync(folder).filter((name) => name.startsWith('app.db-restoring'))).toEqual([]);
    rmSync(folder, { recursive: true });
    if (loop.requests.length < at) return seen;
    seen.requests = at;
  }
}

function contextOf(bridge: DatabaseBridge): RunContext {
  return createContext({ host: nodeHost, database: 'app.db' }, { lockTimeoutMs: 0 }, bridge, registryOf([]));
}

describe.each(['delete', 'wal'])('a restore in place, journal mode %s', (mode) => {
  let start: Start;
  beforeAll(async () => {
    start = await prepare(mode, mode);
  });

  it.each(['death', 'before', 'after'] as const)('%s at every request', async (kind) => {
    const seen = await sweep(start, kind, (path) => {
      const bridge = betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 }));
      return { bridge, op: restore(contextOf(bridge), { backup: 'latest', confirm: undefined }) };
    });
    tried('restore sweep', seen.requests);
    expect(seen.requests).toBeGreaterThan(100);
    expect(Math.min(seen.old, seen.restored)).toBeGreaterThan(10);
  });
});

/** As a file does that is mounted by itself. */
const rename = (from: string, to: string): void => {
  if (from.endsWith('/app.db') || to.endsWith('/app.db'))
    throw Object.assign(new Error('EBUSY: resource busy or locked, rename'), { code: 'EBUSY', syscall: 'rename' });
  nodeFiles.rename(from, to);
};

describe.each([
  ['is replaced', {}],
  ['that cannot be renamed is written in place', { files: { ...nodeFiles, rename } }],
])('a damaged database %s', (name, host) => {
  let start: Start;
  beforeAll(async () => {
    start = await prepare(name, 'wal');
  });

  it.each(['death', 'before', 'after'] as const)('%s at every request', async (kind) => {
    const seen = await sweep(
      start,
      kind,
      (path) => {
        const bridge = betterSqlite3Bridge(new BetterSqlite3(':memory:'));
        const order = { backup: 'latest', confirm: undefined };
        return {
          bridge,
          op: replaceDatabase(contextOf(bridge), backupLocation('app.db', path, undefined), order, 'all'),
        };
      },
      (path) => {
        writeFileSync(path, 'x'.repeat(5000));
        writeFileSync(`${path}-wal`, 'left');
      },
      host,
    );
    tried('restore sweep', seen.requests);
    expect(seen.requests).toBeGreaterThan(40);
    expect(Math.min(seen.old, seen.restored)).toBeGreaterThan(1);
  });
});
