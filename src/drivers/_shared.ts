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

/** How many prepared statements a bridge keeps. A run repeats a handful; a code migration may add some of its own. */
const KEPT = 16;

/**
 * Prepared statements that are likely to come again. Only those with parameters and without a result are worth it: SQL
 * of a file runs once, and a kept `SELECT *` goes on returning the columns of before an ALTER TABLE on Node 22.
 */
export class StatementCache<Statement> {
  readonly #kept = new Map<string, Statement>();

  get(sql: string): Statement | undefined {
    return this.#kept.get(sql);
  }

  keep(sql: string, statement: Statement): void {
    if (this.#kept.size >= KEPT) {
      for (const oldest of this.#kept.keys()) {
        this.#kept.delete(oldest);
        break;
      }
    }
    this.#kept.set(sql, statement);
  }
}

/**
 * Refuses more than one statement. node:sqlite would run the first and ignore the rest, `SELECT 1; COMMIT` for one.
 * Without a `;` before the end there is nothing to look at, which is how the engine's own statements are.
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

/** What to throw for an error of preparing: drivers have various words for "there is no statement in this". */
export function prepareError(error: unknown, sql: string): unknown {
  const { length } = splitStatements(sql);
  return length === 1 ? error : dunlinError('STATEMENT_NOT_SINGLE', { sql, statements: length });
}

/** Refuses too few or too many values; node:sqlite would bind NULL for a missing one. */
export function requireParameters(sql: string, given: number): void {
  if (given === 0 && !/[?@$]|:[a-z_]/i.test(sql)) return;
  const variables = tokenize(sql).filter((token) => token.kind === 'variable');
  const positional = variables.every((token) => token.text === '?');
  if (variables.length === given && positional) return;
  throw dunlinError('PARAMETER_COUNT', { sql, expected: variables.length, given, positional });
}

/** Integers are bound as integers: drivers bind a number as REAL, always or above 32 bits. */
export function toBound(value: Value): Value {
  return Number.isSafeInteger(value) ? BigInt(value as number) : value;
}

/** Integers are read as bigints, so that none is rounded, and become numbers where a number can hold them. */
export function toRows(rows: readonly unknown[]): readonly Row[] {
  for (const row of rows as Record<string, Value>[]) {
    for (const column in row) row[column] = toRead(row[column]!);
  }
  return rows as readonly Row[];
}

/**
 * The same from rows that are lists of values, which better-sqlite3 makes in half the time of objects. The last of
 * several columns of one name counts, as it does there.
 */
export function toNamedRows(columns: readonly string[], rows: readonly (readonly Value[])[]): readonly Row[] {
  // Assigned to, it would be the object's prototype and no column.
  if (columns.includes('__proto__'))
    return rows.map((values) => Object.fromEntries(columns.map((name, i) => [name, toRead(values[i]!)])));
  return rows.map((values) => {
    const row: Record<string, Value> = {};
    for (let i = 0; i < columns.length; i++) row[columns[i]!] = toRead(values[i]!);
    return row;
  });
}

/** A column as drivers describe it, with null for what an expression does not have. */
interface DriverColumn {
  readonly name: string;
  readonly database?: string | null;
  readonly table?: string | null;
  readonly column?: string | null;
}

/**
 * The result columns of a statement, from the driver's description. Undefined if the driver gives their names only:
 * otherwise every column would pass for an expression.
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
 * A function as a driver registers it: the same values as in rows go in, and nothing else than a value comes out. What
 * it throws must be something that can be looked at: @photostructure/sqlite ends the process where that throws again.
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

/** The main database's file, from `PRAGMA database_list`: absolute, as SQLite opened it. None for memory and temp. */
export function mainFile(databases: readonly Row[]): string | undefined {
  const file = databases.find((row) => row['name'] === 'main')?.['file'];
  return typeof file === 'string' && file !== '' ? file : undefined;
}

/** As many pages a step as any database has: what is copied in one step cannot be interleaved with other writers. */
export const ALL_PAGES = 0x7fffffff;

/** What SQLite answers for a target that another connection has locked, where a driver does not say so. */
export function targetBusy(): Error {
  return Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
}

/**
 * Makes a connection that was just opened ready to read the database: extensions first, because `prepare` may call what
 * they bring. When that fails the connection is closed. Errors: `EXTENSION_FAILED`, `PREPARE_FAILED`.
 */
export function prepared<H extends DriverConnection & { close(): unknown }>(
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
    // A lock is waited for, here as with any other statement.
    if (isDunlinError(error) || isBusy(toSqlError(error))) throw error;
    throw dunlinError('PREPARE_FAILED', { reason: thrownReason(error) }, { cause: error });
  }
  if (!isThenable(answer)) return;
  answer.then(undefined, () => undefined);
  throw dunlinError('PREPARE_FAILED', { reason: 'it returned a promise, which nobody waits for' });
}
