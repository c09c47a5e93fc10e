import { literal, nameKey, quote } from '../../sql/index.ts';
import { assert, assertEqual, check, factsOf, type ConformanceCheck } from './check.ts';

/** What the bridge says of its engine is true: a run relies on it. What an engine has and does not say does no harm. */
export const factChecks: readonly ConformanceCheck[] = [
  check('its engine says truly whether foreign keys can be turned off', async (bridge) => {
    const { foreignKeys } = factsOf(bridge);
    await bridge.script(`CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (id INTEGER REFERENCES parent (id) ON DELETE CASCADE)`);
    const left = async (id: number): Promise<unknown> => {
      await bridge.script(`INSERT INTO parent VALUES (${id})`);
      await bridge.script(`INSERT INTO child VALUES (${id})`);
      await bridge.script(`DELETE FROM parent WHERE id = ${id}`);
      return (await bridge.query('SELECT count(*) AS n FROM child WHERE id = ?', [id]))[0]?.['n'];
    };
    if (foreignKeys !== 'switchable') return assertEqual(await left(1), 0, 'children, with foreign keys always on');
    await bridge.script('PRAGMA foreign_keys = OFF');
    assertEqual(await left(1), 1, 'children, with foreign keys off');
    await bridge.script('PRAGMA foreign_keys = ON');
    assertEqual(await left(2), 0, 'children, with foreign keys on');
  }),

  check('its engine has the settings that it names, and keeps `synchronous`', async (bridge) => {
    const { settings, durability } = factsOf(bridge);
    for (const name of settings) await bridge.query(`PRAGMA ${name}`, []);
    if (durability === 'engine') return;
    await bridge.script('PRAGMA synchronous = 3');
    assertEqual(await bridge.query('PRAGMA synchronous', []), [{ synchronous: 3 }], 'synchronous');
  }),

  check('its engine has the integrity check that it names', async (bridge) => {
    const { integrity } = factsOf(bridge);
    if (integrity === 'none') return 'the engine has no integrity check';
    const [row] = await bridge.query(
      integrity === 'full' ? 'PRAGMA main.integrity_check(1000)' : 'PRAGMA quick_check',
      [],
    );
    assertEqual(Object.values(row ?? {}), ['ok'], 'the check of a sound database');
    return undefined;
  }),

  check('its engine tells the size of the database', async (bridge) => {
    if (factsOf(bridge).size === 'none') return 'the engine does not tell the size';
    await bridge.script('CREATE TABLE t (a)');
    const sql = 'SELECT page_count * page_size AS bytes FROM pragma_page_count, pragma_page_size';
    const [row] = await bridge.query(sql, []);
    assert(Number(row?.['bytes']) >= 512, `the size is ${String(row?.['bytes'])}`);
    return undefined;
  }),

  check('its engine counts changes of the schema', async (bridge) => {
    if (!factsOf(bridge).schemaVersion) return 'the engine does not count changes of the schema';
    const read = async (): Promise<unknown> =>
      Object.values((await bridge.query('PRAGMA main.schema_version', []))[0] ?? {})[0];
    const before = await read();
    assertEqual(typeof before, 'number', 'the type of schema_version');
    assertEqual(await read(), before, 'without a change');
    await bridge.script('CREATE TABLE t (a)');
    assert((await read()) !== before, 'schema_version is the same after CREATE TABLE');
    return undefined;
  }),

  check('its engine counts the commits of others', async (bridge) => {
    if (!factsOf(bridge).dataVersion) return 'the engine does not count the commits of others';
    const read = async (): Promise<unknown> =>
      Object.values((await bridge.query('PRAGMA data_version', []))[0] ?? {})[0];
    const before = await read();
    assertEqual(typeof before, 'number', 'the type of data_version');
    await bridge.script('CREATE TABLE t (a)');
    assertEqual(await read(), before, 'after a commit of its own');
    const second = await bridge.openSecond?.();
    if (second === undefined) return undefined;
    await second.script('INSERT INTO t VALUES (1)');
    await second.close?.();
    assert((await read()) !== before, 'data_version is the same after a commit of another connection');
    return undefined;
  }),

  check('its engine has temporary tables', async (bridge) => {
    if (!factsOf(bridge).temporary) return 'the engine has no temporary tables';
    await bridge.script('CREATE TEMP TABLE t (a)');
    assertEqual(await bridge.query('SELECT name FROM temp.sqlite_schema', []), [{ name: 't' }], 'temporary objects');
    return undefined;
  }),

  check('its engine attaches databases', async (bridge) => {
    if (!factsOf(bridge).attach) return 'the engine attaches no databases';
    await bridge.script("ATTACH ':memory:' AS other; CREATE TABLE other.t (a); DETACH other");
    return undefined;
  }),

  check('its engine reserves its own tables, and no others', async (bridge) => {
    const { reserved } = factsOf(bridge);
    const names = async (): Promise<readonly string[]> => {
      const own = reserved.map((pattern) => `tbl_name NOT LIKE ${literal(pattern)} ESCAPE '\\'`);
      const sql = ['SELECT name FROM sqlite_schema WHERE name NOT LIKE ?', ...own].join(' AND ');
      return (await bridge.query(sql, ['sqlite%'])).map(({ name }) => nameKey(String(name)));
    };
    assertEqual(await names(), [], 'tables of a new database');
    const mine = ['users', 'a_cf_b', 'libsql', '_notes'];
    for (const name of mine) await bridge.script(`CREATE TABLE ${quote(name)} (a)`);
    assertEqual((await names()).toSorted(), mine.toSorted(), 'tables of an application');
  }),
];
