import type { Row, Value } from '../bridge/types.ts';
import type { DunlinError, ErrorDetails } from '../errors/index.ts';
import type { SqlStatement } from '../sql/index.ts';
import type { RebuildResult, TableChanges } from './table-changes.ts';

/** What the `-- Key: value` lines at the head of a file say. */
export interface Header {
  readonly migration: string | undefined;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly date: string | undefined;
  /** The semantic version that the schema has after this migration. */
  readonly schemaVersion: string | undefined;
}

/** What `-- dunlin: ...` lines ask for. */
export interface Directives {
  /** Losses that are meant: `true` for any, else names such as `orders` or `users.email`. */
  readonly destructive: true | readonly string[];
  /** Run outside a transaction: VACUUM, journal_mode and the like. */
  readonly noTransaction: boolean;
  /** Run with foreign keys enforced, so that ON DELETE actions fire. */
  readonly foreignKeys: boolean;
  /** Statements that are to run in batches. */
  readonly batches: readonly BatchLine[];
  /** The last version of the set that begins with this migration. */
  readonly together: number | undefined;
}

/** A `-- dunlin: batch` line: the statement below it changes so many rows at a time. */
export interface BatchLine {
  readonly size: number;
  /** Where the line stands in the file. */
  readonly offset: number;
}

/** A query whose first column of the first row must be true (not NULL, 0 or ''); no row fails. */
export interface VerificationQuery {
  /** The comment above it; else "verification query 1". */
  readonly name: string;
  readonly statement: SqlStatement;
}

/** A part of a file. Positions of its statements count in the whole file. */
export interface Section {
  readonly text: string;
  readonly statements: readonly SqlStatement[];
  /** How many rows at a time a statement is to change, by the statement's offset. */
  readonly batches: ReadonlyMap<number, number>;
}

/** An SQL file, taken apart. */
export interface SqlContent {
  readonly header: Header;
  readonly directives: Directives;
  readonly up: Section;
  /** Undefined: forward-only, no DOWN marker. An empty section has no statements. */
  readonly down: Section | undefined;
  readonly verify: readonly VerificationQuery[];
  /** What is legal but probably not meant, such as an empty DOWN part. */
  readonly warnings: readonly string[];
}

/**
 * The database as a migration written in code sees it: its own transaction, each statement guarded. Dead after the
 * function returns. The methods return values on synchronous drivers; see `AsyncMigrationDatabase` for others.
 */
export interface MigrationDatabase {
  /** Runs any number of statements. */
  exec(sql: string): void;
  /** Runs one statement; booleans are bound as 0 and 1. */
  run(sql: string, ...params: Bindable[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  all<R extends object = Row>(sql: string, ...params: Bindable[]): R[];
  get<R extends object = Row>(sql: string, ...params: Bindable[]): R | undefined;
  /**
   * Gives the rows of a table or a query to `each`, some at a time, so that a large table never is in memory as a
   * whole, and a run can tell how far it is (`migration:batch` events, with an estimate). All of it stays in the
   * migration's transaction. Rows come in the order of the key; each one that was there at the beginning comes once,
   * unless an earlier batch removed it. What is added behind the last one is not visited.
   *
   * ```ts
   * db.batch({
   *   table: 'nodes',
   *   size: 10_000,
   *   each(rows) {
   *     for (const { id, label } of rows) db.run('UPDATE nodes SET slug = ? WHERE id = ?', slug(label), id);
   *   },
   * });
   * ```
   *
   * Errors: `BATCH_INVALID`.
   */
  batch<R extends object = Row>(options: BatchOptions<R>): BatchResult;
  /**
   * Changes a table in ways for which SQLite has no ALTER TABLE: by a new table, into which the rows are copied
   * (sqlite.org/lang_altertable.html, section 7). Indexes, triggers, views, foreign keys of others, the AUTOINCREMENT
   * sequence, implicit rowids and the text of all that is not changed are kept. Where a plain ALTER TABLE can do it,
   * that is used. No other table's rows change, whatever their ON DELETE says.
   *
   * ```ts
   * db.rebuildTable('users', (table) => {
   *   table.changeColumn('email', { notNull: true, using: "coalesce(email, '')" });
   *   table.addCheck('length(email) < 200');
   *   table.dropColumn('nick');
   * });
   * ```
   *
   * It proves that every row arrived, and that a column's new type changed no value unless `using` says how;
   * with `verify: 'full'` it compares every value. Errors: `REBUILD_REFUSED`, `REBUILD_INVALID`, `REBUILD_FAILED`,
   * `REBUILD_VALUES_CHANGED`.
   */
  rebuildTable(table: string, define: (table: TableChanges) => void): RebuildResult;
  /**
   * Writes a copy of the database into a new file, readable for as many people as the database is. Never copy the file
   * itself (`fs.copyFileSync`, `readFileSync`): on most systems that takes away the locks of the process, and other
   * programs write under the migration, which then fails with `LOCKS_LOST`.
   *
   * The copy is what is committed: a second connection makes it, because VACUUM INTO is not allowed in a transaction. So
   * it has nothing of this migration, nor of those before it in the same transaction.
   *
   * ```ts
   * db.backupTo(`/backups/before-${Date.now()}.db`);
   * ```
   *
   * In rollback mode it has to come before a migration has changed more than SQLite's page cache holds: from then on
   * nobody else can read the database. Errors: `BACKUP_TO_FAILED`.
   */
  backupTo(path: string): void;
}

/** What `db.batch()` walks, and what it does with it. */
export interface BatchOptions<R extends object = Row> {
  /** A table: all its columns, in the order of its rowid or PRIMARY KEY. Either this or `query`. */
  readonly table?: string;
  /** A SELECT, asked again for each batch: a row that no longer fits it when its turn comes is passed over. */
  readonly query?: string;
  /** The values of the query's parameters. */
  readonly params?: readonly Bindable[];
  /** For a query: the column, or columns, of its result that tell its rows apart. Never NULL. */
  readonly key?: string | readonly string[];
  /** Rows of a batch; default 1,000. Rows of the same key are never parted. */
  readonly size?: number;
  /** Called for each batch; what it throws fails the migration. It may be async only where the driver is. */
  readonly each: (rows: R[], batch: BatchInfo) => void | Promise<void>;
}

/** Where a batch stands among the others. */
export interface BatchInfo {
  /** From 1. */
  readonly number: number;
  /** Rows that earlier batches had. */
  readonly done: number;
  /** Rows that there were at the beginning. */
  readonly total: number;
}

/** What `db.batch()` did. */
export interface BatchResult {
  /** Rows that were given to `each`. */
  readonly rows: number;
  readonly batches: number;
}

/** `MigrationDatabase` on an asynchronous bridge. */
export interface AsyncMigrationDatabase {
  exec(sql: string): Promise<void>;
  run(
    sql: string,
    ...params: Bindable[]
  ): Promise<{ readonly changes: number; readonly lastInsertRowid: number | bigint }>;
  all<R extends object = Row>(sql: string, ...params: Bindable[]): Promise<R[]>;
  get<R extends object = Row>(sql: string, ...params: Bindable[]): Promise<R | undefined>;
  batch<R extends object = Row>(options: BatchOptions<R>): Promise<BatchResult>;
  rebuildTable(table: string, define: (table: TableChanges) => void): Promise<RebuildResult>;
  backupTo(path: string): Promise<void>;
}

/** What a migration may bind. */
export type Bindable = Value | boolean;

type Apply<Db> = (db: Db) => void | Promise<void>;

/** A migration written in code: what a module exports, or `defineMigration` takes. */
export interface MigrationDefinition<Db = MigrationDatabase> {
  /** Must equal the file's, if given. Required in a list of definitions. */
  readonly version?: number;
  readonly name?: string;
  readonly description?: string;
  readonly author?: string;
  readonly date?: string;
  /** The semantic version that the schema has after this migration. */
  readonly schemaVersion?: string;
  /** Losses that are meant, as in `-- dunlin: destructive`. */
  readonly destructive?: boolean | readonly string[];
  /** Run with foreign keys enforced. Default false. */
  readonly foreignKeys?: boolean;
  /**
   * This migration and all after it up to this version are a set: they run completely or not at all, and what they lose
   * is judged after the last. As `-- dunlin: together 303`. Errors: `TOGETHER_INVALID`, `TOGETHER_REFUSED`.
   */
  readonly together?: number;
  readonly up: Apply<Db> | string;
  readonly down?: Apply<Db> | string;
  /** Throws, or returns false, when the result is not what it should be. */
  readonly verify?: (db: Db) => boolean | void | Promise<boolean | void>;
}

interface MigrationBase {
  /** The digits before the name, as a number. Unique. */
  readonly version: number;
  /** The part after the digits: `add_user_roles`. */
  readonly name: string;
  /** The file's name without its ending: `002_add_user_roles`. */
  readonly id: string;
  /** The path to show in messages: `migrations/002_add_user_roles.sql`. */
  readonly file: string;
  /** `sha256:` of the text as it is. Equal means nothing to compare further. */
  readonly textHash: string;
  /**
   * `sha256:` of what SQLite would do (the UP part's tokens), or of a module's text; `unchecked` for code whose text is
   * not at hand. Computed on first use; compare it with `sameChecksum`.
   */
  readonly checksum: string;
}

/** What a file's name and path say about a migration. */
export type Identity = Pick<MigrationBase, 'version' | 'name' | 'id' | 'file'>;

export interface SqlMigration extends MigrationBase {
  readonly kind: 'sql';
  readonly text: string;
  /** The parsed file; parsing happens on first use and throws a DunlinError for a malformed file. */
  readonly content: SqlContent;
}

export interface CodeMigration extends MigrationBase {
  readonly kind: 'code';
  /** The module's text, or for a definition without one a description of its functions. */
  readonly text: string;
  /** False: it does not say `together`, and need not be loaded to see that. */
  readonly mayBeginSet: boolean;
  /** Imports the module and checks its exports. Throws a DunlinError. `sync` asks for a value, not a promise. */
  load(sync: boolean): MigrationDefinition | Promise<MigrationDefinition>;
  /** Where in the module an error was thrown, as details of the error that tells of it. */
  placeOf(error: unknown): Pick<ErrorDetails, 'location' | 'source'>;
}

export type Migration = SqlMigration | CodeMigration;

/** One thing found where migrations are kept. */
export interface SourceEntry {
  /** The file's name: `001_initial.sql`. */
  readonly name: string;
  /** The path to show: `migrations/001_initial.sql`. */
  readonly path: string;
  /**
   * The raw bytes or the text; bytes that are not UTF-8 are an error that names the file. Undefined for code that was
   * given as a module or a function, without its text.
   */
  readonly content: Uint8Array | string | undefined;
  /** For code: imports the module. Absent for SQL. */
  readonly load?: (sync: boolean) => unknown;
  /** For code given as a value: the module or definition itself. */
  readonly module?: unknown;
}

/** Where migrations come from: a directory, a record of texts and modules, another tool's directory. */
export interface MigrationSource {
  /** For messages: the directory's path, or "the given record". */
  readonly name: string;
  /** Reads everything; throws only if nothing can be read at all. */
  read(): SourceContents;
}

/** What a source gives. */
export interface SourceContents {
  readonly entries: readonly SourceEntry[];
  /**
   * Files that are not migrations, by name only; the registry says why they are ignored. A directory's name ends in
   * `/`; of one that holds what may be migrations, it is the first of them: `20240101_init/migration.sql`.
   */
  readonly others: readonly string[];
  /** What could not be read. The registry reports it together with its own findings. */
  readonly problems?: readonly DunlinError[];
}

/** A file in the directory that is not a migration, and why. */
export interface IgnoredFile {
  readonly file: string;
  readonly reason: string;
  /** Its name resembles that of a migration, here or in another tool: its author may have meant it as one. */
  readonly mayBeMigration: boolean;
}

/** The validated, ordered list of migrations. */
export interface Registry {
  /** Where they came from, for messages: the directory, or "the given list". */
  readonly source: string;
  /** By version, ascending. */
  readonly migrations: readonly Migration[];
  readonly ignored: readonly IgnoredFile[];
  get(version: number): Migration | undefined;
}
