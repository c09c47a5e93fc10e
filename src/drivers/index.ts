export { bridgeFor, isBunSqlite, isNodeSqlite, type DatabaseHandle } from './bridge-for.ts';
export {
  betterSqlite3Bridge,
  prepareBetterSqlite3,
  type BetterSqlite3Handle,
  type BetterSqlite3Statement,
} from './better-sqlite3.ts';
export {
  bunSqliteBridge,
  openBunSqlite,
  prepareBunSqlite,
  type BunSqliteHandle,
  type BunSqliteStatement,
} from './bun-sqlite.ts';
export {
  nodeSqliteBridge,
  nodeSqliteOptions,
  prepareNodeSqlite,
  type NodeSqliteBackup,
  type NodeSqliteHandle,
  type NodeSqliteStatement,
} from './node-sqlite.ts';
export { sqliteWasmBridge, type SqliteWasmHandle, type SqliteWasmStatement } from './sqlite-wasm.ts';
export { sqlJsBridge, type SqlJsHandle, type SqlJsStatement } from './sql-js.ts';
export { waSqliteBridge, type WaSqliteApi } from './wa-sqlite.ts';
