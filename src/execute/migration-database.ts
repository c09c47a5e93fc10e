import { call, isSqlError, query, toValue, type Op, type Perform, type Row, type Value } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { Bindable, MigrationDatabase } from '../migration/index.ts';
import { applyPolicy, type StepStatement } from '../plan/index.ts';
import { splitStatements } from '../sql/index.ts';
import { quoteStatement, type RunningStep } from './run-statement.ts';
import { machineError } from './statement-error.ts';

/**
 * Calls a migration's function with a database that dies when the function has returned or thrown, or, if it is
 * async, when it is through. In a synchronous run an async function is not waited for: then the database is dead
 * before the function's first `await` ends, so that nothing of it happens outside the transaction.
 */
export function* callWithDatabase<T>(
  running: RunningStep,
  databaseName: string,
  what: string,
  fn: (database: MigrationDatabase) => T | Promise<T>,
): Op<T> {
  const life = { over: false };
  try {
    return yield* call(what, (perform) => fn(createHandle(running, perform, databaseName, life)));
  } finally {
    life.over = true;
  }
}

/**
 * Makes the database that a migration written in code is given: each statement is judged and guarded like one from a
 * file. Its requests go through the loop that is running (`perform`), so nothing of it happens behind the engine's
 * back; on an asynchronous bridge its methods return promises.
 */
function createHandle(
  running: RunningStep,
  perform: Perform,
  databaseName: string,
  life: { readonly over: boolean },
): MigrationDatabase {
  const { step } = running;

  function act<T>(op: () => Op<T>): T {
    if (life.over)
      throw dunlinError('HANDLE_REVOKED', { id: step.id }, { migration: { version: step.version, name: step.name } });
    // The types say what holds on synchronous bridges; `AsyncMigrationDatabase` is the same object's other type.
    return perform(op()) as T;
  }

  function* runEach(sql: string): Op<void> {
    for (const entry of judged(running, sql, false)) if (entry.skip === undefined) yield* runOne(entry, undefined);
  }

  function* runOne(entry: StepStatement, params: readonly Value[] | undefined): Op<readonly Row[]> {
    try {
      return yield* running.run(entry, params);
    } catch (error) {
      const machine = machineError(error, databaseName);
      if (machine !== undefined) throw machine;
      if (isSqlError(error)) error.message = `${error.message}, ${quoteStatement(entry)}`;
      throw error;
    }
  }

  function* runSingle(sql: string, params: readonly Bindable[]): Op<readonly Row[]> {
    const entries = judged(running, sql, true);
    const [entry] = entries;
    if (entry === undefined || entries.length > 1)
      throw dunlinError('ONE_STATEMENT', { id: step.id, found: entries.length });
    return entry.skip === undefined ? yield* runOne(entry, params.map(toValue)) : [];
  }

  function* runChanging(
    sql: string,
    params: readonly Bindable[],
  ): Op<{ changes: number; lastInsertRowid: number | bigint }> {
    yield* runSingle(sql, params);
    const [row] = yield* query<{ changes: number; id: number | bigint }>(
      'SELECT changes() AS changes, last_insert_rowid() AS id',
    );
    return { changes: Number(row!.changes), lastInsertRowid: row!.id };
  }

  function* first(sql: string, params: readonly Bindable[]): Op<Row | undefined> {
    return (yield* runSingle(sql, params))[0];
  }

  return {
    exec: (sql: string) => act(() => runEach(sql)),
    run: (sql: string, ...params: Bindable[]) => act(() => runChanging(sql, params)),
    all: <R extends Row>(sql: string, ...params: Bindable[]) => act(() => runSingle(sql, params)) as unknown as R[],
    get: <R extends Row>(sql: string, ...params: Bindable[]) => act(() => first(sql, params)) as R | undefined,
  };
}

/** The statements of a text from code, refused like those of a file. */
function judged(running: RunningStep, sql: string, parameters: boolean): readonly StepStatement[] {
  const { id, file, ownTables } = running.step;
  const { statements, problems } = applyPolicy(splitStatements(sql), {
    id,
    file,
    text: sql,
    noTransaction: false,
    parameters,
    ownTables,
  });
  const [problem] = problems;
  if (problem !== undefined) throw problem;
  return statements;
}
