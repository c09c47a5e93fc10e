import type { ColumnOrigin, DatabaseBridge } from '../../bridge/index.ts';
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

const SCHEMA = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, a, "b c");
  CREATE VIEW v AS SELECT a AS shown, "b c", a || 'x' AS made FROM t`;

/** Each statement with the columns of its result: [name, database, table, column], or only the name of an expression. */
const ORIGINS: readonly (readonly [sql: string, ...columns: readonly (readonly string[])[]])[] = [
  ['SELECT a, "b c", id FROM t', ['a', 'main', 't', 'a'], ['b c', 'main', 't', 'b c'], ['id', 'main', 't', 'id']],
  ['SELECT x.a AS alias FROM main.t AS x', ['alias', 'main', 't', 'a']],
  ['SELECT rowid AS row FROM t', ['row', 'main', 't', 'id']],
  ['SELECT * FROM v', ['shown', 'main', 't', 'a'], ['b c', 'main', 't', 'b c'], ['made']],
  ['WITH c (d) AS (SELECT a FROM t) SELECT d FROM c', ['d', 'main', 't', 'a']],
  ['SELECT q.e FROM (SELECT "b c" AS e FROM t) AS q', ['e', 'main', 't', 'b c']],
  ["SELECT a + 1 AS sum, 'a' AS text, ? AS given FROM t", ['sum'], ['text'], ['given']],
  ['SELECT a FROM kept', ['a', 'temp', 'kept', 'a']],
  ['SELECT a FROM other.t', ['a', 'other', 't', 'a']],
  ['INSERT INTO t (a) VALUES (1)'],
  ['CREATE TABLE more (a)'],
];

/** Where the columns of a result come from. */
export const columnChecks: readonly ConformanceCheck[] = [
  check('columns reports the table column that each result column comes from', async (bridge) => {
    const { temporary, attach } = factsOf(bridge);
    await bridge.script(SCHEMA);
    if (temporary) await bridge.script('CREATE TEMP TABLE kept (a)');
    if (attach) await bridge.script("ATTACH ':memory:' AS other; CREATE TABLE other.t (a)");
    const missing = await cannotTell(bridge);
    if (missing !== undefined) return missing;
    for (const [sql, ...expected] of ORIGINS) {
      if ((!temporary && sql.includes('kept')) || (!attach && sql.includes('other'))) continue;
      const columns = (await bridge.columns?.(sql)) as readonly ColumnOrigin[];
      const found = columns.map(({ name, database, table, column }) => [name, database, table, column]);
      const wanted = expected.map(([name, database, table, column]) => [name, database, table, column]);
      assertEqual(found, wanted, sql);
    }
    return undefined;
  }),

  checkInTransaction('columns prepares one statement and runs none', async (bridge) => {
    await bridge.script('CREATE TABLE t (a UNIQUE); INSERT INTO t VALUES (1)');
    const missing = await cannotTell(bridge);
    if (missing !== undefined) return missing;
    const columns = async (sql: string): Promise<unknown> => await bridge.columns?.(sql);
    await columns('INSERT INTO t VALUES (2)');
    await columns('DELETE FROM t');
    await columns('CREATE TABLE more (a)');
    await columns('BEGIN');
    assertEqual(await bridge.query('SELECT a FROM t', []), [{ a: 1 }], 'rows');
    assertEqual(await bridge.query('SELECT name FROM sqlite_schema WHERE sql NOT NULL', []), [{ name: 't' }], 'tables');
    await assertFails(() => columns('SELECT a FROM t; SELECT 2'), 'two statements');
    await assertFails(() => columns('-- nothing'), 'no statement');
    const unknown = await failure(bridge, () => columns('SELECT z FROM t'));
    assertEqual(
      [unknown.code, unknown.message.includes('no such column: z')],
      ['SQLITE_ERROR', true],
      'an unknown column',
    );
    // A statement in the middle of its rows would lock the table.
    await bridge.script('BEGIN; DROP TABLE t; COMMIT; CREATE TABLE t (z)');
    if (factsOf(bridge).attach) await bridge.script('VACUUM');
    assert((await columns('SELECT z FROM t')) !== undefined, 'the new column has no origin');
    return undefined;
  }),
];

async function cannotTell(bridge: DatabaseBridge): Promise<string | undefined> {
  if (bridge.columns === undefined) return 'the bridge has no columns()';
  const columns = await bridge.columns('SELECT name FROM sqlite_schema');
  return columns === undefined ? 'the driver cannot tell where columns come from' : undefined;
}
