import type { DatabaseBridge } from '../bridge/index.ts';
import { checkRunOptions } from '../runner/index.ts';
import { must, type MigrationRef } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import type { DownOptions } from '../operations/down.ts';
import type { RunOptions, RunResult } from '../lock/run-options.ts';
import { MigrationRunner } from './create-runner.ts';
import { migrationsCheck, type MigrateOptions } from './open-session.ts';

/** Options of `MigrationService`. */
export interface MigrationServiceOptions extends RunOptions {
  readonly bridge: DatabaseBridge;
  readonly migrations: MigrateOptions['migrations'];
}

const serviceChecks = {
  bridge: must(
    'a `DatabaseBridge`; `bridgeFor(connection)` makes one',
    (value) => typeof value === 'object' && value !== null,
  ),
  migrations: migrationsCheck,
};

/**
 * Finds, tracks and runs migrations at an application's start through a `DatabaseBridge`, for applications with a shared
 * database package. `dunlin/testing` has a bridge for unit tests.
 *
 * ```ts
 * const service = new MigrationService({ bridge, migrations: 'migrations', logger: console });
 * await service.run(); // throws, so that the application does not start on a half-known schema
 * ```
 */
export class MigrationService {
  readonly #runner: MigrationRunner;

  constructor(options: MigrationServiceOptions) {
    checkRunOptions(options, serviceChecks, ['bridge', 'migrations']);
    const { bridge, ...rest } = options;
    this.#runner = new MigrationRunner({ ...rest, database: bridge });
  }

  /** Applies what is pending. */
  async run(): Promise<RunResult> {
    return await this.#runner.up();
  }

  /** `run` on a synchronous bridge. */
  runSync(): RunResult {
    return this.#runner.upSync();
  }

  /** The pending migrations, in order. */
  async pending(): Promise<readonly MigrationRef[]> {
    return (await this.#runner.status()).pending;
  }

  /** The applied migrations, in order. */
  async applied(): Promise<readonly AppliedMigration[]> {
    return (await this.#runner.status()).entries.flatMap((entry) => entry.applied ?? []);
  }
}

/** Reads the version of a database. Writes nothing. */
export class VersionTracker {
  readonly #options: MigrateOptions;

  constructor(options: MigrateOptions) {
    this.#options = options;
  }

  /** The highest applied version, 0 for none, and its semantic version if it has one. */
  async current(): Promise<{ readonly version: number; readonly label: string | undefined }> {
    const { version, label } = await withRunner(this.#options, (runner) => runner.status());
    return { version, label };
  }

  /** Migrations are pending: the database is older than the code. */
  async isTooOld(): Promise<boolean> {
    return (await withRunner(this.#options, (runner) => runner.status())).tooOld;
  }

  /** A newer release has migrated it: it has migrations that the code does not know. */
  async isTooNew(): Promise<boolean> {
    return (await withRunner(this.#options, (runner) => runner.status())).tooNew;
  }
}

/** Rolls migrations back. */
export class RollbackManager {
  readonly #options: MigrateOptions;

  constructor(options: MigrateOptions) {
    this.#options = options;
  }

  /** Rolls back the last migration, or as many as the options say. Errors: `CANNOT_ROLL_BACK`, `PLAN_CHANGED`. */
  async rollback(options: DownOptions = {}): Promise<RunResult> {
    return await withRunner(this.#options, (runner) => runner.down(options));
  }
}

async function withRunner<T>(options: MigrateOptions, work: (runner: MigrationRunner) => Promise<T>): Promise<T> {
  const runner = new MigrationRunner(options);
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}
