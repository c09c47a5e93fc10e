import { assertEqual, assertFails, check, factsOf, type ConformanceCheck } from './check.ts';

/** What goes in and comes out of a statement. */
export const valueChecks: readonly ConformanceCheck[] = [
  check('every kind of value comes back as it was bound', async (bridge) => {
    await bridge.script('CREATE TABLE t (id INTEGER PRIMARY KEY, v)');
    const values = [
      null,
      0,
      -1,
      42,
      2 ** 40,
      -(2 ** 53 - 1),
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
    // SQLite has no negative zero.
    const [zero] = await bridge.query('SELECT ? = 0 AS equal', [-0]);
    assertEqual(zero, { equal: 1 }, 'negative zero');
  }),

  check('a whole number is bound as an INTEGER, any other as a REAL', async (bridge) => {
    const rows = await bridge.query('SELECT typeof(?) AS a, typeof(?) AS b, typeof(?) AS c', [1, 2 ** 40, 0.5]);
    assertEqual(rows, [{ a: 'integer', b: 'integer', c: 'real' }], 'types');
  }),

  check('integers beyond 2^53 are exact bigints, smaller ones numbers', async (bridge) => {
    if (factsOf(bridge).integers === 'doubles') return 'the engine rounds integers above 2^53';
    const big = 2n ** 53n + 1n;
    assertEqual(
      await bridge.query('SELECT ? AS a, ? AS b, ? AS c', [big, -big, 5n]),
      [{ a: big, b: -big, c: 5 }],
      'bound',
    );
    assertEqual(await bridge.query('SELECT 9223372036854775807 AS max', []), [{ max: 2n ** 63n - 1n }], 'read');
    return undefined;
  }),

  check('query refuses too few and too many values', async (bridge) => {
    await bridge.script('CREATE TABLE t (a, b)');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', [1]), 'too few');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', []), 'none');
    await assertFails(() => bridge.query('INSERT INTO t VALUES (?, ?)', [1, 2, 3]), 'too many');
    assertEqual(await bridge.query("SELECT '?' AS a", []), [{ a: '?' }], 'a question mark in a string');
    assertEqual(await bridge.query('SELECT count(*) AS n FROM t', []), [{ n: 0 }], 'rows');
  }),
];
