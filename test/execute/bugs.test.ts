import { expect, it } from 'vitest';
import { LOCAL } from '../../src/bridge/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { createLedger } from '../../src/ledger/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { openTestDatabase, registryOf, withoutTransactionState } from '../support/databases.ts';
import { ThirdLoop } from '../support/third-loop.ts';

const files: MigrationRecord = {
  '001_a.sql': 'CREATE TABLE a (x);\n-- === VERIFY ===\nSELECT count(*) = 0 FROM a;',
  '002_b.js': defineMigration({
    up: (db: MigrationDatabase) => void db.run('INSERT INTO a VALUES (1)'),
    verify: (db: MigrationDatabase) => db.get('SELECT x FROM a') !== undefined,
  }),
  '003_c.sql': '-- dunlin: no-transaction\nVACUUM;\n-- === VERIFY ===\nSELECT 1;',
  '004_d.sql': 'CREATE TABLE d (x);\nSELECT nope;',
};

function contextOf(lockTimeoutMs: number): RunContext {
  const ledger = createLedger('app.db', 'standard', {});
  return {
    database: 'app.db',
    ledger,
    registry: registryOf(files),
    options: {},
    lockTimeoutMs,
    sync: true,
    host: 'h',
    pid: 1,
    tool: 't',
    newRunId: nodeHost.randomId,
    sha256: nodeHost.sha256,
    driver: 'd',
    engine: LOCAL,
    canBackUp: false,
    file: () => undefined,
    path: () => undefined,
    opened: {},
    delayedClose: false,
    hasExclusiveLock: false,
    scratch: false,
  };
}

/** How often a run asks for something; each of them is made to fail in turn. */
function requests(): number {
  const db = openTestDatabase();
  const loop = new ThirdLoop(db.bridge, undefined);
  expect(() => loop.run(run(contextOf(0), { kind: 'up' }))).toThrow(/nope/);
  return loop.requests.length;
}

it('a defect at any request comes out as itself, or as what it did to the user’s code, and nothing is half done', () => {
  const total = requests();
  expect(total).toBeGreaterThan(100);
  const db = openTestDatabase();
  for (let at = 1; at <= total; at++) {
    db.exec(
      'DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS d; DROP TABLE IF EXISTS schema_migrations; DROP TABLE IF EXISTS schema_migration_attempts',
    );
    let error: unknown;
    try {
      new ThirdLoop(db.bridge, { kind: 'bug', at }).run(run(contextOf(0), { kind: 'up' }));
    } catch (thrown) {
      error = thrown;
    }
    const request = `request ${at} of ${total}: ${String(error)}`;
    if (!(error instanceof RangeError)) expect(isDunlinError(error), request).toBe(true);
    if (db.bridge.inTransaction?.() === true) db.exec('ROLLBACK');
    const tables = db.column(`SELECT name FROM sqlite_schema WHERE type = 'table'`);
    const versions = tables.includes('schema_migrations') ? db.versions() : [];
    expect(tables.includes('a'), request).toBe(versions.includes(1));
    expect(tables.includes('a') ? db.column('SELECT x FROM a') : [], request).toEqual(versions.includes(2) ? [1] : []);
    expect(tables.includes('d'), request).toBe(false);
  }
});

it('a defect while it waits for a lock comes out as itself', () => {
  const db = openTestDatabase();
  db.exec('PRAGMA journal_mode = WAL');
  const other = db.connect();
  void other.script('BEGIN IMMEDIATE');
  const loop = new ThirdLoop(db.bridge, undefined);
  expect(() => loop.run(run(contextOf(50), { kind: 'up' }))).toThrow(/in use/);
  for (let at = 1; at <= loop.requests.length; at++) {
    let error: unknown;
    try {
      new ThirdLoop(db.bridge, { kind: 'bug', at }).run(run(contextOf(50), { kind: 'up' }));
    } catch (thrown) {
      error = thrown;
    }
    // How often it asks depends on its pauses, which are irregular: it may give up before it comes to this request.
    if (!(isDunlinError(error) && error.code === 'LOCKED')) expect(error, `request ${at}`).toBeInstanceOf(RangeError);
  }
});

it('a defect on a driver that cannot tell whether a transaction is open comes out as itself', () => {
  const total = requests();
  const db = openTestDatabase();
  const bridge = withoutTransactionState(db.bridge);
  for (let at = 1; at <= total; at++) {
    db.exec(
      'DROP TABLE IF EXISTS a; DROP TABLE IF EXISTS schema_migrations; DROP TABLE IF EXISTS schema_migration_attempts',
    );
    let failed = false;
    try {
      new ThirdLoop(bridge, { kind: 'bug', at }).run(run(contextOf(0), { kind: 'up' }));
    } catch {
      failed = true;
    }
    expect(failed, `request ${at}`).toBe(true);
    if (db.bridge.inTransaction?.() === true) db.exec('ROLLBACK');
  }
});
