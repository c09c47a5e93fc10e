import type { MaybePromise, Row } from '../../bridge/index.ts';
import {
  assert,
  assertEqual,
  assertFails,
  check,
  checkInTransaction,
  factsOf,
  type ConformanceCheck,
} from './check.ts';

/** Which statements run, and what they leave. */
export const statementChecks: readonly ConformanceCheck[] = [
  check('names its driver and tells whether it is synchronous', async (bridge) => {
    assert(bridge.driver !== '', 'driver is empty');
    const answer = bridge.query('SELECT 1 AS one', []);
    const isPromise = typeof (answer as Promise<unknown>).then === 'function';
    await answer;
    assertEqual(bridge.sync, !isPromise, 'sync');
  }),

  check('query returns rows by column name, and none for a statement without a result', async (bridge) => {
    assertEqual(await bridge.query('CREATE TABLE t (a, b)', []), [], 'CREATE');
    assertEqual(await bridge.query('INSERT INTO t VALUES (?, ?), (?, ?)', [1, 'x', 2, 'y']), [], 'INSERT');
    assertEqual(
      await bridge.query('SELECT b, a FROM t ORDER BY a', []),
      [
        { b: 'x', a: 1 },
        { b: 'y', a: 2 },
      ],
      'SELECT',
    );
    assertEqual(await bridge.query('SELECT a FROM t WHERE a > 9', []), [], 'an empty SELECT');
    assertEqual(await bridge.query('INSERT INTO t VALUES (3, NULL) RETURNING a', []), [{ a: 3 }], 'RETURNING');
    if (!factsOf(bridge).settings.includes('user_version')) return;
    assertEqual(await bridge.query('PRAGMA user_version = 7', []), [], 'setting a pragma');
    assertEqual(await bridge.query('PRAGMA user_version', []), [{ user_version: 7 }], 'reading a pragma');
  }),

  check('script runs any number of statements, triggers and comments among them', async (bridge) => {
    await bridge.script('');
    await bridge.script('-- only a comment');
    await bridge.script(' /* ; */ ;\n;');
    await bridge.script(`
      CREATE TABLE t (a); /* ; */
      CREATE TRIGGER g AFTER INSERT ON t WHEN new.a = 1 BEGIN
        INSERT INTO t VALUES (CASE WHEN new.a = 1 THEN 'one;' END);
        INSERT INTO t VALUES ('two');
      END;
      INSERT INTO t VALUES (1); -- the end`);
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }, { a: 'one;' }, { a: 'two' }], 'rows');
  }),

  check('names and texts may have any letters and any length', async (bridge) => {
    await bridge.script('CREATE TABLE "Größe 数 😀" ("naïve ""col""" TEXT)');
    const text = 'ä😀x'.repeat(250_000);
    await bridge.query('INSERT INTO "Größe 数 😀" VALUES (?)', [text]);
    const [row] = await bridge.query('SELECT "naïve ""col""" FROM "Größe 数 😀"', []);
    assertEqual(Object.keys(row ?? {}), ['naïve "col"'], 'the name of the column');
    assert(row?.['naïve "col"'] === text, 'a text of 1 MB is not what was bound');
  }),

  check('closing twice does no harm', async (bridge) => {
    await bridge.close?.();
    await bridge.close?.();
  }),

  check('query refuses several statements and runs none of them', async (bridge) => {
    await bridge.script('CREATE TABLE t (a)');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)', []), 'two statements');
    assertEqual(await bridge.query('SELECT a FROM t', []), [], 'rows');
    assertEqual(
      await bridge.query('SELECT 1 AS one; -- and a comment', []),
      [{ one: 1 }],
      'one statement with a comment',
    );
    await assertFails(() => bridge.query('-- nothing', []), 'no statement');
  }),

  check('no statement stays open after its rows or its error', async (bridge) => {
    await bridge.script('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1), (2), (3)');
    await bridge.query('SELECT a FROM t', []);
    await bridge.query('SELECT a FROM t WHERE a > ?', [1]);
    await bridge.query('SELECT a FROM t LIMIT 1', []);
    await assertFails(() => bridge.query('SELECT abs(-9223372036854775807 - a) FROM t', []), 'an overflow');
    // SQLite answers "database table is locked" while a statement is in the middle of its rows.
    await bridge.script(factsOf(bridge).attach ? 'DROP TABLE t; VACUUM' : 'DROP TABLE t');
  }),

  check('a statement sees the schema as it is now', async (bridge) => {
    await bridge.script('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    const read = (): MaybePromise<readonly Row[]> => bridge.query('SELECT * FROM t WHERE a = ?', [1]);
    assertEqual(await read(), [{ a: 1 }], 'before');
    await bridge.script("ALTER TABLE t ADD COLUMN b DEFAULT 'new'");
    assertEqual(await read(), [{ a: 1, b: 'new' }], 'after');
    await bridge.query('INSERT INTO t (a) VALUES (?)', [2]);
    await bridge.script('DROP TABLE t; CREATE TABLE t (b, a)');
    await bridge.query('INSERT INTO t (a) VALUES (?)', [3]);
    assertEqual(await bridge.query('SELECT * FROM t', []), [{ b: null, a: 3 }], 'after a rebuild');
  }),

  checkInTransaction('statements run in the order of the calls', async (bridge) => {
    const answers = [bridge.script('BEGIN; CREATE TABLE t (a)')] as MaybePromise<unknown>[];
    for (let i = 0; i < 20; i++)
      answers.push(
        i % 2 === 0 ? bridge.query('INSERT INTO t VALUES (?)', [i]) : bridge.script(`INSERT INTO t VALUES (${i})`),
      );
    const reading = bridge.query('SELECT a FROM t ORDER BY rowid', []);
    for (const answer of await Promise.allSettled(answers)) if (answer.status === 'rejected') throw answer.reason;
    const rows = await reading;
    assertEqual(
      rows,
      Array.from({ length: 20 }, (_, a) => ({ a })),
      'rows',
    );
  }),
];
