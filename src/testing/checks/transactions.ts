import {
  assertEqual,
  assertFails,
  check,
  checkInTransaction,
  factsOf,
  failure,
  type ConformanceCheck,
} from './check.ts';

/** Transactions and errors. */
export const transactionChecks: readonly ConformanceCheck[] = [
  checkInTransaction('a transaction spans calls, and its rollback takes everything back', async (bridge) => {
    await bridge.script('BEGIN IMMEDIATE');
    await bridge.script('CREATE TABLE t (a)');
    await bridge.query('INSERT INTO t VALUES (?)', [1]);
    await bridge.script('SAVEPOINT inner');
    await bridge.query('INSERT INTO t VALUES (?)', [2]);
    await bridge.script('ROLLBACK TO inner');
    await bridge.script('RELEASE inner');
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }], 'after ROLLBACK TO');
    await bridge.script('ROLLBACK');
    assertEqual(await bridge.query('SELECT name FROM sqlite_schema', []), [], 'after ROLLBACK');
  }),

  check('nothing is wrapped in a transaction', async (bridge) => {
    await assertFails(() => bridge.script('CREATE TABLE t (a); INSERT INTO missing VALUES (1)'), 'a failing script');
    assertEqual(
      await bridge.query('SELECT name FROM sqlite_schema', []),
      [{ name: 't' }],
      'what ran before the failure',
    );
    if (factsOf(bridge).foreignKeys !== 'switchable') return;
    await bridge.query('PRAGMA foreign_keys = OFF', []);
    assertEqual(
      await bridge.query('PRAGMA foreign_keys', []),
      [{ foreign_keys: 0 }],
      'a pragma that a transaction would ignore',
    );
  }),

  checkInTransaction(
    'tells whether a transaction is open, or refuses a second BEGIN in SQLite’s words',
    async (bridge) => {
      if (bridge.inTransaction === undefined) {
        await bridge.script('BEGIN');
        const refused = await failure(bridge, () => bridge.script('BEGIN'));
        const inItsWords = refused.message.includes('cannot start a transaction within a transaction');
        assertEqual([refused.primary, inItsWords], ['SQLITE_ERROR', true], 'a BEGIN inside a transaction');
        await bridge.script('ROLLBACK');
        return;
      }
      const seen = [await bridge.inTransaction()];
      await bridge.script('BEGIN');
      seen.push(await bridge.inTransaction());
      await bridge.script('COMMIT');
      seen.push(await bridge.inTransaction());
      await bridge.script('SAVEPOINT s');
      seen.push(await bridge.inTransaction());
      await bridge.script('RELEASE s');
      seen.push(await bridge.inTransaction());
      assertEqual(seen, [false, true, false, true, false], 'inTransaction()');
      await bridge.script('CREATE TABLE t (a UNIQUE); BEGIN; INSERT INTO t VALUES (1)');
      await assertFails(() => bridge.query('INSERT INTO t VALUES (?)', [1]), 'a constraint');
      assertEqual(await bridge.inTransaction(), true, 'inTransaction() after an error');
      await assertFails(() => bridge.query('INSERT OR ROLLBACK INTO t VALUES (?)', [1]), 'OR ROLLBACK');
      assertEqual(await bridge.inTransaction(), false, 'inTransaction() after an error that rolls back');
    },
  ),

  check('an error has SQLite’s code and message', async (bridge) => {
    await bridge.script('CREATE TABLE t (a UNIQUE, b NOT NULL); INSERT INTO t VALUES (1, 1)');
    const unique = await failure(bridge, () => bridge.query('INSERT INTO t VALUES (?, ?)', [1, 2]));
    assertEqual(
      [unique.code, unique.message.includes('UNIQUE constraint failed: t.a')],
      ['SQLITE_CONSTRAINT_UNIQUE', true],
      'UNIQUE',
    );
    const notNull = await failure(bridge, () => bridge.script('INSERT INTO t VALUES (2, NULL)'));
    assertEqual(notNull.code, 'SQLITE_CONSTRAINT_NOTNULL', 'NOT NULL');
    const syntax = await failure(bridge, () => bridge.query('SELEC 1', []));
    assertEqual([syntax.code, syntax.message.includes('syntax error')], ['SQLITE_ERROR', true], 'a syntax error');
    if (factsOf(bridge).size === 'none') return;
    const full = await failure(bridge, () =>
      bridge.script(`PRAGMA max_page_count = 3; CREATE TABLE big AS SELECT zeroblob(1000000)`),
    );
    assertEqual(full.primary, 'SQLITE_FULL', 'no room');
  }),

  checkInTransaction('an error leaves the connection usable and the transaction open', async (bridge) => {
    await bridge.script('CREATE TABLE t (a UNIQUE); BEGIN; INSERT INTO t VALUES (1)');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?)', [1]), 'a constraint');
    await assertFails(
      () => bridge.query('INSERT INTO t SELECT 2 UNION ALL SELECT 1 RETURNING a', []),
      'a constraint with rows',
    );
    await assertFails(() => bridge.query('SELECT abs(-9223372036854775807 - a) FROM t', []), 'an overflow');
    await bridge.query('INSERT INTO t VALUES (?)', [3]);
    await bridge.script('COMMIT');
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }, { a: 3 }], 'rows');
  }),
];
