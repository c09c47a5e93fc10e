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
        '...dumpStatements(objects.filter((object) => !isTrigger(object))),',
        '...dumpStatements(objects),',
      ),
      edit('check/squash/content.ts', '      ...dumpStatements(objects.filter(isTrigger)),\n', ''),
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
];
