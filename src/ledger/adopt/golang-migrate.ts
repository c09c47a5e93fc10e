import { digitsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** One row: all migrations up to its version are applied. */
export const golangMigrate: ToolRecord = {
  tool: 'golang-migrate',
  names: ['golang-migrate'],
  identity: 't.version',
  single: true,
  row: ({ migration }) => ({ version: BigInt(digitsOf(migration)), dirty: 0 }),
};
