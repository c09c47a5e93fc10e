import { BatchError, type BatchBridge } from '../bridge/index.ts';
import { assert, assertEqual } from './checks/check.ts';

/** One rule of the `BatchBridge` contract. Rejects if the bridge breaks it. */
export interface BatchConformanceCheck {
  readonly name: string;
  /** `make` gives a bridge to an empty database. */
  run(make: () => BatchBridge | Promise<BatchBridge>): Promise<void>;
}

/** Works on a table `t` with one row. */
function check(name: string, work: (bridge: BatchBridge) => Promise<void>): BatchConformanceCheck {
  return {
    name,
    async run(make) {
      const bridge = await make();
      await send(bridge, 'CREATE TABLE t (x TEXT PRIMARY KEY)', `INSERT INTO t VALUES ('before')`);
      await work(bridge);
    },
  };
}

async function send(bridge: BatchBridge, ...statements: readonly string[]): Promise<void> {
  await bridge.batch(statements.map((sql) => ({ sql, params: [] })));
}

async function failureOf(work: Promise<void>): Promise<BatchError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert(error instanceof BatchError, `expected a BatchError, got ${String(error)}`);
  return error as BatchError;
}

async function textOf(bridge: BatchBridge, query: string): Promise<string> {
  const [row] = await bridge.read(`SELECT coalesce((${query}), 'NULL') AS r`);
  return String(row?.['r']);
}

const failing: Readonly<Record<string, string>> = {
  'a syntax error': 'SELEC 1',
  'an unknown table': 'INSERT INTO nowhere VALUES (1)',
  'a constraint': `INSERT INTO t VALUES ('before')`,
  'OR ROLLBACK': `INSERT OR ROLLBACK INTO t VALUES ('before')`,
  'a computed error': `SELECT json_extract('{}', 'raised ' || (SELECT count(*) FROM t))`,
};

const places: Readonly<Record<string, number>> = { first: 0, 'in the middle': 2, last: 4 };

/**
 * The contract of a `BatchBridge`, as checks for any test framework. Each needs an empty database:
 *
 * ```ts
 * import { batchConformanceChecks } from 'dunlin/testing';
 *
 * for (const check of batchConformanceChecks) {
 *   test(check.name, async () => void (await check.run(() => myBatchBridge())));
 * }
 * ```
 */
export const batchConformanceChecks: readonly BatchConformanceCheck[] = [
  ...Object.entries(failing).flatMap(([what, sql]) =>
    Object.entries(places).map(([place, index]) =>
      check(`nothing of a batch stays if ${what} fails it, ${place}`, async (bridge) => {
        const statements = [
          `INSERT INTO t VALUES ('a')`,
          'CREATE TABLE made (x)',
          'INSERT INTO made VALUES (1)',
          `UPDATE t SET x = 'b' WHERE x = 'a'`,
        ];
        statements.splice(index, 0, sql);
        const error = await failureOf(send(bridge, ...statements));
        // D1 loses its own transaction by that, and then does not know.
        if (what !== 'OR ROLLBACK') assertEqual(error.outcome, 'failed', 'the outcome');
        if (error.index !== undefined) assertEqual(error.index, index, 'the statement');
        assertEqual(await textOf(bridge, 'SELECT group_concat(x) FROM t'), 'before', 'the rows');
        assertEqual(
          await textOf(bridge, `SELECT count(*) FROM sqlite_schema WHERE name = 'made'`),
          '0',
          'tables of the failed batch',
        );
      }),
    ),
  ),
  check('an error contains the text that a statement computed', async (bridge) => {
    const error = await failureOf(
      send(
        bridge,
        `INSERT INTO t VALUES ('a')`,
        `SELECT json_extract('{}', 'raised ' || (SELECT count(*) FROM t) || ' .')`,
      ),
    );
    assert(error.message.includes('raised 2 .'), `the message is ${error.message}`);
  }),
  check('a raise whose condition is false is quiet', async (bridge) => {
    await send(bridge, `SELECT CASE WHEN (SELECT count(*) FROM t) > 1 THEN json_extract('{}', 'raised') END`);
  }),
  check('statements run in order, and each sees those before it', async (bridge) => {
    await send(
      bridge,
      'CREATE TABLE made (n INTEGER)',
      'INSERT INTO made SELECT count(*) FROM t',
      `INSERT INTO t VALUES ('a')`,
      'INSERT INTO made SELECT count(*) FROM t',
      'ALTER TABLE made RENAME TO kept',
      'UPDATE kept SET n = n * 10',
    );
    assertEqual(
      await textOf(bridge, 'SELECT group_concat(n) FROM (SELECT n FROM kept ORDER BY n)'),
      '10,20',
      'the rows',
    );
  }),
  check('changes() is the number of rows of the statement before', async (bridge) => {
    await send(
      bridge,
      'CREATE TABLE made (n INTEGER)',
      `INSERT INTO t VALUES ('a'), ('b')`,
      'INSERT INTO made VALUES (changes())',
      'DELETE FROM t',
      'INSERT INTO made VALUES (changes())',
    );
    assertEqual(
      await textOf(bridge, 'SELECT group_concat(n) FROM (SELECT n FROM made ORDER BY rowid)'),
      '2,3',
      'the rows',
    );
  }),
  check('parameters are bound as text', async (bridge) => {
    const long = `it's "quoted" ${'x'.repeat(200_000)} \u00fc\u{1f426}`;
    await bridge.batch([{ sql: 'INSERT INTO t VALUES (?)', params: [long] }]);
    assertEqual(
      await textOf(bridge, `SELECT typeof(x) || length(x) FROM t WHERE x <> 'before'`),
      `text${[...long].length}`,
      'the row',
    );
    const [row] = await bridge.read(`SELECT x FROM t WHERE x <> 'before'`);
    assert(row?.['x'] === long, 'the text came back changed');
  }),
  check('five hundred statements are one batch', async (bridge) => {
    await send(bridge, ...Array.from({ length: 500 }, (_, i) => `INSERT INTO t VALUES ('r${i}')`));
    assertEqual(await textOf(bridge, 'SELECT count(*) FROM t'), '501', 'the rows');
  }),
  check('a read sees the batch before it', async (bridge) => {
    for (let i = 0; i < 5; i++) {
      await send(bridge, `INSERT INTO t VALUES ('r${i}')`);
      assertEqual(await textOf(bridge, 'SELECT count(*) FROM t'), String(i + 2), 'the rows');
    }
  }),
  check('a read that fails is a BatchError', async (bridge) => {
    await failureOf(bridge.read('SELECT * FROM nowhere').then(() => undefined));
  }),
  check('foreign keys are as the bridge declares', async (bridge) => {
    if (bridge.engine.foreignKeys !== 'always-on') return;
    await send(
      bridge,
      'CREATE TABLE child (x TEXT REFERENCES t (x) ON DELETE CASCADE)',
      `INSERT INTO child VALUES ('before')`,
    );
    await send(bridge, `DELETE FROM t WHERE x = 'before'`);
    assertEqual(await textOf(bridge, 'SELECT count(*) FROM child'), '0', 'the children');
  }),
];
