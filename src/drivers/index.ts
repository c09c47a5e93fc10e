export { bridgeFor, isNodeSqlite, type DatabaseHandle } from './bridge-for.ts';
export {
  betterSqlite3Bridge,
  prepareBetterSqlite3,
  type BetterSqlite3Handle,
  type BetterSqlite3Statement,
} from './better-sqlite3.ts';
export {
  nodeSqliteBridge,
  nodeSqliteOptions,
  prepareNodeSqlite,
  type NodeSqliteBackup,
  type NodeSqliteHandle,
  type NodeSqliteStatement,
} from './node-sqlite.ts';
