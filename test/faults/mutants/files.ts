import { edit, test, unit, type Mutant } from './mutant.ts';

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
  {
    name: 'the folder of backups is for all who may enter the folder of the database',
    breaks: 'a backup is put there by someone who may not write the database',
    edits: [edit('node/files.ts', 'reach(database.mode) & beside.mode', 'beside.mode')],
    caughtBy: [unit('node/files.test.ts', 'makes a folder beside one of mode 511, for a file of mode 420')],
  },
  {
    name: 'a database that cannot be renamed is written over from its beginning on',
    breaks: 'a death in the middle leaves a database that lacks pages and seems to be whole',
    edits: [edit('node/files.ts', 'let done = at === 0 ? beginning.length : 0;', 'let done = 0;')],
    caughtBy: [unit('node/files.test.ts', 'writes the beginning last, when the rest is on the disk')],
    needs: 'strace',
  },
  {
    name: 'a damaged database that cannot be renamed is not copied aside',
    breaks: 'what could still have been saved of it is gone',
    edits: [
      edit(
        'restore/replace.ts',
        "      yield* file('copy', `${path}${ending}`, `${target}${ending}`, path);\n",
        "      yield* file('stat', path);\n",
      ),
    ],
    caughtBy: [test('backup/restore.test.ts', 'that cannot be renamed is copied aside and written in place')],
  },
  {
    name: 'whatever is thrown is handled as it is',
    breaks: 'a Proxy that cannot be looked at ends the run with its transaction open',
    edits: [
      edit('errors/thrown.ts', "return new Error('it threw an object that cannot be looked at');", 'return thrown;'),
    ],
    caughtBy: [test('execute/thrown.test.ts', 'a Proxy that was revoked, is an error of Dunlin')],
  },
  {
    name: 'the latest backup is the latest whose manifest is whole',
    breaks: 'an older state is restored than the one that was asked for',
    edits: [
      edit(
        'backup/find-backup.ts',
        'latestOf(all.map((backup) => backup.id)) : id',
        "latestOf(all.filter((backup) => typeof backup.manifest !== 'string').map((backup) => backup.id)) : id",
      ),
    ],
    caughtBy: [test('backup/restore.test.ts', 'the latest, whose manifest is no JSON')],
  },
  {
    name: 'every file that ends in .tmp counts as one of a dead run',
    breaks: 'files of the user are removed',
    edits: [
      edit('backup/name.ts', 'return isOfBackup(unfinishedName.exec(name)?.[1]);', 'return unfinishedName.test(name);'),
    ],
    caughtBy: [test('backup/faults.test.ts', 'removes what dead runs have left, and nothing else')],
  },
  {
    name: 'what another user’s dead run has left stops a backup',
    breaks: 'the owner of the database cannot migrate',
    edits: [
      edit(
        'backup/create-backup.ts',
        "yield* ifPermitted(file('remove', `${folder}/${name}`))",
        "yield* file('remove', `${folder}/${name}`)",
      ),
    ],
    caughtBy: [test('backup/faults.test.ts', 'continues beside what dead runs of another user have left')],
  },
  {
    name: 'housekeeping ends at the first backup that it may not remove',
    breaks: 'the disk fills up, because one backup is of another user',
    edits: [
      edit(
        'backup/apply-retention.ts',
        'yield* ifPermitted(removeBackup(location, backup))',
        '(yield* removeBackup(location, backup), undefined)',
      ),
    ],
    caughtBy: [test('backup/store.test.ts', 'keeps what it may not remove or compress')],
  },
  {
    name: 'a row of another tool’s format is found by its number',
    breaks: 'a file that lands between applied ones passes for one of them, and never runs',
    edits: [
      edit(
        'ledger/layouts/by-identity.ts',
        'claim(row, byId.get(row.name));',
        'claim(row, migrations.find(({ version }) => version === row.version));',
      ),
    ],
    caughtBy: [test('formats/drizzle.test.ts', 'runs what comes between applied ones out of order')],
  },
  {
    name: 'one pair makes a folder that of another tool',
    breaks: 'all other migrations are left out',
    edits: [
      edit(
        'source/formats/read-format.ts',
        '  if (because !== undefined && !certain.test(because) && isOwn(folder, migrations)) return undefined;\n',
        '',
      ),
    ],
    caughtBy: [test('formats/reading.test.ts', 'is read as Dunlin’s own where most files are named like that')],
  },
  {
    name: 'a warning of Prisma counts wherever it stands',
    breaks: 'a comment within a file declares a loss',
    edits: [
      edit(
        'source/formats/directories.ts',
        "const comment = /^(?:\\s*--[^\\n]*\\n)*\\s*\\/\\*[^]*?\\*\\//.exec(text)?.[0] ?? '';",
        'const comment = text;',
      ),
    ],
    caughtBy: [test('formats/directories.test.ts', 'a loss without a warning at the head of the file is refused')],
  },
  {
    name: 'markers in other tools’ files are comments',
    breaks: 'a DOWN part runs as UP',
    edits: [edit('migration/sql-migration.ts', '  reportMisleading(script, part, back);\n', '')],
    caughtBy: [test('formats/misleading.test.ts', 'is refused where the DOWN file has what would run up')],
  },
  {
    name: 'a template is copied as it is on the disk',
    breaks: 'a full disk or a crash leaves tests a database that is not whole',
    edits: [
      edit(
        'node/testing/template-cache.ts',
        '      if (!content.subarray(-digestBytes).equals(digestOf(bytes))) return undefined;\n',
        '',
      ),
    ],
    caughtBy: [test('testing/template-cache.test.ts', 'because it is one bit off is made anew')],
  },
];
