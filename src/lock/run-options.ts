import type { DriverConnection, DunlinEvent, Extension, PrepareInfo, RebuiltTable, Value } from '../bridge/index.ts';
import type { BackupOptions, RunBackup } from '../backup/index.ts';
import type { MigrationRef } from '../errors/index.ts';
import type { LayoutName, TableNames } from '../ledger/index.ts';
import type { Plan } from '../plan/index.ts';

/** A console-shaped logger; `console` itself will do. */
export interface Logger {
  debug?(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** The options of a run, except the database and the migrations. */
export interface RunOptions {
  /** How the tracking table looks. Default `standard`. */
  readonly layout?: LayoutName;
  /** Names of Dunlin's own tables. Don't change them once a database has them. */
  readonly tables?: Partial<TableNames>;
  /** A pending migration older than an applied one: `error` (default) or `allow`. */
  readonly outOfOrder?: 'error' | 'allow';
  /** A database that another tool has migrated and Dunlin has not: `error` (default), or `allow` to migrate it beside. */
  readonly otherTool?: 'error' | 'allow';
  /**
   * Another tool's tracking table, which each run keeps in step with Dunlin's own, so that the tool can be used again at any
   * time: `true` for the tool from which the database was adopted, or else the only one that has a table; or a name, as
   * `export` takes it. Default false.
   */
  readonly mirror?: boolean | string;
  /** A pending migration that nobody has filled in, as `dunlin create` leaves it: `error` (default) or `allow`. */
  readonly emptyMigrations?: 'error' | 'allow';
  /** A schema that something else than a migration has changed: `note` (default), or `error`, and nothing runs. */
  readonly drift?: 'note' | 'error';
  /** What a failure rolls back: its own `migration` (default), or the whole `run`. */
  readonly atomic?: 'migration' | 'run';
  /**
   * When what is done is committed, before the next migration begins: all at the end (`run`), after each `migration`, or
   * after one with which `everyMs` milliseconds have passed since the last commit. Default: at the end of a run that takes
   * up to two seconds; from then on after each migration, unless committing takes longer than the migrations since did.
   * What is committed was checked, stays when the process dies, and is where the next run continues. It is one backup all
   * the same, as long as nobody else writes in between. With `atomic: 'run'` it can only be `run`.
   */
  readonly commit?: 'run' | 'migration' | { readonly everyMs: number };
  /**
   * Intended losses by version, or by the name of the file without its ending, for files that cannot be edited:
   * `{ 7: ['users.email'], '0008_calm_hawk': true }`. Where versions are positions, only by name. One that names no
   * migration is `DESTRUCTIVE_INVALID`.
   */
  readonly destructive?: Readonly<Record<number | string, true | readonly string[]>>;
  /**
   * Sets of migrations that run completely or not at all, and whose losses are checked after the last one, for files that
   * are put right by the next file and cannot be edited: `[[301, 302, 303]]`, ascending and without gaps. In a file:
   * `-- dunlin: together 303`. Default: none, each migration is checked by itself. A run that would end inside a set is
   * `TOGETHER_SPLIT`; a set that fits no migrations is `TOGETHER_INVALID`, one that cannot share a transaction
   * `TOGETHER_REFUSED`.
   */
  readonly together?: readonly (readonly number[])[];
  /**
   * How a rebuilt table is compared with what it was: `values` (default) every row and value, `count` the rows only,
   * which costs less and lets a copy that mixes up columns pass.
   */
  readonly guards?: 'values' | 'count';
  /**
   * A table that a migration in SQL replaces by a copy (CREATE, INSERT ... SELECT, DROP, RENAME): `keep` puts back its
   * indexes and triggers, lets views of it stay, and keeps COLLATE, STRICT, WITHOUT ROWID and AUTOINCREMENT where the new
   * CREATE TABLE says nothing of them; `as-written` adds nothing. In a file: `-- dunlin: rebuilds keep`. Default: `keep`
   * for the files of Drizzle and Prisma, else `as-written`.
   */
  readonly rebuilds?: 'keep' | 'as-written';
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
   * Whether text in double quotes that is no name is a string, as SQLite once read it, on every connection that Dunlin
   * opens. Only for files that already have such text: a misspelt column in double quotes is then a string as well. With
   * the drivers node:sqlite (Node 22.16 or later) and @photostructure/sqlite; if none is named, one of them is chosen. Errors: `DOUBLE_QUOTES_UNSUPPORTED`. Default false.
   */
  readonly doubleQuotedStrings?: boolean;
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

/** One migration that a run applied or rolled back. */
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

/** Decides whether a plan is executed. */
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
