import { edit, test, type Mutant } from './mutant.ts';

const runStep = 'execute/run-step.ts';
const ofSet = (title: string): ReturnType<typeof test> => test('execute/together.test.ts', title);
const ofRebuild = (title: string): ReturnType<typeof test> => test('guards/together.test.ts', title);

/** Sets that do not happen together, or are checked as if they did not. */
export const ofSets: readonly Mutant[] = [
  {
    name: 'a set is checked after each of its migrations',
    breaks: 'files that put right one file later what they lose are refused',
    edits: [
      edit(
        runStep,
        '  if (isLast) {\n    report = yield* detector.finish();\n',
        '  report = yield* detector.finish();\n  if (isLast) {\n',
      ),
    ],
    caughtBy: [ofRebuild('passes: the index and the trigger made again one file later')],
  },
  {
    name: 'each migration of a set is looked at by itself, against the state before it',
    breaks: 'what one file copies with a WHERE and the next one drops is lost in silence',
    edits: [
      edit(
        'execute/start-step.ts',
        '  return steps.map((step) => new RunningStep(step, detector, keeper, undisturbed));\n',
        '  return steps.map((step) =>\n    step === steps[0]\n      ? new RunningStep(step, detector, keeper, undisturbed)\n      : startUnit([step], baseline, context, { outOfSyncBefore, undisturbed })[0]!,\n  );\n',
      ),
    ],
    caughtBy: [ofRebuild('is refused after its last file: a copy with a WHERE')],
  },
  {
    name: 'each migration of a set is kept when a later one fails',
    breaks: 'the database is left in the middle of a rebuild, with nothing recorded of it',
    edits: [
      edit(
        runStep,
        '      if (!isLast) yield* running.pragmas.restore(false);\n',
        '      if (!isLast) yield* script(`RELEASE ${savepoint}; SAVEPOINT ${savepoint}`);\n',
      ),
    ],
    caughtBy: [ofSet('is undone completely by a statement that fails')],
  },
  {
    name: 'a migration of a set is recorded before the set is through',
    breaks: 'what was rolled back counts as applied, and never runs again',
    edits: [
      edit(runStep, '  if (waits) for (const { step, ran } of applied) writes.add(step, ran);\n', ''),
      edit(
        runStep,
        '      applied.push({ step, statements: running.statements, notes: running.notes, ran: done.ran, isLast });\n',
        '      applied.push({ step, statements: running.statements, notes: running.notes, ran: done.ran, isLast });\n      if (waits) writes.add(step, done.ran);\n',
      ),
    ],
    caughtBy: [ofSet('is undone completely by a statement that fails')],
  },
  {
    name: 'of a set that ended the transaction, what came before is run again',
    breaks: 'the first files of a set are committed without the others',
    edits: [
      edit(
        'execute/run-group.ts',
        'steps = steps.slice(0, steps.indexOf(unit[0]!));',
        'steps = steps.slice(0, steps.indexOf(step));',
      ),
    ],
    caughtBy: [ofSet('that ends the transaction is not applied, and what came before it is')],
  },
  {
    name: 'a run may end inside a set',
    breaks: 'half of a rebuild is committed, and nothing has checked it',
    edits: [
      edit(
        'execute/prepare/prepare.ts',
        'sets.length === 0 ? [] : splitProblems(goal, moves, context.registry, seen.comparison, sets)',
        'sets.length === 0 ? [] : splitProblems(goal, [], context.registry, seen.comparison, sets)',
      ),
    ],
    caughtBy: [ofSet('refuses `up --to 3`, which would end inside it'), ofSet('refuses `down --to 3`')],
  },
  {
    name: '`down` takes only the last migration of a set',
    breaks: 'a set cannot be rolled back without a number, or is left in the middle',
    edits: [
      edit(
        'plan/select-moves.ts',
        'const last = first === undefined ? 1 : versions.filter((version) => version >= first).length;',
        'const last = first === undefined ? 1 : 1;',
      ),
    ],
    caughtBy: [ofSet('goes down as a whole, with `down` and without a number'), ofSet('is redone as a whole')],
  },
  {
    name: 'a temporary table of a set is measured when it is gone',
    breaks: 'a set that carries rows through a temporary table fails with an error of SQLite in place of what it lost',
    edits: [
      edit(
        'execute/guards/loss-detector.ts',
        '      yield* this.#comparisons.beforeTemporaryDrop(table, undefined);\n      tables.drop(table, true);\n',
        '      if (!table.temporary) tables.drop(table, true);\n',
      ),
    ],
    caughtBy: [ofSet('follows rows through a temporary table that ends with its file: some of them')],
  },
  {
    name: 'a set that runs once more is taken for recorded',
    breaks: 'its migrations are missing among what is applied, and run again',
    edits: [edit(runStep, 'if (row === undefined) frame.applied.delete(version);', 'if (row === undefined) continue;')],
    caughtBy: [ofRebuild('with a full-text index that did not fit before either is run once more, and recorded once')],
  },
];
