import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { runSync, type DatabaseBridge } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { readStatus } from '../../src/operations/index.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { registryOf } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';

// Where syncing costs nothing, if there is such a place: nobody cuts the power here.
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-drift-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** Three transactions: a group, a step outside of one, a group. */
const files = {
  '001_a.sql': 'CREATE TABLE a (x); CREATE INDEX i ON a (x);',
  '002_b.sql': 'ALTER TABLE old ADD COLUMN y;',
  '003_v.sql': '-- dunlin: no-transaction\nVACUUM;',
  '004_c.sql': 'CREATE VIEW v AS SELECT x FROM a; DROP INDEX i;',
};

const open = (path: string): DatabaseBridge => betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 }));
const contextOf = (bridge: DatabaseBridge): RunContext =>
  createContext({ host: nodeHost, database: 'app.db' }, { lockTimeoutMs: 0, backup: 'off' }, bridge, registryOf(files));
const driftIn = (bridge: DatabaseBridge): readonly string[] =>
  runSync(readStatus(contextOf(bridge)), bridge, nodeHost).drift.map(({ text }) => text);

describe('a run that does not end', () => {
  it.each(['death', 'before', 'after'] as const)(
    'leaves no drift of its own, and hides none: %s at every request',
    async (kind) => {
      const template = join(root, kind);
      mkdirSync(template);
      const db = new BetterSqlite3(join(template, 'app.db'));
      db.exec('CREATE TABLE old (x)');
      db.close();
      // One migration is recorded, and then somebody has made a table.
      const begun = open(join(template, 'app.db'));
      runSync(run(contextOf(begun), { kind: 'up', to: 1 }), begun, nodeHost);
      void begun.script('CREATE TABLE extra (x)');
      void begun.close?.();
      const drift = ['table extra exists, no migration made it'];
      let died = 0;
      let points = 0;
      for (let at = 1; ; at++) {
        const folder = join(root, 'run');
        rmSync(folder, { recursive: true, force: true });
        cpSync(template, folder, { recursive: true });
        const fault: Fault = kind === 'death' ? { kind, at } : { kind, at, code: 'SQLITE_IOERR_WRITE' };
        let bridge = open(join(folder, 'app.db'));
        const loop = new ThirdLoop(bridge, fault);
        let ended = false;
        try {
          await loop.drive(run(contextOf(bridge), { kind: 'up' }));
          ended = true;
        } catch (error) {
          if (error instanceof Death) died++;
        }
        if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
        void bridge.close?.();
        bridge = open(join(folder, 'app.db'));
        expect(driftIn(bridge), `${kind} at request ${at}`).toEqual(drift);
        runSync(run(contextOf(bridge), { kind: 'up' }), bridge, nodeHost);
        expect(driftIn(bridge), `${kind} at request ${at}, after the next run`).toEqual(drift);
        void bridge.close?.();
        if (ended && loop.requests.length < at) break;
        points++;
      }
      tried('drift sweep', points);
      if (kind === 'death') expect(died).toBeGreaterThan(100);
    },
  );
});
