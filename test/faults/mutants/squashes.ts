import { edit, test, type Mutant } from './mutant.ts';

export const ofSquashes: readonly Mutant[] = [
  {
    name: 'a squash is written although it makes other rows',
    breaks: 'new databases differ from those that ran the files',
    edits: [edit('operations/squash.ts', '  if (differences.length > 0)\n', '  if (differences.length > 99)\n')],
    caughtBy: [test('squash/refused.test.ts', 'of rows that no INSERT can make again')],
  },
  {
    name: 'a history with rows runs only once',
    breaks: 'new databases get the time at which the squash was made',
    edits: [edit('operations/squash.ts', 'rows.length > 0))', 'rows.length > 99))')],
    caughtBy: [test('squash/refused.test.ts', 'of rows that depend on chance')],
  },
  {
    name: 'the triggers are there when the rows are inserted',
    breaks: 'they fire a second time',
    edits: [
      edit(
        'check/squash/content.ts',
        '...dumpStatements(schema.filter((object) => !isTrigger(object))),',
        '...dumpStatements(schema),',
      ),
      edit('check/squash/content.ts', '      ...dumpStatements(schema.filter(isTrigger)),\n', ''),
    ],
    caughtBy: [test('squash/databases.test.ts', 'triggers do not fire for the rows of a squash')],
  },
  {
    name: 'a database that has applied a part of the history starts from the squash',
    breaks: 'its tables are created a second time',
    edits: [edit('plan/compare-squashes.ts', 'if (applied.size > 0 || schemaVersion !== undefined) return false;', '')],
    caughtBy: [test('squash/equal.test.ts', 'lets a database at version 3 continue with the files')],
  },
  {
    name: 'a new file among those that a squash replaces is left out',
    breaks: 'new databases do not get what it makes',
    edits: [edit('plan/compare-squashes.ts', 'if (one !== undefined && (', 'if (one === undefined || (')],
    caughtBy: [test('squash/refused.test.ts', 'is refused if a file was added among them')],
  },
  {
    name: 'triggers that fire at the same moment are sorted by name',
    breaks: 'they fire in another order in new databases',
    edits: [edit('schema/dump.ts', 'sorted[place] = together[i]!', 'sorted[place] ??= together[i]!')],
    caughtBy: [test('squash/equal.test.ts', 'triggers fire in the order in which they were created')],
  },
  {
    name: 'a squash applies only its own version of a set',
    breaks: 'no new database can be made',
    edits: [edit('plan/split-sets.ts', 'if (squash === true) for', 'if (squash === false) for')],
    caughtBy: [test('squash/equal.test.ts', 'where the squash ends with a set of the file')],
  },
  {
    name: 'an INSERT with the year is squashed',
    breaks: 'new databases get the year in which the squash was made',
    edits: [edit('operations/squash.ts', '  refuseChance(to, history.moments);\n', '')],
    caughtBy: [test('squash/refused.test.ts', 'of rows with a part of the time, or chance')],
  },
];
