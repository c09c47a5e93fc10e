import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { betterSqlite3Bridge, bridgeFor, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { loadDriver } from '../../src/node/driver.ts';
import { asyncBridge, bridgeConformanceChecks, recordBridge, type MakeBridge } from '../../src/testing/index.ts';
import { withoutTransactionState } from '../support/databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'dunlin-conformance-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const newFile = (): string => join(folder, `${++files}.db`);

function conformance(name: string, makeBridge: MakeBridge, doesNotApply: readonly string[] = []): void {
  describe(`a bridge behaves as every other: ${name}`, () => {
    for (const check of bridgeConformanceChecks) {
      it(check.name, async () => {
        const reason = await check.run(makeBridge);
        expect(reason === undefined || doesNotApply.includes(reason), `does not apply: ${reason}`).toBe(true);
      });
    }
  });
}

const NO_FILE = 'the bridge cannot open a second connection, or its database has no file';

conformance('better-sqlite3', () => betterSqlite3Bridge(new BetterSqlite3(newFile())));
conformance('better-sqlite3 with safe integers by default', () => {
  const database = new BetterSqlite3(newFile());
  database.defaultSafeIntegers(true);
  return bridgeFor(database);
});
conformance('better-sqlite3 in WAL mode', () => {
  const database = new BetterSqlite3(newFile());
  database.pragma('journal_mode = WAL');
  return bridgeFor(database);
});
conformance('better-sqlite3 in memory', () => bridgeFor(new BetterSqlite3(':memory:')), [NO_FILE]);
conformance('@photostructure/sqlite', () => nodeSqliteBridge(new DatabaseSync(newFile()), '@photostructure/sqlite'));
conformance('@photostructure/sqlite in memory', () => bridgeFor(new DatabaseSync(':memory:')), [NO_FILE]);

if (hasNodeSqlite()) {
  conformance('node:sqlite', () => loadDriver('node:sqlite')(newFile(), { create: true }));
} else {
  describe('node:sqlite', () => {
    it.skip(`is not a part of Node ${process.versions.node}; @photostructure/sqlite has the same interface`, () => {});
  });
}

conformance('without inTransaction()', () => withoutTransactionState(bridgeFor(new BetterSqlite3(newFile()))));
conformance('asynchronous', () => asyncBridge(bridgeFor(new BetterSqlite3(newFile()))));
conformance('recorded', () => recordBridge(bridgeFor(new DatabaseSync(newFile()))));
conformance('recorded and asynchronous', () => recordBridge(asyncBridge(bridgeFor(new DatabaseSync(newFile())))));

function hasNodeSqlite(): boolean {
  try {
    loadDriver('node:sqlite');
    return true;
  } catch {
    return false;
  }
}
