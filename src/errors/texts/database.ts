import { count, ended, plural, size } from '../text.ts';
import { typed } from '../typed.ts';

interface PageLimitParams {
  readonly database: string;
  readonly limit: number;
  readonly used: number;
  readonly pageSize: number;
}

/** True whether the failure came before the first statement or in the middle of a run. */
const uncommitted = 'What was not committed is undone.';

/** Texts about databases, drivers, and what passes between Dunlin and them. */
export const databaseTexts = {
  DATABASE_IS_DIRECTORY: {
    meaning: 'The path given for the database is a directory.',
    message: (f: { database: string }): string => `${f.database} is a directory, not a database.`,
    hint: (f: { example: string }): string => `Nothing was changed. Give the path of a file, such as ${f.example}.`,
  },
  DATABASE_FOLDER_MISSING: {
    meaning: 'The folder that the database would be in does not exist. SQLite creates files, not folders.',
    message: (f: { database: string; folder: string }): string =>
      `${f.database} cannot be created: the folder ${f.folder} does not exist.`,
    hint: (f: { folder: string }): string =>
      `Nothing was changed. If the path is right, make the folder with \`mkdir -p ${typed(f.folder)}\`.`,
  },
  DATABASE_VANISHED: {
    meaning:
      'A missing or empty database file is usually a new database. Here something lies beside it that shows there was one: backups, or a write-ahead log with changes that SQLite would delete on opening. Starting afresh would hide the loss.',
    message: (f: { database: string; missing: boolean; evidence: string }): string =>
      `${f.database} ${f.missing ? 'does not exist' : 'is empty (0 bytes)'}, but ${f.evidence}: a database was here.`,
    hint: (f: { move: string; backup: string | undefined }): string =>
      `Nothing was created or changed. Put the database back, or ${f.backup === undefined ? 'restore a backup' : `bring the newest backup back with \`dunlin backup restore ${f.backup}\``}. If you want a new database, move ${f.move} away first.`,
  },
  DATABASE_REPLACED: {
    meaning:
      'While Dunlin had the database open, something moved, removed or replaced its file (or its -wal) beside SQLite: a deployment, a sync program, a script, `mv`. SQLite keeps working on the file that it opened, which now has another name, or none and is deleted when the last program closes it. So the run does not report success.',
    message: (f: { database: string; path: string; found: 'nothing' | 'another' | 'log'; moment: string }): string => {
      const doing = f.moment === 'after' ? ', and the last commit went into the file that was opened' : '';
      return f.found === 'nothing'
        ? `${f.database} was moved or removed while it was open: nothing is at ${f.path} now${doing}.`
        : f.found === 'another'
          ? `${f.database} was replaced while it was open: another file is at ${f.path} now${doing}.`
          : `The write-ahead log of ${f.database} was moved or removed while it was open: the one at ${f.path} is not the one in use${doing}.`;
    },
    hint: (f: { found: 'nothing' | 'another' | 'log'; moment: string }): string => {
      const fate =
        f.moment !== 'after'
          ? `${uncommitted} What was committed before is in the file that was opened.`
          : f.found === 'log'
            ? 'What was committed is not visible to other programs.'
            : `What was committed is not in ${f.found === 'another' ? 'the file that is there now' : 'any file of that name'}.`;
      return `${fate} Stop what replaces the file, and every program that still has the old one open. See that the right file is at its path, and run the command again; \`dunlin backup list\` shows the backups from before.`;
    },
  },
  DATABASE_HARD_LINKED: {
    meaning:
      'The database file has several names (hard links). SQLite names its journal after the name it was opened by, so a crash under one name is not recovered under another, and the database is damaged.',
    message: (f: { database: string; links: number }): string => `${f.database} has ${f.links} names (hard links).`,
    hint: (f: { database: string }): string =>
      `Nothing was changed. Keep one name: \`find . -samefile ${typed(f.database)}\` lists them. A symbolic link is fine.`,
  },
  DATABASE_NOT_SQLITE: {
    meaning:
      'The file is not an SQLite database, or it is encrypted. A file of 1 to 511 bytes cannot be one: the smallest has 512.',
    message: (f: { database: string; bytes: number | undefined }): string =>
      `${f.database} is not an SQLite database${f.bytes === undefined ? ', or it is encrypted' : `: it has only ${plural(f.bytes, 'byte')}`}.`,
    hint: (): string =>
      "Nothing was changed. Check the path. A file that was cut off must come back from a backup; an encrypted one needs a driver that can read it, such as `driver: 'better-sqlite3-multiple-ciphers'`, and its key: `prepare: (connection) => connection.pragma(...)`, for the command line the variable DATABASE_KEY or DATABASE_KEY_COMMAND.",
  },
  DATABASE_CORRUPT: {
    meaning: 'SQLite found the database damaged: a page is missing or malformed.',
    message: (f: { database: string; code: string; reason: string }): string =>
      `${f.database} is damaged: ${f.reason} (${f.code}).`,
    hint: (f: { database: string }): string =>
      `${uncommitted} Stop every program that uses the file. \`dunlin backup restore latest\` puts the newest backup in its place, and keeps the damaged file beside it. Without a backup copy the file with its -wal or -journal first; then \`sqlite3 ${typed(f.database)} .recover | sqlite3 rescued.db\` saves what can still be read.`,
  },
  DATABASE_READONLY: {
    meaning:
      'The database cannot be written. SQLite needs to write the file and also to create a journal beside it, so the folder must be writable as well.',
    message: (f: { database: string; code: string }): string => `${f.database} ${readonlyFact(f.code)} (${f.code}).`,
    hint: (f: { code: string }): string =>
      f.code === 'SQLITE_READONLY_DBMOVED'
        ? `${uncommitted} Close the connection and open the database again where it is now.`
        : `${uncommitted} Give the user who runs this the right to write both the file and its folder (\`ls -ld\`, \`chown\`, \`chmod u+w\`), and see that the file system is not mounted read-only.`,
  },
  DATABASE_CANNOT_OPEN: {
    meaning:
      'The operating system did not let SQLite open the database or a file beside it, or the path is not a regular file.',
    message: (f: { database: string; reason: string }): string => `${f.database} cannot be opened: ${ended(f.reason)}`,
    hint: (): string =>
      `${uncommitted} Check the path, and that the user who runs this may read and write the file and its folder.`,
  },
  DISK_FULL: {
    meaning: 'The disk that the database is on has no room left, or a quota is used up.',
    message: (f: { database: string }): string =>
      `There is no room left for ${f.database}: the disk or a quota is full.`,
    hint: (): string => `${uncommitted} Make room on that disk, and where temporary files are kept, then run again.`,
  },
  DATABASE_PAGE_LIMIT: {
    meaning:
      'The connection has a limit for the size of the database, `PRAGMA max_page_count`, and a statement needed more. The limit is not in the file: the application has set it on its connection, `prepare` has, or the migration itself. The disk has room.',
    message: (f: PageLimitParams): string =>
      `${f.database} may not grow beyond ${plural(f.limit, 'page')} of ${f.pageSize} bytes (${size(f.limit * f.pageSize)}): that is the connection's max_page_count. It has ${count(f.used)}, and a statement needed more than the ${count(f.limit - f.used)} left.`,
    hint: (f: PageLimitParams): string =>
      `${uncommitted} Set a higher limit where this one is set: on the connection that the application passes, in \`prepare\`, or in the migration (\`PRAGMA max_page_count = ${f.limit * 2}\` doubles it). Then run again.`,
  },
  TEMPORARY_FOLDER_FULL: {
    meaning:
      'There is no room left in the folder for temporary files, where Dunlin makes copies and scratch databases to try migrations on: `TMPDIR`, or `/tmp`; SQLite itself puts its files into `SQLITE_TMPDIR`. The migrations were not tried.',
    message: (f: { folder: string; free: number }): string =>
      `The folder for temporary files, ${f.folder}, has too little room: ${size(f.free)} are free now, and the database to try migrations on needs more.`,
    hint: (f: { other: string | undefined }): string =>
      `Nothing was changed: that database was a copy or an empty one, and was deleted. Make room in the folder, or ${
        f.other === undefined
          ? 'name one that has room with the variables TMPDIR and SQLITE_TMPDIR'
          : `name one that has room: \`export TMPDIR=${typed(f.other)} SQLITE_TMPDIR=${typed(f.other)}\``
      }. Then run again.`,
  },
  TEMPORARY_FOLDER_MISSING: {
    meaning:
      'SQLite found no folder for its temporary files: it uses them to sort and for VACUUM. It tries SQLITE_TMPDIR, TMPDIR, /var/tmp, /usr/tmp, /tmp and the current folder, and takes the first that this user can write to.',
    message: (f: { database: string }): string =>
      `SQLite found no folder for the temporary files that ${f.database} needs: this user cannot write to any of those that it tries.`,
    hint: (): string =>
      `${uncommitted} Name one that this user can write to and that has room: \`export SQLITE_TMPDIR=/var/tmp\`, then run again. SQLite reads that variable when the process starts.`,
  },
  DISK_ERROR: {
    meaning: 'The operating system reported an error while SQLite read or wrote the database.',
    message: (f: { database: string; code: string }): string =>
      `Reading or writing ${f.database} failed with a disk error (${f.code}).`,
    hint: (f: { code: string; outcome?: 'committed' | 'undone' | 'unknown' }): string => {
      const became = {
        committed: 'What was committed is in the database all the same: it was read again after the error.',
        undone: 'What was not committed is undone: the database was read again after the error.',
        unknown:
          'What was committed is kept; it is not known whether the last commit succeeded: `dunlin status` reads it again.',
        none: uncommitted,
      }[f.outcome ?? 'none'];
      const cause =
        f.code === 'SQLITE_IOERR_DELETE_NOENT'
          ? 'Something removed the -journal beside the database, without which a crash damages it: stop that (a migration, a program that cleans up)'
          : 'Look for the cause (`dmesg`; the network, if the file is on another machine), copy the file to a safe place';
      return `${became} ${cause}, then run again.`;
    },
  },
  DATABASE_LOCKED: {
    meaning:
      'Another connection has the database locked. The lock ends with the process that holds it, however it ends.',
    message: (f: { database: string }): string => `${f.database} is locked by another connection.`,
    hint: (): string => `${uncommitted} Close other programs that use it, or try again later.`,
  },
  DATABASE_URL_INVALID: {
    meaning: 'What was given as the database is neither a path nor a URL that names a file.',
    message: (f: { given: string; reason: string }): string =>
      `${JSON.stringify(f.given)} does not name a database: ${f.reason}.`,
    hint: (): string =>
      'Nothing was changed. Give a path (data/app.db), sqlite:data/app.db, file:./data/app.db, file:///srv/app.db, or :memory:.',
  },
  DATABASE_IN_MEMORY: {
    meaning:
      '`migrate` and `migrateSync` open a path on a connection of their own and close it at the end. A database in memory belongs to one connection, so it would be migrated and gone.',
    message: (f: { given: string }): string =>
      `${JSON.stringify(f.given)} would be migrated and then be gone: a database in memory ends with its connection.`,
    hint: (): string =>
      'Nothing was run. Give the open connection that is to have the tables: `migrate({ database: db, migrations })`. A test gets a migrated database from `migratedDatabase` of dunlin/testing.',
  },
  DATABASE_URL_READONLY: {
    meaning: 'The URL of the database says `mode=ro`, and the command writes.',
    message: (f: { given: string }): string => `${f.given} says mode=ro: the database must not be written.`,
    hint: (): string =>
      'Nothing was changed. Leave `mode=ro` out; `status`, `plan`, `check` and `history` work with it.',
  },
  URL_NOT_SQLITE: {
    meaning: 'The database URL is for another database system. Dunlin migrates SQLite only.',
    // Never the whole URL: it may hold a password.
    message: (f: { scheme: string }): string =>
      `The database URL begins with ${f.scheme}:, which is not SQLite; Dunlin migrates SQLite databases only.`,
    hint: (): string =>
      'Nothing was changed. If DATABASE_URL belongs to something else, give the path of the SQLite file with --database or DATABASE_PATH.',
  },
  NO_DRIVER: {
    meaning:
      'Opening a database by path needs an SQLite driver, and none was found. Node has one built in from version 22.18; otherwise one of two packages is needed.',
    message: (f: { runtime: string; tried: readonly string[] }): string =>
      `No SQLite driver is available on ${f.runtime}: ${f.tried.join('; ')}.`,
    hint: (f: { install: string }): string =>
      `Nothing was changed. Type \`npm install ${f.install}\`, or use Node 22.18 or later.`,
  },
  DRIVER_UNKNOWN: {
    meaning: 'The `driver` option names a driver that Dunlin cannot open databases with.',
    message: (f: { driver: string; known: readonly string[] }): string =>
      `There is no driver ${JSON.stringify(f.driver)}; there are ${f.known.join(', ')}.`,
    hint: (): string =>
      'Nothing was changed. Leave the option out to have one chosen. For any other driver, write a bridge of a few lines and give that.',
  },
  DRIVER_UNUSABLE: {
    meaning: 'The driver that was asked for is not installed, was built for another Node, or would crash this one.',
    message: (f: { driver: string; reason: string }): string =>
      `The driver ${f.driver} cannot be used: ${ended(f.reason)}`,
    hint: (f: { remedy: string }): string =>
      `Nothing was changed. ${f.remedy}, or leave the option \`driver\` out to have another one chosen.`,
  },
  EXTENSION_FAILED: {
    meaning: 'An extension of SQLite that was named could not be loaded into a connection.',
    message: (f: { path: string; entryPoint: string | undefined; reason: string }): string =>
      `The extension ${f.path}${f.entryPoint === undefined ? '' : ` (entry point ${f.entryPoint})`} could not be loaded: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed. Check the path, that the library is built for this system, and, where its name is not that of its file, the entry point (`extensions: [{ path, entryPoint }]`).',
  },
  DOUBLE_QUOTES_UNSUPPORTED: {
    meaning:
      'The option `doubleQuotedStrings` was given, and the driver, or each that is installed, is built so that text in double quotes is always a name (sqlite.org/quirks.html, section 8).',
    message: (f: { driver: string | undefined }): string =>
      f.driver === undefined
        ? 'No installed driver can read text in double quotes as a string, as `doubleQuotedStrings` asks for.'
        : `${f.driver} cannot read text in double quotes as a string: it is built without that, and \`doubleQuotedStrings\` cannot change it.`,
    hint: (): string =>
      "Nothing was changed. Install a driver that can, and name it in the options:\n    npm install @photostructure/sqlite@1\n    driver: '@photostructure/sqlite'\nNode 22.16 or later has one itself: `driver: 'node:sqlite'`. Or leave the option out and write the text in single quotes: `npx dunlin fix-quotes`.",
  },
  PREPARE_FAILED: {
    meaning:
      'The function `prepare`, which makes a connection ready to read the database, threw or returned a promise.',
    message: (f: { reason: string }): string => `The function \`prepare\` failed: ${ended(f.reason)}`,
    hint: (): string =>
      'Nothing was changed by this. It is called for each connection that is opened, with the connection of the driver and with `{ file }`, which is empty for a database in memory. Correct it, and run again.',
  },
  KEY_UNUSABLE: {
    meaning:
      'A key for an encrypted database was given by the environment, and it cannot be used: the command that prints it failed, or the driver cannot encrypt. Such a driver ignores the key, and a new database would not be encrypted.',
    message: (f: { variable: string; reason: string }): string =>
      `The key from ${f.variable} cannot be used: ${ended(f.reason)}`,
    hint: (f: { install: string | undefined }): string =>
      f.install === undefined
        ? 'Nothing was changed. Correct the command: it has to print the key, and nothing else, on its first line.'
        : `Nothing was changed. Type \`npm install ${f.install}\`, and leave --driver (\`driver\`) out or name better-sqlite3-multiple-ciphers; or unset the variable if the database is not encrypted.`,
  },
  TEMPORARY_HIDES: {
    meaning:
      'The existing connection has a temporary table or view with the name of one in the database. Statements that name it mean the temporary one, so what migrations write would go there and end with the connection.',
    message: (f: { type: string; name: string }): string =>
      `The connection has a temporary ${f.type} ${f.name}, which hides the ${f.name} of the database.`,
    hint: (f: { type: string; name: string }): string =>
      `${uncommitted} Migrate before the application makes temporary objects, drop it first (\`DROP ${f.type.toUpperCase()} temp.${f.name}\`), or give the path of the database instead of the connection.`,
  },
  HANDLE_UNKNOWN: {
    meaning: 'The value for the database is neither a path nor an open connection of a driver that Dunlin knows.',
    message: (f: { given: string }): string => `${f.given} cannot be used as the database.`,
    hint: (f: { advice: string | undefined; accepted?: string }): string =>
      `Nothing was changed. ${f.advice === undefined ? '' : `${f.advice} `}Give ${f.accepted ?? 'a path, an open Database of better-sqlite3, an open DatabaseSync of node:sqlite, an open Database of bun:sqlite'}, or your own DatabaseBridge.`,
  },
  HANDLE_CLOSED: {
    meaning: 'The existing connection, which was given as the database, is closed.',
    message: (f: { driver: string }): string => `The ${f.driver} connection is closed.`,
    hint: (): string => 'Nothing was changed. Migrate before you close it, or give the path of the database.',
  },
  VFS_UNSAFE: {
    meaning:
      'This version of sqlite-wasm never rolls back what a tab that was closed in the middle of a transaction has left in the origin private file system: a part of the changes stays, or the database is damaged.',
    message: (f: { vfs: string; version: string }): string =>
      `The VFS ${f.vfs} of sqlite-wasm ${f.version} does not roll back what a tab has left that was closed in the middle of a transaction.`,
    hint: (f: { since: string }): string =>
      `Nothing was changed. Update @sqlite.org/sqlite-wasm to ${f.since} or later.`,
  },
  LOCKS_MISSING: {
    meaning:
      'This browser has no Web Locks (`navigator.locks`), or the page is not served over HTTPS, so two tabs could migrate at the same moment.',
    message: (f: { name: string }): string =>
      `There are no Web Locks here, so nothing keeps two tabs from migrating ${f.name} at the same moment.`,
    hint: (): string =>
      'Nothing was opened. Serve the page over HTTPS or from localhost. If the database locks itself, as a file of OPFS does, give `{ ownLock: true }` as the third argument of `exclusively`.',
  },
  BRIDGE_NOT_SYNC: {
    meaning:
      'A synchronous call (`migrateSync`, `upSync`) needs a driver that answers at once, and this one answers with promises.',
    message: (f: { driver: string; method: string | undefined }): string =>
      f.method === undefined
        ? `The driver ${f.driver} is asynchronous, so it cannot migrate synchronously.`
        : f.method === 'open'
          ? `${f.driver} is opened asynchronously, so it cannot be migrated synchronously.`
          : `The bridge ${f.driver} says that it is synchronous, but its ${f.method} returned a promise.`,
    hint: (f: { method: string | undefined }): string =>
      f.method === undefined || f.method === 'open'
        ? 'Nothing was changed. Await the asynchronous call (`migrate`, `up`) instead.'
        : `${uncommitted} Set \`sync: false\` in that bridge, and await the asynchronous call (\`migrate\`, \`up\`).`,
  },
  ASYNC_IN_SYNC: {
    meaning:
      'A function returned a promise in a synchronous run, which cannot wait for it. What it does after its first `await` is not part of the migration.',
    message: (f: { what: string }): string => `${f.what} returned a promise, which a synchronous run cannot wait for.`,
    hint: (f: { what: string }): string =>
      f.what.startsWith('each() ')
        ? 'The migration was rolled back. Take `async` off `each`: on a synchronous driver every call of `db` returns its value at once, and nothing of it needs an await.'
        : 'The migration was rolled back. Take `async` off the function (a synchronous driver’s calls need no await), or run with the asynchronous call (`migrate`, `up`).',
  },
  VALUE_NOT_BINDABLE: {
    meaning:
      'A value cannot be stored by SQLite as it is. Drivers treat such values differently, and some silently store NULL, so Dunlin refuses them for all.',
    message: (f: { given: string }): string =>
      `${f.given.replace(/^./, (first) => first.toUpperCase())} cannot be bound to a statement.`,
    hint: (f: { advice: string | undefined }): string =>
      `Nothing was stored. Bind null, a number, a bigint, a string, a boolean or a Uint8Array${f.advice === undefined ? '' : `: ${f.advice}`}.`,
  },
  PARAMETER_COUNT: {
    meaning:
      'The values do not fit the parameters of the statement: each `?` takes one value. Some drivers would store NULL for a missing one.',
    message: (f: { sql: string; expected: number; given: number; positional: boolean }): string =>
      f.positional
        ? `The statement has ${plural(f.expected, 'parameter')}, and ${plural(f.given, 'value')} ${f.given === 1 ? 'was' : 'were'} given: \`${excerpt(f.sql)}\`.`
        : `The statement has a named or numbered parameter: \`${excerpt(f.sql)}\`.`,
    hint: (): string => 'The statement was not run. Write `?` for each parameter, and give one value for each.',
  },
  STATEMENT_NOT_SINGLE: {
    meaning:
      'A call that runs one statement was given none or several. Some drivers would run the first and ignore the rest.',
    message: (f: { sql: string; statements: number }): string =>
      `Expected one statement and found ${f.statements === 0 ? 'none' : count(f.statements)}: \`${excerpt(f.sql)}\`.`,
    hint: (): string => 'None of it was run. Use exec() for several statements, or make one call for each.',
  },
  LISTENER_FAILED: {
    meaning: 'The function that listens to events threw. The run completed; this error was thrown after it.',
    message: (f: { event: string; reason: string }): string =>
      `The run completed, but the listener threw at ${f.event}: ${ended(f.reason)}`,
    hint: (): string => 'The database is as the run left it; nothing has to be repeated. Correct the listener.',
  },
};

function readonlyFact(code: string): string {
  switch (code) {
    case 'SQLITE_READONLY_DIRECTORY':
      return 'cannot be written: no journal can be created in its folder';
    case 'SQLITE_READONLY_DBMOVED':
      return 'was moved or deleted while it was open';
    case 'SQLITE_READONLY_ROLLBACK':
    case 'SQLITE_READONLY_RECOVERY':
      return 'needs to recover from a crash first, and cannot be written';
    case 'SQLITE_READONLY_CANTLOCK':
    case 'SQLITE_READONLY_CANTINIT':
      return 'is in WAL mode, and the -shm file beside it cannot be written';
    default:
      return 'cannot be written: the file or its folder is read-only';
  }
}

function excerpt(sql: string): string {
  const line = sql.trim().replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}
