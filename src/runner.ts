import { runAsync, runSync, type DatabaseBridge, type DunlinEvent, type Host, type Op } from './bridge/index.ts';
import { checkChecks, checkOptions, checkRunOptions, targetChecks } from './check-options.ts';
import { Connection, type Access } from './connection.ts';
import { dunlinError, shown, type DunlinError } from './errors/index.ts';
import { retryBusy, toDunlinError, type RunContext } from './execute/index.ts';
import { createLedger, type LayoutName, type TableNames } from './ledger/index.ts';
import { listenerOf } from './log.ts';
import { createRegistry, type Registry } from './migration/index.ts';
import * as operations from './operations/index.ts';
import type {
  BaselineOptions,
  CheckOptions,
  DownOptions,
  DumpOptions,
  HistoryEntry,
  PlanOptions,
  RepairChange,
  Rounds,
  RunBackup,
  RunOptions,
  RunResult,
  SchemaDrift,
  Status,
  TrialResult,
  UpOptions,
} from './options.ts';
import { createContext } from './run-context.ts';
import type { Plan } from './plan/index.ts';
import { roundsOnCopy, roundsOnScratch, type RoundTools } from './rounds.ts';
import * as requested from './requested.ts';
import type { Inventory } from './schema/index.ts';
import { toSource } from './source/index.ts';
import { sameName } from './sql/index.ts';

/** What a runner is made of. The node entry makes these from paths; a test or another platform hands in its own. */
export interface RunnerParts {
  /** Opens the connection, on first use. For `read` it creates no database: one that is missing is shown as empty. */
  readonly bridge: (access: 'read' | 'write') => DatabaseBridge | Promise<DatabaseBridge>;
  /** Reads the migrations, each time anew. */
  readonly registry: () => Registry;
  readonly host: Host;
  /** For messages, and to confirm a `reset` with: the path, or the file's name. */
  readonly database: string;
  /** Whether `close` closes the connection: not for one that was handed in. */
  readonly owned: boolean;
  /** Makes a copy of the database for a trial. */
  readonly copy?: (bridge: DatabaseBridge) => Promise<{ readonly bridge: DatabaseBridge; dispose(): Promise<void> }>;
  /** Makes an empty database for trials, by the same driver, with the functions of the options. */
  readonly scratch?: () => Promise<{ readonly bridge: DatabaseBridge; dispose(): Promise<void> }>;
}

type Operation<T> = (context: RunContext) => Op<T>;

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
  readonly #connection: Connection;

  constructor(parts: RunnerParts, options: RunOptions = {}) {
    checkRunOptions(options);
    refuseSharedName(options.layout ?? 'standard', options.tables ?? {});
    this.#parts = parts;
    this.#options = options;
    this.#connection = new Connection(parts, options.functions);
  }

  /** The database's name, as messages have it. */
  get database(): string {
    return this.#parts.database;
  }

  /** Applies what is pending, all or up to a version or a number of steps. With nothing pending it writes nothing. */
  async up(options: UpOptions = {}): Promise<RunResult> {
    return await this.#write(requested.up(options));
  }

  /** `up` for an application's start, on a synchronous driver. */
  upSync(options: UpOptions = {}): RunResult {
    return this.#writeSync(requested.up(options));
  }

  /** Takes back the last applied migration, or more. Errors: `CANNOT_ROLL_BACK` where a DOWN part is missing. */
  async down(options: DownOptions = {}): Promise<RunResult> {
    return await this.#write(requested.down(options));
  }

  /** `down` on a synchronous driver. */
  downSync(options: DownOptions = {}): RunResult {
    return this.#writeSync(requested.down(options));
  }

  /** Takes the last migration back and applies it again, both or neither. */
  async redo(): Promise<RunResult> {
    return await this.#write(requested.redo);
  }

  /** `redo` on a synchronous driver. */
  redoSync(): RunResult {
    return this.#writeSync(requested.redo);
  }

  /** Goes up or down to exactly this version; 0 takes back everything. */
  async to(target: number): Promise<RunResult> {
    return await this.#write(requested.to(target));
  }

  /** `to` on a synchronous driver. */
  toSync(target: number): RunResult {
    return this.#writeSync(requested.to(target));
  }

  /** What a run would do and what stands in its way, as plain data. Writes nothing, and creates no file. */
  async plan(options: PlanOptions = {}): Promise<Plan> {
    return await this.#read(requested.plan(options));
  }

  /** `plan` on a synchronous driver. */
  planSync(options: PlanOptions = {}): Plan {
    return this.#readSync(requested.plan(options));
  }

  /** Where the database stands. Writes nothing, and creates no file. */
  async status(): Promise<Status> {
    return await this.#read(operations.readStatus);
  }

  /** `status` on a synchronous driver. */
  statusSync(): Status {
    return this.#readSync(operations.readStatus);
  }

  /** The last runs and how they ended, newest first. `limit` is a number of runs, 20 by default. */
  async history(options: { readonly limit?: number } = {}): Promise<readonly HistoryEntry[]> {
    return await this.#read(requested.history(options));
  }

  /** `history` on a synchronous driver. */
  historySync(options: { readonly limit?: number } = {}): readonly HistoryEntry[] {
    return this.#readSync(requested.history(options));
  }

  /**
   * `status` with every migration parsed, loaded and judged: what CI asks. Writes nothing to the database, and creates
   * none. `replay` also runs the applied migrations in an empty one, `rounds` all of them in one with made-up rows,
   * `withData` those that are pending on a copy with the real rows. Errors: `COPY_FAILED` when there can be no such
   * database.
   */
  async check(options: CheckOptions = {}): Promise<Status> {
    checkOptions(options, checkChecks);
    const status = await this.#read(operations.checkAll);
    const replayed = options.replay === true ? await this.#replay() : [];
    return {
      ...status,
      problems: [...status.problems, ...replayed],
      ...(options.rounds === true ? { rounds: await this.#rounds() } : {}),
      ...(options.withData === true ? { data: await this.#roundsOnCopy() } : {}),
    };
  }

  /** What `check` finds without running anything, on a synchronous driver. */
  checkSync(): Status {
    return this.#readSync(operations.checkAll);
  }

  /**
   * Records every migration up to this version as applied without running it. Those that have VERIFY queries or a
   * verify() function are verified; where that fails nothing is recorded. Errors: `VERIFICATION_FAILED`,
   * `BASELINE_CONFLICT`, `VERSION_UNKNOWN`.
   */
  async baseline(target: number, options: BaselineOptions = {}): Promise<RunResult> {
    return await this.#write(requested.baseline(target, options));
  }

  /** `baseline` on a synchronous driver. */
  baselineSync(target: number, options: BaselineOptions = {}): RunResult {
    return this.#writeSync(requested.baseline(target, options));
  }

  /** What `repair` could put right. Writes nothing. */
  async repairs(): Promise<readonly RepairChange[]> {
    return await this.#read(operations.readRepairs);
  }

  /** `repairs` on a synchronous driver. */
  repairsSync(): readonly RepairChange[] {
    return this.#readSync(operations.readRepairs);
  }

  /** Records the present text or name of these versions, or that they are gone. Errors: `NOTHING_TO_REPAIR`. */
  async repair(versions: readonly number[]): Promise<readonly RepairChange[]> {
    return await this.#write(requested.repair(versions));
  }

  /** `repair` on a synchronous driver. */
  repairSync(versions: readonly number[]): readonly RepairChange[] {
    return this.#writeSync(requested.repair(versions));
  }

  /**
   * Records the schema as it is, so that it is no drift any more. Returns what differed; where nothing did, it writes
   * nothing.
   */
  async acceptSchema(): Promise<readonly SchemaDrift[]> {
    return await this.#write(operations.acceptSchema);
  }

  /** `acceptSchema` on a synchronous driver. */
  acceptSchemaSync(): readonly SchemaDrift[] {
    return this.#writeSync(operations.acceptSchema);
  }

  /**
   * Deletes everything in the database, after a backup, which it returns unless none was made. `confirm` must equal its name: `app.db` for data/app.db and for a connection to
   * it, `:memory:` for one in memory. Errors: `CONFIRMATION_WRONG`, whose hint tells the name.
   */
  async reset(options: { readonly confirm: string }): Promise<RunBackup | undefined> {
    return await this.#write(requested.reset(options));
  }

  /** `reset` on a synchronous driver. */
  resetSync(options: { readonly confirm: string }): RunBackup | undefined {
    return this.#writeSync(requested.reset(options));
  }

  /**
   * The SQL of a rebuild of a table with all that belongs to it, which changes nothing as it stands: to be changed by
   * hand in a migration. `db.rebuildTable` does the same from code. Writes nothing. Errors: `REBUILD_REFUSED`.
   */
  async rebuildScript(table: string): Promise<string> {
    return await this.#read(requested.rebuildScript(table));
  }

  /** `rebuildScript` on a synchronous driver. */
  rebuildScriptSync(table: string): string {
    return this.#readSync(requested.rebuildScript(table));
  }

  /** Runs one migration, up and down again, on a copy. The database is not touched. */
  async try(target: number): Promise<TrialResult> {
    const operation = requested.trial(target);
    return await this.#connected('read', async (bridge, registry) => {
      const { copy, host } = this.#parts;
      if (copy === undefined) throw this.#noMeans('copy it');
      const copied = await copy(bridge);
      try {
        return await runAsync(operation(this.#context(copied.bridge, registry)), copied.bridge, host, this.#listener());
      } finally {
        await copied.dispose();
      }
    });
  }

  /**
   * The schema as text: SQL from which a new database can start, or a diagram. The same schema gives the same text, on
   * every machine. Writes nothing, and needs no migrations. Errors: those of a damaged tracking table, unless
   * `tracking` is false.
   *
   * ```ts
   * const sql = await runner.dump();
   * const diagram = await runner.dump({ format: 'mermaid' });
   * ```
   */
  async dump(options: DumpOptions = {}): Promise<string> {
    return await this.#read(requested.dump(options), this.#noMigrations);
  }

  /** `dump` on a synchronous driver. */
  dumpSync(options: DumpOptions = {}): string {
    return this.#readSync(requested.dump(options), this.#noMigrations);
  }

  /** The schema of the database, without Dunlin's own tables, for `compareSchemas`. Writes nothing. */
  async schema(): Promise<Inventory> {
    return await this.#read(operations.readSchema);
  }

  /**
   * The schema that the migrations up to this version make: they run in a scratch database. 0 is the empty schema.
   * Errors: `VERSION_UNKNOWN`, `REPLAY_FAILED`, and `COPY_FAILED` when there can be no such database.
   */
  async schemaAt(target: number): Promise<Inventory> {
    checkOptions({ target }, targetChecks, ['target']);
    return await this.#onScratch((context) => operations.replayTo(context, target));
  }

  /** Does something with an empty database, which is gone afterwards. The listener hears nothing of it. */
  async #onScratch<T>(operation: Operation<T>): Promise<T> {
    try {
      const registry = this.#parts.registry();
      const { scratch, host } = this.#parts;
      if (scratch === undefined) throw this.#noMeans('make a scratch database');
      const { bridge, dispose } = await scratch();
      try {
        return await runAsync(operation(this.#context(bridge, registry)), bridge, host);
      } finally {
        await dispose();
      }
    } catch (error) {
      throw toDunlinError(error, this.database);
    }
  }

  async #replay(): Promise<readonly DunlinError[]> {
    const order = await this.#read(operations.readReplayOrder);
    return await this.#onScratch((context) => operations.replay(context, order));
  }

  async #rounds(): Promise<Rounds> {
    const present = await this.#read(operations.readPresent);
    return await this.#connected('read', async (_bridge, registry) => {
      const { scratch } = this.#parts;
      if (scratch === undefined) throw this.#noMeans('make a scratch database');
      return await roundsOnScratch(scratch, present, this.#roundTools(registry));
    });
  }

  async #roundsOnCopy(): Promise<Rounds> {
    return await this.#connected('read', async (bridge, registry) => {
      const { copy } = this.#parts;
      if (copy === undefined) throw this.#noMeans('copy it');
      return await roundsOnCopy(await copy(bridge), this.database, this.#roundTools(registry));
    });
  }

  #roundTools(registry: Registry): RoundTools {
    const { host } = this.#parts;
    return { contextOf: (bridge) => this.#context(bridge, registry), host, onEvent: this.#listener() };
  }

  #noMeans(what: string): DunlinError {
    return dunlinError('COPY_FAILED', { database: this.database, reason: `this platform has no means to ${what}` });
  }

  /** Closes the connection, unless it was handed in. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** `close` on a synchronous driver. */
  closeSync(): void {
    void this.#connection.close();
  }

  /** What only reads is begun anew when another process has the database to itself for a moment. */
  async #read<T>(operation: Operation<T>, registry?: () => Registry): Promise<T> {
    return await this.#perform('read', (context) => retryBusy(context, 'read', () => operation(context)), registry);
  }

  #readSync<T>(operation: Operation<T>, registry?: () => Registry): T {
    return this.#performSync('read', (context) => retryBusy(context, 'read', () => operation(context)), registry);
  }

  async #write<T>(operation: Operation<T>): Promise<T> {
    return await this.#perform('write', operation);
  }

  #writeSync<T>(operation: Operation<T>): T {
    return this.#performSync('write', operation);
  }

  async #perform<T>(access: Access, operation: Operation<T>, migrations?: () => Registry): Promise<T> {
    return await this.#connected(
      access,
      (bridge, registry) =>
        runAsync(operation(this.#context(bridge, registry)), bridge, this.#parts.host, this.#listener()),
      migrations,
    );
  }

  async #connected<T>(
    access: Access,
    work: (bridge: DatabaseBridge, registry: Registry) => Promise<T>,
    migrations: () => Registry = this.#parts.registry,
  ): Promise<T> {
    try {
      // The migrations first: when they cannot be read, no database is opened, and none created.
      const registry = migrations();
      return await this.#connection.use(access, (bridge) => work(bridge, registry));
    } catch (error) {
      throw toDunlinError(error, this.database);
    }
  }

  #performSync<T>(access: Access, operation: Operation<T>, migrations: () => Registry = this.#parts.registry): T {
    try {
      const registry = migrations();
      return this.#connection.useSync(access, (bridge) => {
        const context = { ...this.#context(bridge, registry), sync: true };
        return runSync(operation(context), bridge, this.#parts.host, this.#listener());
      });
    } catch (error) {
      throw toDunlinError(error, this.database);
    }
  }

  readonly #noMigrations = (): Registry => createRegistry(toSource([]), this.#parts.host);

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
