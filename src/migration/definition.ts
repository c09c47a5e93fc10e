import type { AsyncMigrationDatabase, MigrationDatabase, MigrationDefinition } from './types.ts';

/**
 * Types a migration written in code; returns it as it is. `db` is the migration's own transaction: its methods return
 * values on better-sqlite3 and node:sqlite. For a driver that returns promises write
 * `defineMigration<AsyncMigrationDatabase>`. The file's name gives version and name.
 *
 * ```ts
 * export default defineMigration({
 *   description: 'Add a role to each user',
 *   up(db) {
 *     db.exec("ALTER TABLE users ADD COLUMN role TEXT NOT NULL DEFAULT 'user'");
 *   },
 *   down: 'ALTER TABLE users DROP COLUMN role',
 * });
 * ```
 */
export function defineMigration<Db extends MigrationDatabase | AsyncMigrationDatabase = MigrationDatabase>(
  definition: MigrationDefinition<Db>,
): MigrationDefinition<Db> {
  return definition;
}
