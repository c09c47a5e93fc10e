import { addColumn, dropColumn, renameColumn, changeColumn, defineColumn } from './change-columns.ts';
import { addCheck, addUnique, addForeignKey, dropConstraint, dropCheck, dropKey } from './change-constraints.ts';
import { setPrimaryKey, dropPrimaryKey, strict, withoutRowid } from './change-keys.ts';
import type { Change } from './edit.ts';

export const CHANGES: readonly Change[] = [
  addColumn,
  addColumn,
  dropColumn,
  dropColumn,
  dropColumn,
  renameColumn,
  renameColumn,
  changeColumn,
  changeColumn,
  changeColumn,
  defineColumn,
  addCheck,
  addUnique,
  addForeignKey,
  dropConstraint,
  dropCheck,
  dropKey('unique', 'dropUnique'),
  dropKey('foreign-key', 'dropForeignKey'),
  setPrimaryKey,
  dropPrimaryKey,
  strict,
  strict,
  withoutRowid,
];
