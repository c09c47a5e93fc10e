/** The neutral core: everything that needs no file system. `dunlin` itself adds paths, directories and drivers by name. */
export {
  catalogue,
  DunlinError,
  isDunlinError,
  type ErrorCode,
  type ErrorDetails,
  type MigrationRef,
  type MoveRef,
  type SourceLocation,
} from './errors/index.ts';
export {
  BatchError,
  LOCAL,
  type BatchBridge,
  type BatchFailure,
  type BatchStatement,
  type ColumnOrigin,
  type DatabaseBridge,
  type DriverConnection,
  type DunlinEvent,
  type EngineFacts,
  type EngineLimits,
  type EngineSetting,
  type Extension,
  type Host,
  type LockHolder,
  type PrepareInfo,
  type RebuiltTable,
  type Row,
  type Value,
} from './bridge/index.ts';
export { bridgeFor, type DatabaseHandle } from './drivers/index.ts';
export {
  createRegistry,
  defineMigration,
  readSeeds,
  type AsyncMigrationDatabase,
  type BatchInfo,
  type BatchOptions,
  type BatchResult,
  type Bindable,
  type ColumnChange,
  type ForeignKeyAction,
  type ForeignKeyOptions,
  type FormatFile,
  type FormatInfo,
  type FormatMigration,
  type FormatName,
  type FormatPart,
  type Migration,
  type MigrationDatabase,
  type MigrationDefinition,
  type MigrationSource,
  type RebuildResult,
  type Registry,
  type SqlMigration,
  type TableChanges,
  type TableClause,
} from './migration/index.ts';
export { toSource, type MigrationRecord, type RepeatableDefinition } from './source/index.ts';
export type { AppliedMigration, Attempt, LayoutName, TableNames } from './ledger/index.ts';
export {
  compareSchemas,
  type ColumnModel,
  type ForeignKeyModel,
  type IndexModel,
  type Inventory,
  type ObjectChange,
  type PartChange,
  type SchemaModel,
  type SchemaObject,
  type TableModel,
  type TriggerModel,
  type ViewModel,
} from './schema/index.ts';
export type {
  Plan,
  MirroredTable,
  PlannedBackup,
  PlannedRebuild,
  PlannedStatement,
  PlanStep,
  Touches,
  TransformedColumn,
} from './plan/index.ts';
export type {
  AdoptedMigration,
  AdoptIfAnyOptions,
  Adoption,
  AdoptOptions,
  UndoneAdoption,
} from './operations/adopt.ts';
export type { BaselineOptions } from './operations/baseline.ts';
export type { CheckOptions } from './operations/check.ts';
export type { Confirm, ConfirmOptions, Logger, MigrationOutcome, RunOptions, RunResult } from './lock/run-options.ts';
export type { DownOptions } from './operations/down.ts';
export type { ReapplyOptions, ReapplyStart } from './operations/reapply.ts';
export type { DumpOptions } from './operations/dump.ts';
export type { ExportedMigration } from './execute/index.ts';
export type { ExportOptions, ExportResult } from './operations/export.ts';
export type { HistoryEntry } from './operations/history.ts';
export type { SeedResult } from './operations/seed.ts';
export type { MigrationState, RepeatableEntry, SchemaDrift, Status, StatusEntry } from './operations/status.ts';
export type { BackupOptions, RunBackup } from './backup/options.ts';
export type { PlanOptions } from './operations/plan.ts';
export type { RehearseOptions } from './operations/rehearse.ts';
export type { RepairChange } from './operations/repair.ts';
export type { GenerateOptions, GenerateResult } from './operations/generate.ts';
export type { GeneratedMigration, Named, Placeholder, Rename, Undecided } from './generate/index.ts';
export type { SquashOptions, SquashResult } from './operations/squash.ts';
export type { TrialResult } from './operations/try.ts';
export type { UpOptions } from './operations/up.ts';
export type {
  PendingChanges,
  QuotedString,
  Rehearsal,
  RehearsalMeasures,
  RehearsedColumn,
  RehearsedLoss,
  RehearsedTable,
} from './check/index.ts';
export { MigrationRunner } from './runner/index.ts';
export type { BatchRunOptions } from './batch/index.ts';
export type { RunnerParts } from './runner/session.ts';
export { version } from './version.ts';
