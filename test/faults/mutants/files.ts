import { edit, unit, type Mutant } from './mutant.ts';

const copying = 'node/reading-copy.test.ts';

export const ofFiles: readonly Mutant[] = [
  {
    name: 'a database in WAL mode is opened by readers who may not write it',
    breaks: 'what SQLite leaves beside it keeps the application from writing',
    edits: [edit('node/side-files.ts', "!mayAccess(path, 'W_OK') || ", '')],
    caughtBy: [unit('node/open-database.test.ts', 'nothing is left beside it: read-only file')],
  },
  {
    name: 'a copy for readers is made without the log',
    breaks: 'what was committed to it seems to be missing',
    edits: [edit('node/reading-copy.ts', "['', '-wal'] as const", "[''] as const")],
    caughtBy: [unit(copying, 'copies the log that a crash has left')],
  },
  {
    name: 'a copy for readers is made while others write',
    breaks: 'half of what they write is in it',
    edits: [edit('node/reading-copy.ts', 'stateOf(path).facts === before.facts', 'copied.length > 0')],
    caughtBy: [unit(copying, 'copies again when app.db'), unit(copying, 'gives up a database that never keeps still')],
  },
  {
    name: 'a copy for readers is made of a database that the process has open',
    breaks: 'its locks are gone, and another process writes at the same time',
    edits: [edit('node/reading-copy.ts', "!isUnused && mayAccess(path, 'W_OK')", "!isUnused && path === ''")],
    caughtBy: [unit(copying, 'that this process has open and may write')],
  },
];
