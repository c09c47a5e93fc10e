import Database from 'better-sqlite3';
import { MigrationRunner } from 'dunlin';
import { byPath } from './options.ts';

const kept = 'schema_migrations_of_release_0';

/**
 * Release 0 kept its own `schema_migrations` (version, applied_at, migration_name). Dunlin never touches a table that
 * it did not make, and reports LEDGER_FOREIGN. So that table is moved aside, and its rows are recorded as a baseline.
 * Returns the version that was recorded, or undefined if there was nothing to do.
 *
 * It may be killed between its two steps: the next start continues. Call it before the service opens its database.
 */
export async function adoptOldRelease(path: string, migrations?: string): Promise<number | undefined> {
  const version = moveAside(path);
  if (version === undefined) return undefined;
  const runner = new MigrationRunner(byPath(path, migrations));
  try {
    await runner.baseline(version);
    return version;
  } finally {
    await runner.close();
  }
}

/** The highest version of release 0 that is not recorded as a baseline yet. */
function moveAside(path: string): number | undefined {
  const db = new Database(path);
  const has = (table: string): boolean =>
    db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) !== undefined;
  try {
    return db
      .transaction(() => {
        const columns = db.pragma('table_info(schema_migrations)') as { readonly name: string }[];
        if (columns.some(({ name }) => name === 'migration_name'))
          db.exec(`ALTER TABLE schema_migrations RENAME TO ${kept}`);
        if (has('schema_migrations') || !has(kept)) return undefined;
        return db.prepare<[], number | null>(`SELECT max(version) FROM ${kept}`).pluck().get() ?? undefined;
      })
      .immediate();
  } finally {
    db.close();
  }
}
