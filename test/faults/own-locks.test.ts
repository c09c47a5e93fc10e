import { closeSync, openSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DatabaseBridge, Op, Request } from '../../src/bridge/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { backUpNow } from '../../src/operations/index.ts';
import { restore } from '../../src/restore/index.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { openTestDatabase, registryOf, variants, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { journalModes, otherProcess } from '../support/processes.ts';
import { ThirdLoop } from '../support/third-loop.ts';
import { watched } from '../support/watched.ts';

/**
 * A process loses all its locks on a file when it closes any descriptor of it (sqlite.org/howtocorrupt.html, 2.2): one
 * `fs` call on the database, and another process writes under a run. So another one tries to, at every request.
 */

/** Another process that tries to write, at every request while the run or its retention has a lock. */
class Rival {
  tries = 0;
  retentionTries = 0;
  /** Before which requests it could. */
  readonly wrote: string[] = [];
  readonly #write = otherProcess();
  readonly #db: TestDatabase;
  #connected: string | undefined;
  #retentionLock: DatabaseBridge | undefined;

  constructor(db: TestDatabase) {
    this.#db = db;
  }

  readonly look = async (request: Request): Promise<void> => {
    const { bridge, path } = this.#db;
    if (bridge.inTransaction?.() === true) {
      this.tries += 1;
      await this.#try(path, request);
    }
    if (this.#retentionLock?.inTransaction?.() === true) {
      this.retentionTries += 1;
      await this.#try(join(`${path}-backups`, 'housekeeping.lock'), request);
    }
    if (request.kind === 'connect') this.#connected = request.file;
    if (request.kind === 'query' && request.on !== undefined && this.#connected?.endsWith('.lock') === true)
      this.#retentionLock = request.on;
    if (request.kind === 'disconnect' && request.bridge === this.#retentionLock) this.#retentionLock = undefined;
  };

  async #try(file: string, request: Request): Promise<void> {
    const answer = await this.#write(file, 'BEGIN IMMEDIATE; ROLLBACK');
    const what = 'sql' in request ? request.sql : 'name' in request ? request.name : '';
    if (answer !== 'SQLITE_BUSY') this.wrote.push(`${basename(file)}: ${answer} before ${request.kind} ${what}`);
  }
}

const migrations = {
  '001_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
  '002_b.sql': '-- dunlin: foreign-keys on\nCREATE TABLE b (x);',
  '003_c.sql': '-- dunlin: no-transaction\nVACUUM;',
  '004_d.sql': '-- === UP MIGRATION ===\nCREATE TABLE d (x);\n-- === DOWN MIGRATION ===\nDROP TABLE d;',
};

/** The migrations take three transactions; a second backup makes the first a compressed one, and a third it too. */
const operations: readonly (readonly [name: string, op: (context: RunContext) => Op<unknown>])[] = [
  ['up', (context) => run(context, { kind: 'up' })],
  ['a backup', backUpNow],
  ['down', (context) => run(context, { kind: 'down', steps: 1 })],
  ['a restore', (context) => restore(context, { backup: 'latest', confirm: undefined })],
];

const drivers = variants.filter(({ api }) => api === 'sync');
const cases = drivers.flatMap((variant) => journalModes.map((mode) => [variant.driver, mode, variant] as const));

describe.each(cases)('the locks of a process, with %s, journal mode %s', (_, mode, variant) => {
  it('are there at every request', async () => {
    const db = openTestDatabase(variant);
    db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE kept (a); INSERT INTO kept VALUES (zeroblob(9000))`);
    const rival = new Rival(db);
    for (const [name, op] of operations) {
      const before = rival.tries;
      const context = createContext({ host: nodeHost, database: 'app.db' }, {}, db.bridge, registryOf(migrations));
      await new ThirdLoop(db.bridge, undefined).drive(watched(op(context), rival.look));
      expect(rival.wrote, name).toEqual([]);
      expect(rival.tries, name).toBeGreaterThan(before + 20);
    }
    expect(rival.retentionTries).toBeGreaterThan(20);
    tried('own locks', rival.tries + rival.retentionTries);
  });

  it('are noticed when they are gone', async () => {
    const db = openTestDatabase(variant);
    db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE kept (a)`);
    const rival = new Rival(db);
    db.exec('BEGIN IMMEDIATE; INSERT INTO kept VALUES (1)');
    const anything = { kind: 'clock' } as const;
    await rival.look(anything);
    // In WAL mode the locks are on the memory that is shared beside the log.
    closeSync(openSync(mode === 'wal' ? `${db.path}-shm` : db.path, 'r'));
    await rival.look(anything);
    expect(rival.wrote).toEqual(['app.db: ok before clock ']);
    expect(rival.tries).toBe(2);
    tried('own locks', 1);
  });
});
