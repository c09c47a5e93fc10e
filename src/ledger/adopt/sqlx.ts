import { digitsOf, textsOf, titleOf, toSqlTime } from './names.ts';
import { sha384, toHex } from './hashes.ts';
import type { ToolRecord } from './tool-record.ts';

/** The checksum is that of the file's bytes, so sqlx itself refuses one with other line endings. */
export const sqlx: ToolRecord = {
  tool: 'sqlx',
  names: ['sqlx'],
  made: {
    table: '_sqlx_migrations',
    sql: `CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY,
    description TEXT NOT NULL,
    installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL,
    checksum BLOB NOT NULL,
    execution_time BIGINT NOT NULL
)`,
  },
  identity: 't.version',
  appliedAt: 't.installed_on',
  checksum: 'lower(hex(t.checksum))',
  checksums: (migration) => textsOf(migration).map((text) => toHex(sha384(text))),
  row: ({ migration, appliedAt, executionTimeMs }) => ({
    version: BigInt(digitsOf(migration)),
    description: titleOf(migration).replaceAll('_', ' '),
    installed_on: toSqlTime(appliedAt),
    success: 1,
    checksum: sha384(textsOf(migration)[0]!),
    execution_time: executionTimeMs * 1_000_000,
  }),
};
