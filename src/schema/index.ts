export type { Inventory, SchemaObject, SchemaRow } from './inventory.ts';
export type {
  ColumnModel,
  ForeignKeyModel,
  IndexModel,
  SchemaModel,
  TableModel,
  TriggerModel,
  ViewModel,
} from './model.ts';
export type { ObjectChange, PartChange } from './compare.ts';
export type { InvalidReferences, Reference, References, Violations } from './foreign-keys.ts';
export type { SchemaObjects } from './compiles.ts';
export {
  countRows,
  findTable,
  hasRows,
  isAutoincrement,
  isEmpty,
  isTableOrView,
  objectKey,
  readColumns,
  readInventory,
  readTemporary,
  toInventory,
  toRows,
} from './inventory.ts';
export {
  cascadeClosure,
  findInvalidReferences,
  mismatchedParent,
  noViolations,
  readChildren,
  readParents,
  readViolations,
  referencesOf,
} from './foreign-keys.ts';
export { affinityOf, readTableInfo } from './table-info.ts';
export type { Affinity, ColumnInfo, TableInfo, UniqueKey } from './table-info.ts';
export { compareSchemas } from './compare.ts';
export { fingerprintText } from './fingerprint.ts';
export { keepDrift, type Work } from './keep-drift.ts';
export { describeDrift } from './describe-drift.ts';
export { dependents, findBroken } from './compiles.ts';
export { findInvalid, type InvalidObjects } from './invalid.ts';
export { findLeftOut, indexedTable, leftOutLine, type IndexedTable } from './left-out.ts';
export { sameSql } from './same-sql.ts';
export { dumpStatements } from './dump.ts';
export { describeFlaws, findFlaws, isSevere, newFlaws, type IntegrityCheck } from './integrity.ts';
export { isVirtual, ownedTables, unloadedNotes } from './virtual.ts';
export { readModel } from './read-model.ts';
