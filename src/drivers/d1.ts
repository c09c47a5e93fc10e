import { BatchError, type BatchBridge, type BatchStatement, type EngineFacts, type Row } from '../bridge/index.ts';

/** A prepared statement of D1. */
export interface D1Statement {
  bind(...values: readonly unknown[]): D1Statement;
  all(): Promise<{ readonly results: readonly unknown[] }>;
}

/** What Dunlin uses of a D1 binding: `env.DB` in a Worker, or that of `getPlatformProxy` and miniflare in Node. */
export interface D1Handle {
  prepare(sql: string): D1Statement;
  batch(statements: D1Statement[]): Promise<unknown>;
  /** Reads from the primary database, not from a copy that may be behind. */
  withSession?(constraint: 'first-primary'): Pick<D1Handle, 'prepare' | 'batch'>;
}

const facts: EngineFacts = {
  transactions: 'batch',
  foreignKeys: 'always-on',
  durability: 'engine',
  settings: ['defer_foreign_keys', 'legacy_alter_table'],
  integrity: 'quick',
  size: 'none',
  schemaVersion: false,
  dataVersion: false,
  temporary: false,
  attach: false,
  integers: 'doubles',
  snapshot: 'bookmark',
  exclusion: 'ledger',
  // developers.cloudflare.com/d1/platform/limits
  limits: { statementBytes: 100_000, statements: 1000, columns: 100, parameters: 100, transactionMs: 30_000 },
  reserved: ['\\_cf\\_%'],
};

/**
 * A D1 database as a `BatchBridge`. `maxStatements` is how many queries an invocation may send: 1,000, or 50 on the free
 * plan.
 *
 * ```ts
 * import { migrate } from 'dunlin';
 * import { d1 } from 'dunlin/d1';
 *
 * await migrate({ database: d1(env.DB), migrations: 'migrations' });
 * ```
 */
export function d1(database: D1Handle, options: { readonly maxStatements?: number } = {}): BatchBridge {
  const { maxStatements = facts.limits.statements } = options;
  const session = database.withSession?.('first-primary') ?? database;
  const prepared = ({ sql, params }: BatchStatement): D1Statement =>
    params.length === 0 ? session.prepare(sql) : session.prepare(sql).bind(...params);
  return {
    driver: 'D1',
    engine: {
      ...facts,
      limits: { ...facts.limits, ...(maxStatements !== undefined && { statements: maxStatements }) },
    },
    async read(sql) {
      try {
        return (await prepared({ sql, params: [] }).all()).results as readonly Row[];
      } catch (error) {
        throw toBatchError(error);
      }
    },
    async batch(statements) {
      try {
        await session.batch(statements.map(prepared));
      } catch (error) {
        throw toBatchError(error);
      }
    },
  };
}

/** D1 puts SQLite's code at the end of the message. Without one, SQLite has not decided: the connection may be lost. */
function toBatchError(error: unknown): BatchError {
  const text = error instanceof Error ? error.message : String(error);
  const code = /SQLITE_[A-Z_]+/.exec(text)?.[0];
  const isRefused = code !== undefined || text.startsWith('D1_TYPE_ERROR');
  const message = text.replace(/^D1_[A-Z_]*ERROR: /, '').replace(/: SQLITE_[A-Z_]+(?: \(.*\))?$/, '');
  return new BatchError({ message, code, outcome: isRefused ? 'failed' : 'unknown', cause: error });
}
