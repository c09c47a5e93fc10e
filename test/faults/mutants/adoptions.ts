import { edit, test, type Mutant } from './mutant.ts';

/** Mutants of what takes over another tool's records, and writes them. */
export const ofAdoptions: readonly Mutant[] = [
  {
    name: 'a database is adopted although its schema differs',
    breaks: 'later migrations meet another schema than they expect',
    edits: [
      edit(
        'operations/adopt.ts',
        'found.differences.length > 0 && options.acceptDifferences !== true',
        'false as boolean',
      ),
    ],
    caughtBy: [test('ledger/adopt.test.ts', 'refuses a schema that the migrations do not make')],
  },
  {
    name: 'what was compared without the lock is not compared again',
    breaks: 'what another process did in between is recorded unseen',
    edits: [edit('operations/adopt.ts', '  refuseChanged(context.database, found, now);\n', '')],
    caughtBy: [test('ledger/adopt.test.ts', 'records nothing if something else is there by the time of the lock')],
  },
  {
    name: 'an export deletes what Dunlin has never applied',
    breaks: 'the other tool runs its migrations a second time',
    edits: [
      edit(
        'operations/export.ts',
        "!isApplied(found, migration) && how.of(migration) === 'down'",
        '!isApplied(found, migration)',
      ),
    ],
    caughtBy: [test('ledger/adopt.test.ts', 'does not delete the records of migrations that Dunlin has not applied')],
  },
];
