import { stemOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** Kysely orders what is applied by `timestamp`, then by name, and refuses another order than that of the names. */
export const kysely: ToolRecord = {
  tool: 'Kysely',
  names: ['kysely'],
  identity: 't.name',
  appliedAt: 't.timestamp',
  row: ({ migration, appliedAt }) => ({ name: stemOf(migration), timestamp: appliedAt }),
};
