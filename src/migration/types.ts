import type { Row, Value } from '../bridge/types.ts';
import type { DunlinError, ErrorDetails } from '../errors/index.ts';
import type { SqlStatement } from '../sql/index.ts';
import type { FormatInfo, FormatMigration } from './format.ts';
import type { RebuildResult, TableChanges } from './table-changes.ts';

/** The `-- Key: value` lines at the head of a file. */
export interface Header {
  readonly migration: string | undefined;
  readonly description: string | undefined;
  readonly author: string | undefined;
  readonly date: string | undefined;
  /** The semantic version that the schema has after this migration. */
  readonly schemaVersion: string | undefined;
}

/** The `-- dunlin: ...` lines. */
export interface Directives {
  /** Intended losses: `true` for any, else names such as `orders` or `users.email`. */
  readonly destructive: true | readonly string[];
  /** Run outside a transaction: VACUUM, journal_mode and the like. */
  readonly noTransaction: boolean;
  /** Run with foreign keys enforced, so that ON DELETE actions fire. */
  readonly foreignKeys: boolean;
  /** Statements that run in batches. */
  readonly batches: readonly BatchLine[];
  /** The last version of the set that begins with this migration. */
  readonly together: number | undefined;
  /** The option `rebuilds` for this migration. */
  readonly rebuilds: Rebuilds | undefined;
}

/** Whether a rebuild in SQL keeps the indexes, triggers and views of the old table, and what the new CREATE TABLE leaves out. */
export type Rebuilds = 'keep' | 'as-written';

/** A `-- dunlin: batch` line: the statement below it changes `size` rows at a time. */
export interface BatchLine {
  readonly size: number;
  /** The line's offset in the file. */
  readonly offset: number;
}

/** A query whose first column of the first row must be true (not NULL, 0 or ''); no row fails. */
export interface VerificationQuery {
  /** The comment above it; else "verification query 1". */
  readonly name: string;
  readonly statement: SqlStatement;
}

/** A part of a file. Its statements' positions count from the start of the file. */
export interface Section {
  readonly text: string;
  readonly statements: readonly SqlStatement[];
  /** Batch sizes, by the statements' offsets. */
  readonly batches: ReadonlyMap<number, number>;
  /** The file that it is in, and its whole text, if that is not the migration's. */
  readonly source?: { readonly file: string; readonly text: string };
}

/** A parsed SQL file. */
export interface SqlContent {
  readonly header: Header;
  readonly directives: Directives;
  readonly up: Section;
  /** Undefined: forward-only, no DOWN marker. An empty section has no statements. */
  readonly down: Section | undefined;
  /** Nothing in the UP part of another tool's file changes anything, so it is rolled back without a DOWN part. */
  readonly idle?: boolean;
  readonly verify: readonly VerificationQuery[];
  /** Lines of another tool's file that say something else than what would happen: errors while it is pending. */
  readonly misleading?: readonly DunlinError[];
  /** Valid but probably not intended, such as an empty DOWN part. */
  readonly warnings: readonly string[];
}

/**
 * The database for a migration in code: its own transaction, each statement guarded. Not usable after the function
 * returns. The methods return values on synchronous drivers; see `AsyncMigrationDatabase` for others.
 */
export interface MigrationDatabase {
  /** Runs any number of statements. */
  exec(sql: string): void;
  /** Runs one statement; booleans are bound as 0 and 1. */
  run(sql: string, ...params: Bindable[]): { readonly changes: number; readonly lastInsertRowid: number | bigint };
  all<R extends object = Row>(sql: string, ...params: Bindable[]): R[];
  get<R extends object = Row>(sql: string, ...params: Bindable[]): R | undefined;
  /**
   * Passes the rows of a table or a query to `each` in batches, so that a large table is never completely in memory, and a
   * run can report its progress (`migration:batch` events, with an estimate). Everything stays in the migration's
   * transaction. Rows come in the order of the key. Each row that existed at the beginning comes once, unless an earlier
   * batch removed it. Rows that are added after the last one are not visited.
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
   * Changes a table in ways for which SQLite has no ALTER TABLE: it creates a new table and copies the rows
   * (sqlite.org/lang_altertable.html, section 7). It keeps indexes, triggers, views, foreign keys of other tables, the
   * AUTOINCREMENT sequence, implicit rowids and the text of all unchanged parts. It uses a plain ALTER TABLE where that is
   * enough. No other table's rows change, whatever their ON DELETE.
   *
   * ```ts
   * db.rebuildTable('users', (table) => {
   *   table.changeColumn('email', { notNull: true, using: "coalesce(email, '')" });
   *   table.addCheck('length(email) < 200');
   *   table.dropColumn('nick');
   * });
   * ```
   *
   * It verifies that every row was copied, and that a column's new type changed no value without `using`;
   * with `verify: 'full'` it compares every value. Errors: `REBUILD_REFUSED`, `REBUILD_INVALID`, `REBUILD_FAILED`,
   * `REBUILD_VALUES_CHANGED`.
   */
  rebuildTable(table: string, define: (table: TableChanges) => void): RebuildResult;
  /**
   * Writes a copy of the database into a new file, with the database's read permissions. Never copy the file itself
   * (`fs.copyFileSync`, `readFileSync`): on most systems that drops the process's locks. Then other programs can write
   * during the migration, which fails with `LOCKS_LOST`.
   *
   * The copy contains the committed state: a second connection makes it, because VACUUM INTO is not allowed in a
   * transaction. So it contains nothing of this migration, nor of earlier ones in the same transaction.
   *
   * ```ts
   * db.backupTo(`/backups/before-${Date.now()}.db`);
   * ```
   *
   * In rollback mode, call it before the migration has changed more than SQLite's page cache holds: after that, no other
   * connection can read the database. Errors: `BACKUP_TO_FAILED`.
   */
  backupTo(path: string): void;
}

/** Options of `db.batch()`. */
export interface BatchOptions<R extends object = Row> {
  /** A table: all its columns, in the order of its rowid or PRIMARY KEY. Either this or `query`. */
  readonly table?: string;
  /** A SELECT, which runs again for each batch: a row that no longer matches is skipped. */
  readonly query?: string;
  /** The values of the query's parameters. */
  readonly params?: readonly Bindable[];
  /** For a query: the result column, or columns, that identify a row. Never NULL. */
  readonly key?: string | readonly string[];
  /** Rows of a batch; default 1,000. Rows with the same key are always in one batch. */
  readonly size?: number;
  /** Called for each batch; an exception fails the migration. It may be async only if the driver is. */
  readonly each: (rows: R[], batch: BatchInfo) => void | Promise<void>;
}

/** The position of a batch among the others. */
export interface BatchInfo {
  /** From 1. */
  readonly number: number;
  /** Rows in earlier batches. */
  readonly done: number;
  /** Rows at the beginning. */
  readonly total: number;
}

/** The result of `db.batch()`. */
export interface BatchResult {
  /** Rows that were passed to `each`. */
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

/** A value that a migration may bind. */
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
  /** Intended losses, as in `-- dunlin: destructive`. */
  readonly destructive?: boolean | readonly string[];
  /** Run with foreign keys enforced. Default false. */
  readonly foreignKeys?: boolean;
  /**
   * This migration and all after it up to this version are a set: they run completely or not at all, and losses are checked
   * after the last. As `-- dunlin: together 303`. Errors: `TOGETHER_INVALID`, `TOGETHER_REFUSED`.
   */
  readonly together?: number;
  readonly up: Apply<Db> | string;
  readonly down?: Apply<Db> | string;
  /** Throws, or returns false, if the result is wrong. */
  readonly verify?: (db: Db) => boolean | void | Promise<boolean | void>;
}

interface MigrationBase {
  /** The digits before the name, as a number. Unique; 0 for a repeatable migration, which has none. */
  readonly version: number;
  /** The part after the digits: `add_user_roles`. */
  readonly name: string;
  /** The file's name without its ending: `002_add_user_roles`. `R__active_users` for a repeatable one, wherever it is. */
  readonly id: string;
  /** The path to show in messages: `migrations/002_add_user_roles.sql`. */
  readonly file: string;
  /** `sha256:` of the unchanged text. If it is equal, nothing else needs comparing. */
  readonly textHash: string;
  /**
   * `sha256:` of the UP part's tokens, or of a module's text; `unchecked` for code without text. Computed on first use;
   * compare it with `sameChecksum`.
   */
  readonly checksum: string;
  /** The migration as another tool's format has it. */
  readonly origin?: FormatMigration | undefined;
}

/** What a file's name and path say about a migration. */
export type Identity = Pick<MigrationBase, 'version' | 'name' | 'id' | 'file'>;

export interface SqlMigration extends MigrationBase {
  readonly kind: 'sql';
  readonly text: string;
  /** The parsed file; parsing happens on first use and throws a DunlinError for a malformed file. */
  readonly content: SqlContent;
  /** The first lines of a squash; undefined for any other migration. */
  readonly squash?: SquashLines | undefined;
}

/** What the first lines of a squash say: the migrations that it replaces, whose last one has its version. */
export interface SquashLines {
  /** Of its statements, as they were proven to make what the migrations make. */
  readonly checksum: string;
  /** By version, ascending. */
  readonly replaces: readonly ReplacedMigration[];
}

/** A migration that a squash replaces. Its file may be gone. */
export interface ReplacedMigration {
  readonly version: number;
  readonly name: string;
  /** `002_add_user_roles`. */
  readonly id: string;
  readonly fileName: string;
  readonly checksum: string;
  /** Its semantic version. */
  readonly label: string | undefined;
}

export interface CodeMigration extends MigrationBase {
  readonly kind: 'code';
  /** The module's text; without one, a description of the definition's functions. */
  readonly text: string;
  /** False if it certainly has no `together`, so that it need not be loaded. */
  readonly mayBeginSet: boolean;
  /** Imports the module and checks its exports. Throws a DunlinError. `sync` asks for a value, not a promise. */
  load(sync: boolean): MigrationDefinition | Promise<MigrationDefinition>;
  /** The position in the module where an error was thrown, as error details. */
  placeOf(error: unknown): Pick<ErrorDetails, 'location' | 'source'>;
}

export type Migration = SqlMigration | CodeMigration;

/** One file, or one value, of a source. */
export interface SourceEntry {
  /** The file's name: `001_initial.sql`. */
  readonly name: string;
  /** The path to show: `migrations/001_initial.sql`. */
  readonly path: string;
  /**
   * The bytes or the text; bytes that are not UTF-8 are an error. Undefined for code that was passed as a module or a
   * function, without its text.
   */
  readonly content: Uint8Array | string | undefined;
  /** For code: imports the module. Absent for SQL. */
  readonly load?: (sync: boolean) => unknown;
  /** For code passed as a value: the module or definition itself. */
  readonly module?: unknown;
  /** In another tool's format: the migration, and the version that it gets here. `name` and `content` do not count then. */
  readonly origin?: FormatMigration;
  readonly version?: number;
}

/** Where migrations come from: a directory, a record of texts and modules, another tool's directory. */
export interface MigrationSource {
  /** For messages: the directory's path, or "the given record". */
  readonly name: string;
  /** Reads everything; throws only if nothing is readable. */
  read(): SourceContents;
}

/** The result of `MigrationSource.read`. */
export interface SourceContents {
  readonly entries: readonly SourceEntry[];
  /**
   * The names of files that are not migrations; the registry adds the reasons. A directory's name ends in `/`; for a
   * directory that may contain migrations, it is the first of them: `20240101_init/migration.sql`.
   */
  readonly others: readonly string[];
  /** Read errors. The registry reports them together with its own. */
  readonly problems?: readonly DunlinError[];
  /** Undefined for Dunlin's own format. */
  readonly format?: FormatInfo | undefined;
  /** Other files, with the reason: a format knows more of them than their names say. */
  readonly ignored?: readonly IgnoredFile[];
}

/** A file in the directory that is not a migration, and why. */
export interface IgnoredFile {
  readonly file: string;
  readonly reason: string;
  /** Its name resembles a migration's, here or in another tool, so it may be intended as one. */
  readonly mayBeMigration: boolean;
}

/** The validated, ordered list of migrations. */
export interface Registry {
  /** The source, for messages: the directory, or "the given list". */
  readonly source: string;
  /** By version, ascending. Without squashes. */
  readonly migrations: readonly Migration[];
  /** By version, ascending. Each makes a new database in place of the migrations up to its version. */
  readonly squashes?: readonly SqlMigration[];
  /** By name, ascending. Undefined if there are none. */
  readonly repeatables?: readonly SqlMigration[] | undefined;
  readonly ignored: readonly IgnoredFile[];
  /** Undefined for Dunlin's own format. */
  readonly format?: FormatInfo | undefined;
  get(version: number): Migration | undefined;
}
