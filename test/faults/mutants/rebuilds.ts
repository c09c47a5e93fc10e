import { edit, test, type Mutant } from './mutant.ts';

const keeps = test('rebuild/keeps.test.ts', 'everything that hangs on the table, and every other row');
const keepsFresh = test('rebuild/keeps.test.ts', 'what a run on an empty database made a moment before');
const keeper = 'execute/keep/rebuild-keeper.ts';

export const ofRebuilds: readonly Mutant[] = [
  {
    name: 'a rebuild numbers rows anew',
    breaks: 'a full-text index finds other rows than it should',
    edits: [edit('rebuild/row-copy.ts', '&& !fills ?', '&& fills ?')],
    caughtBy: [test('rebuild/in-place.test.ts', 'of the rowid stay')],
  },
  {
    name: 'a rebuild forgets the triggers',
    breaks: 'what they kept up to date no longer is',
    edits: [edit('rebuild/copy-table.ts', '[...target.indexes, ...target.triggers]', '[...target.indexes]')],
    caughtBy: [keeps, keepsFresh],
  },
  {
    name: 'a rebuild forgets what ANALYZE has found out',
    breaks: 'queries are planned as if every table had the same size',
    edits: [edit('rebuild/copy-table.ts', '  yield* restoreStatistics(name, statistics);\n', '')],
    caughtBy: [keeps],
  },
  {
    name: 'a rebuild lets a new type change values',
    breaks: '00123 becomes 123 without a word',
    edits: [
      edit('rebuild/copy-table.ts', 'if (first !== undefined) {', 'if (first !== undefined && first.text === "") {'),
    ],
    caughtBy: [test('rebuild/refuses.test.ts', 'a text that would become another number')],
  },
  {
    name: 'a rebuild renames as if nothing named the table',
    breaks: 'a table that a view or trigger names cannot be rebuilt',
    edits: [edit('rebuild/copy-table.ts', `'PRAGMA legacy_alter_table = ON'`, `'PRAGMA legacy_alter_table = OFF'`)],
    caughtBy: [keeps, keepsFresh],
  },
  {
    name: 'a rebuild does not ask the views',
    breaks: 'the first user of a view finds out that it is broken',
    edits: [edit('rebuild/copy-table.ts', '  yield* checkDependents(target.dependents, broken, location);\n', '')],
    caughtBy: [test('rebuild/in-place.test.ts', 'a view that this very run made')],
  },
  {
    name: 'a rebuild copies with a plain INSERT',
    breaks: 'a new constraint with ON CONFLICT IGNORE or REPLACE decides which rows arrive',
    edits: [edit('rebuild/row-copy.ts', 'return `INSERT OR ABORT INTO', 'return `INSERT INTO')],
    caughtBy: [
      test('rebuild/losses.test.ts', 'ON CONFLICT IGNORE of the new table drops rows without a word with rebuildTable'),
    ],
  },
  {
    name: 'the plan tries a rebuild on the database itself',
    breaks: 'a command that changes nothing drops views',
    edits: [edit('execute/on-connection.ts', `kind === 'script' || `, '')],
    caughtBy: [test('formats/rebuilds.test.ts', 'drizzle: keeps what its schema cannot say')],
  },
  {
    name: 'a kept rebuild forgets what stood in its way',
    breaks: 'a generated migration takes the views of the table with it',
    edits: [edit(keeper, '    yield* createBlocking(this.#blocking, this.#rebuilds, this.#context);\n', '')],
    caughtBy: [test('rebuild/keep.test.ts', 'keeps everything: drizzle-kit')],
  },
  {
    name: 'a kept rebuild puts back what the migration has dropped',
    breaks: 'an index cannot be dropped beside a rebuild',
    edits: [edit(keeper, 'this.#context.dropped.add(objectKey(facts.object, facts.name.name));', 'void facts.name;')],
    caughtBy: [test('rebuild/keep.test.ts', 'wins: {"between":"DROP INDEX IF EXISTS users_adult;"}')],
  },
  {
    name: 'a kept rebuild puts back triggers without a look',
    breaks: 'a trigger that no longer compiles makes each write of the application fail',
    edits: [edit(keeper, '    if (this.#missing.size === 0) yield* this.#checkTriggers();\n', '')],
    caughtBy: [test('rebuild/keep.test.ts', 'is refused if an index or a trigger cannot be put back')],
  },
  {
    name: 'a kept rebuild adds what the author has written otherwise',
    breaks: 'the collation of a column cannot be changed',
    edits: [edit('rebuild/kept-clauses.ts', ' || collationOf(is, column) !== undefined', '')],
    caughtBy: [test('rebuild/keep.test.ts', 'wins: another COLLATE')],
  },
  {
    name: 'a kept rebuild drops generated columns',
    breaks: 'a query of the application fails after a generated migration',
    edits: [edit('rebuild/kept-clauses.ts', '  generated: keepGenerated,\n', '  generated: () => undefined,\n')],
    caughtBy: [test('formats/generated-columns.test.ts', 'generated columns that a rebuild has left out')],
  },
  {
    name: 'a kept rebuild keeps a generated column whose loss is declared',
    breaks: 'a generated column cannot be dropped beside a rebuild',
    edits: [edit('rebuild/kept-clauses.ts', ' || isDeclared(name)', '')],
    caughtBy: [test('formats/generated-columns.test.ts', 'a generated column whose loss is declared is dropped')],
  },
  {
    name: 'the guards measure the copy that was written, and not the one that runs',
    breaks: 'a column whose place a generated one takes is lost as if it were copied',
    edits: [edit('execute/run-statement.ts', 'this.detector.before(rewritten)', 'this.detector.before(entry)')],
    caughtBy: [test('rebuild/keep.test.ts', 'do not take the values of a column that had its own: another column')],
  },
  {
    name: 'a kept rebuild knows nothing of what was removed from the schema',
    breaks: 'a unique index that a generated migration removes comes back, and later ones fail for it',
    edits: [edit('source/formats/drizzle-snapshots.ts', "entityType === 'indexes'", "entityType === ''")],
    caughtBy: [test('formats/rebuilds.test.ts', 'an index and a generated column that were removed')],
  },
  {
    name: 'a copied name may be a text',
    breaks: 'a rebuild that copies a missing column puts its name into every row',
    edits: [edit('execute/copied-columns.ts', 'names.length === 0 ? entry', 'names.length >= 0 ? entry')],
    caughtBy: [test('connections/copied-names.test.ts', 'fails the run, whatever the connection does')],
  },
];
