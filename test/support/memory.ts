import BetterSqlite3 from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { runSync, type DatabaseBridge, type Op } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';

/** A database in memory, closed after the test. */
export function memory(schema: string = ''): DatabaseBridge {
  const bridge = betterSqlite3Bridge(new BetterSqlite3(':memory:'));
  onTestFinished(() => void bridge.close?.());
  void bridge.script(schema);
  return bridge;
}

/** Performs one operation of the engine on a database. */
export function perform<T>(op: Op<T>, bridge: DatabaseBridge): T {
  return runSync(op, bridge, nodeHost);
}
