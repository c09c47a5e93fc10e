import { digitsOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** The version is the directory's name up to the first underscore, without dashes. */
export const diesel: ToolRecord = {
  tool: 'diesel',
  names: ['diesel'],
  made: {
    table: '__diesel_schema_migrations',
    sql: `CREATE TABLE IF NOT EXISTS __diesel_schema_migrations (
    version VARCHAR(50) PRIMARY KEY NOT NULL,
    run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
)`,
  },
  identity: 't.version',
  appliedAt: 't.run_on',
  row: ({ migration, appliedAt }) => ({ version: digitsOf(migration), run_on: toSqlTime(appliedAt) }),
};
