import type { ColumnOrigin, DatabaseBridge, MaybePromise, Op, Row, Value } from '../bridge/index.ts';
import { createLedger, createTables, type LayoutName, type TableNames } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import { asyncBridge } from './async-bridge.ts';
import { MockTables } from './mock-tables.ts';
import { driverError, matches, recordBridge, type RecordedBridge } from './record-bridge.ts';

/** The answer to a statement: rows, its result columns, or an error. */
export interface MockAnswer {
  /** A part of the SQL, or a regular expression that it matches. */
  readonly match: string | RegExp;
  readonly rows?: readonly Row[];
  /** The result of `columns`. Default: undefined, as from a driver that does not know it. */
  readonly columns?: readonly ColumnOrigin[];
  readonly error?: unknown;
}

export interface MockBridgeOptions {
  /** The first match counts, before the mock's own answers. */
  readonly answers?: readonly MockAnswer[];
  /** Applied migrations: `registry.migrations.slice(0, 2)`. */
  readonly applied?: readonly Pick<Migration, 'version' | 'name' | 'id' | 'checksum' | 'textHash'>[];
  /** Default true. */
  readonly sync?: boolean;
  /** The run's `layout`. Default `standard`. */
  readonly layout?: LayoutName;
  /** The run's `tables`. */
  readonly tables?: Partial<TableNames>;
}

/**
 * A bridge without a database, for unit tests of the code around it: which migrations are found, in which order they run,
 * what is recorded, what a failure leaves. It executes no SQL: a statement without an answer succeeds without rows. It
 * supports
 *
 * - pragmas, which return the value that was set;
 * - transactions and savepoints, whose rollback also rolls back what was recorded;
 * - Dunlin's own tables, so that a second run sees what the first applied.
 *
 * The schema is always empty, so the guards against data loss have nothing to compare: test migrations on a real database
 * in memory.
 *
 * ```ts
 * const bridge = mockBridge({ answers: [{ match: 'CREATE INDEX', error: driverError('SQLITE_FULL') }] });
 * ```
 */
export function mockBridge(options: MockBridgeOptions = {}): RecordedBridge {
  const ledger = createLedger('mock', options.layout ?? 'standard', options.tables ?? {});
  const tables = new MockTables([ledger.tables.migrations, ledger.tables.attempts, 'schema_version']);
  const mock = new Mock(tables, options.answers ?? []);
  if (options.applied !== undefined) {
    runOp(createTables(ledger, { migrations: false, attempts: false, records: false }), mock);
    for (const migration of options.applied)
      runOp(ledger.layout.insert(ledger.tables.migrations, appliedRow(migration)), mock);
  }
  return recordBridge(options.sync === false ? asyncBridge(mock) : mock);
}

class Mock implements DatabaseBridge {
  readonly driver = 'mock';
  readonly sync = true;
  readonly #tables: MockTables;
  readonly #answers: readonly MockAnswer[];
  readonly #pragmas = new Map<string, Value>();
  /** The open transaction and its savepoints; `restore` sets the tables back to what they were at its beginning. */
  #open: { readonly name: string; readonly restore: () => void }[] = [];

  constructor(tables: MockTables, answers: readonly MockAnswer[]) {
    this.#tables = tables;
    this.#answers = answers;
  }

  inTransaction(): boolean {
    return this.#open.length > 0;
  }

  script(sql: string): void {
    this.query(sql, []);
  }

  query(sql: string, params: readonly Value[]): readonly Row[] {
    const answer = this.#answerTo(sql);
    if (answer !== undefined) return answer.rows ?? [];
    return this.#transaction(sql) ?? this.#pragma(sql) ?? this.#tables.answer(sql, params) ?? this.#builtIn(sql);
  }

  columns(sql: string): readonly ColumnOrigin[] | undefined {
    return this.#answerTo(sql)?.columns;
  }

  /** The test's answer to a statement; throws if it is an error. */
  #answerTo(sql: string): MockAnswer | undefined {
    const answer = this.#answers.find(({ match }) => matches(sql, match));
    if (answer !== undefined && 'error' in answer) throw answer.error;
    return answer;
  }

  #transaction(sql: string): readonly Row[] | undefined {
    const [, verb, name = ''] = /^(BEGIN|COMMIT|ROLLBACK TO|ROLLBACK|SAVEPOINT|RELEASE)\b ?(\w*)/.exec(sql) ?? [];
    if (verb === undefined) return undefined;
    if (verb === 'BEGIN' || verb === 'SAVEPOINT') {
      if (verb === 'BEGIN' && this.inTransaction())
        throw driverError('SQLITE_ERROR', 'cannot start a transaction within a transaction');
      this.#open.push({ name: verb === 'BEGIN' ? '' : name, restore: this.#tables.snapshot() });
      return [];
    }
    const at = verb === 'COMMIT' || verb === 'ROLLBACK' ? 0 : this.#open.findLastIndex((entry) => entry.name === name);
    const target = this.#open[at];
    if (target === undefined)
      throw driverError(
        'SQLITE_ERROR',
        name === '' ? `cannot ${verb.toLowerCase()} - no transaction is active` : `no such savepoint: ${name}`,
      );
    const kept = this.#open.slice(0, at);
    if (verb.startsWith('ROLLBACK')) target.restore();
    this.#open = verb === 'ROLLBACK TO' ? [...kept, { name, restore: this.#tables.snapshot() }] : kept;
    return [];
  }

  #pragma(sql: string): readonly Row[] | undefined {
    const [, name, value] = /^PRAGMA (\w+)(?: = (\w+))?/.exec(sql) ?? [];
    if (name === undefined) return undefined;
    if (value !== undefined) {
      this.#pragmas.set(name, /^\d+$/.test(value) ? Number(value) : value);
      return [];
    }
    const set = this.#pragmas.get(name);
    return set === undefined ? [] : [{ [name]: set }];
  }

  #builtIn(sql: string): readonly Row[] {
    return sql.startsWith('SELECT changes()') ? [{ changes: 0, id: 0 }] : [];
  }
}

/** Executes the queries of an operation that needs nothing else. */
function runOp(op: Op<unknown>, mock: Mock): void {
  let answer: MaybePromise<unknown>;
  for (let step = op.next(); step.done !== true; step = op.next(answer)) {
    const request = step.value;
    if (request.kind === 'query') answer = mock.query(request.sql, request.params);
    else if (request.kind === 'script') answer = mock.script(request.sql);
  }
}

function appliedRow(
  migration: NonNullable<MockBridgeOptions['applied']>[number],
): Parameters<ReturnType<typeof createLedger>['layout']['insert']>[1] {
  return {
    version: migration.version,
    name: migration.name,
    fileName: `${migration.id}.sql`,
    appliedAt: '2000-01-01T00:00:00.000Z',
    checksum: migration.checksum,
    textHash: migration.textHash,
    executionTimeMs: 0,
    schemaVersion: null,
    upText: null,
    downText: null,
  };
}
