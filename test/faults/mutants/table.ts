import { edit, test, type Mutant } from './mutant.ts';
import { ofAdoptions } from './adoptions.ts';
import { ofChecks } from './checks.ts';
import { ofEngines } from './engines.ts';
import { ofFiles } from './files.ts';
import { ofLosses } from './losses.ts';
import { ofRebuilds } from './rebuilds.ts';
import { ofSets } from './sets.ts';
import { ofSquashes } from './squashes.ts';

const ofRuns: readonly Mutant[] = [
  {
    name: 'the history row is written after COMMIT',
    breaks: 'a death in between leaves a migration that is done and not recorded',
    edits: [
      edit('execute/run-group.ts', '  yield* nested(writes.write());\n', ''),
      edit(
        'execute/record/deferred-writes.ts',
        'if (progress?.step !== position) throw endedOutside(last.step);',
        'if (progress === null) throw endedOutside(last.step);',
      ),
      edit(
        'execute/run-group.ts',
        '  const unclear = yield* commitRun(context, runId);\n',
        '  const unclear = yield* commitRun(context, runId);\n  yield* transaction(context, () => writes.write());\n',
      ),
    ],
    caughtBy: [test('faults/request-sweep.test.ts', 'fails in turn, better-sqlite3 journal_mode delete a first run')],
  },
  {
    name: 'the transaction is not asked for between two statements although somebody listens',
    breaks: 'a statement behind a ROLLBACK of the listener is committed by itself',
    edits: [edit('execute/run-statement.ts', 'isOpen === true && this.#undisturbed', 'isOpen === true')],
    caughtBy: [test('execute/ended-outside.test.ts', 'by ROLLBACK of a listener, between two statements')],
  },
  {
    name: 'a synchronous run tells nobody of its migrations',
    breaks: 'a listener hears nothing',
    edits: [edit('bridge/execute-request.ts', 'bridge.sync && !listener.isHeard', 'bridge.sync')],
    caughtBy: [test('execute/ended-outside.test.ts', 'by ROLLBACK of a listener, before a statement')],
  },
  {
    name: 'the history rows wait while a migration in code runs',
    breaks: 'code that reads the history, or commits, finds it incomplete',
    edits: [edit('execute/record/deferred-writes.ts', ' && step.run === undefined', '')],
    caughtBy: [test('execute/late-records.test.ts', 'do not wait for one in code')],
  },
  {
    name: 'the history rows wait although a migration reads the tracking table',
    breaks: 'it finds fewer rows than it would if it ran alone',
    edits: [edit('execute/record/deferred-writes.ts', 'steps.some(({ text }) => isNamed(text)) ||', '')],
    caughtBy: [test('execute/late-records.test.ts', 'do not wait for a migration that reads the tracking table')],
  },
  {
    name: 'the history rows are forgotten when the transaction was committed behind the run’s back',
    breaks: 'migrations are done and not recorded',
    edits: [edit('execute/run-group.ts', '      yield* transaction(context, () => end.writes.write());\n', '')],
    caughtBy: [test('execute/late-records.test.ts', 'are written when a listener has committed the transaction')],
  },
  {
    name: 'what is pending is worked out before the lock is taken, and not again',
    breaks: 'two processes run the same migration',
    edits: [
      edit('execute/prepare/planned-run.ts', '  return mayRun ? [...due, ...repeatable] : due;\n', '  return rest;\n'),
    ],
    caughtBy: [
      test('execute/runs.test.ts', 'finds the whole run done by another process that was faster'),
      test('execute/runs.test.ts', 'finds a part done by another process between two of its own transactions'),
    ],
  },
  {
    name: 'which repeatable migrations are due is worked out before the run, and not right before each',
    breaks: 'two processes run the same change, and a view that code has dropped stays away',
    edits: [
      edit(
        'execute/run-group.ts',
        `if (compareRepeatable(migration, found).state !== 'applied') return true;`,
        `if (compareRepeatable(migration, found).state !== 'x') return true;`,
      ),
    ],
    caughtBy: [test('execute/repeatables.test.ts', 'makes anew what code drops, which nobody knows before')],
  },
  {
    name: 'what ran once and has no file stays as recorded while others run',
    breaks: 'its file comes back, and the database keeps what another file has made',
    edits: [edit('execute/record/record-outdated.ts', 'index === -1 ||', 'index !== -1 &&')],
    caughtBy: [test('execute/repeatables.test.ts', 'runs again when its file comes back after others ran without it')],
  },
  {
    name: 'an object of a repeatable migration that is gone is not missed',
    breaks: 'a view that a migration drops stays away',
    edits: [edit('plan/repeatables.ts', '!found!.objects.has(key)', 'false')],
    caughtBy: [test('execute/repeatables.test.ts', 'runs again when something that it made is gone')],
  },
  {
    name: 'repeatable migrations run before all others are applied',
    breaks: 'a view names a column that is still to be added',
    edits: [edit('plan/repeatables.ts', '  return left.size === 0 && ', '  return left.size >= 0 && ')],
    caughtBy: [test('execute/repeatables.test.ts', 'waits until nothing else is pending')],
  },
  {
    name: 'what is rolled back is worked out before the lock is taken, and not again',
    breaks: 'a migration is rolled back below one that another process has applied meanwhile',
    edits: [edit('plan/select-again.ts', 'planned.length !== now.length || !startsWith(now, planned)', 'false')],
    caughtBy: [
      test('execute/plan-changed.test.ts', 'does nothing when 004 is applied'),
      test('execute/plan-changed.test.ts', 'what another process does before the answer is noticed'),
      test('cli/plan-changed.test.ts', 'does nothing and exits with 75'),
    ],
  },
  {
    name: 'what is rolled back is worked out in the first transaction of a run only',
    breaks: 'another process that comes between two transactions finds a migration rolled back below its own',
    edits: [
      edit(
        'execute/run-steps.ts',
        'return (state) => stepsDue(context, planned, compareNow(context, state), done);',
        'return (state) => (state === undefined ? stepsDue(context, planned, compareNow(context, state), done) : planned.steps.slice(done));',
      ),
    ],
    caughtBy: [
      test('execute/plan-changed.test.ts', 'after its first transaction, before the one that migrates'),
      test('execute/plan-changed.test.ts', 'stops before the one that would be wrong'),
    ],
  },
  {
    name: 'what is left of a run that only applies is not compared with what is pending',
    breaks: 'a migration that was rolled back meanwhile stays a gap below newer ones',
    edits: [edit('plan/select-again.ts', ': !startsWith(now, due);', ': false;')],
    caughtBy: [test('execute/plan-changed.test.ts', 'leaves no gap')],
  },
  {
    name: 'a rollback does not look which text is recorded',
    breaks: 'a migration that was applied again from another text is rolled back with the DOWN part of the former one',
    edits: [edit('execute/prepare/planned-run.ts', 'if (changed || reapplied.length > 0)', 'if (changed)')],
    caughtBy: [test('execute/plan-changed.test.ts', 'applied again from another text')],
  },
  {
    name: 'a no to the plan of a rollback counts as a yes',
    breaks: 'what nobody confirmed is rolled back',
    edits: [
      edit(
        'execute/prepare/plan-run.ts',
        'confirm(plan))) === true) return;',
        'confirm(plan))) !== true) return;\n  return;',
      ),
    ],
    caughtBy: [test('execute/plan-changed.test.ts', 'a no leaves everything as it was')],
  },
  {
    name: 'what is pending is worked out in the first transaction of a run only',
    breaks: 'another process that comes between the two transactions runs the same migration',
    edits: [edit('execute/run-group.ts', 'planned.filter((step) => due.has(step))', 'planned')],
    caughtBy: [
      test('execute/runs.test.ts', 'finds a part done by another process between two of its own transactions'),
    ],
  },
  {
    name: 'foreign keys stay on',
    breaks: 'the DROP TABLE of a rebuild deletes the children',
    edits: [
      edit('lock/settings.ts', `  ['foreign_keys', 0],\n`, ''),
      edit('lock/settings.ts', `'foreign_keys', on ? 1 : 0)`, `'foreign_keys', 1)`),
    ],
    caughtBy: [test('guards/rebuild.test.ts', 'keeps every row of every other table, and of the table itself')],
  },
  {
    name: 'settings are not read back',
    breaks: 'foreign keys that could not be turned off are taken to be off',
    edits: [edit('lock/settings.ts', 'found !== undefined && found !== value', 'false')],
    caughtBy: [test('execute/connection.test.ts', 'settings are believed only when they are read back')],
  },
  {
    name: 'synchronous is OFF',
    breaks: 'a power cut takes what a run has reported as done, or leaves half of it',
    edits: [edit('lock/settings.ts', `['synchronous', 3]`, `['synchronous', 0]`)],
    caughtBy: [test('execute/connection.test.ts', 'commits with synchronous EXTRA')],
  },
  {
    name: 'synchronous is FULL',
    breaks: 'in rollback mode a power cut undoes the last transaction that was reported as done',
    edits: [edit('lock/settings.ts', `['synchronous', 3]`, `['synchronous', 2]`)],
    caughtBy: [test('execute/connection.test.ts', 'commits with synchronous EXTRA')],
  },
  {
    name: 'BEGIN is deferred',
    breaks: 'the lock is taken at the first write, after the look that it is to protect',
    edits: [edit('lock/transaction.ts', `script('BEGIN IMMEDIATE')`, `script('BEGIN')`)],
    caughtBy: [test('execute/locks.test.ts', 'a writer that ends')],
  },
  {
    name: 'a COMMIT that failed counts as undone',
    breaks: 'what SQLite committed is reported as undone',
    edits: [edit('lock/transaction.ts', `if (outcome !== 'committed') throw failure;`, 'throw failure;')],
    caughtBy: [test('execute/failed-commit.test.ts', 'after it was made, between two migrations, says how far it got')],
  },
  {
    name: 'COMMIT that is busy counts as done',
    breaks: 'a run that a reader held up reports what is then rolled back',
    edits: [
      edit(
        'lock/transaction.ts',
        `yield* retryBusy(context, 'commit', () => script('COMMIT'));`,
        `yield* script('COMMIT');`,
      ),
      edit(
        'lock/transaction.ts',
        `    if (!isSqlError(error) || error.primary !== 'SQLITE_IOERR') throw error;`,
        `    if (isBusy(error)) return undefined;\n    if (!isSqlError(error) || error.primary !== 'SQLITE_IOERR') throw error;`,
      ),
    ],
    caughtBy: [test('execute/locks.test.ts', 'a reader that stays: LOCKED after the wait, all rolled back')],
  },
  {
    name: 'COMMIT is tried once',
    breaks: 'any reader at the wrong moment fails a run in rollback mode',
    edits: [
      edit(
        'lock/transaction.ts',
        `yield* retryBusy(context, 'commit', () => script('COMMIT'));`,
        `yield* script('COMMIT');`,
      ),
    ],
    caughtBy: [test('execute/locks.test.ts', 'a reader that stays: LOCKED after the wait, all rolled back')],
  },
  {
    name: 'a failed migration is not rolled back to its savepoint',
    breaks: 'half of it is committed with those before it',
    edits: [edit('execute/run-step.ts', '    yield* script(`ROLLBACK TO ${savepoint}`);\n', '')],
    caughtBy: [test('execute/runs.test.ts', 'rolls a failing migration back, keeps those before it')],
  },
  {
    name: 'OR ROLLBACK is taken for an ordinary error',
    breaks: 'what came before it in the run is gone, and reported as applied',
    edits: [
      edit('execute/run-statement.ts', 'if (yield* this.#isStillOpen()) throw error;', 'throw error;'),
      edit(
        'execute/run-step.ts',
        "toFailure(transactionLostError(step, undefined, reported), steps, step, context, 'lost')",
        "toFailure(reported, steps, step, context, 'unit')",
      ),
    ],
    caughtBy: [test('execute/failures.test.ts', 'INSERT OR ROLLBACK is found out')],
  },
  {
    name: 'rows are written without guards although a trigger deletes others',
    breaks: 'rows that an earlier migration of the run has written are lost',
    edits: [edit('execute/plain-steps.ts', ' || triggers.hasTriggers', '')],
    caughtBy: [test('execute/plain-steps.test.ts', 'where a trigger reaches others')],
  },
  {
    name: 'rows are written without guards although foreign keys refer to them',
    breaks: 'a new database begins with references that point nowhere',
    edits: [edit('execute/plain-steps.ts', ' || !references.isEmpty', '')],
    caughtBy: [test('execute/plain-steps.test.ts', 'where a foreign key reaches others')],
  },
  {
    name: 'a step without guards does not notice that a listener has ended the transaction',
    breaks: 'what it does is committed statement by statement, and not recorded',
    edits: [
      edit(
        'execute/plain-steps.ts',
        "if (!undisturbed && (yield { kind: 'inTransaction' }) === false) throw endedOutside(step);",
        '',
      ),
    ],
    caughtBy: [
      test('execute/plain-steps.test.ts', 'end as other steps do if the listener of migration:start runs ROLLBACK'),
    ],
  },
  {
    name: 'the statements of a long file that failed as one text are taken for done',
    breaks: 'a migration is recorded, and nothing of it is there',
    edits: [
      edit(
        'execute/plain-steps.ts',
        '    yield* script(`ROLLBACK TO ${savepoint}`);\n    return 0;\n',
        '    return run.length;\n',
      ),
    ],
    caughtBy: [test('execute/plain-steps.test.ts', 'name the statement of a long file that fails')],
  },
  {
    name: 'the statement that the end of a part of a long text cuts is not read again',
    breaks: 'statements of a long file do not run',
    edits: [edit('sql/split.ts', 'at = tokens[start - 1]!.end - base;', 'at += size;')],
    caughtBy: [{ file: 'src/sql/long-texts.test.ts', title: 'is split as a short one is' }],
  },
  {
    name: 'any error of the BEGIN that asks for a transaction counts as one',
    breaks: 'what a failed migration does after it has lost the transaction is committed',
    edits: [
      edit(
        'bridge/request.ts',
        `if (isSqlError(error) && error.primary === 'SQLITE_ERROR' && refusal.test(error.message)) return true;`,
        'if (isSqlError(error)) return true;',
      ),
    ],
    caughtBy: [
      test(
        'execute/transaction-state.test.ts',
        'nothing of a failed migration is kept when the BEGIN that asks is busy',
      ),
      test('execute/transaction-state.test.ts', 'a disk error met by the first BEGIN is reported as such'),
    ],
  },
  {
    name: 'a function continues although nobody knows whether its transaction is open',
    breaks: 'what it does then may be outside of the transaction',
    edits: [edit('execute/run-statement.ts', '      this.fail(error);\n      return true;\n', '      return true;\n')],
    caughtBy: [test('execute/transaction-state.test.ts', 'a function cannot continue after a BEGIN that failed')],
  },
  {
    name: 'code that catches a lost transaction continues',
    breaks: 'each statement after it is committed by itself',
    edits: [
      edit('execute/run-statement.ts', 'if (this.#fatalError !== undefined) throw this.#fatalError;', ''),
      edit('execute/run-statement.ts', 'if (!(yield* isTransactionOpen()))', 'if (Number.isNaN(0))'),
    ],
    caughtBy: [test('execute/code.test.ts', 'a lost transaction cannot be caught')],
  },
  {
    name: 'runs that died are not settled',
    breaks: 'the history says for ever that they are under way',
    edits: [edit('execute/record/run-attempt.ts', 'yield* markInterrupted(tables.attempts, now);', '')],
    caughtBy: [test('ledger/damage.test.ts', 'a run whose process died is marked as interrupted by the next one')],
  },
  {
    name: 'a look creates the tables',
    breaks: '`status` and `plan` write to the database',
    edits: [
      edit(
        'execute/prepare/read-state.ts',
        'import { readLedger, type LedgerState }',
        'import { createTables, readLedger, type LedgerState }',
      ),
      edit(
        'execute/prepare/read-state.ts',
        '  const state = yield* readLedger(context.ledger);\n',
        '  let state = yield* readLedger(context.ledger);\n  if (!state.exists.attempts) {\n    yield* createTables(context.ledger, state.exists);\n    state = yield* readLedger(context.ledger);\n  }\n',
      ),
    ],
    caughtBy: [test('execute/runs.test.ts', 'reads without writing where nothing was ever recorded')],
  },
];

const ofGuards: readonly Mutant[] = [
  {
    name: 'what was wrong before a run counts as its doing',
    breaks: 'an index that lacks rows keeps every later migration from running',
    edits: [edit('execute/verification.ts', 'newIntegrityErrors(context.flaws ?? [], ', 'newIntegrityErrors([], ')],
    caughtBy: [test('execute/old-damage.test.ts', 'is a note that says how to mend it')],
  },
  {
    name: 'more of what was wrong before is not noticed',
    breaks: 'a run adds to the damage',
    edits: [edit('schema/integrity.ts', 'if (flaws.length > old)', 'if (old === 0)')],
    caughtBy: [test('execute/old-damage.test.ts', 'more of a kind that was there fails the run')],
  },
  {
    name: 'a damaged file is written to before anybody looks at it',
    breaks: 'what could still be saved of it is overwritten',
    edits: [
      edit(
        'execute/verification.ts',
        'const severe = flaws.filter(isPageDamage);',
        'const severe: readonly string[] = [];',
      ),
    ],
    caughtBy: [test('execute/old-damage.test.ts', 'is not changed by one byte')],
  },
  {
    name: 'a backup for which the lock was let go of is kept when somebody has committed',
    breaks: 'what that process wrote is not in the backup, and what it migrated runs twice',
    edits: [edit('backup/create-backup.ts', "data_version')) !== version) {", "data_version')) === undefined) {")],
    caughtBy: [
      test('connections/encrypted.test.ts', 'is made again when another program has written meanwhile (after it)'),
      test('connections/encrypted.test.ts', 'is discarded when another process has migrated meanwhile'),
    ],
  },
  {
    name: 'a further connection to the database is not prepared',
    breaks: 'the backup of an encrypted database, or of one with a collation of its own, is not made',
    edits: [
      edit(
        'drivers/better-sqlite3.ts',
        'betterSqlite3Bridge(prepareBetterSqlite3(opened, setup, path), driver, setup)',
        'betterSqlite3Bridge(opened, driver, setup)',
      ),
    ],
    caughtBy: [test('connections/encrypted.test.ts', 'is restored, and the restore undone')],
  },
  {
    name: 'a table that somebody made belongs to a virtual one',
    breaks: 'its rows are lost without a word',
    edits: [edit('schema/virtual.ts', `return /^CREATE TABLE\\s*["'[\`]/i.test(sql ?? '');`, `return sql !== '';`)],
    caughtBy: [
      test('connections/virtual-tables.test.ts', 'does not hide a table that somebody made under such a name'),
    ],
  },
  {
    name: 'the pages are not checked before COMMIT',
    breaks: 'a damaged file is not noticed',
    edits: [edit('execute/verification.ts', 'if (findings.length > 0) throw', 'if (findings.length < 0) throw')],
    caughtBy: [
      test('execute/failures.test.ts', 'damage to the file is found before COMMIT, and everything rolled back'),
    ],
  },
  {
    name: 'what a run makes is not compiled',
    breaks: 'a trigger that can never work is found by the first user whose write it stops',
    edits: [
      edit(
        'execute/run.ts',
        'const isChecked = ran.outcomes.length > 0 && before !== undefined && !context.scratch;',
        'const isChecked = ran.aborted && before !== undefined;',
      ),
    ],
    caughtBy: [test('execute/runs.test.ts', 'notes what a run makes and SQLite cannot use')],
  },
  {
    name: 'only primary keys are looked up for foreign keys',
    breaks: 'a foreign key to a column that is not unique stops every write of its table',
    edits: [edit('schema/foreign-keys.ts', 'mismatched.push({ child, parent });', '{}')],
    caughtBy: [
      { file: 'src/schema/foreign-keys.test.ts', title: 'finds a foreign key to a column that is not unique' },
    ],
  },
  {
    name: 'a rebuild leaves out constraints without a word',
    breaks: 'the same e-mail address is stored twice, long after the rebuild',
    edits: [
      edit(
        'execute/guards/loss-detector.ts',
        '    if (!tables.isNew(table)) yield* this.#constraints.beforeTableDrop(table);\n',
        '',
      ),
    ],
    caughtBy: [test('guards/measured-left-out.test.ts', 'UNIQUE of a column')],
  },
];

const ofCommits: readonly Mutant[] = [
  {
    name: 'a long run is committed at its end only',
    breaks: 'a process that is killed again and again never gets through',
    edits: [edit('execute/commit-pace.ts', 'now - this.#started >= longRunMs &&', 'now < this.#started &&')],
    caughtBy: [test('execute/commit.test.ts', 'every six seconds gets through five migrations of two, with {}')],
  },
  {
    name: 'a run with `atomic: run` is committed in parts',
    breaks: 'a failure keeps half of what was to be all or nothing',
    edits: [edit('execute/commit-pace.ts', `if (atomic === 'run' || commit === 'run')`, `if (commit === 'run')`)],
    caughtBy: [test('execute/commit.test.ts', 'a long run that a failure rolls back completely')],
  },
  {
    name: 'a long run does not count what its commits cost',
    breaks: 'a large database is checked after each of a thousand small migrations',
    edits: [edit('execute/commit-pace.ts', ' && worked >= this.#cost', '')],
    caughtBy: [test('execute/commit.test.ts', 'does not spend more time on commits than on migrations')],
  },
  {
    name: 'a run continues after a commit without checking whether another process has written',
    breaks: 'their rows are in no backup, and nothing protects them',
    edits: [
      edit(
        'execute/run-group.ts',
        'carried !== undefined && carried.dataVersion === (yield* dataVersion()) ? carried : undefined',
        'carried',
      ),
    ],
    caughtBy: [test('execute/commit.test.ts', 'of a new installation stays one, as long as nobody else writes')],
  },
];

const ofReplacedFiles: readonly Mutant[] = [
  {
    name: 'nobody looks whether code of a migration took the lock away',
    breaks: 'another program writes under the transaction, and one of the two is lost',
    edits: [
      edit('execute/run-step.ts', '  if (locks.length > 0) yield* refuseLostLocks(step, locks);\n', ''),
      edit('execute/run-step.ts', '  refuseLostLocks,\n', ''),
    ],
    caughtBy: [test('execute/own-file.test.ts', 'that copies the file beside SQLite fails')],
  },
  {
    name: 'a replaced file is not looked for before COMMIT',
    breaks: 'a run that could be rolled back is committed to a file that nobody finds',
    edits: [edit('lock/transaction.ts', "    yield* refuseReplaced(context, 'before');\n", '')],
    caughtBy: [test('execute/replaced-files.test.ts', 'during reset is noticed: another file is moved over it')],
  },
  {
    name: 'a replaced file is not looked for after COMMIT',
    breaks: 'a run is reported as done, and the file at the path has nothing of it',
    edits: [edit('lock/transaction.ts', "  yield* refuseReplaced(context, 'after');\n", '')],
    caughtBy: [test('execute/replaced-files.test.ts', 'is noticed when it is replaced at the COMMIT')],
  },
  {
    name: 'a removed log is not looked for',
    breaks: 'what is committed is in a log that no other program reads',
    edits: [
      edit('lock/replaced-file.ts', "if (found === undefined) throw replacedError(context, log, 'log', 'begin');", ''),
      edit('lock/replaced-file.ts', 'opened.log = found.identity;', ''),
    ],
    caughtBy: [test('execute/replaced-files.test.ts', 'a log that is removed is noticed')],
  },
  {
    name: 'a restore does not look whether the file was replaced',
    breaks: 'the backup is written over another database',
    edits: [edit('restore/overwrite.ts', "      yield* refuseReplaced(context, 'before');\n", '')],
    caughtBy: [test('execute/replaced-files.test.ts', 'is not written over by a restore')],
  },
];

const ofBackups: readonly Mutant[] = [
  {
    name: 'the backup is made after the first migration',
    breaks: 'it is not of the state that the run began with',
    edits: [
      edit(
        'execute/run-group.ts',
        '  if (!wasEmpty) yield* backups.create(context, runId, expected, new Set(applied.keys()), frame.ran);\n',
        '',
      ),
      edit(
        'execute/run-group.ts',
        '  const { outcomes, notes, aborted, done } = units;\n',
        '  const { outcomes, notes, aborted, done } = units;\n  if (!wasEmpty) yield* backups.create(context, runId, expected, new Set(applied.keys()), frame.ran);\n',
      ),
    ],
    caughtBy: [test('backup/before-run.test.ts', 'is made of a database that holds something, is proven and reported')],
  },
  {
    name: 'the backup is made after COMMIT',
    breaks: 'there is no copy of what the run began with',
    edits: [
      edit(
        'execute/run-group.ts',
        '  if (!wasEmpty) yield* backups.create(context, runId, expected, new Set(applied.keys()), frame.ran);\n',
        '',
      ),
      edit(
        'execute/run-group.ts',
        '  const unclear = yield* commitRun(context, runId);\n',
        '  const unclear = yield* commitRun(context, runId);\n  if (!wasEmpty) yield* backups.create(context, runId, expected, new Set(applied.keys()), frame.ran);\n',
      ),
    ],
    caughtBy: [test('backup/before-run.test.ts', 'is made of a database that holds something, is proven and reported')],
  },
  {
    name: 'one backup does for the whole run, even if another process commits in between',
    breaks: 'what somebody else wrote between two groups is in no backup',
    edits: [
      edit(
        'execute/run-backups.ts',
        'if (this.#dataVersion === version) return;',
        'if (this.#dataVersion !== undefined) return;',
      ),
    ],
    caughtBy: [test('backup/create.test.ts', 'another before the group that finds a commit of another process')],
  },
  {
    name: 'the backup is not proven',
    breaks: 'a copy that lacks something passes for a backup',
    edits: [
      edit(
        'backup/create-backup.ts',
        'yield* inspect(temporary, summary)',
        '{ findings: [] as readonly string[], flaws: [] as readonly string[] }',
      ),
    ],
    caughtBy: [test('backup/faults.test.ts', 'loses a row'), test('backup/faults.test.ts', 'damages a page')],
  },
  {
    name: 'the backup gets its name before it is on the disk',
    breaks: 'a power cut leaves a file with the name of a backup and nothing in it',
    edits: [
      edit('backup/create-backup.ts', `  yield* file('sync', temporary);\n`, ''),
      edit(
        'backup/create-backup.ts',
        `  yield* file('rename', temporary, target);\n`,
        `  yield* file('rename', temporary, target);\n  yield* file('sync', target);\n`,
      ),
    ],
    caughtBy: [test('backup/create.test.ts', 'is on the disk before it gets its name')],
  },
  {
    name: 'the backup is not synced',
    breaks: 'a power cut leaves a file with the name of a backup and nothing in it',
    edits: [edit('backup/create-backup.ts', `  yield* file('sync', temporary);\n`, '')],
    caughtBy: [test('backup/create.test.ts', 'is on the disk before it gets its name')],
  },
  {
    name: 'the folder of the backups is not synced',
    breaks: 'a power cut after the run takes the name of the backup, and with it the backup',
    edits: [edit('backup/create-backup.ts', `  yield* file('syncFolder', folder);\n`, '')],
    caughtBy: [test('backup/create.test.ts', 'is on the disk before it gets its name')],
  },
  {
    name: 'a sync of a file or a folder does nothing',
    breaks: 'nothing of a backup need be on the disk when the run begins',
    edits: [
      edit('node/files.ts', '    fsyncSync(descriptor);\n', '    fstatSync(descriptor);\n'),
      edit('node/files.ts', '  fsyncSync,\n', ''),
    ],
    caughtBy: [test('faults/backup-processes.test.ts', 'is on the disk under its name before the migration writes')],
    built: true,
    needs: 'strace',
  },
  {
    name: 'the database is read as a file under the lock',
    breaks: 'closing that file drops the lock, and others write into the run',
    edits: [
      edit(
        'backup/create-backup.ts',
        '    const manifest: Manifest = {',
        `    yield* file('sha256', location.file);\n    const manifest: Manifest = {`,
      ),
    ],
    caughtBy: [test('backup/create.test.ts', 'holds the lock from before the backup until')],
  },
  {
    name: 'a backup can be read by everybody',
    breaks: 'a copy of a private database is no secret',
    edits: [edit('node/files.ts', 'fchmodSync(descriptor, 0o600 | shared)', 'fchmodSync(descriptor, 0o644 | shared)')],
    caughtBy: [test('backup/faults.test.ts', 'a database of mode 384')],
  },
  {
    name: 'retention removes what a failed run refers to',
    breaks: 'the backup that is needed now is the one that goes',
    edits: [edit('backup/retention.ts', ' || backup.needed;', ';')],
    caughtBy: [test('backup/store.test.ts', 'what is needed stays')],
  },
  {
    name: 'retention does not ask for failed runs',
    breaks: 'the backup that is needed now is the one that goes',
    edits: [
      edit(
        'ledger/attempts.ts',
        `row.status === 'ok' || row.backup === null`,
        `row.status !== 'running' || row.backup === null`,
      ),
    ],
    caughtBy: [test('backup/restore.test.ts', 'keeps the backup of a run that failed, until one succeeds')],
  },
  {
    name: 'retention removes the newest',
    breaks: 'a backup that is too large for the limits goes, and none is left',
    edits: [edit('backup/retention.ts', 'count === 0 || backup.id === latest || ', '')],
    caughtBy: [{ file: 'src/backup/retention.test.ts', title: 'keeps the newest, whatever it weighs' }],
  },
  {
    name: 'a compressed backup is not proven before the plain one goes',
    breaks: 'what was badly compressed is all that is left',
    edits: [edit('backup/apply-retention.ts', '!== manifest.sha256', `=== ''`)],
    caughtBy: [test('backup/store.test.ts', 'a damaged one is not compressed')],
  },
  {
    name: 'a backup is called by the clock alone',
    breaks: 'once the clock was ahead, the backup that was just made is the first to go',
    edits: [
      edit(
        'backup/create-backup.ts',
        'backupId(yield* nextBackupTime(folder, started), ',
        'backupId(new Date(started), ',
      ),
    ],
    caughtBy: [test('backup/create.test.ts', 'one made after the clock was ahead')],
  },
  {
    name: 'a proof never asks for sqlite_sequence',
    breaks: 'a copy that has lost the sequences counts as proven',
    edits: [edit('backup/summary.ts', 'if (isUsed || copy', 'if (false || copy')],
    caughtBy: [{ file: 'src/backup/summary.test.ts', title: 'takes a copy without sqlite_sequence' }],
  },
];

const ofRestores: readonly Mutant[] = [
  {
    name: 'a restore makes no backup of the present state',
    breaks: 'it cannot be undone',
    edits: [edit('lock/safety-backup.ts', '(yield* holdsNothing())', 'true')],
    caughtBy: [test('backup/restore.test.ts', 'in place, journal mode')],
  },
  {
    name: 'a restore puts another file in the place of the database',
    breaks: 'processes that have it open still write to a file without a name',
    edits: [
      edit('restore/overwrite.ts', '  disconnect,\n', '  disconnect,\n  file,\n'),
      edit(
        'restore/overwrite.ts',
        'const pages = yield* copyInto(source, location.file);',
        `const pages = 1;
    yield* file('remove', location.file);
    yield* file('copy', String(source.file?.()), location.file, String(source.file?.()));`,
      ),
      edit(
        'restore/overwrite.ts',
        'if (yield* hasRun(context.ledger.tables.attempts, attempt.runId)) return true;',
        'if (pages > 0) return true;',
      ),
    ],
    caughtBy: [test('backup/restore.test.ts', 'in place, journal mode')],
  },
  {
    name: 'a replaced database keeps the journal of the one before',
    breaks: 'SQLite plays the old journal into the restored file',
    edits: [edit('restore/replace.ts', `['', '-wal', '-journal', '-shm']`, `['']`)],
    caughtBy: [test('backup/restore.test.ts', 'is moved aside and replaced: missing, its log still there')],
  },
  {
    name: 'a restore does not look at the bytes of the backup',
    breaks: 'a backup that was changed is restored',
    edits: [edit('backup/extract.ts', `(yield* file('sha256', target)) !== manifest.sha256`, 'manifest.bytes < 0')],
    caughtBy: [test('backup/restore.test.ts', 'is not sound is not restored: a changed byte')],
  },
  {
    name: 'a restore believes the driver',
    breaks: 'a locked database is reported as restored',
    edits: [
      edit(
        'restore/overwrite.ts',
        'if (yield* hasRun(context.ledger.tables.attempts, attempt.runId)) return true;',
        'if (pages > 0) return true;',
      ),
    ],
    caughtBy: [test('backup/restore.test.ts', 'does not trust a driver that says it has copied')],
  },
  {
    name: 'a restore does not notice what is committed meanwhile',
    breaks: 'it is in no backup',
    edits: [edit('restore/overwrite.ts', 'if (!unchanged) return false;', '')],
    caughtBy: [test('backup/restore.test.ts', 'keeps what another process commits after the backup')],
  },
  {
    name: 'a restore takes what another program commits at once for a fault of its own',
    breaks: 'a restore that is done is reported as failed, beside every application that writes',
    edits: [edit('restore/overwrite.ts', 'if (damage.length > 0)', 'if (damage.length + differences.length > 0)')],
    caughtBy: [test('backup/restore-beside-writer.test.ts', 'is done although another program inserts a row')],
  },
  {
    name: 'a restore does not look whether what it wrote can be read',
    breaks: 'a failing disk is noticed by the application',
    edits: [edit('restore/overwrite.ts', 'if (damage.length > 0)', 'if (damage.length < 0)')],
    caughtBy: [test('backup/restore-beside-writer.test.ts', 'fails when a page cannot be read afterwards')],
  },
];

const ofRecoveries: readonly Mutant[] = [
  {
    name: 'the automatic restore does not ask who has committed since',
    breaks: 'a failed run takes the rows of others back, and nobody has agreed to it',
    edits: [
      edit(
        'restore/overwrite.ts',
        'if (since !== undefined && (yield* dataVersion()) !== since) return undefined;',
        '',
      ),
    ],
    caughtBy: [test('execute/recover.test.ts', 'stays when another program has committed since')],
  },
  {
    name: 'what is committed is not read again',
    breaks: 'a run reports as done what is not in the file',
    edits: [
      edit(
        'execute/recover/verify-commit.ts',
        'if (findings.length === 0) return proven;',
        'if (findings.length >= 0) return proven;',
      ),
    ],
    caughtBy: [test('execute/recover.test.ts', 'is undone with the backup from before the run')],
  },
  {
    name: 'a run does not mind one that has the database for itself',
    breaks: 'it writes between the statements of a migration that has no transaction',
    edits: [
      edit('lock/exclusive-holder.ts', 'return taken === true;', 'return taken === undefined && !context.canBackUp;'),
    ],
    caughtBy: [test('execute/alone.test.ts', 'keeps every other run out until it is through')],
  },
];

const ofDrift: readonly Mutant[] = [
  {
    name: 'a run records the whole schema as its own',
    breaks: 'what somebody changed by hand is hidden by the next run',
    edits: [
      edit('execute/record/record-schema.ts', 'recorded === undefined ? after :', 'after.tables.size >= 0 ? after :'),
    ],
    caughtBy: [test('drift/drift.test.ts', 'is still reported after the next run')],
  },
  {
    name: 'what a run leaves is recorded at its end only',
    breaks: 'a run that dies between two transactions makes its own migrations look like hand edits',
    edits: [
      edit('execute/run-group.ts', '  if (outcomes.length > 0) {\n', '  if (outcomes.length > 0 && frame.last) {\n'),
    ],
    caughtBy: [test('faults/drift-sweep.test.ts', 'death at every request')],
  },
  {
    name: 'a restore keeps the newer record of the schema',
    breaks: 'everything that the restore undid counts as changed by hand',
    edits: [
      edit(
        'ledger/copy-attempts.ts',
        '{ ...recorded, cookie: null }, copy)',
        '(yield* readRecordedSchema(table)) ?? recorded, copy)',
      ),
    ],
    caughtBy: [test('drift/restored.test.ts', 'is that of what was restored')],
  },
];

export const mutants: readonly Mutant[] = [
  ...ofRuns,
  ...ofReplacedFiles,
  ...ofGuards,
  ...ofLosses,
  ...ofSets,
  ...ofSquashes,
  ...ofEngines,
  ...ofRebuilds,
  ...ofCommits,
  ...ofFiles,
  ...ofBackups,
  ...ofRestores,
  ...ofRecoveries,
  ...ofDrift,
  ...ofChecks,
  ...ofAdoptions,
];
