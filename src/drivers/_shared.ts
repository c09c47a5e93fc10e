import {
  extensionParts,
  isBusy,
  isThenable,
  toSqlError,
  toValue,
  type ColumnOrigin,
  type ConnectionSetup,
  type DriverConnection,
  type Extension,
  type Row,
  type Value,
} from '../bridge/index.ts';
import { dunlinError, isDunlinError, readableError, thrownReason } from '../errors/index.ts';
import { splitStatements, tokenize } from '../sql/index.ts';

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

  constructor(compile: (sql: string) => Statement, hasRows: (statement: Statement) => boolean) {
    this.#compile = compile;
    this.#hasRows = hasRows;
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
    if (this.#kept.size >= KEPT && oldest !== undefined) this.#kept.delete(oldest);
    this.#kept.set(sql, statement);
  }
}

/** Loads an extension. Without an entry point it passes no second argument: drivers refuse or misread `undefined`. */
export function loadLibrary(
  handle: { loadExtension?(path: string, entryPoint?: string): unknown },
  extension: Extension,
): void {
  const { path, entryPoint } = extensionParts(extension);
  if (entryPoint === undefined) handle.loadExtension!(path);
  else handle.loadExtension!(path, entryPoint);
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

/** Converts an error of preparing: drivers have various messages for a text without a statement. */
export function prepareError(error: unknown, sql: string): unknown {
  const { length } = splitStatements(sql);
  return length === 1 ? error : dunlinError('STATEMENT_NOT_SINGLE', { sql, statements: length });
}

/** Refuses too few or too many values; node:sqlite would bind NULL for a missing one. */
function requireParameters(sql: string, given: number): void {
  if (given === 0 && !/[?@$]|:[a-z_]/i.test(sql)) return;
  const variables = tokenize(sql).filter((token) => token.kind === 'variable');
  const positional = variables.every((token) => token.text === '?');
  if (variables.length === given && positional) return;
  throw dunlinError('PARAMETER_COUNT', { sql, expected: variables.length, given, positional });
}

/** Binds integers as bigints: drivers bind a number as REAL, always or above 32 bits. */
export function toBound(value: Value): Value {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

/** Converts the bigints of rows to numbers where that is exact. Drivers read bigints, so that no integer is rounded. */
export function toRows(rows: readonly unknown[]): readonly Row[] {
  for (const row of rows as Record<string, Value>[]) {
    for (const column in row) row[column] = toRead(row[column]!);
  }
  return rows as readonly Row[];
}

/**
 * `toRows` for rows that are lists of values, which better-sqlite3 returns in half the time of objects. Of several columns
 * with one name the last counts, as in better-sqlite3.
 */
export function toNamedRows(columns: readonly string[], rows: readonly (readonly Value[])[]): readonly Row[] {
  // Assigning `__proto__` would set the prototype instead of a column.
  if (columns.includes('__proto__'))
    return rows.map((values) => Object.fromEntries(columns.map((name, i) => [name, toRead(values[i]!)])));
  return rows.map((values) => {
    const row: Record<string, Value> = {};
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = toRead(values[i]!);
    return row;
  });
}

/** A column as drivers describe it; an expression has nulls. */
interface DriverColumn {
  readonly name: string;
  readonly database?: string | null;
  readonly table?: string | null;
  readonly column?: string | null;
}

/**
 * Converts a driver's description of result columns. Undefined if the driver returns only names: otherwise every column
 * would look like an expression.
 */
export function toColumnOrigins(columns: readonly unknown[]): readonly ColumnOrigin[] | undefined {
  const described = columns as readonly DriverColumn[];
  if (described.some(({ column }) => column === undefined)) return undefined;
  return described.map(({ name, database, table, column }) => ({
    name,
    database: database ?? undefined,
    table: table ?? undefined,
    column: column ?? undefined,
  }));
}

/**
 * Wraps a function for SQL: arguments are converted as in rows, and the result must be a value. A thrown value must be
 * readable: if reading it throws, @photostructure/sqlite ends the process.
 */
export function toRegistered(fn: (...args: Value[]) => Value): (...args: Value[]) => Value {
  return (...args) => {
    try {
      return toBound(toValue(fn(...args.map(toRead))));
    } catch (error) {
      throw readableError(error);
    }
  };
}

function toRead(value: Value): Value {
  if (typeof value !== 'bigint') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The main database's file, from `PRAGMA database_list`: absolute, as SQLite opened it; undefined in memory. */
export function mainFile(databases: readonly Row[]): string | undefined {
  const file = databases.find((row) => row['name'] === 'main')?.['file'];
  return typeof file === 'string' && file !== '' ? file : undefined;
}

/** More pages than any database has, so a backup takes one step and no other writer comes between. */
export const ALL_PAGES = 0x7fffffff;

/** SQLite's error for a target that another connection has locked; some drivers do not report it. */
export function targetBusy(): Error {
  return Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
}

/**
 * Prepares a new connection: loads the extensions, then calls `prepare`, which may use them. Closes the connection if that
 * fails. Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`.
 */
export function prepareConnection<H extends DriverConnection & { close(): unknown }>(
  handle: H,
  { extensions = [], prepare }: ConnectionSetup,
  path: string,
  load: (extension: Extension) => void,
): H {
  try {
    for (const extension of extensions) loadExtension(extension, load);
    const file = path === ':memory:' ? undefined : path;
    if (prepare !== undefined) callPrepare(() => prepare(handle, { file }));
    return handle;
  } catch (error) {
    handle.close();
    throw error;
  }
}

function loadExtension(extension: Extension, load: (extension: Extension) => void): void {
  try {
    load(extension);
  } catch (error) {
    const { path, entryPoint } = extensionParts(extension);
    throw dunlinError('EXTENSION_FAILED', { path, entryPoint, reason: thrownReason(error) }, { cause: error });
  }
}

function callPrepare(prepare: () => unknown): void {
  let answer: unknown;
  try {
    answer = prepare();
  } catch (error) {
    // The run waits for a lock, as for any statement.
    if (isDunlinError(error) || isBusy(toSqlError(error))) throw error;
    throw dunlinError('PREPARE_FAILED', { reason: thrownReason(error) }, { cause: error });
  }
  if (!isThenable(answer)) return;
  answer.then(undefined, () => undefined);
  throw dunlinError('PREPARE_FAILED', { reason: 'it returned a promise, but it must be synchronous' });
}
