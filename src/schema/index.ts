export {
  type Inventory,
  type SchemaObject,
  type SchemaObjects,
  countRows,
  findTable,
  fingerprintText,
  exceptReserved,
  hasRows,
  isAutoincrement,
  isEmpty,
  isTableOrView,
  objectKey,
  readInventory,
  readTemporary,
  toInventory,
  toRows,
  withoutTables,
} from './inventory.ts';
export type {
  ColumnModel,
  ForeignKeyModel,
  IndexModel,
  SchemaModel,
  TableModel,
  TriggerModel,
  ViewModel,
} from './model.ts';
export { type ObjectChange, compareEffectively, compareSchemas, driftLine, sameSql } from './compare.ts';
export type { PartChange } from './compare-columns.ts';
export {
  type InvalidReferences,
  type Reference,
  type References,
  type Violations,
  cascadeClosure,
  mismatchedParent,
  noViolations,
  readChildren,
  readParents,
  readViolations,
  referencesOf,
} from './foreign-keys.ts';
export { asNames, copiedNames, mayCopyNames } from './copied-names.ts';
export { dependents, findBroken, whyNotCompiled } from './compiles.ts';
export {
  type Affinity,
  type Column,
  type ColumnInfo,
  type ForeignKey,
  type TableEntry,
  type TableInfo,
  type UniqueKey,
  affinityOf,
  listTables,
  readColumns,
  readForeignKeys,
  readTableInfo,
  readTables,
  referencedColumns,
} from './table-info.ts';
export { keepDrift, type RecordedWork } from './keep-drift.ts';
export { findInvalidObjects, type InvalidObjects } from './invalid.ts';
export {
  findDroppedConstraints,
  indexedTable,
  droppedConstraintsLine,
  type IndexedTable,
} from './dropped-constraints.ts';
export { dumpStatements, numberPragmas, terminated } from './dump.ts';
export {
  formatIntegrityErrors,
  readIntegrityErrors,
  isPageDamage,
  newIntegrityErrors,
  type IntegrityCheck,
} from './integrity.ts';
export { isVirtual, moduleOf, ownedTables, readShadowTables, unloadedNotes, type SchemaRow } from './virtual.ts';
export { readModel } from './read-model.ts';
