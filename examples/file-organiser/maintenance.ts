// Operations by hand. Each call opens the database by its path and closes it again.
import { basename } from 'node:path';
import Database from 'better-sqlite3';
import { migrate, MigrationRunner, RollbackManager, type TrialResult } from 'dunlin';
import { byPath } from './options.ts';

/** Applies what is pending. Returns the number of migrations. */
export async function runMigrations(path: string, migrations?: string): Promise<number> {
  return (await migrate(byPath(path, migrations))).applied.length;
}

/** The version of a database, and what is pending. Changes nothing, and makes no file. */
export async function readStatus(
  path: string,
  migrations?: string,
): Promise<{ readonly version: number; readonly pending: readonly string[] }> {
  const { version, pending } = await withRunner(path, migrations, (runner) => runner.status());
  return { version, pending: pending.map(({ name }) => name) };
}

/** Runs one migration, up and down again, on a copy. The database itself is not touched. */
export async function tryOnCopy(path: string, version: number, migrations?: string): Promise<TrialResult> {
  return await withRunner(path, migrations, (runner) => runner.try(version));
}

/** Rolls back the last migration. Returns its name. */
export async function rollBackLast(path: string, migrations?: string): Promise<string | undefined> {
  const { applied } = await new RollbackManager(byPath(path, migrations)).rollback();
  return applied[0]?.name;
}

/**
 * Deletes all destinations. Without the database's file name as `confirm` it only warns, and Dunlin
 * refuses with CONFIRMATION_WRONG.
 */
export async function resetEverything(path: string, confirm: string, warn: (line: string) => void): Promise<void> {
  warn(`WARNING: this deletes EVERYTHING in ${basename(path)}: ${rowCounts(path).join(', ')}. It cannot be undone.`);
  await withRunner(path, undefined, (runner) => runner.reset({ confirm }));
}

async function withRunner<T>(
  path: string,
  migrations: string | undefined,
  work: (runner: MigrationRunner) => Promise<T>,
): Promise<T> {
  const runner = new MigrationRunner(byPath(path, migrations));
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

function rowCounts(path: string): string[] {
  const db = new Database(path, { readonly: true });
  try {
    const tables = db
      .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%schema_migration%'")
      .pluck()
      .all();
    return tables.map((table) => `${db.prepare(`SELECT count(*) FROM "${table}"`).pluck().get()} ${table}`);
  } finally {
    db.close();
  }
}
