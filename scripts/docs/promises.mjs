// What Dunlin promises, and the suites that try to break each promise. A suite is a name that test files give to
// tried() of test/support/fault-points.ts; `npm run reliability` finds the files by it, and fails when a suite that is
// named here has tried nothing.

/** What each suite makes go wrong. */
export const suites = {
  'request sweep':
    'Every request that the engine makes fails with each error that it can have, or the process dies before or after it: in runs of every kind, on two drivers, in both journal modes',
  'strace sweep': 'The system fails or kills a real process at its nth write, fsync, truncate, unlink or rename',
  'power loss':
    'The system calls of a real run are replayed into everything that a disk may hold after a power cut: writes that were not synced are there, gone, or half there',
  'random kill': 'A run is killed with SIGKILL at a random moment, and started again',
  signals: 'Runs are stopped, continued and ended by signals, while others wait for them',
  'many processes': 'Processes start on one database at the same moment',
  'backup sweep': 'Drivers that lie about their copies, folders that cannot be used, and every request of retention',
  'backup processes':
    'Backups are made while other processes write, start at once, apply retention, and are killed; what reaches the disk is traced',
  'restore sweep': 'Every request of a restore fails, or the process dies at it, in place and where a file is replaced',
  'restore kill': 'A process that restores is killed at a random moment',
  'automatic restore':
    'Every request fails, or the process dies at it, while a run restores from its backup what a rollback cannot undo',
  'damaged files': 'Backups and databases that are cut, changed, emptied or gone',
  'odd files': 'Old journals and logs beside a file, names that are links, files that are something else',
  'bad input': 'Files that are not databases, cannot be written, are locked, or do not fit',
  'full disk': 'File systems that end at every size',
  permissions: 'Every umask and mode of a database',
  'several users':
    'Users who may read a database and not write it, groups that share one, and file systems that may only be read',
  guards:
    'Migrations that lose what they do not declare: written by hand, and random ones beside a copy without guards',
  rebuilds: 'Tables with children of every kind are rebuilt in every order that people write',
  'table changes':
    'rebuildTable changes generated schemas with data at random; the result is compared with databases created that way, on two drivers',
  'connection sweep':
    'Every request of a run with a backup fails, or the process dies at it, where connections need a key or an extension before they can read the database',
  'drift sweep':
    'Every request of a run of several transactions fails, or the process dies at it, after a change of the schema by hand',
  escapes: 'Statements, triggers and code that end their transaction, in every spelling',
  'own locks':
    'Another process tries to write at every step of a run, which holds the lock; code of a migration takes the lock away',
  'replaced files':
    'The database, its folder, its log or the link to it is moved, removed or replaced before every request of a run, and during every operation that writes',
  'nothing written': 'Files are compared byte by byte, and by their times, before and after commands that only read',
  mutants: 'The engine is broken on purpose in one place, and the suites must notice',
};

/** The most important ones first. */
export const promises = [
  {
    promise:
      'After a failure or a death at any moment, the database is in the state after a whole number of migrations',
    suites: ['request sweep', 'strace sweep', 'power loss', 'random kill', 'full disk', 'connection sweep'],
  },
  {
    promise: 'What is recorded as applied is exactly what the schema shows',
    suites: ['request sweep', 'strace sweep', 'power loss', 'random kill'],
  },
  {
    promise: 'However many processes start at once, each migration is applied once, and all of them succeed',
    suites: ['many processes', 'backup processes'],
  },
  {
    promise: 'After any death the same command is enough: there is nothing to unlock or repair',
    suites: ['request sweep', 'strace sweep', 'random kill', 'restore sweep'],
  },
  {
    promise: 'The lock of a dead process is free at once, and no other process gets the lock of a living one',
    suites: ['signals', 'random kill', 'many processes'],
  },
  {
    promise:
      'Before a run changes anything, a proven backup of exactly that state is on the disk, unless backups are off',
    suites: ['request sweep', 'backup processes', 'strace sweep', 'connection sweep'],
  },
  {
    promise: 'A file with the name of a backup is complete',
    suites: ['request sweep', 'backup sweep', 'backup processes', 'strace sweep', 'full disk'],
  },
  {
    promise: 'No write of another program that was acknowledged is lost',
    suites: ['backup processes'],
  },
  {
    promise: 'A restore brings back all or nothing, and can itself be undone',
    suites: ['restore sweep', 'restore kill', 'strace sweep', 'damaged files'],
  },
  {
    promise:
      'What a rollback cannot undo is restored from the backup of the run, unless another program has written since',
    suites: ['automatic restore'],
  },
  {
    promise: 'No old journal or log is applied to a restored file',
    suites: ['restore sweep', 'damaged files', 'odd files'],
  },
  {
    promise: 'A rebuild removes no row of another table, whatever ON DELETE says',
    suites: ['rebuilds', 'table changes', 'guards'],
  },
  {
    promise: 'No row, table, column, index, trigger, view or sequence disappears unless a migration declares it',
    suites: ['guards', 'rebuilds', 'table changes'],
  },
  {
    promise: 'A migration cannot leave its transaction unnoticed',
    suites: ['escapes'],
  },
  {
    promise: 'What was reported as done survives a loss of power',
    suites: ['power loss'],
  },
  {
    promise: 'The history has every attempt and how it ended, also of processes that died',
    suites: ['request sweep', 'random kill', 'damaged files'],
  },
  {
    promise: 'Every error has a code, and says what is true of the data and what to do',
    suites: ['request sweep', 'strace sweep', 'bad input', 'odd files', 'full disk'],
  },
  {
    promise: 'No file that Dunlin makes is readable by more people than the database',
    suites: ['permissions', 'several users'],
  },
  {
    promise: 'No run or restore succeeds if its file is no longer the one at the path',
    suites: ['replaced files'],
  },
  {
    promise: 'Dunlin never drops its own locks by reading the file, and notices on Linux when a migration does',
    suites: ['own locks'],
  },
  {
    promise: 'Commands that only read write nothing, and leave no file behind',
    suites: ['nothing written', 'several users'],
  },
  {
    promise: 'Changes of the schema by hand are reported, and no run hides them or mistakes its own work for one',
    suites: ['drift sweep'],
  },
  {
    promise: 'These suites notice an engine that is broken',
    suites: ['mutants'],
  },
];
