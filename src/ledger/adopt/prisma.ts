import { stemOf, textsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** Prisma accepts the hash of the file with other line endings, and one without the leading zeros of its bytes. */
export const prisma: ToolRecord = {
  tool: 'Prisma',
  names: ['prisma'],
  made: {
    table: '_prisma_migrations',
    sql: `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`,
  },
  identity: 't.migration_name',
  appliedAt: 't.finished_at',
  checksum: 't.checksum',
  checksums: (migration, sha256) => {
    const hashes = textsOf(migration).map(sha256);
    return [...hashes, ...hashes.map(unpadded)];
  },
  row: ({ migration, appliedAt, executionTimeMs, sha256 }) => {
    const finished = Date.parse(appliedAt);
    return {
      id: uuid(sha256(`${stemOf(migration)} ${appliedAt}`)),
      checksum: sha256(textsOf(migration)[0]!),
      finished_at: finished,
      migration_name: stemOf(migration),
      logs: null,
      rolled_back_at: null,
      started_at: finished - executionTimeMs,
      applied_steps_count: 1,
    };
  },
};

/** Older versions wrote each byte without its leading zero. */
function unpadded(hash: string): string {
  return hash.replaceAll(/../g, (byte) => byte.replace(/^0/, ''));
}

/** A UUID of version 8 (RFC 9562, section 5.8). */
function uuid(hash: string): string {
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-8${hash.slice(17, 20)}-${hash.slice(20, 32)}`;
}
