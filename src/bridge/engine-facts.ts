/** A pragma that a run sets on its connection, or reads there. */
export type EngineSetting =
  | 'application_id'
  | 'busy_timeout'
  | 'cache_size'
  | 'checkpoint_fullfsync'
  | 'count_changes'
  | 'defer_foreign_keys'
  | 'encoding'
  | 'foreign_keys'
  | 'full_column_names'
  | 'fullfsync'
  | 'ignore_check_constraints'
  | 'journal_mode'
  | 'legacy_alter_table'
  | 'locking_mode'
  | 'query_only'
  | 'reverse_unordered_selects'
  | 'short_column_names'
  | 'synchronous'
  | 'user_version'
  | 'writable_schema';

/** What an engine accepts at most. A limit that is left out is SQLite's own. */
export interface EngineLimits {
  /** Bytes of one statement. */
  readonly statementBytes?: number;
  /** Statements of one request, or of one transaction. */
  readonly statements?: number;
  readonly columns?: number;
  /** Parameters of one statement. */
  readonly parameters?: number;
  /** How long a transaction may stay open while others wait. */
  readonly transactionMs?: number;
}

/**
 * What an engine does differently from SQLite on a local file. A bridge declares it as `engine`; Dunlin decides by these
 * facts and never by a driver's name. What cannot be kept without a feature is refused with an error.
 *
 * The conformance suite checks the facts. A run proves those that would cost rows if they were wrong.
 */
export interface EngineFacts {
  /** `sql`: BEGIN ... COMMIT on one connection. `batch`: one list of statements, all or nothing. */
  readonly transactions: 'sql' | 'callback' | 'batch';
  /**
   * `switchable`: `PRAGMA foreign_keys = OFF` turns them off for this connection. `always-on`: it has no effect.
   * `shared`: it has an effect on other connections too, so it is never sent.
   */
  readonly foreignKeys: 'switchable' | 'always-on' | 'shared';
  /** `synchronous`: a COMMIT is durable as `PRAGMA synchronous` says. `engine`: the engine decides. */
  readonly durability: 'synchronous' | 'engine';
  /** The pragmas that exist. A run sets these and reads them back, and sends no others. */
  readonly settings: readonly EngineSetting[];
  /** Which check there is: `PRAGMA integrity_check`, `PRAGMA quick_check` without an argument, or none. */
  readonly integrity: 'full' | 'quick' | 'none';
  /** Whether `PRAGMA page_count` and `PRAGMA page_size` exist. */
  readonly size: 'pragma' | 'none';
  /** Whether `PRAGMA schema_version` exists. */
  readonly schemaVersion: boolean;
  /** Whether `PRAGMA data_version` exists, and changes when another connection has written. */
  readonly dataVersion: boolean;
  /** Whether there are TEMP tables, and `temp.sqlite_schema`. */
  readonly temporary: boolean;
  /** Whether ATTACH exists. */
  readonly attach: boolean;
  /** `exact`: 64-bit integers keep their value. `doubles`: above 2^53 they are rounded. */
  readonly integers: 'exact' | 'doubles';
  /** How a copy of the database is made: `file` is VACUUM INTO through a second connection. */
  readonly snapshot: 'file' | 'bookmark' | 'endpoint' | 'none';
  /**
   * What keeps two runs apart: the `database`'s write lock; that only one `isolate` has the database; the primary key of
   * the `ledger`; or a lock `given` by the application, such as a Web Lock.
   */
  readonly exclusion: 'database' | 'isolate' | 'ledger' | 'given';
  readonly limits: EngineLimits;
  /** Tables of the engine itself, as patterns of LIKE with `\` as the escape character: `\_cf\_%`. They are ignored. */
  readonly reserved: readonly string[];
}

/**
 * SQLite on a local file, or in memory: the facts of a bridge without `engine`. Start from it where an engine differs.
 *
 * ```ts
 * const engine: EngineFacts = { ...LOCAL, foreignKeys: 'always-on', temporary: false };
 * ```
 */
export const LOCAL: EngineFacts = {
  transactions: 'sql',
  foreignKeys: 'switchable',
  durability: 'synchronous',
  settings: [
    'application_id',
    'busy_timeout',
    'cache_size',
    'checkpoint_fullfsync',
    'count_changes',
    'defer_foreign_keys',
    'encoding',
    'foreign_keys',
    'full_column_names',
    'fullfsync',
    'ignore_check_constraints',
    'journal_mode',
    'legacy_alter_table',
    'locking_mode',
    'query_only',
    'reverse_unordered_selects',
    'short_column_names',
    'synchronous',
    'user_version',
    'writable_schema',
  ],
  integrity: 'full',
  size: 'pragma',
  schemaVersion: true,
  dataVersion: true,
  temporary: true,
  attach: true,
  integers: 'exact',
  snapshot: 'file',
  exclusion: 'database',
  limits: {},
  reserved: [],
};
