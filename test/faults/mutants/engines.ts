import { edit, test, type Mutant } from './mutant.ts';

const proof = 'execute/prove-foreign-keys.ts';

export const ofEngines: readonly Mutant[] = [
  {
    name: 'nobody proves that foreign keys are off',
    breaks: 'a rebuild deletes the rows that refer to the table, where the engine only claims that they are off',
    edits: [
      edit(
        'execute/run-group.ts',
        '  if (carried === undefined) yield* proveForeignKeysOff(context, steps, before);\n',
        '',
      ),
    ],
    caughtBy: [test('engines/foreign-keys.test.ts', 'is found out before it costs rows: a rebuild by hand')],
  },
  {
    name: 'the proof is made for a DROP only',
    breaks: 'a DELETE takes the children along',
    edits: [edit(proof, '&& isRisky(step)', "&& step.statements.some(({ facts }) => facts.verb === 'drop')")],
    caughtBy: [test('engines/foreign-keys.test.ts', 'is found out before it costs rows: a DELETE')],
  },
  {
    name: 'the proof stays in the database',
    breaks: 'two tables of nobody are left in every database',
    edits: [edit(proof, 'ROLLBACK TO ${savepoint}; RELEASE', 'RELEASE')],
    caughtBy: [test('engines/foreign-keys.test.ts', 'counts no table of its own')],
  },
  {
    name: 'foreign keys that stay on count as off',
    breaks: 'rows that ON DELETE removes are not counted',
    edits: [edit('execute/prepare/prepare.ts', "context.engine.foreignKeys !== 'switchable'", 'false')],
    caughtBy: [test('engines/foreign-keys.test.ts', 'counts the rows that an action removes')],
  },
  {
    name: 'without a count of schema changes the schema counts as unchanged',
    breaks: 'drift is never found',
    edits: [
      edit('ledger/recorded-schema.ts', '.schemaVersion) return row === undefined;', '.schemaVersion) return true;'),
    ],
    caughtBy: [test('engines/facts.test.ts', 'an exact count of schema changes still sees drift')],
  },
  {
    name: 'a bigint is bound where the engine rounds it',
    breaks: '9007199254740993 becomes 9007199254740992 without a word',
    edits: [edit('bridge/execute-request.ts', "engine?.integers === 'doubles'", "engine?.integers === 'exact'")],
    caughtBy: [test('engines/facts.test.ts', 'refuses a bigint before it is rounded')],
  },
];
