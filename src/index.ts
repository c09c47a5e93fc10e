/** The neutral core: everything that needs no file system. `dunlin` itself adds paths, directories and drivers by name. */
export { catalogue, DunlinError, isDunlinError } from './errors/index.ts';
export type { ErrorCode, ErrorDetails, MigrationRef, MoveRef, SourceLocation } from './errors/index.ts';
export type {
  ColumnOrigin,
  DatabaseBridge,
  DriverConnection,
  DunlinEvent,
  Extension,
  Host,
  LockHolder,
  PrepareInfo,
  RebuiltTable,
  Row,
  Value,
} from './bridge/index.ts';
export { bridgeFor } from './drivers/index.ts';
export type { DatabaseHandle } from './drivers/index.ts';
export { createRegistry, defineMigration } from './migration/index.ts';
export type {
  AsyncMigrationDatabase,
  BatchInfo,
  BatchOptions,
  BatchResult,
  Bindable,
  ColumnChange,
  ForeignKeyAction,
  ForeignKeyOptions,
  Migration,
  MigrationDatabase,
  MigrationDefinition,
  MigrationSource,
  RebuildResult,
  Registry,
  TableChanges,
} from './migration/index.ts';
export { toSource } from './source/index.ts';
export type { MigrationRecord } from './source/index.ts';
export type { AppliedMigration, Attempt, LayoutName, TableNames } from './ledger/index.ts';
export { compareSchemas } from './schema/index.ts';
export type { Inventory, ObjectChange, PartChange, SchemaObject } from './schema/index.ts';
export type {
  Plan,
  PlannedBackup,
  PlannedRebuild,
  PlannedStatement,
  PlanStep,
  Touches,
  TransformedColumn,
} from './plan/index.ts';
export type {
  BaselineOptions,
  CheckOptions,
  Confirm,
  ConfirmOptions,
  DownOptions,
  DumpOptions,
  HistoryEntry,
  Logger,
  MigrationOutcome,
  MigrationState,
  BackupOptions,
  PlanOptions,
  RepairChange,
  RunBackup,
  RunOptions,
  RunResult,
  SchemaDrift,
  Status,
  StatusEntry,
  TrialResult,
  UpOptions,
} from './options.ts';
export { MigrationRunner } from './runner.ts';
export type { RunnerParts } from './runner.ts';
export { version } from './version.ts';
