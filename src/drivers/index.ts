export { bridgeFor, type DatabaseHandle } from './bridge-for.ts';
export { betterSqlite3Bridge, type BetterSqlite3Handle, type BetterSqlite3Statement } from './better-sqlite3.ts';
export {
  nodeSqliteBridge,
  type NodeSqliteBackup,
  type NodeSqliteHandle,
  type NodeSqliteStatement,
} from './node-sqlite.ts';
