import { BatchRunner as CoreRunner, type BatchRunOptions } from '../batch/index.ts';
import type { BatchBridge, DatabaseBridge } from '../bridge/index.ts';
import { checkRunOptions } from '../runner/index.ts';
import { must, isFunction, isRecord } from '../errors/index.ts';
import { loadDriver, type DriverName } from './driver.ts';
import { formatChecks, type FolderOptions } from './format-options.ts';
import { nodeHost } from './node-host.ts';
import { migrationsCheck, sourceOf, type MigrateOptions } from './open-session.ts';

/** What a `BatchRunner` is made from. */
export interface BatchMigrateOptions extends BatchRunOptions, FolderOptions {
  /** An engine that takes batches: `d1(env.DB)`, `rqlite('http://127.0.0.1:4001')`. */
  readonly database: BatchBridge;
  /** As for `migrate`: a directory, a record of file name to text, or a list of definitions. */
  readonly migrations: MigrateOptions['migrations'];
  /** The SQLite on which migrations are rehearsed, in memory: a driver, or a function that opens an empty database. */
  readonly rehearseOn?: DriverName | (() => DatabaseBridge | Promise<DatabaseBridge>);
}

/**
 * Migrates a database on an engine that takes batches of statements instead of a connection: Cloudflare's D1, rqlite.
 *
 * ```ts
 * import { BatchRunner } from 'dunlin';
 * import { rqlite } from 'dunlin/rqlite';
 *
 * const runner = new BatchRunner({ database: rqlite('http://127.0.0.1:4001'), migrations: 'migrations' });
 * const { pending } = await runner.status();
 * const { applied } = await runner.up();
 * ```
 */
export class BatchRunner extends CoreRunner {
  /** Set for logs: bundlers rename one of two classes that have the same name. */
  static override readonly name: string = 'BatchRunner';

  constructor(options: BatchMigrateOptions) {
    checkRunOptions(options, checks, ['database', 'migrations']);
    const { migrations, rehearseOn, format, placeholders, ...rest } = options;
    super({
      ...rest,
      migrations: sourceOf(migrations, { format, placeholders }),
      rehearseOn:
        typeof rehearseOn === 'function' ? rehearseOn : () => loadDriver(rehearseOn)(':memory:', { create: true }),
      host: nodeHost,
    });
  }
}

const checks = {
  database: must('a `BatchBridge`, which `d1()` and `rqlite()` make', isRecord),
  migrations: migrationsCheck,
  rehearseOn: must('the name of a driver, or a function', (value) => typeof value === 'string' || isFunction(value)),
  ...formatChecks,
};
