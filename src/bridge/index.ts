export type { DunlinEvent, Direction, LockHolder, RebuiltTable } from './event.ts';
export type { FileStat, Files, Packed, Packing } from './files.ts';
export type { Host, Room, TemporaryRoom } from './host.ts';
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
  isUndisturbed,
  nested,
  query,
  queryOn,
  queryOne,
  script,
  scriptOn,
  sleep,
  type Op,
  type Execute,
  type Request,
} from './request.ts';
export {
  extensionParts,
  type ConnectionSetup,
  type DriverConnection,
  type Extension,
  type PrepareInfo,
} from './setup.ts';
export type { ColumnOrigin, DatabaseBridge, DriverErrorInfo, MaybePromise, Row, Value } from './types.ts';
export { runSync } from './run-sync.ts';
export { runAsync } from './run-async.ts';
export { isBusy, isSqlError, SqlError, toSqlError } from './sql-error.ts';
export { databaseError } from './database-error.ts';
export { isThenable } from './thenable.ts';
export { isTransactionOpen } from './transaction-open.ts';
export { toValue } from './values.ts';
