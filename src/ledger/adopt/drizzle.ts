import { keyOf, textsOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** `created_at` is the time of the migration in the journal, in milliseconds. Drizzle never compares the hash. */
export const drizzle: ToolRecord = {
  tool: 'Drizzle',
  names: ['drizzle'],
  made: {
    table: '__drizzle_migrations',
    sql: 'CREATE TABLE IF NOT EXISTS "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  },
  identity: 't.created_at',
  keys: ({ origin }) => (origin === undefined ? [] : [keyOf(origin.key)]),
  appliedAt: 't.created_at',
  // Some of its drivers record no hash.
  checksum: "nullif(t.hash, '')",
  checksums: (migration, sha256) => textsOf(migration).map(sha256),
  findsByChecksum: true,
  row: ({ migration: { origin }, migration, sha256 }) =>
    origin !== undefined && /^\d+$/.test(origin.key)
      ? { hash: sha256(textsOf(migration)[0]!), created_at: Number(origin.key) }
      : 'the time by which Drizzle knows it stands in meta/_journal.json, and nowhere else',
};
