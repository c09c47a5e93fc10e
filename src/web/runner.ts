import { MigrationRunner as CoreRunner } from '../runner/index.ts';
import { openSession, type WebMigrateOptions } from './options.ts';

/**
 * Everything that can be done with one database and its migrations, in a browser. What needs a copy of the database or an
 * empty one (`try`, `check` with `replay`, `squash`) is `COPY_FAILED`. A bundle with only `migrate` and `status` is smaller.
 *
 * ```ts
 * const runner = new MigrationRunner({ database: db, migrations });
 * const sql = await runner.dump();
 * ```
 */
export class MigrationRunner extends CoreRunner {
  /** Set for logs: bundlers rename one of two classes that have the same name. */
  static override readonly name: string = 'MigrationRunner';

  constructor(options: WebMigrateOptions) {
    super(openSession(options));
  }
}
