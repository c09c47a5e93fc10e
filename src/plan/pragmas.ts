/** What a run does about a PRAGMA in a migration. */
export type PragmaPolicy =
  | { readonly kind: 'run' }
  /** Changes the connection, which ROLLBACK does not undo: it runs, and the run restores the value. */
  | { readonly kind: 'restore' }
  | { readonly kind: 'skip'; readonly reason: string }
  /** Only outside a transaction. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'refuse'; readonly fact: string; readonly way: string };

const foreignKeys = 'foreign keys are off during a migration, and checked before COMMIT';
const setting = 'a setting of the connection, not of the database';

const skipped: Readonly<Record<string, string>> = {
  // A no-op inside a transaction (sqlite.org/pragma.html#pragma_foreign_keys), so the run does it outside.
  foreign_keys: foreignKeys,
  foreign_key_check: foreignKeys,
  defer_foreign_keys: foreignKeys,
  // An error or a no-op inside a transaction, and lost when the connection closes.
  synchronous: setting,
  temp_store: setting,
  busy_timeout: setting,
  cache_size: setting,
  cache_spill: setting,
  mmap_size: setting,
  locking_mode: setting,
  journal_size_limit: setting,
  wal_autocheckpoint: setting,
  threads: setting,
  soft_heap_limit: setting,
  hard_heap_limit: setting,
  trusted_schema: setting,
  query_only: setting,
  fullfsync: setting,
  checkpoint_fullfsync: setting,
  read_uncommitted: setting,
  full_column_names: setting,
  short_column_names: setting,
  count_changes: setting,
  empty_result_callbacks: setting,
  // A no-op on a database with content; a new one has UTF-8, the default.
  encoding: 'the encoding of a database cannot be changed',
};

const restored = new Set([
  'legacy_alter_table',
  'recursive_triggers',
  'ignore_check_constraints',
  'secure_delete',
  'reverse_unordered_selects',
  'automatic_index',
  'analysis_limit',
  'cell_size_check',
  // It would also limit the application's own writes (sqlite.org/pragma.html#pragma_max_page_count).
  'max_page_count',
]);

const outside = new Set(['journal_mode', 'auto_vacuum', 'page_size', 'wal_checkpoint']);

/** They set a variable of the library, not of a connection, and threads that use it may crash (sqlite.org/c3ref/temp_directory.html). */
const directories = new Set(['temp_store_directory', 'data_store_directory']);

/** The pragmas that a migration may change and the run restores. */
export const restorablePragmas: readonly string[] = [...restored];

/** The policy for `PRAGMA name` or `PRAGMA name = value`. Reading a value is always harmless. */
export function pragmaPolicy(name: string, value: string | undefined): PragmaPolicy {
  if (name === 'foreign_key_check') return { kind: 'skip', reason: foreignKeys };
  if (name === 'wal_checkpoint') return { kind: 'outside' };
  if (name === 'writable_schema' && value !== undefined)
    return {
      kind: 'refuse',
      fact: 'edits the schema behind SQLite’s back, and a slip there makes the database unreadable',
      way: 'Rebuild the table instead: create the new one, copy, drop the old one, rename.',
    };
  // Its value cannot be read, so it cannot be restored.
  if (name === 'case_sensitive_like' && value !== undefined)
    return {
      kind: 'refuse',
      fact: 'would permanently change what LIKE means on this connection',
      way: 'Use GLOB, or compare with substr() or instr().',
    };
  if (name === 'schema_version' && value !== undefined)
    return {
      kind: 'refuse',
      fact: 'sets what SQLite counts the changes of the schema by, so that connections miss one',
      way: 'Leave it out.',
    };
  if (directories.has(name) && value !== undefined)
    return {
      kind: 'refuse',
      fact: 'would change it for every connection of this process, and for good',
      way: 'Set the environment variable SQLITE_TMPDIR before the process starts.',
    };
  const reason = skipped[name];
  if (reason !== undefined) return { kind: 'skip', reason };
  if (value === undefined) return { kind: 'run' };
  if (restored.has(name)) return { kind: 'restore' };
  if (outside.has(name)) return { kind: 'outside' };
  return { kind: 'run' };
}
