import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { LOCAL, type EngineFacts } from '../../src/bridge/index.ts';
import {
  betterSqlite3Bridge,
  bridgeFor,
  nodeSqliteBridge,
  sqliteWasmBridge,
  sqlJsBridge,
  waSqliteBridge,
} from '../../src/drivers/index.ts';
import { loadDriver } from '../../src/node/driver.ts';
import { asyncBridge, bridgeConformanceChecks, recordBridge, type MakeBridge } from '../../src/testing/index.ts';
import { BunDatabase } from '../support/bun-sqlite.ts';
import { lackingBridge } from '../support/lacking-bridge.ts';
import { withoutTransactionState } from '../support/databases.ts';
import { openSqlJs, openSqliteWasm, openWaSqlite } from '../support/wasm.ts';

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

const NO_ORIGINS = 'the bridge has no columns()';
const NO_FUNCTIONS = 'the bridge has no registerFunction()';

conformance('sqlite-wasm', async () => sqliteWasmBridge(await openSqliteWasm()), [NO_FILE, NO_ORIGINS]);
conformance('sql.js', async () => sqlJsBridge(await openSqlJs()), [NO_FILE, NO_ORIGINS, NO_FUNCTIONS]);
conformance(
  'wa-sqlite',
  async () => {
    const { sqlite3, db } = await openWaSqlite();
    return waSqliteBridge(sqlite3, db);
  },
  [NO_FILE, NO_ORIGINS],
);

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

conformance('bun:sqlite', () => bridgeFor(new BunDatabase(newFile())), ['the bridge has no columns()']);

const lacking: readonly (readonly [string, Partial<EngineFacts>, readonly string[]])[] = [
  [
    'everything but transactions',
    {
      foreignKeys: 'always-on',
      durability: 'engine',
      settings: [],
      integrity: 'none',
      size: 'none',
      schemaVersion: false,
      dataVersion: false,
      temporary: false,
      attach: false,
    },
    [
      'the engine has no integrity check',
      'the engine does not tell the size',
      'the engine does not count changes of the schema',
      'the engine does not count the commits of others',
      'the engine has no temporary tables',
      'the engine attaches no databases',
    ],
  ],
  ['a full integrity check', { integrity: 'quick' }, []],
  ['exact integers', { integers: 'doubles' }, ['the engine rounds integers above 2^53']],
  ['transactions', { transactions: 'batch' }, ['the engine has no BEGIN and COMMIT']],
];
for (const [name, engine, reasons] of lacking)
  conformance(
    `without ${name}`,
    () => lackingBridge(bridgeFor(new BetterSqlite3(newFile())), { ...LOCAL, ...engine }),
    reasons,
  );

function hasNodeSqlite(): boolean {
  try {
    loadDriver('node:sqlite');
    return true;
  } catch {
    return false;
  }
}
