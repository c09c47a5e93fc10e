import type { DunlinEvent, RebuiltTable } from './bridge/event.ts';
import type { DriverConnection, Extension, PrepareInfo } from './bridge/setup.ts';
import type { Value } from './bridge/types.ts';
import type { DunlinError, MigrationRef } from './errors/index.ts';
import type { ObjectChange } from './schema/compare.ts';
import type { Plan } from './plan/types.ts';
import type { AppliedMigration, Attempt, LayoutName, TableNames } from './ledger/types.ts';

/** A console-shaped logger; `console` itself will do. */
export interface Logger {
  debug?(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** Everything about a run but the database and the migrations. */
export interface RunOptions {
  /** How the tracking table looks. Default `standard`. */
  readonly layout?: LayoutName;
  /** Names of Dunlin's own tables. Keep them for ever once a database has them. */
  readonly tables?: Partial<TableNames>;
  /** A pending migration older than an applied one: `error` (default) or `allow`. */
  readonly outOfOrder?: 'error' | 'allow';
  /** A database that another tool has migrated and Dunlin has not: `error` (default), or `allow` to migrate it beside. */
  readonly otherTool?: 'error' | 'allow';
  /** A pending migration that nobody has filled in, as `dunlin create` leaves it: `error` (default) or `allow`. */
  readonly emptyMigrations?: 'error' | 'allow';
  /** A schema that was changed by other means than migrations: `note` (default), or `error`, with which nothing runs. */
  readonly drift?: 'note' | 'error';
  /** What a failure takes back: its own `migration` (default), or the whole `run`. */
  readonly atomic?: 'migration' | 'run';
  /**
   * When what is done is committed, before the next migration begins: all at the end (`run`), after each `migration`, or
   * after one with which `everyMs` milliseconds have passed since the last commit. Default: at the end of a run that takes
   * up to two seconds; from then on after each migration, unless committing takes longer than the migrations since did.
   * What is committed was checked, stays when the process dies, and is where the next run goes on. It is one backup all
   * the same, as long as nobody else writes in between. With `atomic: 'run'` it can only be `run`.
   */
  readonly commit?: 'run' | 'migration' | { readonly everyMs: number };
  /** Losses that are meant, by version, for files that cannot be edited: `{ 7: ['users.email'] }`. */
  readonly destructive?: Readonly<Record<number, true | readonly string[]>>;
  /**
   * Sets of migrations that run completely or not at all, and whose losses are judged after the last, for files that
   * repair themselves one file later and cannot be edited: `[[301, 302, 303]]`, ascending and without gaps. In a file:
   * `-- dunlin: together 303`. Default: none, each migration is judged by itself. A run that would end inside a set is
   * `TOGETHER_SPLIT`; a set that fits no migrations is `TOGETHER_INVALID`, one that cannot share a transaction
   * `TOGETHER_REFUSED`.
   */
  readonly together?: readonly (readonly number[])[];
  /**
   * How a rebuilt table is compared with what it was: `values` (default) every row and value, `count` the rows only,
   * which costs less and lets a copy that mixes up columns pass.
   */
  readonly guards?: 'values' | 'count';
  /** Integrity check before COMMIT: `auto` (default: whole up to 64 MB, quick above), `full`, `off`. */
  readonly verify?: 'auto' | 'full' | 'off';
  /**
   * When a proven copy of the database is made before a run changes it: `always` (default) if it holds anything,
   * `risky` only before a run that drops, rebuilds, deletes, runs code or leaves the transaction, or `off`.
   */
  readonly backup?: 'always' | 'risky' | 'off';
  /** Where backups go and how many are kept. */
  readonly backups?: BackupOptions;
  /** How long to wait for other processes, in milliseconds. Default 30,000. */
  readonly lockTimeoutMs?: number;
  /** Functions that the schema or the migrations call from SQL. */
  readonly functions?: Readonly<Record<string, (...args: Value[]) => Value>>;
  /**
   * Extensions that the schema or the migrations need, loaded into every connection that Dunlin opens: the path of each,
   * or `{ path, entryPoint }`. A connection that is given is left as it is.
   */
  readonly extensions?: readonly Extension[];
  /**
   * Called for every connection that Dunlin opens to the database or to a copy of it, before anything is read, with the
   * driver's own connection: for keys, collations, pragmas. It must not be async. A connection that is given was
   * prepared by who opened it, but needs `prepare` too if a second one would not be able to read the database.
   */
  prepare?(connection: DriverConnection, info: PrepareInfo): void;
  readonly logger?: Logger;
  readonly onEvent?: (event: DunlinEvent) => void;
  /**
   * Stops before the next migration; what is done stays done. A run that still waits for a lock gives up with `LOCKED`.
   * With a signal, an asynchronous run lets other code of the process have its turn between migrations and statements,
   * also on a synchronous driver; that code must not use the run's connection.
   */
  readonly signal?: { readonly aborted: boolean };
  /** Written to the attempt log. Default `dunlin <version>`. */
  readonly tool?: string;
}

/** Where backups go and how many are kept. The newest one always is, and one that the newest failed run refers to. */
export interface BackupOptions {
  /** Each database has a folder of its own in it. Default: `<database>-backups` beside the database. */
  readonly directory?: string;
  /** At most so many; default 5. */
  readonly keep?: number;
  /** None older than so many days; default: no limit. */
  readonly maxAgeDays?: number;
  /** All together at most so many bytes; default four times the database, or the largest of its backups. */
  readonly maxBytes?: number;
  /** Whether all but the newest are compressed; default true. */
  readonly compress?: boolean;
}

/** A backup that a run made. */
export interface RunBackup {
  /** What `dunlin backup restore` is given. */
  readonly id: string;
  readonly file: string;
  readonly bytes: number;
  /** What was wrong with the database, and so is in the backup; left out where nothing was. */
  readonly flaws?: readonly string[];
}

/** One migration that a run applied or took back. */
export interface MigrationOutcome extends MigrationRef {
  readonly direction: 'up' | 'down';
  readonly executionTimeMs: number;
  readonly statements: number;
  /** The tables with rows that it rebuilt, and how each was checked. */
  readonly rebuilt: readonly RebuiltTable[];
}

/** How a run ended. A failure throws a DunlinError that carries the same facts. */
export interface RunResult {
  readonly from: number;
  readonly to: number;
  readonly fromLabel: string | undefined;
  readonly toLabel: string | undefined;
  readonly applied: readonly MigrationOutcome[];
  /** What is still pending: not empty after `to`, `steps` or an abort. */
  readonly pending: readonly MigrationRef[];
  readonly notes: readonly string[];
  /** The backup from before the run; undefined if none was made. */
  readonly backup: RunBackup | undefined;
  readonly aborted: boolean;
  readonly durationMs: number;
}

/**
 * What a migration is. `conflict`: applied, but its number is that of another file now; `renumbered`: applied, and its
 * file has another number now.
 */
export type MigrationState =
  | 'applied'
  | 'pending'
  | 'edited'
  | 'conflict'
  | 'renumbered'
  | 'missing'
  | 'ahead'
  | 'out-of-order';

export interface StatusEntry extends MigrationRef {
  readonly state: MigrationState;
  readonly label: string | undefined;
  readonly file: string | undefined;
  readonly applied: AppliedMigration | undefined;
  /** Whether it can be rolled back; undefined when that would need loading code. */
  readonly reversible: boolean | undefined;
}

/** What of the schema is not as the last run left it: an object that somebody changed by other means. */
export interface SchemaDrift extends ObjectChange {
  /** In words: "index idx_x on users exists, no migration made it". */
  readonly text: string;
}

/** Where a database stands. Reading it writes nothing. */
export interface Status {
  /** The highest applied version; 0 for none. */
  readonly version: number;
  readonly label: string | undefined;
  readonly entries: readonly StatusEntry[];
  readonly pending: readonly MigrationRef[];
  readonly problems: readonly DunlinError[];
  /** Where the schema is not as it was recorded; empty as long as nothing was. `check` has a problem for it as well. */
  readonly drift: readonly SchemaDrift[];
  readonly notes: readonly string[];
  /** What trying the migrations with made-up rows showed; undefined unless `check` was asked to. */
  readonly rounds?: Rounds | undefined;
  /** What trying them on a copy of the database showed; undefined unless `check` was asked to. */
  readonly data?: Rounds | undefined;
  /** Migrations are pending: the database is older than the code. */
  readonly tooOld: boolean;
  /** It has migrations that the code does not know: a newer release has been here. */
  readonly tooNew: boolean;
  /** The newest attempt that failed, if nothing has succeeded since. */
  readonly lastFailure: Attempt | undefined;
  /** The newest backup, if there is one. */
  readonly backup?: (RunBackup & { readonly createdAt: string }) | undefined;
}

/** What else `check` looks at. */
export interface CheckOptions {
  /**
   * Runs the applied migrations anew in an empty database, and has a problem for each difference between the schema that
   * they make and the real one. Functions of migrations written in code really run. Default false.
   */
  readonly replay?: boolean;
  /**
   * Runs every migration up, down and up again on a scratch database with made-up rows in all tables, and compares.
   * Functions of migrations written in code really run. Default false.
   */
  readonly rounds?: boolean;
  /** The same on a copy of the database with its real rows, for what is pending, or for the newest. Default false. */
  readonly withData?: boolean;
}

/** What running migrations there, back and there again showed. */
export interface Rounds {
  /** How many migrations ran. */
  readonly tried: number;
  /** How many of them went back as well, to exactly where they had begun, and up again. */
  readonly reversed: number;
  /** What is wrong: `FAILS_ON_EMPTY`, `FAILS_ON_ROWS`, `DOWN_DIFFERS` and so on. */
  readonly problems: readonly DunlinError[];
  /** What fails with made-up rows only, perhaps because of their values. */
  readonly warnings: readonly DunlinError[];
  /** Tables for which no row could be made up, and migrations that could not be tried. */
  readonly notes: readonly string[];
}

/** A whole run with the migrations it attempted. */
export interface HistoryEntry extends Attempt {
  readonly migrations: readonly Attempt[];
}

/** Which migrations an `up` runs: all by default. */
export interface UpOptions {
  /** The last version to apply. */
  readonly to?: number;
  /** At most this many. */
  readonly steps?: number;
}

/** Says whether a plan is to be carried out. */
export type Confirm = (plan: Plan) => boolean | Promise<boolean>;

/** How a run that rolls back is confirmed. */
export interface ConfirmOptions {
  /**
   * Asked with the plan before anything is locked or changed; not asked if there is nothing to do. Anything but true ends
   * it with `DECLINED`. What was confirmed is what happens: if another process changes what is applied meanwhile, nothing
   * is done (`PLAN_CHANGED`).
   */
  readonly confirm?: Confirm;
}

/**
 * Which migrations a `down` rolls back: the last one by default, with its set if it is in one. Only one of `steps`, `to` and
 * `all` may be given.
 */
export interface DownOptions extends ConfirmOptions {
  readonly steps?: number;
  /** The version to end at; it stays applied. 0 takes back everything. */
  readonly to?: number;
  readonly all?: boolean;
}

/** Which run a plan is of: `up` by default, with the options of `up` or `down`. */
export interface PlanOptions extends UpOptions, Omit<DownOptions, 'confirm'> {
  readonly direction?: 'up' | 'down';
}

/** What a dump is written as, and what is in it. */
export interface DumpOptions {
  /** `sql` (default), which makes the schema again; a diagram as `mermaid`, `dot` or `svg`; or the model as `json`. */
  readonly format?: 'sql' | 'mermaid' | 'dot' | 'svg' | 'json';
  /** Whether SQL has Dunlin's own tables and says what is applied, so that a new database can start from it. Default true. */
  readonly tracking?: boolean;
  /** Whether a diagram shows views as well. Default false. */
  readonly views?: boolean;
}

/** How a baseline is made. */
export interface BaselineOptions {
  /**
   * Asked with what would be recorded, before anything is locked; not asked if that is nothing. Anything but true ends it
   * with `DECLINED`. If another process changes meanwhile what there is to record, nothing is recorded (`PLAN_CHANGED`).
   */
  readonly confirm?: (migrations: readonly MigrationRef[]) => boolean | Promise<boolean>;
  /** Runs the verification of what it records, and refuses the baseline when that fails. Default true. */
  readonly verify?: boolean;
}

/**
 * What `repair` records: the present text (`accept`), name (`rename`) or number (`renumber`) of an applied migration; or,
 * with `forget`, that it is gone, so that it no longer counts as applied.
 */
export type RepairChange =
  | {
      readonly kind: 'accept';
      readonly migration: MigrationRef;
      readonly file: string;
      readonly recorded: string | undefined;
      readonly present: string;
    }
  | {
      readonly kind: 'forget';
      readonly migration: MigrationRef;
      /** The file of another migration that has its number now, and both texts. */
      readonly other?: { readonly file: string; readonly recorded: string | undefined; readonly present: string };
    }
  | { readonly kind: 'rename'; readonly migration: MigrationRef; readonly to: string }
  | { readonly kind: 'renumber'; readonly migration: MigrationRef; readonly to: MigrationRef; readonly file: string };

/** What trying one migration on a copy showed. */
export interface TrialResult {
  readonly migration: MigrationRef;
  readonly up: MigrationOutcome;
  readonly down: MigrationOutcome | undefined;
  /** Rows per table that changed, after up. */
  readonly rows: readonly {
    readonly table: string;
    readonly before: number | undefined;
    readonly after: number | undefined;
  }[];
  readonly notes: readonly string[];
}
