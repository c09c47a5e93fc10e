import { isBusy } from '../../bridge/index.ts';
import {
  assert,
  assertEqual,
  assertFails,
  check,
  checkInTransaction,
  factsOf,
  failure,
  type ConformanceCheck,
} from './check.ts';

/** What a bridge may leave out. */
export const connectionChecks: readonly ConformanceCheck[] = [
  checkInTransaction(
    'a second connection sees what was committed, and is kept out by the write lock',
    async (bridge) => {
      const second = await bridge.openSecond?.();
      if (second === undefined) return 'the bridge cannot open a second connection, or its database has no file';
      try {
        assertEqual([second.driver, second.sync], [bridge.driver, bridge.sync], 'driver and sync');
        await bridge.script('CREATE TABLE t (a); BEGIN IMMEDIATE; INSERT INTO t VALUES (1)');
        assertEqual(await second.query('SELECT count(*) AS n FROM t', []), [{ n: 0 }], 'before COMMIT');
        if (factsOf(second).settings.includes('busy_timeout')) await second.script('PRAGMA busy_timeout = 0');
        const busy = await failure(second, () => second.script('BEGIN IMMEDIATE'));
        assert(isBusy(busy), `a locked database gave ${busy.code}`);
        await bridge.script('COMMIT');
        assertEqual(await second.query('SELECT count(*) AS n FROM t', []), [{ n: 1 }], 'after COMMIT');
      } finally {
        await second.close?.();
      }
      assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }], 'the first, after the second was closed');
      return undefined;
    },
  ),

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
    await assertFails(() => bridge.query('SELECT boom(a) AS x FROM t', []), 'a function that throws for a row');
    assertEqual(await bridge.query('SELECT 1 AS one', []), [{ one: 1 }], 'afterwards');
    return undefined;
  }),
];
