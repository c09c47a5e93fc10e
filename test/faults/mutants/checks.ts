import { edit, test, type Mutant } from './mutant.ts';

/** What `check` finds by running migrations on scratch databases. */
export const ofChecks: readonly Mutant[] = [
  {
    name: 'check does not compile what the migrations make',
    breaks: 'a release goes out with a view that nobody can read',
    edits: [edit('check/round-trip-check.ts', '    yield* this.#checkFinalSchema(context);\n', '')],
    caughtBy: [test('check/command-line.test.ts', 'exits with 3 for a view of a missing column')],
  },
  {
    name: 'check does not warn of constraints that are left out',
    breaks: 'the rebuild is reviewed by nobody before it runs on real data',
    edits: [edit('check/round-trip-check.ts', '      this.#warnings.push(...round.warnings);\n', '')],
    caughtBy: [test('check/command-line.test.ts', 'warns of constraints that a rebuild by hand leaves out')],
  },
  {
    name: 'check ends with the first error that is not of a migration',
    breaks: 'nobody reads what was found before it',
    edits: [edit('check/scratch-databases.ts', '      check.abort(reported);\n', '      throw reported;\n')],
    caughtBy: [
      test('check/never-breaks-off.test.ts', 'what the machine refuses in between is a finding, and what was'),
    ],
  },
  {
    name: 'check does not try a wrong DOWN without sample rows',
    breaks: 'a DOWN that drops another table is taken for one that only sample rows stop',
    edits: [
      edit(
        'check/round-trip-check.ts',
        '    if (round.failed !== undefined)\n',
        '    if (round.failed !== undefined && failed.phase === round.failed.phase)\n',
      ),
      edit(
        'check/round-trip-check.ts',
        '    this.#problems.push(...round.findings);\n    return true;\n',
        '    return true;\n',
      ),
    ],
    caughtBy: [test('check/never-breaks-off.test.ts', 'a DOWN that drops another table than UP made')],
  },
  {
    name: 'check skips what it cannot try',
    breaks: 'a release goes out of which nothing was tried',
    edits: [
      edit(
        'check/round-trip-check.ts',
        '    if (untried.length > 0) this.#problems.push(',
        '    if (untried.length < 0) this.#problems.push(',
      ),
    ],
    caughtBy: [test('check/where.test.ts', 'name a function that is not registered')],
  },
  {
    name: 'a trigger that rolls back leaves check without a transaction',
    breaks: 'rows that are said to be there are not',
    edits: [
      edit(
        'check/sample/fill.ts',
        '      refused.set(error.table, error.message);\n',
        '      refused.set(error.table, error.message);\n      return { rows: filling.rows, empty: refused };\n',
      ),
    ],
    caughtBy: [test('check/never-breaks-off.test.ts', 'tables that a trigger keeps empty are named')],
  },
  {
    name: 'a CHECK that its default breaks is blamed on sample values',
    breaks: 'a migration that fails on every database in use goes out',
    edits: [edit('check/findings.ts', ' || addsBrokenColumn(error, before)', '')],
    caughtBy: [test('check/rounds.test.ts', 'a column whose default breaks its own CHECK is a problem')],
  },
  {
    name: 'a half-made table gets sample rows',
    breaks: 'a rebuild over several files is said to fail on rows',
    edits: [edit('check/round-trip-check.ts', '...this.#links.filledLater(this.#at), ', '')],
    caughtBy: [test('check/sample-rows.test.ts', 'the old table put aside first')],
  },
  {
    name: 'references are not spread to the columns that are copied into theirs',
    breaks: 'a column that gets another name and a foreign key is said to fail on rows',
    edits: [edit('check/sample/hints.ts', '  links.spreadReferences(hints);\n', '')],
    caughtBy: [test('check/sample-rows.test.ts', 'of a column that is copied under another name')],
  },
  {
    name: 'rows of another table pass for rows that the migration brings along',
    breaks: 'a merge of two tables with the same keys goes out without a warning',
    edits: [edit('check/findings.ts', ` || mentions(statement).has('from')`, '')],
    caughtBy: [test('check/sample-rows.test.ts', 'rows that come from another table are a warning')],
  },
  {
    name: 'IF NOT EXISTS does nothing without a word',
    breaks: 'the migrations that follow stand on a table that another program has made',
    edits: [
      edit(
        'execute/run-statement.ts',
        '    if (idle !== undefined) this.notes.push(`${idle.statement} did nothing: ${idle.reason}`);\n',
        '',
      ),
    ],
    caughtBy: [test('execute/idle-statements.test.ts', 'a table with other columns is a note')],
  },
  {
    name: 'check does not look at what IF NOT EXISTS has found',
    breaks: 'a table without NOT NULL passes for the one in the file for ever',
    edits: [edit('operations/check.ts', 'await databases.read(readIdempotentRequest)', 'undefined')],
    caughtBy: [test('check/found-objects.test.ts', 'a column of another type')],
  },
  {
    name: 'what the triggers of a rollback do is not compared',
    breaks: 'a DOWN that changes values through a view is taken for one that restores them',
    edits: [edit('check/kept-rows.ts', 'yield* this.#keep(reached);', 'this.#lost.add(reached);')],
    caughtBy: [
      test('check/rollback-loses.test.ts', 'values that only the DOWN part changes through a view'),
      test('check/rollback-loses.test.ts', 'values that a rebuild through a view changes'),
    ],
  },
];
