import type { RunBackup } from '../backup/index.ts';
import { findQuotedStrings, replayTo, type QuotedString, type Rehearsal } from '../check/index.ts';
import { checkOptions } from '../errors/index.ts';
import type { ConfirmOptions, RunOptions, RunResult } from '../lock/index.ts';
import * as operations from '../operations/index.ts';
import type {
  Adoption,
  AdoptIfAnyOptions,
  AdoptOptions,
  BaselineOptions,
  CheckOptions,
  DownOptions,
  DumpOptions,
  GenerateOptions,
  GenerateResult,
  ExportOptions,
  ExportResult,
  HistoryEntry,
  PlanOptions,
  ReapplyOptions,
  ReapplyStart,
  RecordOptions,
  RehearseOptions,
  RepairChange,
  SchemaDrift,
  SeedResult,
  Status,
  TrialResult,
  UndoneAdoption,
  SquashOptions,
  SquashResult,
  UpOptions,
} from '../operations/index.ts';
import type { Plan } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { checkRunOptions, partsChecks } from './options.ts';
import { Session, type RunnerParts } from './session.ts';

/**
 * Everything that can be done with one database and its migrations. Methods return promises; those that end in
 * `Sync` need a synchronous driver (better-sqlite3, node:sqlite) and throw `BRIDGE_NOT_SYNC` on any other.
 *
 * Every failure is a `DunlinError`; its `applied`, `failed` and `pending` say how far a run got. Options that do not
 * exist or have a wrong value are `OPTION_INVALID`.
 */
export class MigrationRunner {
  /** The database's name, as messages have it. */
  readonly database: string;
  readonly #session: Session;

  constructor(parts: RunnerParts | Session, options: RunOptions = {}) {
    // A session's options are checked already.
    if (!(parts instanceof Session)) {
      checkOptions(parts, partsChecks, ['bridge', 'registry', 'host', 'database']);
      checkRunOptions(options);
    }
    this.database = parts.database;
    this.#session = parts instanceof Session ? parts : new Session(parts, options);
  }

  /** Applies what is pending, all or up to a version or a number of steps. With nothing pending it writes nothing. */
  async up(options: UpOptions = {}): Promise<RunResult> {
    return await this.#session.write(operations.up(options));
  }

  /** `up` for an application's start, on a synchronous driver. */
  upSync(options: UpOptions = {}): RunResult {
    return this.#session.writeSync(operations.up(options));
  }

  /**
   * Rolls back the last applied migration with its set, or more. Errors: `CANNOT_ROLL_BACK` where a DOWN part is missing;
   * `TOGETHER_SPLIT` where it would end inside a set;
   * `PLAN_CHANGED`, with nothing done, where another process has changed what is applied since it was planned.
   */
  async down(options: DownOptions = {}): Promise<RunResult> {
    return await this.#session.write(operations.down(options));
  }

  /** `down` on a synchronous driver. */
  downSync(options: DownOptions = {}): RunResult {
    return this.#session.writeSync(operations.down(options));
  }

  /** Rolls the last migration, or its set, back and applies it again, both or neither. Errors: as for `down`. */
  async redo(options: ConfirmOptions = {}): Promise<RunResult> {
    return await this.#session.write(operations.redo(options));
  }

  /** `redo` on a synchronous driver. */
  redoSync(options: ConfirmOptions = {}): RunResult {
    return this.#session.writeSync(operations.redo(options));
  }

  /**
   * Makes what is applied what the files say, while migrations are being written: applies what is pending, and rolls back
   * and applies again what was edited, deleted or renumbered, with all that was applied after it, in one transaction.
   * Errors: as for `down`; `REAPPLY_LOSES` where a value would be gone. Only for databases whose rows do not matter.
   */
  async reapply(options: ReapplyOptions = {}): Promise<RunResult> {
    return await this.#session.write(operations.reapply(options));
  }

  /** `reapply` on a synchronous driver. */
  reapplySync(options: ReapplyOptions = {}): RunResult {
    return this.#session.writeSync(operations.reapply(options));
  }

  /** Where `reapply` would start to roll back; undefined if it would only apply. Writes nothing. */
  async reapplyStart(): Promise<ReapplyStart | undefined> {
    return await this.#session.read(operations.readReapplyStart);
  }

  /** Goes up or down to exactly this version; 0 rolls back everything. Errors: as for `down`. */
  async to(target: number, options: ConfirmOptions = {}): Promise<RunResult> {
    return await this.#session.write(operations.to(target, options));
  }

  /** `to` on a synchronous driver. */
  toSync(target: number, options: ConfirmOptions = {}): RunResult {
    return this.#session.writeSync(operations.to(target, options));
  }

  /**
   * Runs the seeds (the option `seeds`) in one transaction, with the guards of a migration: all of them or none. They are
   * not recorded, and run each time. `confirm` is asked with the plan. Errors: `SEED_REFUSED` with something pending, or
   * where a seed changes the schema.
   */
  async seed(options: ConfirmOptions = {}): Promise<SeedResult> {
    return await this.#session.write(operations.seed(this.#session.seeds, options));
  }

  /** `seed` on a synchronous driver. */
  seedSync(options: ConfirmOptions = {}): SeedResult {
    return this.#session.writeSync(operations.seed(this.#session.seeds, options));
  }

  /** What a run would do and what prevents it, as plain data. Writes nothing, and creates no file. */
  async plan(options: PlanOptions = {}): Promise<Plan> {
    return await this.#session.read(operations.plan(options));
  }

  /** `plan` on a synchronous driver. */
  planSync(options: PlanOptions = {}): Plan {
    return this.#session.readSync(operations.plan(options));
  }

  /** Where the database stands. Writes nothing, and creates no file. */
  async status(): Promise<Status> {
    return await this.#session.read(operations.readStatus);
  }

  /** `status` on a synchronous driver. */
  statusSync(): Status {
    return this.#session.readSync(operations.readStatus);
  }

  /** The last runs and how they ended, newest first. `limit` is a number of runs, 20 by default. */
  async history(options: { readonly limit?: number } = {}): Promise<readonly HistoryEntry[]> {
    return await this.#session.read(operations.history(options));
  }

  /** `history` on a synchronous driver. */
  historySync(options: { readonly limit?: number } = {}): readonly HistoryEntry[] {
    return this.#session.readSync(operations.history(options));
  }

  /**
   * `status` with every migration parsed, loaded and checked, for CI. Writes nothing to the database, and creates
   * none. `replay` also runs the applied migrations in an empty one, `rounds` all of them in one with sample rows,
   * `withData` those that are pending on a copy with the real rows. Errors: `COPY_FAILED` when there can be no such
   * database.
   */
  async check(options: CheckOptions = {}): Promise<Status> {
    return await operations.check(options, this.#session, this.database);
  }

  /** What `check` finds without running anything, on a synchronous driver. */
  checkSync(): Status {
    return this.#session.readSync(operations.checkAll);
  }

  /**
   * Records every migration up to this version as applied without running it. Those that have VERIFY queries or a
   * verify() function are verified; where that fails nothing is recorded. Errors: `VERIFICATION_FAILED`,
   * `BASELINE_CONFLICT`, `VERSION_UNKNOWN`; `DECLINED` and `PLAN_CHANGED` with `confirm`. Before that they run in a scratch
   * database, unless one is code; `confirm` and the `notes` of the result say where the database is not what they make.
   */
  async baseline(target: number, options: BaselineOptions = {}): Promise<RunResult> {
    operations.checkBaseline(target, options);
    const differences = this.#session.hasScratch
      ? await operations.compareBaseline(target, this.#session, this.database)
      : [];
    return await this.#session.write(operations.baseline(target, options, differences));
  }

  /** `baseline` on a synchronous driver. */
  baselineSync(target: number, options: BaselineOptions = {}): RunResult {
    return this.#session.writeSync(operations.baseline(target, options));
  }

  /**
   * What `adopt` would record, and where the database differs from it. Writes nothing. Errors: those of `adopt`, except
   * `ADOPT_DIFFERS`.
   */
  async readAdoption(options: AdoptOptions = {}): Promise<Adoption> {
    return await operations.readAdoption(options, this.#session);
  }

  /**
   * Records what another tool has applied to the database, by the records of that tool and without running it. Before
   * that the applied migrations run in a scratch database, whose schema must be that of the database. Nothing of the
   * other tool's changes. Errors: `ADOPT_NOTHING`, `ADOPT_TOO_LATE`, `ADOPT_REFUSED`, `ADOPT_DIFFERS`, `PLAN_CHANGED`.
   */
  async adopt(options: AdoptIfAnyOptions): Promise<Adoption | undefined>;
  async adopt(options?: AdoptOptions): Promise<Adoption>;
  async adopt(options: AdoptOptions = {}): Promise<Adoption | undefined> {
    return await operations.adopt(options, this.#session);
  }

  /** Deletes what an adoption has recorded, as long as nothing was recorded since. Errors: `ADOPT_UNDO_REFUSED`. */
  async undoAdopt(): Promise<UndoneAdoption> {
    return await this.#session.write(operations.undoAdopt);
  }

  /**
   * Writes into the table of another tool what Dunlin has applied and rolled back since that tool ran, as that tool would
   * have recorded it. Errors: `EXPORT_REFUSED`.
   */
  async exportTo(options: ExportOptions): Promise<ExportResult> {
    const operation = operations.exportTo(options);
    return await (options.dryRun === true ? this.#session.read(operation) : this.#session.write(operation));
  }

  /** What `repair` could put right. Writes nothing. */
  async repairs(): Promise<readonly RepairChange[]> {
    return await this.#session.read(operations.readRepairs);
  }

  /** `repairs` on a synchronous driver. */
  repairsSync(): readonly RepairChange[] {
    return this.#session.readSync(operations.readRepairs);
  }

  /**
   * Records the present text or name of these versions, or that they are gone. Errors: `NOTHING_TO_REPAIR`; `DECLINED` and
   * `PLAN_CHANGED` with `confirm`.
   */
  async repair(
    versions: readonly number[],
    options: RecordOptions<RepairChange> = {},
  ): Promise<readonly RepairChange[]> {
    return await this.#session.write(operations.repair(versions, options));
  }

  /** `repair` on a synchronous driver. */
  repairSync(versions: readonly number[], options: RecordOptions<RepairChange> = {}): readonly RepairChange[] {
    return this.#session.writeSync(operations.repair(versions, options));
  }

  /**
   * Records the schema as it is, so that it is no drift any more. Returns what differed; where nothing did, it writes
   * nothing. Errors: `DECLINED` and `PLAN_CHANGED` with `confirm`.
   */
  async acceptSchema(options: RecordOptions<SchemaDrift> = {}): Promise<readonly SchemaDrift[]> {
    return await this.#session.write(operations.acceptSchema(options));
  }

  /** `acceptSchema` on a synchronous driver. */
  acceptSchemaSync(options: RecordOptions<SchemaDrift> = {}): readonly SchemaDrift[] {
    return this.#session.writeSync(operations.acceptSchema(options));
  }

  /**
   * Deletes everything in the database, after a backup, which it returns unless none was made. `confirm` must equal its name: `app.db` for data/app.db and for a connection to
   * it, `:memory:` for one in memory. Errors: `CONFIRMATION_WRONG`, whose hint tells the name.
   */
  async reset(options: { readonly confirm: string }): Promise<RunBackup | undefined> {
    return await this.#session.write(operations.reset(options));
  }

  /** `reset` on a synchronous driver. */
  resetSync(options: { readonly confirm: string }): RunBackup | undefined {
    return this.#session.writeSync(operations.reset(options));
  }

  /**
   * The SQL of a rebuild of a table with all that belongs to it, which changes nothing as it stands: to be changed by
   * hand in a migration. `db.rebuildTable` does the same from code. Writes nothing. Errors: `REBUILD_REFUSED`.
   */
  async rebuildScript(table: string): Promise<string> {
    return await this.#session.read(operations.rebuildScript(table), this.#session.noMigrations);
  }

  /** `rebuildScript` on a synchronous driver. */
  rebuildScriptSync(table: string): string {
    return this.#session.readSync(operations.rebuildScript(table), this.#session.noMigrations);
  }

  /**
   * Runs one migration, or the set that it is in, up, down and up again, on a copy, and compares the schema and the rows as
   * `check` does. The database is not touched. Errors: those of a run; `DOWN_DIFFERS`, `UP_AGAIN_FAILS`,
   * `UP_AGAIN_DIFFERS`.
   */
  async try(target: number): Promise<TrialResult> {
    return await this.#session.onCopy(operations.tryMigration(target));
  }

  /**
   * Runs what is pending on a copy of the database, as `up` would, and compares every row with a second copy: rows that are
   * lost, added and changed, values by column, foreign keys, and how long the write lock was held. The database is not
   * touched, and others may write meanwhile. Undefined if nothing is pending. Errors: those of `up`; `REHEARSAL_NO_ROOM`,
   * `REHEARSAL_KEEP_EXISTS`, `REHEARSAL_KEEP_UNUSABLE`, `COPY_FAILED`.
   *
   * ```ts
   * const rehearsal = await runner.rehearse();
   * for (const { table, lost } of rehearsal?.tables ?? []) console.log(table, lost);
   * ```
   */
  async rehearse(options: RehearseOptions = {}): Promise<Rehearsal | undefined> {
    return await operations.rehearse(options, this.#session);
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
    return await this.#session.read(operations.dump(options), this.#session.noMigrations);
  }

  /** `dump` on a synchronous driver. */
  dumpSync(options: DumpOptions = {}): string {
    return this.#session.readSync(operations.dump(options), this.#session.noMigrations);
  }

  /** The schema of the database, without Dunlin's own tables, for `compareSchemas`. Writes nothing, needs no migrations. */
  async schema(): Promise<Inventory> {
    return await this.#session.read(operations.readSchema, this.#session.noMigrations);
  }

  /**
   * The schema that the migrations up to this version make: they run in a scratch database. 0 is the empty schema. The
   * repeatable ones run after the newest version.
   * Errors: `VERSION_UNKNOWN`, `REPLAY_FAILED`, and `COPY_FAILED` when there can be no such database.
   */
  async schemaAt(target: number): Promise<Inventory> {
    operations.checkTarget(target);
    return await this.#session.onScratch((context) => {
      const { migrations, repeatables } = context.registry;
      return replayTo(context, target, target === migrations.at(-1)?.version ? repeatables : []);
    });
  }

  /**
   * One migration in place of all up to a version, with which new databases start; the others continue with the files. They
   * run in a scratch database, and the squash in another one, and both must have the same schema and the same rows. Returns
   * the text of the file, and writes nothing. Errors: `VERSION_UNKNOWN`, `REPLAY_FAILED`, `SQUASH_REFUSED`, and
   * `COPY_FAILED` when there can be no scratch database.
   */
  async squash(options: SquashOptions): Promise<SquashResult> {
    return await operations.squash(options, this.#session);
  }

  /**
   * The migration from the schema that all migrations make to another, with its DOWN part. They run in a scratch database; the
   * generated one is written while it runs in another, and proven in a third: up, down and up again with sample rows. What
   * the schemas do not tell is not guessed: a possible rename is `undecided`, and a value is a placeholder that no SQLite
   * accepts. Writes nothing. Errors: `REPLAY_FAILED`, `GENERATE_FAILED`, `GENERATE_VIRTUAL`, `GENERATE_RENAME_UNKNOWN`, and
   * `COPY_FAILED` when there can be no such database.
   *
   * ```ts
   * const { up, down, unproven } = await runner.generate({ to: await readSchemaFile('schema.sql') });
   * ```
   */
  async generate(options: GenerateOptions): Promise<GenerateResult> {
    return await operations.generate(options, this.#session, this.database);
  }

  /**
   * The texts in double quotes of the migrations, in UP, DOWN and VERIFY, that are strings because there is no column of
   * that name. The migrations run in a scratch database, which must not have `doubleQuotedStrings`. Writes nothing.
   * Errors: `REPLAY_FAILED`, `FIX_QUOTES_REFUSED`, and `COPY_FAILED` when there can be no such database.
   */
  async quotedStrings(): Promise<readonly QuotedString[]> {
    return await this.#session.onScratch(findQuotedStrings);
  }

  /** Closes the connection, unless the caller passed it. */
  async close(): Promise<void> {
    await this.#session.close();
  }

  /** `close` on a synchronous driver. */
  closeSync(): void {
    this.#session.closeSync();
  }
}
