import { digitsOf, textsOf, titleOf, toSqlTime } from './names.ts';
import { sha384, toHex } from './hashes.ts';
import type { ToolRecord } from './tool-record.ts';

/** The checksum is that of the file's bytes, so sqlx itself refuses one with other line endings. */
export const sqlx: ToolRecord = {
  tool: 'sqlx',
  names: ['sqlx'],
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
