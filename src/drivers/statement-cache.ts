import { dunlinError } from '../errors/index.ts';
import { splitStatements } from '../sql/index.ts';
import { requireParameters } from './parameters.ts';

/** The number of cached statements. A run repeats a few; a migration in code may add some. */
const KEPT = 16;

/**
 * Prepares statements, and keeps those with parameters and without a result: SQL of a file runs once, and on Node 22 a
 * cached `SELECT *` returns the old columns after an ALTER TABLE.
 */
export class StatementCache<Statement> {
  readonly #kept = new Map<string, Statement>();
  readonly #compile: (sql: string) => Statement;
  readonly #hasRows: (statement: Statement) => boolean;
  readonly #release: (statement: Statement) => void;

  /** `release` is called for a statement that is no longer kept, or was never. */
  constructor(
    compile: (sql: string) => Statement,
    hasRows: (statement: Statement) => boolean,
    release: (statement: Statement) => void = () => undefined,
  ) {
    this.#compile = compile;
    this.#hasRows = hasRows;
    this.#release = release;
  }

  /** A statement for so many parameters. */
  prepare(sql: string, given: number): Statement {
    const kept = this.#kept.get(sql);
    if (kept !== undefined) return kept;
    requireSingle(sql);
    requireParameters(sql, given);
    const statement = this.#compile(sql);
    if (given > 0 && !this.#hasRows(statement)) this.#keep(sql, statement);
    return statement;
  }

  #keep(sql: string, statement: Statement): void {
    const [oldest] = this.#kept.keys();
    if (this.#kept.size >= KEPT && oldest !== undefined) {
      this.#release(this.#kept.get(oldest)!);
      this.#kept.delete(oldest);
    }
    this.#kept.set(sql, statement);
  }

  /** After a statement has run. */
  done(sql: string, statement: Statement): void {
    if (!this.#kept.has(sql)) this.#release(statement);
  }

  clear(): void {
    for (const statement of this.#kept.values()) this.#release(statement);
    this.#kept.clear();
  }
}

/**
 * Refuses more than one statement. node:sqlite would run the first and ignore the rest, `SELECT 1; COMMIT` for one.
 * The engine's own statements have no `;` before the end, so they need no tokenizer.
 */
export function requireSingle(sql: string): void {
  const semicolon = sql.indexOf(';');
  if (semicolon === -1 || semicolon >= sql.trimEnd().length - 1) return;
  const { length } = splitStatements(sql);
  if (length > 1) throw dunlinError('STATEMENT_NOT_SINGLE', { sql, statements: length });
}

/** Refuses a text without a statement. */
export function requireStatement(sql: string): void {
  if (splitStatements(sql).length === 0) throw dunlinError('STATEMENT_NOT_SINGLE', { sql, statements: 0 });
}

/** Replaces the error of compiling a text without exactly one statement: drivers have various messages for that. */
export function compileError(error: unknown, sql: string): unknown {
  const { length } = splitStatements(sql);
  return length === 1 ? error : dunlinError('STATEMENT_NOT_SINGLE', { sql, statements: length });
}
