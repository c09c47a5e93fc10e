export { LOCAL, type EngineFacts, type EngineLimits, type EngineSetting } from './engine-facts.ts';
export type { DunlinEvent, Direction, LockHolder, RebuiltTable } from './event.ts';
export type { FileStat, Files, Packed, Packing, Host, Room, TemporaryRoom } from './host.ts';
export {
  call,
  clock,
  columnsOf,
  connect,
  connectPlain,
  copyInto,
  disconnect,
  emit,
  engineFacts,
  file,
  inTransaction,
  answerRequests,
  isUndisturbed,
  nested,
  query,
  queryNumber,
  queryOn,
  queryOne,
  script,
  scriptOn,
  sleep,
  type Op,
  type Execute,
  type Request,
  isTransactionOpen,
  unlessRefused,
} from './request.ts';
export {
  extensionParts,
  type ConnectionSetup,
  type DriverConnection,
  type Extension,
  type PrepareInfo,
  type ColumnOrigin,
  type DatabaseBridge,
  type DriverErrorInfo,
  type MaybePromise,
  type Row,
  type Value,
  isThenable,
} from './types.ts';
export { BatchError, isBatchBridge, type BatchBridge, type BatchFailure, type BatchStatement } from './batch-bridge.ts';
export { runSync } from './run-sync.ts';
export { runAsync } from './run-async.ts';
export { isBusy, isSqlError, SqlError, toSqlError, withCaller } from './sql-error.ts';
export { databaseError } from './database-error.ts';
export { describeError } from './describe-error.ts';
export { toValue } from './values.ts';
