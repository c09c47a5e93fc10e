/**
 * SQLite's result codes (https://sqlite.org/rescode.html). An extended code is its primary code plus 256 times a
 * number, so each primary code lists the names of its numbers 1, 2, 3 ...; `-` is a number that SQLite skips.
 */
const table: Readonly<Record<number, string>> = {
  1: 'ERROR: MISSING_COLLSEQ RETRY SNAPSHOT RESERVESIZE KEY UNABLE',
  2: 'INTERNAL',
  3: 'PERM',
  4: 'ABORT: - ROLLBACK',
  5: 'BUSY: RECOVERY SNAPSHOT TIMEOUT',
  6: 'LOCKED: SHAREDCACHE VTAB',
  7: 'NOMEM',
  8: 'READONLY: RECOVERY CANTLOCK ROLLBACK DBMOVED CANTINIT DIRECTORY',
  9: 'INTERRUPT',
  10:
    'IOERR: READ SHORT_READ WRITE FSYNC DIR_FSYNC TRUNCATE FSTAT UNLOCK RDLOCK DELETE BLOCKED NOMEM ACCESS ' +
    'CHECKRESERVEDLOCK LOCK CLOSE DIR_CLOSE SHMOPEN SHMSIZE SHMLOCK SHMMAP SEEK DELETE_NOENT MMAP GETTEMPPATH CONVPATH ' +
    'VNODE AUTH BEGIN_ATOMIC COMMIT_ATOMIC ROLLBACK_ATOMIC DATA CORRUPTFS IN_PAGE BADKEY CODEC',
  11: 'CORRUPT: VTAB SEQUENCE INDEX',
  12: 'NOTFOUND',
  13: 'FULL',
  14: 'CANTOPEN: NOTEMPDIR ISDIR FULLPATH CONVPATH DIRTYWAL SYMLINK',
  15: 'PROTOCOL',
  16: 'EMPTY',
  17: 'SCHEMA',
  18: 'TOOBIG',
  19: 'CONSTRAINT: CHECK COMMITHOOK FOREIGNKEY FUNCTION NOTNULL PRIMARYKEY TRIGGER UNIQUE VTAB ROWID PINNED DATATYPE',
  20: 'MISMATCH',
  21: 'MISUSE',
  22: 'NOLFS',
  23: 'AUTH: USER',
  24: 'FORMAT',
  25: 'RANGE',
  26: 'NOTADB',
  27: 'NOTICE: RECOVER_WAL RECOVER_ROLLBACK RBU',
  28: 'WARNING: AUTOINDEX',
};

/** The symbolic name of a numeric result code, without the extension if that is unknown. */
export function codeName(code: number): string | undefined {
  const entry = table[code & 0xff];
  if (entry === undefined) return undefined;
  const [primary, extensions = ''] = entry.split(': ');
  const extension = code >> 8 === 0 ? undefined : extensions.split(' ')[(code >> 8) - 1];
  return `SQLITE_${primary}${extension === undefined || extension === '-' || extension === '' ? '' : `_${extension}`}`;
}

/** `SQLITE_IOERR` for `SQLITE_IOERR_WRITE`: primary codes have one word. */
export function primaryCode(code: string): string {
  return /^SQLITE_[A-Z]+/.exec(code)?.[0] ?? 'SQLITE_ERROR';
}
