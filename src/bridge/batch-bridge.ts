import type { EngineFacts } from './engine-facts.ts';
import type { Row } from './types.ts';

/** One statement of a batch. Parameters are text, so that no engine has to decide what a number is. */
export interface BatchStatement {
  readonly sql: string;
  readonly params: readonly string[];
}

/**
 * An engine without `BEGIN ... COMMIT` over a connection: it takes a list of statements and runs all of them or none, such
 * as Cloudflare's D1 and rqlite. `batchConformanceChecks` of `dunlin/testing` checks the contract.
 */
export interface BatchBridge {
  /** For messages: `D1`, `rqlite`. */
  readonly driver: string;
  readonly engine: EngineFacts;
  /** Runs one SELECT and returns its rows. It sees every batch that has ended before. */
  read(sql: string): Promise<readonly Row[]>;
  /** Runs the statements in order, in one transaction: all of them or none. Rejects with a `BatchError`. */
  batch(statements: readonly BatchStatement[]): Promise<void>;
}

/** What a `BatchError` is made from. */
export interface BatchFailure {
  readonly message: string;
  /** The statement that failed, from 0, if the engine tells it. */
  readonly index?: number | undefined;
  /** SQLite's result code, or the engine's own. */
  readonly code?: string | undefined;
  /** `unknown`: no answer came, so the batch may have been applied, or may still be. */
  readonly outcome: 'failed' | 'unknown';
  readonly cause?: unknown;
}

/**
 * Why a batch was not applied, or that nobody knows whether it was.
 *
 * ```ts
 * import { BatchError } from 'dunlin';
 *
 * const error = new BatchError({ message: 'UNIQUE constraint failed: users.email', index: 3, outcome: 'failed' });
 * console.log(error.outcome); // 'failed'
 * ```
 */
export class BatchError extends Error {
  static override readonly name: string = 'BatchError';
  readonly index: number | undefined;
  readonly code: string;
  readonly outcome: 'failed' | 'unknown';

  constructor({ message, index, code = 'SQLITE_ERROR', outcome, cause }: BatchFailure) {
    super(message, { cause });
    this.name = 'BatchError';
    this.index = index;
    this.code = code;
    this.outcome = outcome;
  }
}

/** Whether a value is a `BatchBridge`. */
export function isBatchBridge(value: unknown): value is BatchBridge {
  const { batch, read, engine } = (typeof value === 'object' && value !== null ? value : {}) as Partial<BatchBridge>;
  return typeof batch === 'function' && typeof read === 'function' && engine !== undefined;
}
