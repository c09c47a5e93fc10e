import { fileURLToPath } from 'node:url';
import type { MigrateOptions } from 'dunlin';

/** The migrations that this release ships. */
export const shipped: string = fileURLToPath(new URL('migrations', import.meta.url));

/**
 * Operations by hand open the file by its path. They use the service's own driver: two SQLite libraries in one
 * process would undo each other's locks.
 */
export function byPath(database: string, migrations: string = shipped): MigrateOptions {
  return { database, migrations, driver: 'better-sqlite3' };
}
