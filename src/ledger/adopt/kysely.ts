import { stemOf } from './names.ts';
import type { ToolRecord } from './tool-record.ts';

/** Kysely orders what is applied by `timestamp`, then by name, and refuses another order than that of the names. */
export const kysely: ToolRecord = {
  tool: 'Kysely',
  names: ['kysely'],
  made: {
    table: 'kysely_migration',
    sql: `CREATE TABLE IF NOT EXISTS "kysely_migration" ("name" varchar(255) not null primary key, "timestamp" varchar(255) not null);
CREATE TABLE IF NOT EXISTS "kysely_migration_lock" ("id" varchar(255) not null primary key, "is_locked" integer default 0 not null);
INSERT OR IGNORE INTO "kysely_migration_lock" ("id", "is_locked") VALUES ('migration_lock', 0)`,
  },
  identity: 't.name',
  appliedAt: 't.timestamp',
  row: ({ migration, appliedAt }) => ({ name: stemOf(migration), timestamp: appliedAt }),
};
