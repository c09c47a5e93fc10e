import { stemOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The name is that of the file. */
export const d1: ToolRecord = {
  tool: 'D1',
  names: ['d1', 'wrangler'],
  made: {
    table: 'd1_migrations',
    sql: `CREATE TABLE IF NOT EXISTS d1_migrations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT UNIQUE,
    applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL
)`,
  },
  identity: 't.name',
  appliedAt: 't.applied_at',
  row: ({ migration, appliedAt }) => ({ name: `${stemOf(migration)}.sql`, applied_at: toSqlTime(appliedAt) }),
};
