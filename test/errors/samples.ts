import type { ErrorCode, Facts } from '../../src/errors/index.ts';

const database = 'data/app.db';
const id = '007_tidy';
const file = 'migrations/007_tidy.sql';
const at = 'migrations/002_add_user_roles.sql:9:1';
const losses = {
  id,
  direction: 'up' as const,
  code: false,
  lines: ['notes: 31,884 rows before, 0 after', 'trigger notes_touch is gone'],
  names: ['notes'],
};

const refused = { id, number: 1, line: 0, foreignKeys: false, undone: true, direction: 'up' };

const tried = { id, where: 'a scratch database with made-up rows' };

/** Facts as a run would find them, for every code: a code without a sample does not compile. */
export const samples: { readonly [C in ErrorCode]: Facts<C> } = {
  // Files
  SEVERAL_PROBLEMS: {
    where: 'migrations',
    messages: [
      '1_create users.sql is not named <version>_<name>: a space is neither a letter nor a digit nor one of "_", "-", ".".',
      'Version 2 is used twice: migrations/002_roles.sql and migrations/2_tags.sql.',
    ],
  },
  DIRECTORY_NOT_FOUND: { directory: 'migrations', absolute: '/srv/app/migrations' },
  DIRECTORY_NOT_A_DIRECTORY: { directory: 'migrations/001_users.sql' },
  FILE_UNREADABLE: { path: 'migrations/003_tags.sql', reason: 'permission denied (EACCES)' },
  FILE_NOT_REGULAR: { path: 'migrations/003_tags.sql', kind: 'a named pipe' },
  FILE_NAME_INVALID: {
    file: 'migrations/004 split names.sql',
    fact: 'a space follows the version, not "_"',
    suggestion: '004_split_names.sql',
  },
  FILE_NAME_EMPTY: { file: 'migrations/001.sql', suggestion: '001_create_users.sql' },
  VERSION_TOO_LONG: { file: 'migrations/20261121093000123_users.sql', digits: 17 },
  VERSION_ZERO: { file: 'migrations/000_users.sql' },
  VERSION_DUPLICATE: {
    version: 2,
    files: ['migrations/002_roles.sql', 'migrations/2_tags.sql'],
    free: '004',
    sameName: false,
  },
  NOT_UTF8: { at: 'migrations/001_users.sql:3:24', found: 'the byte 0xE9', guess: 'Windows-1252 or ISO 8859-1' },
  SOURCE_INVALID: { given: 'the text "migrations"' },
  SOURCE_VALUE_INVALID: {
    file: './migrations/001_users.sql',
    fact: 'is a function, but the text of SQL has to be at hand when the run begins',
    way: "Give the text itself: with Vite `import.meta.glob('./*.sql', { eager: true, query: '?raw', import: 'default' })`, with esbuild `--loader:.sql=text`.",
  },
  VERSION_TAKEN: { file: 'migrations/004_tags.sql', other: '004_roles.sql' },
  VERSIONS_EXHAUSTED: { file: '999999999999999_last.sql' },
  FILE_NOT_WRITTEN: { file: 'migrations/004_tags.sql', reason: 'no space left on device (ENOSPC)' },

  // What is in an SQL file
  NUL_CHARACTER: { at },
  QUOTE_UNTERMINATED: { at, quote: "'" },
  COMMENT_UNTERMINATED: { at },
  CHARACTER_ILLEGAL: { at, text: '{{table}}' },
  MARKER_TWICE: { at, marker: '-- === UP MIGRATION ===', firstLine: 4 },
  UP_MARKER_MISSING: { at },
  DOWN_MARKER_MISSING: { at },
  MARKERS_REVERSED: { at },
  MARKER_UNKNOWN: { at, marker: '-- === DWON MIGRATION ===', suggestion: '-- === DOWN MIGRATION ===' },
  MARKER_NOT_ALONE: { at, marker: '-- === DOWN MIGRATION ===' },
  MARKER_FOREIGN: { at, marker: '-- +goose Down', tool: 'goose' },
  SQL_BEFORE_MARKER: { at },
  DIRECTIVE_UNKNOWN: {
    at,
    directive: 'no-transactions',
    suggestion: 'no-transaction',
    known: ['destructive', 'no-transaction', 'foreign-keys on'],
  },
  DIRECTIVE_INVALID: {
    at,
    directive: 'destructive',
    fact: 'takes names with commas between them',
    example: '-- dunlin: destructive users.email, orders',
  },
  DIRECTIVE_NOT_ALONE: { at },
  VERIFICATION_NOT_A_QUERY: { at, statement: 'DELETE FROM users' },

  // Migrations in code
  UP_MISSING: { file: 'migrations/003_slugs.ts', exports: ['apply', 'down'], suggestion: 'apply' },
  UP_TWICE: { file: 'migrations/003_slugs.ts' },
  DEFINITION_DISAGREES: { file: 'migrations/003_slugs.ts', key: 'version', found: '2', expected: '3' },
  DEFINITION_TYPE: {
    file: 'migrations/003_slugs.ts',
    key: 'down',
    expected: 'a function or a string of SQL',
    found: 'the boolean false',
  },
  DEFINITION_KEY_UNKNOWN: {
    file: 'migrations/003_slugs.ts',
    key: 'verfiy',
    suggestion: 'verify',
    known: ['version', 'name', 'up', 'down', 'verify'],
  },
  DEFINITION_INCOMPLETE: { position: 2, missing: 'version' },
  MODULE_FAILED: { file: 'migrations/003_slugs.ts', reason: "Cannot find package 'slugify'" },
  MODULE_NEEDS_JITI: {
    file: 'migrations/003_slugs.ts',
    reason: 'Node 20.20.2 does not load TypeScript',
    alternative: 'use Node 22.18 or newer; or write the migration in JavaScript',
  },
  MODULE_NOT_SYNC: {
    file: 'migrations/003_slugs.mjs',
    reason: 'it, or a module that it imports, has an await at its top level',
  },
  MODULE_STALE: { file: 'migrations/003_slugs.mjs' },

  // Statements that cannot be run as they stand
  TRANSACTION_CONTROL: {
    id,
    statement: 'COMMIT',
    fact: 'has no BEGIN in this migration: it would end the transaction of the run',
  },
  NEEDS_NO_TRANSACTION: { id, statement: 'VACUUM' },
  NOT_WITHOUT_TRANSACTION: { id, statement: 'CREATE INDEX idx_notes_title ON notes (title)' },
  STATEMENT_REFUSED: {
    id,
    statement: "ATTACH 'old.db' AS old",
    fact: 'reaches another database',
    way: 'Give each database its own migrations.',
  },
  BACKUP_FAILED: { database, folder: 'app.db-backups', reason: 'EACCES: permission denied' },
  BACKUP_NO_SPACE: { database, folder: 'app.db-backups', needed: 2_100_000_000, free: 700_000_000 },
  BACKUP_UNPROVEN: {
    file: 'app.db-backups/20261121T091204123Z-before-0003.db',
    findings: ['table users has 0 rows instead of 3'],
  },
  BACKUP_IMPOSSIBLE: { database, reason: 'it is empty' },
  BACKUP_NOT_FOUND: {
    database,
    folder: 'data/app.db-backups',
    asked: '2025',
    known: ['20261121T091204123Z-before-0003', '20261120T080000000Z-manual'],
    exists: false,
  },
  BACKUP_AMBIGUOUS: { asked: '202611', ids: ['20261121T091204123Z-before-0003', '20261120T080000000Z-manual'] },
  BACKUP_CORRUPT: {
    id: '20261121T091204123Z-before-0003',
    file: 'data/app.db-backups/20261121T091204123Z-before-0003.db',
    findings: ['its bytes are not those of before'],
  },
  FILE_REFUSED: { database: 'app.db', reason: "EACCES: permission denied, scandir '/data/app.db-backups'" },
  BACKUP_UNREADABLE: { id: '20261121T091204123Z-before-0003', reason: 'EACCES: permission denied' },
  RESTORE_IMPOSSIBLE: { database, driver: 'my-driver' },
  RESTORE_IN_USE: { database, known: true },
  RESTORE_UNPROVEN: {
    database,
    findings: ['table users has 4 rows instead of 3'],
    before: '20261121T091204123Z-before-restore',
  },
  BATCH_REFUSED: {
    id,
    statement: 'UPDATE nodes SET id = id + 1',
    fact: 'it changes id, by which the batches are told apart',
  },
  BATCH_INVALID: { id, fact: 'it takes either `table` or `query`' },
  PARAMETER_WITHOUT_VALUE: { id, parameter: ':name', statement: 'INSERT INTO users (name) VALUES (:name)' },
  SQL_ILLEGAL: { id, fact: '"\'never closed" is not closed, or not SQL' },

  // What the database says is applied
  LEDGER_FOREIGN: {
    table: 'schema_migrations',
    missing: ['name', 'applied_at', 'checksum'],
    columns: ['version', 'dirty'],
    looksLike: 'golang-migrate',
  },
  LEDGER_ROW_DAMAGED: { table: 'schema_migrations', row: 'version 3', fact: 'has no checksum' },
  LEDGER_DUPLICATE: { table: 'migrations', version: 2, rows: ['roles', 'tags'] },
  SCHEMA_DRIFT: {
    database,
    differences: ['table users: column nick was added by hand', 'index idx_x on users exists, no migration made it'],
  },
  MIGRATION_EDITED: {
    id: '003_tags',
    version: 3,
    file: 'migrations/003_tags.sql',
    appliedAt: '2026-11-20T08:15:30.000Z',
    recorded: `sha256:${'4f0a91c2'.repeat(8)}`,
    present: `sha256:${'b71d30ee'.repeat(8)}`,
  },
  MIGRATION_MISSING: { id: '3 tags', version: 3, appliedAt: '2026-11-20T08:15:30.000Z', source: 'migrations' },
  DATABASE_AHEAD: { database, versions: ['5 archive', '6 colours'], newest: '004_split_names' },
  OUT_OF_ORDER: { id: '003_tags', file: 'migrations/003_tags.sql', newest: '004_split_names' },
  SCHEMA_VERSION_DAMAGED: { database, fact: 'has more than one row' },
  LABEL_INVALID: {
    file: 'migrations/003_tags.sql',
    label: '1.1.0',
    fact: 'is not higher than 1.1.0, that of an earlier migration',
  },
  VERSION_UNKNOWN: { version: 9, known: ['002_roles', '003_tags', '004_split_names'] },
  NOTHING_TO_REPAIR: { version: 3 },
  BASELINE_CONFLICT: { database, applied: 2, version: 3 },

  // Databases and drivers
  DATABASE_IS_DIRECTORY: { database: 'data', example: 'data/app.db' },
  DATABASE_FOLDER_MISSING: { database, folder: '/srv/app/data' },
  DATABASE_VANISHED: {
    database,
    missing: true,
    evidence: '/srv/app/data/app.db-wal holds changes of it',
    move: '/srv/app/data/app.db-wal',
    backup: undefined,
  },
  DATABASE_HARD_LINKED: { database, links: 2 },
  DATABASE_NOT_SQLITE: { database, bytes: 60 },
  DATABASE_CORRUPT: { database, code: 'SQLITE_CORRUPT', reason: 'database disk image is malformed' },
  DATABASE_READONLY: { database, code: 'SQLITE_READONLY_DIRECTORY' },
  DATABASE_CANNOT_OPEN: { database, reason: 'permission denied' },
  DISK_FULL: { database },
  DISK_ERROR: { database, code: 'SQLITE_IOERR_FSYNC' },
  DATABASE_LOCKED: { database },
  DATABASE_URL_INVALID: {
    given: 'file://data/app.db',
    reason: 'a file on another machine (data/app.db) is out of reach; for a relative path leave out the //',
  },
  DATABASE_URL_READONLY: { given: 'file:app.db?mode=ro' },
  URL_NOT_SQLITE: { scheme: 'postgres' },
  NO_DRIVER: {
    runtime: 'Node 20.20.2',
    tried: [
      'node:sqlite is unusable (not a part of Node 20.20.2)',
      '@photostructure/sqlite is unusable (not installed)',
      'better-sqlite3 is unusable (not installed)',
    ],
    install: '@photostructure/sqlite@1',
  },
  DRIVER_UNKNOWN: { driver: 'sqlite3', known: ['node:sqlite', '@photostructure/sqlite', 'better-sqlite3'] },
  DRIVER_UNUSABLE: {
    driver: 'better-sqlite3',
    reason: 'not installed',
    remedy: 'Type `npm install better-sqlite3@12`',
  },
  HANDLE_UNKNOWN: { given: 'A Kysely instance', advice: 'Give the connection that its dialect was made with.' },
  HANDLE_CLOSED: { driver: 'better-sqlite3' },
  BRIDGE_NOT_SYNC: { driver: 'libsql', method: undefined },
  ASYNC_IN_SYNC: { what: 'up() of 003_slugs' },
  VALUE_NOT_BINDABLE: { given: 'a Date', advice: 'give date.toISOString() or date.getTime()' },
  PARAMETER_COUNT: {
    sql: 'UPDATE posts SET slug = ?\n  WHERE id = ?',
    expected: 2,
    given: 1,
    positional: true,
  },
  STATEMENT_NOT_SINGLE: { sql: 'DELETE FROM a; DELETE FROM b', statements: 2 },
  LISTENER_FAILED: { event: 'migration:done', reason: 'progressBar.update is not a function' },

  // A run
  CANNOT_ROLL_BACK: { id, file, fact: 'its DOWN part is empty' },
  STATEMENT_FAILED: {
    id: '006_not_null_email',
    reason: 'no such column: emial',
    number: 2,
    line: 8,
    foreignKeys: false,
    undone: true,
    direction: 'up',
  },
  FUNCTION_FAILED: {
    id: '003_slugs',
    direction: 'up',
    reason: "Cannot read properties of null (reading 'toLowerCase')",
  },
  VERIFICATION_FAILED: {
    id: '002_add_user_roles',
    query: 'every user has a role',
    value: 'result 0',
    outcome: 'undone',
  },
  TRANSACTION_LOST: { id, reason: 'UNIQUE constraint failed: users.email', number: 2 },
  TRANSACTION_COMMITTED: { id },
  TRANSACTION_OPEN: { database },
  LOCK_FILE_FAILED: { database, file: 'data/app.db-migrate-lock', reason: 'permission denied (EACCES)' },
  COMMIT_UNPROVEN: {
    database,
    findings: ['its schema is not the one that was committed'],
    backup: '20261121T091204123Z-before-0003',
    recovery: { restored: '20261121T091204123Z-before-0003' },
  },
  LOCKED: {
    database,
    waitedMs: 30_012,
    holder: 'dunlin up, pid 812 on web-1, since 2026-11-21T12:01:07.000Z',
    doing: 'take its write lock',
  },
  PRAGMA_REFUSED: { database, pragma: 'foreign_keys', wanted: '0', found: '1' },
  INTEGRITY_FAILED: {
    database,
    findings: ['row 12 missing from index idx_notes_title', 'wrong # of entries in index idx_notes_title'],
  },
  HANDLE_REVOKED: { id: '003_slugs' },
  ONE_STATEMENT: { id: '003_slugs', found: 2 },
  SQL_NOT_TEXT: { id: '003_slugs', method: 'run', given: '["DELETE FROM a"]' },
  ATOMIC_RUN_SPLIT: { ids: ['005_vacuum'] },
  DATABASE_FAILED: { database, reason: 'no such function: normalize', code: 'SQLITE_ERROR' },
  CONFIRMATION_WRONG: { database: 'app.db', given: 'yes' },
  COPY_FAILED: { database, reason: 'database or disk is full' },

  // Losses
  ROWS_LOST: losses,
  TABLE_LOST: { id, direction: 'up', code: false, lines: ['table notes is gone'], names: ['notes'] },
  COLUMN_LOST: {
    id,
    direction: 'up',
    code: false,
    lines: ['column users.email is not carried over'],
    names: ['users.email'],
  },
  INDEX_LOST: {
    id,
    direction: 'up',
    code: false,
    lines: ['index idx_users_email is gone'],
    names: ['idx_users_email'],
  },
  TRIGGER_LOST: { id, direction: 'up', code: false, lines: ['trigger notes_touch is gone'], names: ['notes_touch'] },
  VIEW_LOST: { id, direction: 'up', code: false, lines: ['view open_notes is gone'], names: ['open_notes'] },
  SEQUENCE_LOST: {
    id,
    direction: 'up',
    code: false,
    lines: ['the AUTOINCREMENT sequence of notes: 31,884 before, none after'],
    names: ['notes'],
  },
  FOREIGN_KEYS_VIOLATED: {
    id,
    direction: 'up',
    code: false,
    lines: ['3 rows of comments refer to rows of posts that do not exist (0 before)'],
    deletes: true,
  },
  OBJECT_BROKEN: { id, direction: 'up', lines: ['view open_notes no longer compiles (no such column: done)'] },
  FOREIGN_KEYS_DROP: { id, direction: 'up', code: false, table: 'users', children: ['notes', 'comments'] },
  SCHEMA_CHANGED_UNSEEN: { lines: ['table notes', 'index idx_notes_title'] },

  // The command line and the options
  OPTION_INVALID: { problems: ['`verify` must be "auto" or "full" or "off" (did you mean "full"?); it is "ful"'] },
  COMMAND_UNKNOWN: { command: 'migrate', suggestion: 'up' },
  OPTION_UNKNOWN: { command: 'up', option: '--dryrun', suggestion: '--dry-run' },
  USAGE: { fact: '--steps is a whole number, not "two"', command: 'up' },
  OPTIONS_CONFLICT: { first: '--to', second: '--steps', reason: '--to says the last version, --steps how many.' },
  DATABASE_NOT_GIVEN: { candidates: ['app.db'] },
  DATABASE_NOT_FOUND: { database: 'data/nots.db', suggestion: 'data/notes.db' },
  DATABASE_NOT_CHOSEN: { names: ['settings', 'graph'], file: 'dunlin.config.json' },
  DATABASE_NAME_UNKNOWN: {
    name: 'settigns',
    names: ['settings', 'graph'],
    file: 'dunlin.config.json',
    suggestion: 'settings',
  },
  CONFIG_NEEDED: { option: '--all', directory: '/srv/app' },
  CONFIG_NOT_FOUND: { file: 'config/dunlin.json' },
  CONFIG_AMBIGUOUS: { files: ['dunlin.config.ts', 'dunlin.config.json'] },
  CONFIG_UNREADABLE: { file: 'dunlin.config.json', reason: 'Unexpected token } in JSON at position 41' },
  CONFIG_INVALID: {
    file: 'dunlin.config.json',
    problems: [
      '`migration` is unknown; did you mean `migrations`?',
      '`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is "30s"',
    ],
  },
  CONFIRMATION_NEEDED: { what: 'Rolling back 004_split_names on app.db', flag: '--yes' },
  DECLINED: { what: 'Rolling back 004_split_names on app.db' },
  INTERRUPTED: {},
  FILE_EXISTS: { file: 'migrations/004_tags.sql' },
  MIGRATION_NAME_EMPTY: { name: '!!!' },
  TRY_ELSEWHERE: { file: 'drafts/007_tidy.sql', directory: 'migrations' },

  // What check finds by trying
  FAILS_ON_EMPTY: { ...tried, reason: `${id} failed: no such table: nots`, advice: '' },
  FAILS_ON_ROWS: {
    ...tried,
    reason: `${id} failed: UNIQUE constraint failed: notes.title`,
    advice: '',
    rows: ["notes (id 1, title 'made up title 1')"],
  },
  FAILS_ON_DATA: {
    id,
    where: 'a copy of app.db',
    reason: `${id} failed: UNIQUE constraint failed: notes.title`,
    advice: 'Correct the statement and run again.',
  },
  DOWN_FAILS: { ...tried, reason: `${id} failed: no such index: idx_notes`, advice: '' },
  DOWN_DIFFERS: { ...tried, lines: ['index idx_notes is missing', 'column users.nick is left behind'] },
  UP_AGAIN_FAILS: { ...tried, reason: `${id} failed: UNIQUE constraint failed: roles.name`, advice: '' },
  UP_AGAIN_DIFFERS: { ...tried, lines: ['table roles: 3 rows after the first up, 6 after the second'] },
};

/** More facts for texts that depend on them. */
export const variants: { readonly [C in ErrorCode]?: readonly Facts<C>[] } = {
  DIRECTORY_NOT_FOUND: [{ directory: '/srv/app/migrations', absolute: '/srv/app/migrations' }],
  FILE_NAME_INVALID: [
    { file: '2024-03-13_users.sql', fact: '"-" follows the version, not "_"', suggestion: undefined },
  ],
  VERSION_DUPLICATE: [{ version: 2, files: ['002_a.js', '002_a.ts', '2_a.mjs'], free: '003', sameName: true }],
  NOT_UTF8: [{ at, found: 'the byte 0xFF', guess: undefined }],
  DIRECTIVE_UNKNOWN: [
    { at, directive: 'fast', suggestion: undefined, known: ['destructive', 'no-transaction', 'foreign-keys on'] },
    { at, directive: '', suggestion: undefined, known: ['destructive', 'no-transaction', 'foreign-keys on'] },
  ],
  UP_MISSING: [
    { file: '003_slugs.ts', exports: [], suggestion: undefined },
    { file: '003_slugs.ts', exports: ['helper'], suggestion: undefined },
  ],
  DEFINITION_KEY_UNKNOWN: [{ file: '003_slugs.ts', key: 'priority', suggestion: undefined, known: ['up', 'down'] }],
  MODULE_FAILED: [
    { file: '003_slugs.ts', reason: 'The environment is not set up!' },
    { file: '003_slugs.js', reason: "Unexpected token 'export'" },
  ],
  LEDGER_FOREIGN: [{ table: 'migrations', missing: [], columns: ['id', 'filename'], looksLike: undefined }],
  LEDGER_DUPLICATE: [{ table: 'migrations', version: 2, rows: ['roles', 'tags', 'notes'] }],
  MIGRATION_EDITED: [
    { id, version: 7, file, appliedAt: '2026-11-20T08:15:30.000Z', recorded: '', present: 'unreadable' },
  ],
  DATABASE_AHEAD: [{ database, versions: ['1 users'], newest: 'none' }],
  VERSION_UNKNOWN: [{ version: 9, known: [] }],
  DATABASE_FOLDER_MISSING: [{ database, folder: "/srv/it's here" }],
  DATABASE_VANISHED: [
    {
      database,
      missing: false,
      evidence: '/srv/app.db-backups holds backups of it',
      move: '/srv/app.db-backups',
      backup: '20261121T091204123Z-before-0003',
    },
  ],
  DATABASE_NOT_SQLITE: [{ database, bytes: undefined }],
  DATABASE_READONLY: ['', '_DBMOVED', '_ROLLBACK', '_RECOVERY', '_CANTLOCK', '_CANTINIT'].map((extension) => ({
    database,
    code: `SQLITE_READONLY${extension}`,
  })),
  HANDLE_UNKNOWN: [{ given: 'null', advice: undefined }],
  BRIDGE_NOT_SYNC: [
    { driver: 'mine', method: 'query' },
    { driver: 'app.db', method: 'open' },
  ],
  VALUE_NOT_BINDABLE: [{ given: 'a symbol', advice: undefined }],
  PARAMETER_COUNT: [
    { sql: 'SELECT ?', expected: 1, given: 0, positional: true },
    { sql: `SELECT :a,\n ${'b, '.repeat(50)} c`, expected: 1, given: 0, positional: false },
  ],
  STATEMENT_NOT_SINGLE: [{ sql: '-- nothing', statements: 0 }],
  SCHEMA_VERSION_DAMAGED: [
    {
      database,
      fact: 'says 1.0.0, but the newest version that is recorded as applied is 1.1.0',
      differs: { recorded: '1.1.0', lower: true },
    },
    {
      database,
      fact: 'says 1.2.0, but the newest version that is recorded as applied is 1.1.0',
      differs: { recorded: '1.1.0', lower: false },
    },
  ],
  STATEMENT_FAILED: [
    { ...refused, reason: 'FOREIGN KEY constraint failed', foreignKeys: true },
    { ...refused, reason: 'out of memory', undone: false },
    { ...refused, reason: 'table users already exists' },
    { ...refused, reason: 'duplicate column name: role', direction: 'down' },
    { ...refused, reason: 'error in view open_notes: no such table: main.notes' },
    { ...refused, reason: 'error in trigger notes_touch after drop column: no such column: done' },
  ],
  FUNCTION_FAILED: [{ id, direction: 'up', reason: 'table users already exists, in "CREATE TABLE users (id)"' }],
  VERIFICATION_FAILED: [
    { id, query: 'verify()', value: 'it returned false', outcome: 'kept' },
    { id, query: 'users has the column role', value: 'result 0', outcome: 'refused' },
  ],
  TRANSACTION_LOST: [{ id, reason: 'it succeeded, but no transaction is open after it', number: 0 }],
  BACKUP_NOT_FOUND: [{ database, folder: '.', asked: 'moved.db', known: [], exists: true }],
  COMMIT_UNPROVEN: [
    { database, findings: ['database disk image is malformed'], backup: undefined, recovery: undefined },
    {
      database,
      findings: ['database disk image is malformed'],
      backup: '20261121T091204123Z-before-0003',
      recovery: { reason: 'another program has written to the database since' },
    },
  ],
  LOCKED: [{ database, waitedMs: 250, holder: undefined, doing: 'commit' }],
  INTEGRITY_FAILED: [{ database, findings: ['a', 'b', 'c', 'd', 'e'] }],
  ONE_STATEMENT: [{ id, found: 0 }],
  OBJECT_BROKEN: [{ id, direction: 'down', lines: ['view open_notes no longer compiles (no such column: done)'] }],
  ROWS_LOST: [
    { ...losses, direction: 'down' },
    { ...losses, code: true, names: ["o'clock", 'users.email'] },
    { ...losses, names: ['order items', 'users.email'] },
  ],
  FOREIGN_KEYS_VIOLATED: [
    {
      id,
      direction: 'down',
      code: true,
      lines: ['comments now refers to users_old, which does not exist'],
      deletes: true,
    },
    {
      id,
      direction: 'up',
      code: false,
      lines: ['1 row of comments refers to a row of posts that does not exist (0 before)'],
      deletes: false,
    },
  ],
  FOREIGN_KEYS_DROP: [{ id, direction: 'down', code: true, table: 'users', children: ['notes'] }],
  OPTION_INVALID: [
    { problems: ['`atomc` is unknown (did you mean `atomic`?)', '`lockTimeoutMs` must be a number; it is "30s"'] },
    { problems: ['The options must be an object; they are null'] },
  ],
  COMMAND_UNKNOWN: [{ command: 'xyzzy', suggestion: undefined }],
  OPTION_UNKNOWN: [
    { command: undefined, option: '--xyzzy', suggestion: undefined },
    { command: 'up', option: '--xyzzy', suggestion: undefined },
  ],
  USAGE: [
    { fact: '--driver needs a value', command: undefined },
    {
      fact: '`dunlin up` has no place for the argument "3"',
      command: 'up',
      usage: 'dunlin up [options]',
      suggestion: 'dunlin up --to 3',
    },
  ],
  DATABASE_NOT_FOUND: [{ database, suggestion: undefined }],
  CONFIRMATION_NEEDED: [{ what: 'Deleting everything in data/app.db', flag: '--confirm app.db' }],
  DATABASE_NOT_GIVEN: [{ candidates: [] }],
  DATABASE_NAME_UNKNOWN: [{ name: 'x', names: ['settings'], file: 'dunlin.config.json', suggestion: undefined }],
  CONFIG_INVALID: [{ file: 'dunlin.config.json', problems: ['it must export an object as its default'] }],
};
