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
        'execute/mirror/row-table.ts',
        "!isApplied(migration) && how.of(migration) === 'down'",
        '!isApplied(migration)',
      ),
    ],
    caughtBy: [test('ledger/adopt.test.ts', 'does not delete the records of migrations that Dunlin has not applied')],
  },
  {
    name: 'the other tool’s row is written after the savepoint of its migration',
    breaks: 'a row that is refused leaves a migration of which only one of the two tables knows',
    edits: [
      edit(
        'execute/run-step.ts',
        '    if (frame.mirror !== undefined)\n      yield* frame.mirror.record(applied.filter(({ step }) => step.repeatable === undefined));\n    yield* script(`RELEASE ${savepoint}`);\n',
        '    yield* script(`RELEASE ${savepoint}`);\n    if (frame.mirror !== undefined)\n      yield* frame.mirror.record(applied.filter(({ step }) => step.repeatable === undefined));\n',
      ),
    ],
    caughtBy: [test('ledger/mirror.test.ts', 'rolls a migration back whose row the table refuses')],
  },
  {
    name: 'the guards still count the rows that the other tool’s table had before its row was written',
    breaks: 'a rollback is refused because of a row that Dunlin itself has deleted',
    edits: [edit('execute/run-step.ts', '  if (frame.mirror !== undefined) baseline.forgetRows();\n', '')],
    caughtBy: [test('ledger/mirror.test.ts', 'takes none of the rows that it deletes for a loss')],
  },
];
