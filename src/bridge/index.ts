export type { DunlinEvent, Direction, LockHolder, RebuiltTable } from './event.ts';
export type { FileFacts, Files, Packed, Packing } from './files.ts';
export type { Host } from './host.ts';
export {
  call,
  clock,
  columnsOf,
  connect,
  connectPlain,
  copyInto,
  disconnect,
  emit,
  file,
  inTransaction,
  nested,
  query,
  queryOn,
  queryOne,
  script,
  scriptOn,
  sleep,
} from './request.ts';
export type { Op, Perform, Request } from './request.ts';
export { extensionParts } from './setup.ts';
export type { ConnectionSetup, DriverConnection, Extension, PrepareInfo } from './setup.ts';
export type { ColumnOrigin, DatabaseBridge, DriverErrorFacts, MaybePromise, Row, Value } from './types.ts';
export { runSync } from './run-sync.ts';
export { runAsync } from './run-async.ts';
export { isBusy, isSqlError, SqlError, toSqlError } from './sql-error.ts';
export { databaseError } from './database-error.ts';
export { isThenable } from './thenable.ts';
export { isTransactionOpen } from './transaction-open.ts';
export { toValue } from './values.ts';
