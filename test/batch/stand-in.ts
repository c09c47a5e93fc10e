import Database from 'better-sqlite3';
import { LOCAL } from '../../src/bridge/engine-facts.ts';
import { BatchError, type BatchBridge, type EngineFacts } from '../../src/index.ts';

/** How a stand-in differs from the plainest engine. */
export interface StandInOptions {
  /** Whether foreign keys are checked and their actions fire. Default: true. */
  readonly foreignKeys?: boolean;
  /** Whether a failed batch tells its statement. Default: true. */
  readonly tells?: boolean;
  /** Called before a batch is applied, and after: may throw what the client sees instead of the answer. */
  readonly before?: (batch: readonly string[], database: Database.Database) => void;
  readonly after?: (batch: readonly string[], database: Database.Database) => void;
  readonly facts?: Partial<EngineFacts>;
}

const facts: EngineFacts = {
  ...LOCAL,
  transactions: 'batch',
  foreignKeys: 'always-on',
  settings: ['defer_foreign_keys'],
  exclusion: 'ledger',
  limits: { transactionMs: 300 },
  reserved: ['\\_cf\\_%'],
};

/** An engine of batches on better-sqlite3: one transaction per batch, everything else refused. */
export class StandIn implements BatchBridge {
  readonly driver = 'stand-in';
  readonly engine: EngineFacts;
  readonly database: Database.Database;
  readonly batches: (readonly string[])[] = [];
  readonly options: StandInOptions;

  constructor(file = ':memory:', options: StandInOptions = {}) {
    this.options = options;
    this.database = new Database(file, { timeout: 10_000 });
    const { foreignKeys = true } = options;
    this.database.pragma(`foreign_keys = ${foreignKeys ? 'ON' : 'OFF'}`);
    const declared = foreignKeys ? facts : { ...facts, foreignKeys: 'shared' as const, settings: [] };
    this.engine = { ...declared, ...options.facts };
  }

  async read(sql: string): Promise<readonly Record<string, never>[]> {
    await Promise.resolve();
    try {
      return this.database.prepare(sql).all() as Record<string, never>[];
    } catch (error) {
      throw new BatchError({ message: (error as Error).message, outcome: 'failed', cause: error });
    }
  }

  async batch(statements: readonly { readonly sql: string; readonly params: readonly string[] }[]): Promise<void> {
    await Promise.resolve();
    const texts = statements.map(({ sql }) => sql);
    this.options.before?.(texts, this.database);
    this.batches.push(texts);
    let index = 0;
    const { tells = true } = this.options;
    try {
      this.database.exec('BEGIN IMMEDIATE');
      for (const { sql, params } of statements) {
        const prepared = this.database.prepare(sql);
        if (prepared.reader) prepared.all(...params);
        else prepared.run(...params);
        index++;
      }
      this.database.exec('COMMIT');
    } catch (error) {
      if (this.database.inTransaction) this.database.exec('ROLLBACK');
      const { message, code } = error as Error & { code?: string };
      throw new BatchError({ message, code, index: tells ? index : undefined, outcome: 'failed', cause: error });
    }
    this.options.after?.(texts, this.database);
  }

  rows(sql: string): readonly unknown[] {
    return this.database.prepare(sql).raw().all();
  }
}
