import { fileURLToPath } from 'node:url';
import { MigrationRunner, type Logger, type RunResult } from 'dunlin';
import { ConnectionPool } from './connection-pool.ts';
import { toIndexError } from './errors.ts';

export interface IndexOptions {
  readonly database: string;
  /** Only tests name another folder than the program's own. */
  readonly migrations?: string;
  readonly logger?: Logger;
  readonly lockTimeoutMs?: number;
}

/** The index on disk: a pool of connections, and a schema that is brought up to date when it is opened. */
export class IndexDatabase {
  readonly pool: ConnectionPool;
  readonly #options: IndexOptions;

  private constructor(options: IndexOptions) {
    this.#options = options;
    this.pool = new ConnectionPool(options.database);
  }

  /** Opens the index and upgrades it. Throws an `IndexError`; then nothing stays open. */
  static async open(options: IndexOptions): Promise<IndexDatabase> {
    const index = new IndexDatabase(options);
    try {
      await index.upgrade();
      return index;
    } catch (error) {
      await index.close();
      throw error;
    }
  }

  /** Brings the schema up to date. The pool is drained meanwhile, so that nothing reads a schema that is about to change. */
  async upgrade(): Promise<RunResult> {
    return await this.migrations((runner) => runner.up());
  }

  /** Other operations of Dunlin: status, history, rolling back one migration. */
  async migrations<T>(work: (runner: MigrationRunner) => Promise<T>): Promise<T> {
    return await this.pool.drained(async (db) => {
      const runner = new MigrationRunner({
        // The pool's own connection, not the path: one process must not open a file by two SQLite libraries.
        database: db,
        migrations: this.#options.migrations ?? fileURLToPath(new URL('migrations', import.meta.url)),
        layout: 'semver',
        logger: this.#options.logger,
        lockTimeoutMs: this.#options.lockTimeoutMs,
        tool: 'file indexer',
      });
      try {
        return await work(runner);
      } catch (error) {
        throw toIndexError(error);
      }
    });
  }

  async close(): Promise<void> {
    await this.pool.close();
  }
}
