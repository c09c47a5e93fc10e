import {
  isBusy,
  isSqlError,
  toSqlError,
  type DatabaseBridge,
  type MaybePromise,
  type Row,
  type SqlError,
} from '../bridge/index.ts';
import { assert, assertEqual, assertFails } from './assert.ts';

/** Makes a bridge to a new, empty database. */
export type MakeBridge = () => MaybePromise<DatabaseBridge>;

/** One promise of the `DatabaseBridge` contract. */
export interface ConformanceCheck {
  readonly name: string;
  /** Rejects when the bridge does not keep it. Resolves to the reason where it does not apply to this bridge. */
  run(makeBridge: MakeBridge): Promise<string | undefined>;
}

/**
 * Everything that Dunlin expects of a bridge, as checks for any test framework:
 *
 * ```ts
 * import { bridgeConformanceChecks } from 'dunlin/testing';
 *
 * for (const check of bridgeConformanceChecks) {
 *   test(check.name, async () => void (await check.run(() => myBridge(':memory:'))));
 * }
 * ```
 *
 * Some checks need a database with a file, and say so when they get none.
 */
export const bridgeConformanceChecks: readonly ConformanceCheck[] = [
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
    assertEqual(await bridge.query('PRAGMA user_version = 7', []), [], 'setting a pragma');
    assertEqual(await bridge.query('PRAGMA user_version', []), [{ user_version: 7 }], 'reading a pragma');
  }),

  check('every kind of value comes back as it was bound', async (bridge) => {
    await bridge.script('CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
    const values = [
      null,
      0,
      -1,
      42,
      2 ** 40,
      -1.5,
      1e300,
      '',
      "it's — “ß” 😀",
      new Uint8Array([0, 255]),
      new Uint8Array(),
    ];
    for (const value of values) {
      await bridge.query('INSERT INTO t (v) VALUES (?)', [value]);
      const [row] = await bridge.query('SELECT v FROM t ORDER BY id DESC LIMIT 1', []);
      assertEqual(row?.['v'], value, 'a value');
    }
  }),

  check('a whole number is bound as an INTEGER, any other as a REAL', async (bridge) => {
    const rows = await bridge.query('SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c', [1, 2 ** 40, 0.5]);
    assertEqual(rows, [{ a: 'integer', b: 'integer', c: 'real' }], 'types');
  }),

  check('integers beyond 2^53 are exact bigints, smaller ones numbers', async (bridge) => {
    const big = 2n ** 53n + 1n;
    assertEqual(
      await bridge.query('SELECT ? AS a, ? AS b, ? AS c', [big, -big, 5n]),
      [{ a: big, b: -big, c: 5 }],
      'bound',
    );
    assertEqual(await bridge.query('SELECT 9223372036854775807 AS max', []), [{ max: 2n ** 63n - 1n }], 'read');
  }),

  check('script runs any number of statements, triggers and comments among them', async (bridge) => {
    await bridge.script('');
    await bridge.script('-- only a comment');
    await bridge.script(`
      CREATE TABLE t (a); /* ; */
      CREATE TRIGGER g AFTER INSERT ON t WHEN new.a = 1 BEGIN
        INSERT INTO t VALUES (CASE WHEN new.a = 1 THEN 'one;' END);
        INSERT INTO t VALUES ('two');
      END;
      INSERT INTO t VALUES (1); -- the end`);
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }, { a: 'one;' }, { a: 'two' }], 'rows');
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

  check('query refuses too few and too many values', async (bridge) => {
    await bridge.script('CREATE TABLE t (a, b)');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', [1]), 'too few');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', []), 'none');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', [1, 2, 3]), 'too many');
    assertEqual(await bridge.query("SELECT '?' AS a", []), [{ a: '?' }], 'a question mark in a string');
    assertEqual(await bridge.query('SELECT count(*) AS n FROM t', []), [{ n: 0 }], 'rows');
  }),

  check('a transaction spans calls, and its rollback takes everything back', async (bridge) => {
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
    await bridge.query('PRAGMA foreign_keys = OFF', []);
    assertEqual(
      await bridge.query('PRAGMA foreign_keys', []),
      [{ foreign_keys: 0 }],
      'a pragma that a transaction would ignore',
    );
  }),

  check('tells whether a transaction is open', async (bridge) => {
    if (bridge.inTransaction === undefined) return 'the bridge has no inTransaction()';
    const seen = [bridge.inTransaction()];
    await bridge.script('BEGIN');
    seen.push(bridge.inTransaction());
    await bridge.script('COMMIT');
    seen.push(bridge.inTransaction());
    await bridge.script('SAVEPOINT s');
    seen.push(bridge.inTransaction());
    await bridge.script('RELEASE s');
    seen.push(bridge.inTransaction());
    assertEqual(seen, [false, true, false, true, false], 'inTransaction()');
    return undefined;
  }),

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
    const full = await failure(bridge, () =>
      bridge.script(`PRAGMA max_page_count = 3; CREATE TABLE big AS SELECT zeroblob(1000000)`),
    );
    assertEqual(full.primary, 'SQLITE_FULL', 'no room');
  }),

  check('an error leaves the connection usable and the transaction open', async (bridge) => {
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

  check('no statement stays open after its rows or its error', async (bridge) => {
    await bridge.script('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1), (2), (3)');
    await bridge.query('SELECT a FROM t', []);
    await bridge.query('SELECT a FROM t WHERE a > ?', [1]);
    await bridge.query('SELECT a FROM t LIMIT 1', []);
    await assertFails(() => bridge.query('SELECT abs(-9223372036854775807 - a) FROM t', []), 'an overflow');
    // SQLite answers "database table is locked" while a statement is in the middle of its rows.
    await bridge.script('DROP TABLE t; VACUUM');
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

  check('statements run in the order of the calls', async (bridge) => {
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

  check('a second connection sees what was committed, and is kept out by the write lock', async (bridge) => {
    const second = await bridge.openSecond?.();
    if (second === undefined) return 'the bridge cannot open a second connection, or its database has no file';
    try {
      assertEqual([second.driver, second.sync], [bridge.driver, bridge.sync], 'driver and sync');
      await bridge.script('CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
      assertEqual(await second.query('SELECT count(*) AS n FROM t', []), [{ n: 0 }], 'before COMMIT');
      await second.script('PRAGMA busy_timeout = 0');
      const busy = await failure(second, () => second.script('BEGIN IMMEDIATE'));
      assert(isBusy(busy), `a locked database gave ${busy.code}`);
      await bridge.script('COMMIT');
      assertEqual(await second.query('SELECT count(*) AS n FROM t', []), [{ n: 1 }], 'after COMMIT');
    } finally {
      await second.close?.();
    }
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }], 'the first, after the second was closed');
    return undefined;
  }),

  check('a registered function can be used by a schema', async (bridge) => {
    if (bridge.registerFunction === undefined) return 'the bridge has no registerFunction()';
    bridge.registerFunction('lower_it', (text) => (text === null ? null : String(text).toLowerCase()));
    bridge.registerFunction('same', (value) => value ?? null);
    bridge.registerFunction('boom', () => {
      throw new TypeError('boom');
    });
    await bridge.script(`CREATE TABLE t (a CHECK (lower_it(a) <> 'no'), b GENERATED ALWAYS AS (lower_it(a)) STORED)`);
    await bridge.script(`CREATE INDEX i ON t (lower_it(a)); INSERT INTO t (a) VALUES ('ABC')`);
    assertEqual(await bridge.query('SELECT b FROM t', []), [{ b: 'abc' }], 'a generated column');
    const broken = await failure(bridge, () => bridge.script(`INSERT INTO t (a) VALUES ('NO')`));
    assertEqual(broken.code, 'SQLITE_CONSTRAINT_CHECK', 'a CHECK');
    const big = 2n ** 60n;
    const rows = await bridge.query('SELECT same(?) AS a, same(?) AS b, typeof(same(?)) AS c', [big, 7, 7]);
    assertEqual(rows, [{ a: big, b: 7, c: 'integer' }], 'integers');
    await assertFails(() => bridge.query('SELECT boom()', []), 'a function that throws');
    assertEqual(await bridge.query('SELECT 1 AS one', []), [{ one: 1 }], 'afterwards');
    return undefined;
  }),
];

function check(name: string, run: (bridge: DatabaseBridge) => Promise<string | undefined | void>): ConformanceCheck {
  return {
    name,
    async run(makeBridge) {
      const bridge = await makeBridge();
      try {
        return (await run(bridge)) ?? undefined;
      } finally {
        await bridge.close?.();
      }
    },
  };
}

async function failure(bridge: DatabaseBridge, ask: () => unknown): Promise<SqlError> {
  const error = toSqlError(await assertFails(ask, 'a statement that must fail'), undefined, bridge);
  assert(isSqlError(error), `expected an error of SQLite, got ${String(error)}`);
  return error as SqlError;
}
