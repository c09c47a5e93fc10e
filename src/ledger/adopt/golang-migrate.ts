import { digitsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** One row: all migrations up to its version are applied. */
export const golangMigrate: ToolRecord = {
  tool: 'golang-migrate',
  names: ['golang-migrate'],
  made: {
    table: 'schema_migrations',
    sql: `CREATE TABLE IF NOT EXISTS schema_migrations (version uint64,dirty bool);
CREATE UNIQUE INDEX IF NOT EXISTS version_unique ON schema_migrations (version)`,
  },
  identity: 't.version',
  single: true,
  row: ({ migration }) => ({ version: BigInt(digitsOf(migration)), dirty: 0 }),
};
