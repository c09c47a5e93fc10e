export type { Inventory, SchemaObject } from './inventory.ts';
export type { References } from './foreign-keys.ts';
export { countRows, isAutoincrement, isEmpty, isVirtual, objectKey, readColumns, readInventory, tableExists } from './inventory.ts';
export { cascadeClosure, countViolations, readParents, referencesOf } from './foreign-keys.ts';
export { findBroken } from './compiles.ts';
