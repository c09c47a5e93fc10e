import {
  call,
  isSqlError,
  query,
  toValue,
  isThenable,
  type Op,
  type Execute,
  type Row,
  type Value,
} from '../../bridge/index.ts';
import { dunlinError, refOf, shown } from '../../errors/index.ts';
import type {
  BatchOptions,
  BatchResult,
  Bindable,
  MigrationDatabase,
  RebuildResult,
  TableChanges,
} from '../../migration/index.ts';
import type { StepStatement } from '../../plan/index.ts';
import { batchRows } from '../batch/rows.ts';
import { copyCommitted } from './copy-committed.ts';
import { checkStatements } from './check-statements.ts';
import { rebuildInCode } from './rebuild-in-code.ts';
import { quoteStatement, type RunningStep } from '../run-statement.ts';
import { environmentError } from '../statement-error.ts';
import type { RunContext } from '../../lock/index.ts';

/**
 * Calls a migration's function with a database that is revoked when the function, or its promise, ends. A synchronous run
 * does not wait for an async function: the database is revoked before its first `await` ends, so that nothing happens
 * outside the transaction.
 */
export function* callWithDatabase<T>(
  running: RunningStep,
  context: RunContext,
  what: string,
  fn: (database: MigrationDatabase) => T | Promise<T>,
): Op<T> {
  const life = { over: false };
  try {
    return yield* call(what, (perform) => fn(createHandle(running, perform, context, life)));
  } finally {
    life.over = true;
  }
}

/**
 * Creates the database of a migration written in code. Each statement is checked like one from a file, and its requests go
 * through the running loop (`perform`). On an asynchronous bridge its methods return promises.
 */
function createHandle(
  running: RunningStep,
  perform: Execute,
  context: RunContext,
  life: { readonly over: boolean },
): MigrationDatabase {
  const { step } = running;
  let current = perform;
  /** An async `each` is under way. */
  let pending = false;

  function act<T>(op: () => Op<T>): T {
    if (life.over) throw dunlinError('HANDLE_REVOKED', { id: step.id }, { migration: refOf(step) });
    // The types say what holds on synchronous bridges; `AsyncMigrationDatabase` is the same object's other type.
    return current(op()) as T;
  }

  /**
   * Calls a function inside an operation. On an asynchronous bridge the calls of a migration wait for each other; calls of
   * this function must not wait for the operation that waits for the function.
   */
  function within<T>(inner: Execute, fn: () => T): T {
    const outer = current;
    current = inner;
    const back = (): void => void (current = outer);
    let result: T;
    try {
      result = fn();
    } catch (error) {
      back();
      throw error;
    }
    if (isThenable(result)) {
      pending = true;
      return Promise.resolve(result).finally(() => {
        pending = false;
        back();
      }) as T;
    }
    back();
    return result;
  }

  /** JavaScript callers have no types. */
  function requireText(method: string, sql: unknown): void {
    if (typeof sql !== 'string') throw dunlinError('SQL_NOT_TEXT', { id: step.id, method, given: shown(sql) });
  }

  function* runEach(sql: string): Op<void> {
    requireText('exec', sql);
    for (const entry of checkStatements(running, sql, false))
      if (entry.skip === undefined) yield* runOne(entry, undefined);
  }

  function* runOne(entry: StepStatement, params: readonly Value[] | undefined): Op<readonly Row[]> {
    try {
      return yield* running.run(entry, params);
    } catch (error) {
      throw explained(error, quoteStatement(entry));
    }
  }

  function* rebuild(table: unknown, define: unknown): Op<RebuildResult> {
    try {
      return yield* rebuildInCode(running, context.options.verify, table, define);
    } catch (error) {
      throw explained(error, `in rebuildTable(${JSON.stringify(table)})`);
    }
  }

  /** SQLite's error with the statement; not for a full disk and the like. */
  function explained(error: unknown, where: string): unknown {
    if (!isSqlError(error)) return error;
    const machine = environmentError(error, context.database);
    if (machine === undefined) error.message = `${error.message}, ${where}`;
    return machine ?? error;
  }

  function* runSingle(method: string, sql: string, params: readonly Bindable[]): Op<readonly Row[]> {
    requireText(method, sql);
    const entries = checkStatements(running, sql, true);
    const [entry] = entries;
    if (entry === undefined || entries.length > 1)
      throw dunlinError('ONE_STATEMENT', { id: step.id, found: entries.length });
    return entry.skip === undefined ? yield* runOne(entry, params.map(toValue)) : [];
  }

  function* runChanging(
    sql: string,
    params: readonly Bindable[],
  ): Op<{ changes: number; lastInsertRowid: number | bigint }> {
    yield* runSingle('run', sql, params);
    const [row] = yield* query<{ changes: number; id: number | bigint }>(
      'SELECT changes() AS changes, last_insert_rowid() AS id',
    );
    return { changes: Number(row!.changes), lastInsertRowid: row!.id };
  }

  function* first(sql: string, params: readonly Bindable[]): Op<Row | undefined> {
    return (yield* runSingle('get', sql, params))[0];
  }

  /**
   * The SELECT of a batch, checked like any other statement. The loss detector does not measure its rows, but has to know
   * the statement: a rebuild may copy them.
   */
  function* toQuery(sql: unknown, params: readonly Bindable[]): Op<{ sql: string; params: readonly Value[] }> {
    requireText('batch', sql);
    const [entry, second] = checkStatements(running, sql as string, true);
    if (entry === undefined || second !== undefined || entry.facts.verb !== 'select')
      throw dunlinError('BATCH_INVALID', { id: step.id, fact: '`query` has to be one SELECT' });
    yield* running.detector.after(entry);
    return { sql: entry.statement.sql, params: params.map(toValue) };
  }

  function* walkRows(options: BatchOptions): Op<BatchResult> {
    // Two batches on one connection would wait for each other forever.
    if (pending)
      throw dunlinError('BATCH_INVALID', { id: step.id, fact: 'another db.batch() is under way: await it first' });
    yield* running.assertInTransaction();
    return yield* batchRows(
      options,
      step.id,
      toQuery,
      (rows, batch) =>
        call(`each() of db.batch() in ${step.id}`, (inner) => within(inner, () => options.each(rows, batch))),
      (progress) => running.reportBatch(progress),
    );
  }

  return {
    batch: <R extends object>(options: BatchOptions<R>) => act(() => walkRows(options as unknown as BatchOptions)),
    backupTo: (path: string) => act(() => copyCommitted(path, context, step.id)),
    rebuildTable: (table: string, define: (table: TableChanges) => void) => act(() => rebuild(table, define)),
    exec: (sql: string) => act(() => runEach(sql)),
    run: (sql: string, ...params: Bindable[]) => act(() => runChanging(sql, params)),
    all: <R extends object>(sql: string, ...params: Bindable[]) =>
      act(() => runSingle('all', sql, params)) as unknown as R[],
    get: <R extends object>(sql: string, ...params: Bindable[]) => act(() => first(sql, params)) as R | undefined,
  };
}
