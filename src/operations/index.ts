export { acceptSchema } from './accept-schema.ts';
export {
  adopt,
  readAdoption,
  undoAdopt,
  type AdoptDatabases,
  type AdoptedMigration,
  type Adoption,
  type AdoptIfAnyOptions,
  type AdoptOptions,
  type UndoneAdoption,
} from './adopt.ts';
export { backUpNow, pruneNow } from './backup.ts';
export { baseline, checkBaseline, compareBaseline, type BaselineOptions } from './baseline.ts';
export { check, checkAll, type CheckOptions } from './check.ts';
export { down, type DownOptions } from './down.ts';
export type { RecordOptions } from './confirm-record.ts';
export { dump, type DumpOptions } from './dump.ts';
export { explainDuplicates } from './explain-duplicates.ts';
export type { ExportedMigration } from '../execute/index.ts';
export { exportTo, type ExportOptions, type ExportResult } from './export.ts';
export { generate, type GenerateOptions, type GenerateResult } from './generate.ts';
export { history, type HistoryEntry } from './history.ts';
export { plan, type PlanOptions } from './plan.ts';
export { readRepairs, repair, type RepairChange } from './repair.ts';
export { readReapplyStart, reapply, type ReapplyOptions, type ReapplyStart } from './reapply.ts';
export { redo } from './redo.ts';
export { rehearse, type RehearsalDatabases, type RehearseOptions } from './rehearse.ts';
export { reset } from './reset.ts';
export { loadSchema, readSchema, rebuildScript } from './schema.ts';
export { readStatus, type MigrationState, type SchemaDrift, type Status, type StatusEntry } from './status.ts';
export { squash, type SquashOptions, type SquashResult } from './squash.ts';
export { checkTarget, to } from './to.ts';
export { tryMigration, type TrialResult } from './try.ts';
export { seed, type SeedResult } from './seed.ts';
export { readUpToDate, up, upChecks, upWithChecked, type UpOptions } from './up.ts';
