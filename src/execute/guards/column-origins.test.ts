import { describe, expect, it } from 'vitest';
import type { DatabaseBridge } from '../../bridge/index.ts';
import { memory, perform } from '../../../test/support/memory.ts';
import { readInventory } from '../../schema/index.ts';
import { splitStatements, type ObjectName, type SqlStatement } from '../../sql/index.ts';
import { driverError, recordBridge } from '../../testing/index.ts';
import { RunBaseline } from './run-baseline.ts';
import { OriginReader, readsOf, type ColumnRef, type ColumnSource, type SelectOrigins } from './column-origins.ts';
import { TableTracker } from './table-tracker.ts';

const schema = `
  CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
  CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, kind TEXT);
  CREATE TABLE n (a, b, c);
  CREATE VIEW v AS SELECT id, email AS name, upper(name) AS big FROM t;
  CREATE VIEW w AS SELECT big AS bigger FROM v;`;

const statementOf = (sql: string): SqlStatement => splitStatements(sql)[0]!;

function read(bridge: DatabaseBridge = memory(schema)): {
  reader: OriginReader;
  bridge: DatabaseBridge;
  tables: TableTracker;
} {
  const baseline = new RunBaseline(
    perform(
      readInventory(() => false),
      bridge,
    ),
  );
  const tables = new TableTracker(baseline.tables, []);
  return { reader: new OriginReader(tables, baseline.views), bridge, tables };
}

const named = ({ table, column }: ColumnRef): string => `${table.name}.${column}`;
const list = (refs: readonly ColumnRef[]): string => [...new Set(refs.map(named))].toSorted().join(', ');
const show = (source: ColumnSource): string => (source.kind === 'column' ? named(source) : `(${list(source.reads)})`);

function selects(sql: string, bridge?: DatabaseBridge): readonly SelectOrigins[] {
  const { reader, bridge: asked } = read(bridge);
  return perform(reader.ofSelects(statementOf(sql)), asked);
}

/** The sources of the one SELECT's columns: `t.name` as it is, `(t.name)` computed from it. */
function results(sql: string, bridge?: DatabaseBridge): string[] {
  const [only, second] = selects(sql, bridge);
  expect(second).toBeUndefined();
  return only!.results.map(show);
}

describe('the columns of a SELECT', () => {
  it.each([
    ['SELECT id, name FROM t', ['t.id', 't.name']],
    ['SELECT * FROM t', ['t.id', 't.name', 't.email']],
    ['SELECT t.*, 1, u.* FROM t, u', ['t.id', 't.name', 't.email', '()', 'u.id', 'u.name', 'u.kind']],
    ['SELECT 1, *, 2 FROM t', ['()', 't.id', 't.name', 't.email', '()']],
    ['SELECT x."NAME" AS label FROM main.t AS x', ['t.name']],
    ['SELECT q.* FROM (SELECT email, id FROM t) AS q', ['t.email', 't.id']],
    ['WITH c (a, b) AS (SELECT email, id FROM t) SELECT b, a FROM c', ['t.id', 't.email']],
    ['SELECT name, big FROM v', ['t.email', '(t.name)']],
    ['SELECT bigger FROM w', ['(t.name)']],
    ['SELECT bigger || 1 FROM w', ['(t.name)']],
    ['SELECT rowid FROM t', ['t.id']],
    // Read, but not as they are.
    ['SELECT upper(name), name || email, NULL FROM t', ['(t.name)', '(t.email, t.name)', '()']],
    ['SELECT CASE WHEN id = 1 THEN email END FROM t', ['(t.email, t.id)']],
    ['SELECT count(*), max(name) FROM t', ['()', '(t.name)']],
    ['SELECT (SELECT email FROM t) FROM u', ['(t.email)']],
    ['SELECT (SELECT u.kind FROM u WHERE u.id = t.id) FROM t', ['(u.kind)']],
    ['SELECT q.a FROM (SELECT lower(email) AS a FROM t) AS q', ['(t.email)']],
    ['SELECT q.a || q.id FROM (SELECT lower(email) AS a, id FROM t) AS q', ['(t.email, t.id)']],
    // Names that only look like columns.
    [`SELECT 'email', "name" FROM t`, ['()', 't.name']],
    [`SELECT date('now'), email.id FROM t AS email`, ['()', 't.id']],
    ['SELECT 1 AS email FROM t', ['()']],
    ['SELECT name AS email FROM t', ['t.name']],
    ['SELECT id + 0 AS email FROM t', ['(t.id)']],
    // An expression that has the name of what it reads.
    ['SELECT name FROM (SELECT upper(name) AS name FROM t)', ['(t.name)']],
    ['SELECT name FROM (SELECT upper(name) AS name FROM (SELECT lower(name) AS name FROM t))', ['(t.name)']],
  ])('%s', (sql, expected) => {
    expect(results(sql)).toEqual(expected);
  });

  it.each([
    ['INSERT INTO n SELECT * FROM t', ['t.id', 't.name', 't.email']],
    ['INSERT INTO n (c, a) SELECT name, id FROM t', ['t.name', 't.id']],
    ['CREATE TABLE m AS SELECT email FROM t', ['t.email']],
    ['INSERT INTO n WITH c AS (SELECT * FROM t) SELECT email, 1, 2 FROM c', ['t.email', '()', '()']],
    ['REPLACE INTO n SELECT id, name, email FROM t WHERE id > 1 RETURNING a', ['t.id', 't.name', 't.email']],
  ])('%s', (sql, expected) => {
    expect(results(sql)).toEqual(expected);
  });

  it('are those of each SELECT of a UNION', () => {
    const found = selects('INSERT INTO n SELECT id, name, 1 FROM t UNION ALL SELECT kind, id, name FROM u');
    expect(found.map((one) => one.results.map(show))).toEqual([
      ['t.id', 't.name', '()'],
      ['u.kind', 'u.id', 'u.name'],
    ]);
  });

  it.each([
    'SELECT * FROM (SELECT id, name FROM t UNION ALL SELECT kind, id FROM u)',
    'SELECT a.id, a.name FROM (SELECT id, name FROM t UNION ALL SELECT kind, id FROM u) AS a',
    'WITH a AS (SELECT id, name FROM t UNION ALL SELECT kind, id FROM u) SELECT * FROM a',
    'INSERT INTO n WITH a AS MATERIALIZED (SELECT id, name FROM t UNION ALL SELECT kind, id FROM u) SELECT * FROM a',
  ])('are those of each SELECT of a UNION ALL that is read as a whole: %s', (sql) => {
    expect(selects(sql).map((one) => one.results.map(show))).toEqual([
      ['t.id', 't.name'],
      ['u.kind', 'u.id'],
    ]);
  });

  it('are in the order in which the SELECT around a UNION ALL takes them', () => {
    const found = selects('SELECT name, id FROM (SELECT id, name FROM t UNION ALL SELECT kind, id FROM u)');
    expect(found.map((one) => one.results.map(show))).toEqual([
      ['t.name', 't.id'],
      ['u.id', 'u.kind'],
    ]);
  });

  it.each([
    'SELECT * FROM (SELECT id FROM t UNION SELECT id FROM u)',
    'SELECT id + 1 FROM (SELECT id FROM t UNION ALL SELECT id FROM u)',
    'SELECT a.id FROM (SELECT id FROM t UNION ALL SELECT id FROM u) AS a, t',
    'SELECT DISTINCT id FROM (SELECT id FROM t UNION ALL SELECT id FROM u)',
    'WITH RECURSIVE a AS (SELECT id FROM t UNION ALL SELECT a.id FROM u, a) SELECT * FROM a',
  ])('are taken together where a UNION is not read as a whole: %s', (sql) => {
    expect(selects(sql)).toHaveLength(1);
  });

  it('include what may come from a UNION inside FROM, for which SQLite reports one SELECT only', () => {
    const [found] = selects('SELECT id FROM (SELECT id FROM t UNION ALL SELECT id FROM u) WHERE id > 0');
    expect(found!.results).toHaveLength(1);
    const all = `${found!.results.map(show).join()} ${list(found!.unassignedReads)}`;
    expect(all).toContain('t.id');
    expect(all).toContain('u.id');
  });

  it('are those of VALUES', () => {
    expect(
      selects('INSERT INTO n VALUES (1, 2, (SELECT id FROM t)), (2, 3, 4)').map(({ results }) => results.map(show)),
    ).toEqual([
      ['()', '()', '(t.id)'],
      ['()', '()', '()'],
    ]);
  });
});

describe('the only table of a SELECT', () => {
  it.each([
    ['SELECT * FROM t', 't'],
    ['SELECT * FROM main.T AS x WHERE id > 1', 't'],
    ['SELECT * FROM t, u', undefined],
    ['SELECT * FROM (SELECT * FROM t)', undefined],
    ['SELECT * FROM v', undefined],
    ['SELECT * FROM nowhere', undefined],
    ['WITH c AS (SELECT 1) SELECT * FROM t', undefined],
    ['SELECT 1', undefined],
  ])('of %s is %s', (sql, name) => {
    expect(selects(sql)[0]!.only?.name).toBe(name);
  });

  it.each([
    ['SELECT DISTINCT id FROM t', true],
    ['SELECT id FROM t GROUP BY id', true],
    ['SELECT id FROM t UNION SELECT id FROM u', true],
    ['SELECT id FROM t', false],
  ])('rows of %s may become one: %s', (sql, merges) => {
    expect(selects(sql)[0]!.merges).toBe(merges);
  });
});

describe('what a SELECT compares', () => {
  it.each([
    ['SELECT t.id, u.id FROM t JOIN u ON t.name = u.name', 't.name, u.name'],
    ['SELECT t.id, u.id FROM t, u WHERE u.kind == upper(t.email)', 't.email, u.kind'],
    ['SELECT t.id, u.id FROM t JOIN u ON t.name LIKE u.name AND u.id BETWEEN t.id AND 9', 't.id, t.name, u.id, u.name'],
    [`SELECT t.id, u.id FROM t JOIN u ON t.name = 'x' AND u.kind = 7`, ''],
    [`SELECT t.id FROM t JOIN u ON t.name = NULL`, ''],
    ['SELECT id FROM t WHERE name = email', ''],
  ])('%s: %j', (sql, expected) => {
    expect(list(selects(sql)[0]!.matched)).toBe(expected);
  });

  it('with USING is the column of both tables', () => {
    expect(list(selects('SELECT t.id FROM t JOIN u USING (name)')[0]!.matched)).toBe('t.name, u.name');
  });

  it.each([
    ['SELECT id FROM t WHERE length(email) > 0', 't.email'],
    ['SELECT id FROM t ORDER BY name', 't.name'],
    ['SELECT id FROM t', ''],
  ])('and filters by: %s: %j', (sql, expected) => {
    expect(list(selects(sql)[0]!.filtered)).toBe(expected);
  });
});

describe('an UPDATE', () => {
  const update = (sql: string, target: ObjectName): { reads: string; matched: string } => {
    const { reader, bridge } = read();
    const { columns, matched } = perform(reader.ofUpdate(statementOf(sql), target), bridge);
    return { reads: list([...columns.values()].flatMap(readsOf)), matched: list(matched) };
  };
  const n = { schema: undefined, name: 'n' };

  it.each([
    ['UPDATE n SET a = 1', '', ''],
    ['UPDATE n SET a = b || c, b = 2', 'n.b, n.c', ''],
    ['UPDATE n SET (a, b) = (c, 1)', 'n.c', ''],
    ['UPDATE n SET a = t.email FROM t WHERE t.id = n.b', 't.email', 'n.b, t.id'],
    ['UPDATE n AS m SET a = m.b', 'n.b', ''],
    ['UPDATE n SET a = (SELECT email FROM t WHERE t.id = n.b)', 't.email', 'n.b, t.id'],
    ['UPDATE n SET a = (SELECT u.id FROM u JOIN t ON u.name = t.name)', 'u.id', 't.name, u.name'],
  ])('%s', (sql, reads, matched) => {
    expect(update(sql, n)).toEqual({ reads, matched });
  });

  it('of an upsert reads the table itself', () => {
    expect(update('INSERT INTO n (a) SELECT id FROM t WHERE 1 ON CONFLICT (a) DO UPDATE SET b = n.c', n).reads).toBe(
      'n.c',
    );
  });

  it('names its table with the schema', () => {
    expect(update('UPDATE main.n SET a = b', { schema: 'main', name: 'n' }).reads).toBe('n.b');
  });
});

describe('the tables that a statement reads', () => {
  it.each([
    ['INSERT INTO n SELECT * FROM t', ['t']],
    ['INSERT INTO n SELECT * FROM w', ['t']],
    ['DELETE FROM n WHERE a IN (SELECT id FROM u)', ['u']],
    ['SELECT * FROM nowhere', []],
  ])('%s: %j', (sql, names) => {
    const { reader } = read();
    expect([...reader.tablesRead(statementOf(sql))].map(({ name }) => name)).toEqual(names);
  });

  it('ends where views read each other', () => {
    const { reader } = read(
      memory('CREATE TABLE t (a); CREATE VIEW a AS SELECT * FROM b; CREATE VIEW b AS SELECT * FROM a, t;'),
    );
    expect([...reader.tablesRead(statementOf('SELECT * FROM a'))].map(({ name }) => name)).toEqual(['t']);
  });

  it('follow a rename', () => {
    const { reader, tables, bridge } = read();
    const t = tables.at('t')!;
    void bridge.script('ALTER TABLE t RENAME TO people');
    tables.rename(t, 'people');
    expect([...reader.tablesRead(statementOf('SELECT * FROM people'))]).toEqual([t]);
    const [found] = perform(reader.ofSelects(statementOf('SELECT id FROM people')), bridge);
    expect(found!.results).toEqual([{ kind: 'column', table: t, column: 'id' }]);
  });
});

describe('a driver that does not say where columns come from', () => {
  const silent = (): DatabaseBridge => ({ ...memory(schema), columns: () => undefined });

  it.each([
    ['SELECT id, name FROM t', ['t.id', 't.name']],
    ['SELECT * FROM t', ['t.id', 't.name', 't.email']],
    ['SELECT x.*, x.[name], "email" FROM main.t x', ['t.id', 't.name', 't.email', 't.name', 't.email']],
    ['SELECT upper(name), name || email, NULL, nope FROM t', ['(t.name)', '(t.email, t.name)', '()', '()']],
    [`SELECT 'email' AS email FROM t`, ['()']],
  ])('one table is read by names: %s', (sql, expected) => {
    expect(results(sql, silent())).toEqual(expected);
  });

  it('anything nested may read every column that is named anywhere', () => {
    const [found] = results('SELECT q.a FROM (SELECT email AS a FROM t) AS q', silent());
    expect(found).toContain('t.email');
    expect(found).not.toContain('t.name');
  });

  it('a view may read what its text names', () => {
    const [found] = results('SELECT name FROM w', silent());
    expect(found).toContain('t.email');
  });

  it('a temporary table is read as well', () => {
    const bridge = silent();
    const { reader, tables } = read(bridge);
    void bridge.script('CREATE TEMP TABLE k AS SELECT id, email FROM t');
    tables.create('k', true, false);
    const [found] = perform(reader.ofSelects(statementOf('INSERT INTO n (a, b) SELECT * FROM k')), bridge);
    expect(found!.results.map(show)).toEqual(['k.id', 'k.email']);
  });
});

describe('SQLite, asked for columns', () => {
  it('that cannot compile the statement leaves names', () => {
    expect(results('SELECT id, nope FROM t')).toEqual(['t.id', '()']);
  });

  it('that fails for another reason is reported', () => {
    const bridge = recordBridge(memory(schema));
    const { reader } = read(bridge);
    bridge.failWhen('SELECT id FROM t', driverError('SQLITE_IOERR_READ', 'disk I/O error'));
    expect(() => perform(reader.ofSelects(statementOf('SELECT id FROM t')), bridge)).toThrow(/disk I\/O error/);
  });
});
