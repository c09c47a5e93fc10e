import { stemOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The identity is the file's name. */
export const sqlMigrate: ToolRecord = {
  tool: 'sql-migrate',
  names: ['sql-migrate'],
  identity: 't.id',
  appliedAt: 't.applied_at',
  row: ({ migration, appliedAt }) => ({ id: `${stemOf(migration)}.sql`, applied_at: appliedAt }),
};
