import { runAsync, runSync, type DatabaseBridge, type DunlinEvent, type Host, type Op } from './bridge/index.ts';
import {
  checkOptions,
  checkRunOptions,
  downChecks,
  historyChecks,
  planChecks,
  resetChecks,
  targetChecks,
  upChecks,
  versionsChecks,
} from './check-options.ts';
import { retryBusy, run, toDunlinError, type RunContext } from './execute/index.ts';
import { createLedger, type LayoutName, type TableNames } from './ledger/index.ts';
import type { Registry } from './migration/index.ts';
import * as operations from './operations/index.ts';
import type {
  DownOptions,
  HistoryEntry,
  RepairChange,
  RunBackup,
  RunOptions,
  RunResult,
  Status,
  TrialResult,
  UpOptions,
} from './options.ts';
import { listenerOf } from './log.ts';
import { createContext } from './run-context.ts';
import type { Plan } from './plan/index.ts';
import { dunlinError, shown } from './errors/index.ts';
import { sameName } from './sql/index.ts';

/** What a runner is made of. The node entry makes these from paths; a test or another platform hands in its own. */
export interface RunnerParts {
  /** Opens the connection, on first use. */
  readonly bridge: () => DatabaseBridge | Promise<DatabaseBridge>;
  /** Reads the migrations, each time anew. */
  readonly registry: () => Registry;
  readonly host: Host;
  /** For messages: the path, or what the driver calls it. */
  readonly database: string;
  /** Whether `close` closes the connection: not for one that was handed in. */
  readonly owned: boolean;
  /** Makes a copy of the database for a trial. */
  readonly copy?: (bridge: DatabaseBridge) => Promise<{ readonly bridge: DatabaseBridge; dispose(): Promise<void> }>;
}

/**
 * Everything that can be done with one database and its migrations. Methods return promises; those that end in
 * `Sync` need a synchronous driver (better-sqlite3, node:sqlite) and throw `BRIDGE_NOT_SYNC` on any other.
 *
 * Every failure is a `DunlinError`; its `applied`, `failed` and `pending` say how far a run got. Options that do not
 * exist or have a wrong value are `OPTION_INVALID`.
 */
export class MigrationRunner {
  readonly #parts: RunnerParts;
  readonly #options: RunOptions;
  #bridge: DatabaseBridge | undefined;

  constructor(parts: RunnerParts, options: RunOptions = {}) {
    checkRunOptions(options);
    refuseSharedName(options.layout ?? 'standard', options.tables ?? {});
    this.#parts = parts;
    this.#options = options;
  }

  /** The database's name, as messages have it. */
  get database(): string {
    return this.#parts.database;
  }

  /** Applies what is pending, all or up to a version or a number of steps. With nothing pending it writes nothing. */
  async up(options: UpOptions = {}): Promise<RunResult> {
    checkOptions(options, upChecks);
    return await this.#perform((context) => run(context, operations.upGoal(options)));
  }

  /** `up` for an application's start, on a synchronous driver. */
  upSync(options: UpOptions = {}): RunResult {
    checkOptions(options, upChecks);
    return this.#performSync((context) => run(context, operations.upGoal(options)));
  }

  /** Takes back the last applied migration, or more. Errors: `CANNOT_ROLL_BACK` where a DOWN part is missing. */
  async down(options: DownOptions = {}): Promise<RunResult> {
    checkOptions(options, downChecks);
    return await this.#perform((context) => run(context, operations.downGoal(options)));
  }

  /** `down` on a synchronous driver. */
  downSync(options: DownOptions = {}): RunResult {
    checkOptions(options, downChecks);
    return this.#performSync((context) => run(context, operations.downGoal(options)));
  }

  /** Takes the last migration back and applies it again, both or neither. */
  async redo(): Promise<RunResult> {
    return await this.#perform((context) =>
      run({ ...context, options: { ...context.options, atomic: 'run' } }, { kind: 'redo' }),
    );
  }

  /** Goes up or down to exactly this version; 0 takes back everything. */
  async to(target: number): Promise<RunResult> {
    checkOptions({ target }, targetChecks, ['target']);
    return await this.#perform((context) => run(context, { kind: 'to', version: target }));
  }

  /** What a run would do and what stands in its way, as plain data. Writes nothing. */
  async plan(options: { readonly direction?: 'up' | 'down' } & UpOptions & DownOptions = {}): Promise<Plan> {
    checkOptions(options, planChecks);
    return await this.#read((context) =>
      operations.readPlan(
        context,
        options.direction === 'down' ? operations.downGoal(options) : operations.upGoal(options),
      ),
    );
  }

  /** Where the database stands. Writes nothing. */
  async status(): Promise<Status> {
    return await this.#read(operations.readStatus);
  }

  /** `status` on a synchronous driver. */
  statusSync(): Status {
    return this.#performSync((context) => retryBusy(context, 'read', () => operations.readStatus(context)));
  }

  /** The last runs and how they ended, newest first. `limit` is a number of runs, 20 by default. */
  async history(options: { readonly limit?: number } = {}): Promise<readonly HistoryEntry[]> {
    checkOptions(options, historyChecks);
    return await this.#read((context) => operations.readHistory(context, options.limit ?? 20));
  }

  /** `status` with every migration parsed, loaded and judged: what CI asks. Writes nothing. */
  async check(): Promise<Status> {
    return await this.#read(operations.checkAll);
  }

  /** Records every migration up to this version as applied without running it. */
  async baseline(target: number): Promise<RunResult> {
    checkOptions({ target }, targetChecks, ['target']);
    return await this.#perform((context) => operations.baseline(context, target));
  }

  /** What `repair` could put right. Writes nothing. */
  async repairs(): Promise<readonly RepairChange[]> {
    return await this.#read(operations.readRepairs);
  }

  /** Records the present text or name of these versions, or that they are gone. Errors: `NOTHING_TO_REPAIR`. */
  async repair(versions: readonly number[]): Promise<readonly RepairChange[]> {
    checkOptions({ versions }, versionsChecks, ['versions']);
    return await this.#perform((context) => operations.repair(context, versions));
  }

  /**
   * Deletes everything in the database, after a backup, which it returns unless there was nothing to back up.
   * `confirm` must equal the database's name; else `CONFIRMATION_WRONG`.
   */
  async reset(options: { readonly confirm: string }): Promise<RunBackup | undefined> {
    checkOptions(options, resetChecks, ['confirm']);
    return await this.#perform((context) => operations.reset(context, options.confirm));
  }

  /** Runs one migration, up and down again, on a copy. The database is not touched. */
  async try(target: number): Promise<TrialResult> {
    checkOptions({ target }, targetChecks, ['target']);
    const { copy } = this.#parts;
    if (copy === undefined)
      throw dunlinError('COPY_FAILED', { database: this.database, reason: 'this platform has no means to copy it' });
    const registry = this.#parts.registry();
    const copied = await copy(await this.#open());
    try {
      const context = this.#context(copied.bridge, registry);
      return await this.#guarded(() =>
        runAsync(operations.tryMigration(context, target), copied.bridge, this.#parts.host, this.#listener()),
      );
    } finally {
      await copied.dispose();
    }
  }

  /** Closes the connection, unless it was handed in. */
  async close(): Promise<void> {
    const bridge = this.#bridge;
    this.#bridge = undefined;
    if (this.#parts.owned) await bridge?.close?.();
  }

  /** `close` on a synchronous driver. */
  closeSync(): void {
    const bridge = this.#bridge;
    this.#bridge = undefined;
    if (this.#parts.owned) void bridge?.close?.();
  }

  async #perform<T>(operation: (context: RunContext) => Op<T>): Promise<T> {
    return await this.#guarded(async () => {
      // The migrations first: when they cannot be read, no database is opened, and none created.
      const registry = this.#parts.registry();
      const bridge = await this.#open();
      return await runAsync(operation(this.#context(bridge, registry)), bridge, this.#parts.host, this.#listener());
    });
  }

  /** What only reads is begun anew when another process has the database to itself for a moment. */
  async #read<T>(operation: (context: RunContext) => Op<T>): Promise<T> {
    return await this.#perform((context) => retryBusy(context, 'read', () => operation(context)));
  }

  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toDunlinError(error, this.database);
    }
  }

  #performSync<T>(operation: (context: RunContext) => Op<T>): T {
    try {
      const registry = this.#parts.registry();
      const bridge = this.#bridge ?? this.#parts.bridge();
      if (isPromise(bridge)) {
        bridge.catch(() => undefined);
        throw dunlinError('BRIDGE_NOT_SYNC', { driver: this.database, method: 'open' });
      }
      this.#adopt(bridge);
      return runSync(
        operation({ ...this.#context(bridge, registry), sync: true }),
        bridge,
        this.#parts.host,
        this.#listener(),
      );
    } catch (error) {
      throw toDunlinError(error, this.database);
    }
  }

  async #open(): Promise<DatabaseBridge> {
    return this.#bridge ?? this.#adopt(await this.#parts.bridge());
  }

  #adopt(bridge: DatabaseBridge): DatabaseBridge {
    if (this.#bridge === bridge) return bridge;
    this.#bridge = bridge;
    for (const [name, fn] of Object.entries(this.#options.functions ?? {})) bridge.registerFunction?.(name, fn);
    return bridge;
  }

  #context(bridge: DatabaseBridge, registry: Registry): RunContext {
    return createContext(this.#parts, this.#options, bridge, registry);
  }

  #listener(): ((event: DunlinEvent) => void) | undefined {
    return listenerOf(this.#options, this.database);
  }
}

/** Each of Dunlin's tables needs a name of its own, the default ones included. */
function refuseSharedName(layout: LayoutName, tables: Partial<TableNames>): void {
  const { migrations, attempts } = createLedger('', layout, tables).tables;
  const names = [migrations, attempts, ...(layout === 'semver' ? ['schema_version'] : [])];
  const shared = names.find((name, index) => names.slice(0, index).some((other) => sameName(other, name)));
  if (shared === undefined) return;
  throw dunlinError('OPTION_INVALID', {
    problems: [`\`tables\` must name each table differently; ${shown(shared)} stands for two of them`],
  });
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as { then?: unknown }).then === 'function';
}
