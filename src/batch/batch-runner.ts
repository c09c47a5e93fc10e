import {
  BatchError,
  runAsync,
  type BatchBridge,
  type DatabaseBridge,
  type Host,
  type Op,
  type Row,
} from '../bridge/index.ts';
import { version } from '../version.ts';
import {
  checkOptions,
  dunlinError,
  isDunlinError,
  isFunction,
  isRecord,
  must,
  refOf,
  thrownReason,
  type DunlinError,
} from '../errors/index.ts';
import { createLedger, createTables, insertAttempt, isLedgerTable, readLedger, type Ledger } from '../ledger/index.ts';
import type { RunOptions, RunResult } from '../lock/index.ts';
import { createRegistry, formatVersion, type MigrationSource } from '../migration/index.ts';
import type { DumpOptions, HistoryEntry, PlanOptions, Status, UpOptions } from '../operations/index.ts';
import { upChecks } from '../operations/index.ts';
import type { Plan } from '../plan/index.ts';
import { checkRunOptions, MigrationRunner } from '../runner/index.ts';
import { readForeignKeys, type ForeignKey, type Inventory } from '../schema/index.ts';
import { nameKey, quote } from '../sql/index.ts';
import { compile, exceededLimit, valueText, type Compiled, type OwnRows } from './compile.ts';
import { Recorder, withoutTransaction } from './recorder.ts';
import { engineFailed, proveGuards, send } from './send.ts';
import { buildReplica, readRemoteState, readSchemaObjects, type RemoteState } from './state.ts';

/** The options of a run that an engine of batches can keep. */
export type BatchRunOptions = Pick<
  RunOptions,
  | 'layout'
  | 'tables'
  | 'outOfOrder'
  | 'otherTool'
  | 'emptyMigrations'
  | 'drift'
  | 'atomic'
  | 'destructive'
  | 'together'
  | 'rebuilds'
  | 'tool'
>;

/** What a `BatchRunner` is made of. */
export interface BatchParts extends BatchRunOptions {
  readonly database: BatchBridge;
  readonly migrations: MigrationSource;
  /** Opens an empty database in memory, on which migrations are rehearsed. */
  readonly rehearseOn: () => DatabaseBridge | Promise<DatabaseBridge>;
  readonly host: Host;
}

const partsChecks = {
  database: must('a `BatchBridge`, which `d1()` and `rqlite()` make', isRecord),
  migrations: must('a source of migrations', isRecord),
  rehearseOn: must('a function that opens an empty database', isFunction),
  host: must('a `Host`', isRecord),
};

/** How often a run looks again if others were faster. */
const mostLooks = 8;

/**
 * Migrates a database on an engine that takes batches, such as D1 and rqlite. Each migration, or set, is one batch: the
 * engine applies all of it or nothing.
 *
 * Before a batch is sent its migration runs on a local copy of the schema, without rows. That finds what is wrong with
 * the SQL, and what must be measured; the batch measures it on the real rows, and fails if something is lost.
 *
 * ```ts
 * import { BatchRunner } from 'dunlin';
 * import { rqlite } from 'dunlin/rqlite';
 *
 * const runner = new BatchRunner({ database: rqlite('http://127.0.0.1:4001'), migrations: 'migrations' });
 * const { applied } = await runner.up();
 * ```
 */
export class BatchRunner {
  /** How messages call the database. */
  readonly database: string;
  readonly #bridge: BatchBridge;
  readonly #parts: BatchParts;
  readonly #options: BatchRunOptions;
  readonly #ledger: () => Ledger;

  constructor(parts: BatchParts) {
    checkRunOptions(parts, partsChecks, ['database', 'migrations', 'rehearseOn', 'host']);
    refuseOptions(parts);
    const { database, migrations, rehearseOn: _, host, ...options } = parts;
    this.#parts = parts;
    this.#bridge = database;
    this.#options = options;
    this.database = `the ${database.driver} database`;
    this.#ledger = () =>
      createLedger(this.database, options.layout ?? 'standard', options.tables ?? {}, createRegistry(migrations, host));
  }

  /**
   * Applies what is pending, all or up to a version or a number of steps. With nothing pending it writes nothing. Another
   * process may run at the same time: each migration runs once.
   *
   * Errors besides those of the migrations: `ENGINE_REFUSED` and `CODE_NEEDS_TRANSACTION` for what such an engine cannot
   * do, `OUTCOME_UNKNOWN` if no answer came.
   */
  async up(options: UpOptions = {}): Promise<RunResult> {
    checkOptions(options, upChecks);
    const started = this.#parts.host.now();
    const applied: RunResult['applied'][number][] = [];
    const notes: string[] = [];
    let first: RunResult | undefined;
    let looks = 0;
    let isProven = false;
    const soFar = (error: DunlinError): DunlinError => error.with({ applied: applied.map(refOf) });
    for (;;) {
      const runId = this.#parts.host.randomId();
      const steps = options.steps === undefined ? undefined : Math.max(0, options.steps - applied.length);
      const rehearsed = await this.#rehearse({ ...options, ...(steps !== undefined && { steps }) }, runId);
      const { result, compiled } = rehearsed;
      first ??= result;
      if (rehearsed.error !== undefined) {
        // The history says that it failed, unless somebody is in the way.
        if (compiled !== undefined) await send(this.#bridge, compiled);
        throw soFar(rehearsed.error);
      }
      if (compiled === undefined) return this.#merge(first, result, applied, notes, started);
      if (!isProven) await proveGuards(this.#bridge, runId);
      isProven = true;
      const sent = await send(this.#bridge, compiled);
      if (sent.kind === 'refused') {
        await this.#recordFailure(runId, sent.error);
        const pending = [...result.applied, ...result.pending].map(refOf);
        throw soFar(sent.error).with({ failed: sent.error.migration, pending });
      }
      if (sent.kind === 'moved') {
        if (++looks === mostLooks) throw dunlinError('RUN_OVERTAKEN', { database: this.database, looks });
        continue;
      }
      if (sent.kind === 'unknown') {
        await this.#findRun(runId, sent.error);
        notes.push(`no answer came to the batch (${sent.error.message}); the history says that it was applied`);
      }
      applied.push(...result.applied);
      notes.push(...result.notes);
      looks = 0;
    }
  }

  /** What a run would do and what prevents it. Writes nothing. */
  async plan(options: PlanOptions = {}): Promise<Plan> {
    const plan = await this.#read((runner) => runner.plan(options));
    return { ...plan, problems: [...plan.problems, ...plan.steps.flatMap((step) => this.#impossible(step))] };
  }

  /** Why a step cannot run here, as far as it is known without a rehearsal. */
  #impossible({ version, name, kind, transaction }: Plan['steps'][number]): readonly DunlinError[] {
    const { driver } = this.#bridge;
    const id = `${formatVersion(version)}_${name}`;
    const migration = { version, name };
    if (kind === 'code') return [dunlinError('CODE_NEEDS_TRANSACTION', { id, driver }, { migration })];
    return transaction ? [] : [dunlinError('ENGINE_REFUSED', { id, driver, ...withoutTransaction }, { migration })];
  }

  /** Where the database stands. Writes nothing. */
  async status(): Promise<Status> {
    return await this.#read((runner) => runner.status());
  }

  /** `status` with every migration parsed and checked. Writes nothing. */
  async check(): Promise<Status> {
    return await this.#read((runner) => runner.check());
  }

  /** The last runs and how they ended, newest first. */
  async history(options: { readonly limit?: number } = {}): Promise<readonly HistoryEntry[]> {
    return await this.#read((runner) => runner.history(options));
  }

  /** The schema as text. Writes nothing. */
  async dump(options: DumpOptions = {}): Promise<string> {
    return await this.#read((runner) => runner.dump(options));
  }

  /** The schema, without Dunlin's own tables. Writes nothing. */
  async schema(): Promise<Inventory> {
    return await this.#read((runner) => runner.schema());
  }

  async #look(): Promise<RemoteState> {
    try {
      return await readRemoteState(this.#bridge, this.#ledger());
    } catch (error) {
      throw this.#toError(error);
    }
  }

  #toError(error: unknown): unknown {
    return error instanceof BatchError ? engineFailed(this.#bridge, error) : error;
  }

  async #replicaOf(state: RemoteState): Promise<DatabaseBridge> {
    const local = await this.#parts.rehearseOn();
    try {
      await buildReplica(local, state);
      return local;
    } catch (error) {
      await local.close?.();
      const reason = thrownReason(error);
      throw dunlinError('REHEARSAL_FAILED', { driver: this.#bridge.driver, reason }, { cause: error });
    }
  }

  async #read<T>(work: (runner: MigrationRunner) => Promise<T>): Promise<T> {
    const local = await this.#replicaOf(await this.#look());
    try {
      return await work(this.#runnerOn(local));
    } finally {
      await local.close?.();
    }
  }

  #runnerOn(bridge: DatabaseBridge, recorder?: Recorder, runId?: string): MigrationRunner {
    const { host, migrations } = this.#parts;
    // The batch and the history name the same run.
    const sameId: Host =
      runId === undefined ? host : Object.assign(Object.create(host) as Host, { randomId: () => runId });
    return new MigrationRunner(
      {
        bridge: () => bridge,
        registry: () => createRegistry(migrations, host),
        host: sameId,
        database: this.database,
        owned: false,
        ...(recorder !== undefined && { recorder }),
      },
      { ...this.#options, backup: 'off', verify: 'off', mirror: false },
    );
  }

  /** Runs the next migration, or all of them, on a copy without rows. */
  async #rehearse(
    options: UpOptions,
    runId: string,
  ): Promise<{ readonly result: RunResult; readonly compiled?: Compiled | undefined; readonly error?: DunlinError }> {
    const before = await this.#look();
    const local = await this.#replicaOf(before);
    try {
      const ledger = this.#ledger();
      const recorder = this.#recorderOn(local, before, ledger);
      const runner = this.#runnerOn(recorder.wrap(local), recorder, runId);
      const foreignKeys = await this.#foreignKeysOf(local);
      const own = await ownRows(local, ledger);
      let result: RunResult;
      let error: DunlinError | undefined;
      try {
        result = await runner.up(await this.#unitOf(runner, options));
      } catch (failure) {
        if (!isDunlinError(failure)) throw failure;
        error = failure;
        result = nothingDone;
      }
      const changes = changesOf(own, await ownRows(local, ledger));
      if (recorder.log.length === 0 && changes.length === 0)
        return error === undefined ? { result } : { result, error };
      const { engine, driver } = this.#bridge;
      const compiled = await this.#compile(runId, before, local, recorder, changes, foreignKeys);
      const exceeded = exceededLimit(compiled, engine);
      if (exceeded !== undefined) {
        const [migration] = result.applied;
        error ??= dunlinError('BATCH_TOO_LARGE', { driver, ...exceeded }, { migration });
        return { result, error };
      }
      return error === undefined ? { result, compiled } : { result, compiled, error };
    } finally {
      await local.close?.();
    }
  }

  /** The batch of what a run did to the replica. `foreignKeys`: those before the run. */
  async #compile(
    runId: string,
    before: RemoteState,
    local: DatabaseBridge,
    { log }: Recorder,
    own: readonly OwnRows[],
    foreignKeys: readonly ForeignKey[],
  ): Promise<Compiled> {
    const { engine, driver } = this.#bridge;
    const { digest } = await readSchemaObjects(async (sql) => await local.query(sql, []), engine.reserved);
    const after = await this.#foreignKeysOf(local);
    const references = [...new Map(after.map((key) => [`${key.child}\0${key.parent}`, key])).values()];
    return compile({ runId, driver, engine, before, log, digestAfter: digest, own, foreignKeys, references });
  }

  async #foreignKeysOf(local: DatabaseBridge, parent?: string): Promise<readonly ForeignKey[]> {
    return await runAsync(readForeignKeys(parent === undefined ? {} : { parent }), local, this.#parts.host);
  }

  #recorderOn(local: DatabaseBridge, before: RemoteState, ledger: Ledger): Recorder {
    return new Recorder(before, this.#bridge.driver, {
      isTracking: (table) => isLedgerTable(ledger, table),
      foreignKeysTo: (parent) => this.#foreignKeysOf(local, parent),
    });
  }

  /** The options that run the next migration or set alone. Errors: those of a step that cannot run here. */
  async #unitOf(runner: MigrationRunner, options: UpOptions): Promise<UpOptions> {
    const { steps, problems } = await runner.plan(options);
    const [first] = steps;
    // Then there is nothing to do, or `up` says why not.
    if (first === undefined || problems.length > 0) return options;
    const versioned = steps.filter(({ version }) => version > 0);
    const set = versioned.filter((step) => step === first || first.together.includes(step.version));
    const isAll = this.#options.atomic === 'run' || set.length >= versioned.length;
    const [impossible] = (isAll ? steps : set).flatMap((step) => this.#impossible(step));
    if (impossible !== undefined) throw impossible;
    return isAll ? options : { ...options, steps: set.length };
  }

  /** Writes into the history that a batch was refused, if nobody is in the way. */
  async #recordFailure(runId: string, error: DunlinError): Promise<void> {
    const before = await this.#look();
    const local = await this.#replicaOf(before);
    try {
      const ledger = this.#ledger();
      const recorder = this.#recorderOn(local, before, ledger);
      const { host, tool = `dunlin ${version}` } = this.#parts;
      const now = new Date(host.now()).toISOString();
      const { migration, location, code, message } = error;
      const old = await ownRows(local, ledger);
      const record = function* (): Op<void> {
        yield* createTables(ledger, (yield* readLedger(ledger)).exists);
        const attempt = {
          runId,
          version: migration?.version ?? null,
          name: migration?.name ?? null,
          direction: 'up',
          status: 'failed',
          startedAt: now,
          finishedAt: now,
          statement: location?.statement ?? null,
          errorCode: code,
          error: message,
        } as const;
        yield* insertAttempt(ledger.tables.attempts, attempt, { host: host.hostname, pid: host.pid, tool });
      };
      await runAsync(record(), recorder.wrap(local), host);
      const changes = changesOf(old, await ownRows(local, ledger));
      await send(this.#bridge, await this.#compile(runId, before, local, recorder, changes, []));
    } finally {
      await local.close?.();
    }
  }

  /** Finds a batch to which no answer came in the history. Errors: `OUTCOME_UNKNOWN`. */
  async #findRun(runId: string, error: BatchError): Promise<void> {
    const { transactionMs = 10_000 } = this.#bridge.engine.limits;
    const { host } = this.#parts;
    const deadline = host.now() + transactionMs;
    let wait = 50;
    while (!(await this.#hasRun(runId))) {
      if (host.now() >= deadline)
        throw dunlinError(
          'OUTCOME_UNKNOWN',
          { database: this.database, reason: error.message, runId },
          { cause: error },
        );
      await host.sleep(wait);
      wait = Math.min(2 * wait, 2000);
    }
  }

  async #hasRun(runId: string): Promise<boolean> {
    const { attempts } = this.#ledger().tables;
    try {
      const rows = await this.#bridge.read(
        `SELECT 1 AS found FROM ${quote(attempts)} WHERE run_id = ${valueText(runId)}`,
      );
      return rows.length > 0;
    } catch {
      // The table may be missing, or the engine may be away.
      return false;
    }
  }

  #merge(
    first: RunResult,
    last: RunResult,
    applied: RunResult['applied'],
    notes: readonly string[],
    started: number,
  ): RunResult {
    return {
      ...last,
      from: first.from,
      fromLabel: first.fromLabel,
      applied,
      notes: [...new Set([...notes, ...last.notes])],
      durationMs: Math.round(this.#parts.host.now() - started),
    };
  }
}

const nothingDone: RunResult = {
  from: 0,
  to: 0,
  fromLabel: undefined,
  toLabel: undefined,
  applied: [],
  pending: [],
  notes: [],
  backup: undefined,
  aborted: false,
  durationMs: 0,
};

const kept: ReadonlySet<string> = new Set([
  ...Object.keys(partsChecks),
  'layout',
  'tables',
  'outOfOrder',
  'otherTool',
  'emptyMigrations',
  'drift',
  'atomic',
  'destructive',
  'together',
  'rebuilds',
  'tool',
]);

/** An option that has no effect here would be a promise that is not kept. */
function refuseOptions(parts: object): void {
  const others = Object.entries(parts).flatMap(([name, value]) =>
    value === undefined || kept.has(name) ? [] : [name],
  );
  if (others.length === 0) return;
  const problems = others.map((name) => `\`${name}\` has no meaning for an engine that takes batches; leave it out`);
  throw dunlinError('OPTION_INVALID', { problems });
}

interface OwnTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

async function ownRows(local: DatabaseBridge, ledger: Ledger): Promise<readonly OwnTable[]> {
  const tables = await local.query(`SELECT name FROM sqlite_schema WHERE type = 'table'`, []);
  const found: OwnTable[] = [];
  for (const { name } of tables) {
    if (!isLedgerTable(ledger, String(name))) continue;
    const columns = await local.query('SELECT name FROM pragma_table_info(?)', [String(name)]);
    const rows = await local.query(`SELECT * FROM ${quote(String(name))}`, []);
    found.push({ name: String(name), columns: columns.map((column) => String(column['name'])), rows });
  }
  return found;
}

function changesOf(before: readonly OwnTable[], after: readonly OwnTable[]): readonly OwnRows[] {
  return after.flatMap(({ name, columns, rows }) => {
    const old = before.find((table) => nameKey(table.name) === nameKey(name));
    const text = (row: Row): string =>
      JSON.stringify(columns.map((column) => [typeof row[column], String(row[column])]));
    const [was, is] = [new Map(old?.rows.map((row) => [text(row), row])), new Map(rows.map((row) => [text(row), row]))];
    const added = [...is].flatMap(([key, row]) => (was.has(key) ? [] : [columns.map((column) => row[column]!)]));
    const removed = [...was].flatMap(([key, row]) =>
      is.has(key) ? [] : [columns.slice(0, 2).map((column) => valueText(row[column]!))],
    );
    return added.length + removed.length === 0 ? [] : [{ name, columns, added, removed }];
  });
}
