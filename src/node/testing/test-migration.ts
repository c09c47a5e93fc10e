import type { DatabaseHandle } from '../../drivers/index.ts';
import { checkOptions, versionCheck } from '../../errors/index.ts';
import { createRegistry } from '../../migration/index.ts';
import type { TrialResult } from '../../operations/index.ts';
import { unknownVersion } from '../../plan/index.ts';
import { MigrationRunner } from '../create-runner.ts';
import { nodeHost } from '../node-host.ts';
import { sourceOf } from '../open-session.ts';
import type { DriverClass } from './driver-class.ts';
import { migratedDatabase, type MigratedDatabaseOptions } from './migrated-database.ts';

/** Which migration is tested, and on what. */
export interface TestMigrationOptions<Connection extends object = object> extends Omit<
  MigratedDatabaseOptions<Connection>,
  'at'
> {
  /** The version of the migration. */
  readonly to: number;
  /** The version that the database has before. Default: that of the migration before. */
  readonly from?: number;
}

/** A migration, and a database to which it has not been applied. */
export interface MigrationTest<Connection extends object> {
  /** At the version before. Rows that the test inserts now are what the migration finds. */
  readonly db: Connection;
  /**
   * Applies the migration to the database, as `migrate` does. Before, it goes up, down and up again on a copy, if it can
   * be rolled back, which must leave schema and rows as they were, except rows that the migration deletes or overwrites
   * and what it declares as lost. End the test's own transaction first. Errors: those of `MigrationRunner.try` and `up`.
   */
  run(): Promise<TrialResult>;
}

/**
 * Opens a database to which one migration has not been applied, to insert rows, apply it and look at the result.
 *
 * ```ts
 * import Database from 'better-sqlite3';
 * import { testMigration } from 'dunlin/testing';
 *
 * const { db, run } = await testMigration(Database, { migrations: 'migrations', to: 2 });
 * db.exec("INSERT INTO notes (title) VALUES ('To do'), ('To do')");
 * await run();
 * console.log(db.prepare('SELECT title FROM notes').all());
 * ```
 *
 * Errors: those of `migratedDatabase`; `VERSION_UNKNOWN`.
 */
export async function testMigration<Connection extends object>(
  driver: DriverClass<Connection>,
  options: TestMigrationOptions<Connection>,
): Promise<MigrationTest<Connection>> {
  checkOptions({ to: options.to, from: options.from }, { to: versionCheck, from: versionCheck }, ['to']);
  const { to, from = versionBefore(options), ...others } = options;
  const db = await migratedDatabase(driver, { ...others, at: from });
  const { seed: _, rows: __, file: ___, dependsOn: ____, cache: _____, ...run } = others;
  return {
    db,
    async run() {
      const runner = new MigrationRunner({ ...run, database: db as unknown as DatabaseHandle, backup: 'off' });
      const trial = await runner.try(to);
      await runner.up({ to });
      return trial;
    },
  };
}

/** Errors: `VERSION_UNKNOWN`. */
function versionBefore({
  migrations,
  to,
  format,
  placeholders,
}: Pick<TestMigrationOptions, 'migrations' | 'to' | 'format' | 'placeholders'>): number {
  const registry = createRegistry(sourceOf(migrations, { format, placeholders }), nodeHost);
  if (registry.get(to) === undefined) throw unknownVersion(to, registry);
  return registry.migrations.findLast(({ version }) => version < to)?.version ?? 0;
}
