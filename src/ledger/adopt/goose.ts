import { digitsOf, toSqlTime } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

export const goose: ToolRecord = {
  tool: 'goose',
  names: ['goose'],
  made: {
    table: 'goose_db_version',
    sql: `CREATE TABLE IF NOT EXISTS goose_db_version (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    version_id INTEGER NOT NULL,
    is_applied INTEGER NOT NULL,
    tstamp TIMESTAMP DEFAULT (datetime('now'))
);
INSERT INTO goose_db_version (version_id, is_applied) SELECT 0, 1 WHERE NOT EXISTS (SELECT 1 FROM goose_db_version)`,
  },
  identity: 't.version_id',
  appliedAt: 't.tstamp',
  row: ({ migration, appliedAt }) => ({
    version_id: BigInt(digitsOf(migration)),
    is_applied: 1,
    tstamp: toSqlTime(appliedAt),
  }),
};
