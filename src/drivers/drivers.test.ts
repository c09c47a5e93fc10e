import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { LOCAL, type ColumnOrigin, type DatabaseBridge, type Row } from '../bridge/index.ts';
import { betterSqlite3Bridge, type BetterSqlite3Handle } from './better-sqlite3.ts';
import { bunSqliteBridge, type BunSqliteHandle } from './bun-sqlite.ts';
import { nodeSqliteBridge, type NodeSqliteHandle } from './node-sqlite.ts';
import { BunDatabase } from '../../test/support/bun-sqlite.ts';

const folder = mkdtempSync(join(tmpdir(), 'dunlin-drivers-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Opened {
  readonly bridge: DatabaseBridge;
  /** How often a statement was prepared through the handle. */
  prepared(): number;
  /** Whether the connection is open. */
  isOpen(): boolean;
}

function counting<H extends { prepare(sql: string): unknown }>(handle: H): { handle: H; prepared: () => number } {
  let calls = 0;
  const prepare = handle.prepare.bind(handle);
  const value = (sql: string): unknown => {
    calls += 1;
    return prepare(sql);
  };
  Object.defineProperty(handle, 'prepare', { value });
  return { handle, prepared: () => calls };
}

function isOpen(database: BunDatabase): boolean {
  try {
    return typeof database.inTransaction === 'boolean';
  } catch {
    return false;
  }
}

const drivers: readonly (readonly [name: string, open: (file: string) => Opened])[] = [
  [
    'better-sqlite3',
    (file) => {
      const database = new BetterSqlite3(file);
      const { handle, prepared } = counting<BetterSqlite3Handle>(database);
      return { bridge: betterSqlite3Bridge(handle), prepared, isOpen: () => database.open };
    },
  ],
  [
    'node:sqlite',
    (file) => {
      const database = new DatabaseSync(file);
      const { handle, prepared } = counting<NodeSqliteHandle>(database);
      return { bridge: nodeSqliteBridge(handle), prepared, isOpen: () => database.isOpen };
    },
  ],
  [
    'bun:sqlite',
    (file) => {
      const database = new BunDatabase(file);
      const { handle, prepared } = counting<BunSqliteHandle>(database);
      return { bridge: bunSqliteBridge(handle), prepared, isOpen: () => isOpen(database) };
    },
  ],
];

describe.each(drivers)('%s', (name, open) => {
  it('has its own name, or the given one', () => {
    expect(open(':memory:').bridge.driver).toBe(name);
    expect(betterSqlite3Bridge(new BetterSqlite3(':memory:'), 'mine').driver).toBe('mine');
  });

  it('prepares a statement with parameters and no rows once', () => {
    const { bridge, prepared } = open(':memory:');
    void bridge.script('CREATE TABLE t (a)');
    for (let i = 0; i < 5; i++) void bridge.query('INSERT INTO t VALUES (?)', [i]);
    expect(prepared()).toBe(1);
    expect(bridge.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 5 }]);
  });

  it('keeps neither statements without parameters nor those with rows', () => {
    const { bridge, prepared } = open(':memory:');
    void bridge.script('CREATE TABLE t (a)');
    for (let i = 0; i < 3; i++) {
      void bridge.query("INSERT INTO t VALUES ('x')", []);
      void bridge.query('SELECT a FROM t WHERE a = ?', ['x']);
    }
    expect(prepared()).toBe(6);
  });

  it('forgets the oldest of many kept statements', () => {
    const { bridge, prepared } = open(':memory:');
    void bridge.script('CREATE TABLE t (a)');
    const insert = (i: number): unknown => bridge.query(`INSERT INTO t VALUES (? + ${i})`, [1]);
    for (let i = 0; i < 17; i++) insert(i);
    insert(16);
    expect(prepared()).toBe(17);
    insert(0);
    expect(prepared()).toBe(18);
  });

  it('leaves the handle’s own settings for integers alone', () => {
    const { bridge } = open(':memory:');
    void bridge.query('SELECT 9007199254740993 AS big', []);
    const database = new BetterSqlite3(':memory:');
    void betterSqlite3Bridge(database).query('SELECT 9007199254740993 AS big', []);
    expect(database.prepare('SELECT 1 AS one').get()).toEqual({ one: 1 });
  });

  it.each([
    ['SELECT 1; SELECT 2', 2],
    ['SELECT 1;;\n SELECT 2; -- end', 2],
    ['', 0],
    [' \n', 0],
    ['-- nothing', 0],
    ['/* nothing */ ;', 0],
    [';', 0],
  ])('query refuses %j', (sql, statements) => {
    const found = statements === 0 ? 'none' : '2';
    expect(() => open(':memory:').bridge.query(sql, [])).toThrow(
      expect.objectContaining({
        code: 'STATEMENT_NOT_SINGLE',
        message: expect.stringContaining(`Expected one statement and found ${found}`),
      }),
    );
  });

  it('query takes a trigger, whose body has semicolons', () => {
    const { bridge } = open(':memory:');
    void bridge.script('CREATE TABLE t (a)');
    void bridge.query('CREATE TRIGGER g AFTER INSERT ON t BEGIN DELETE FROM t; END;', []);
    expect(bridge.query("SELECT name FROM sqlite_schema WHERE type = 'trigger'", [])).toEqual([{ name: 'g' }]);
  });

  it.each([
    ['SELECT ?, ?', [1], 'The statement has 2 parameters, and 1 value was given: `SELECT ?, ?`.'],
    ['SELECT ?', [], 'The statement has 1 parameter, and 0 values were given: `SELECT ?`.'],
    ['SELECT 1', [1], 'The statement has 0 parameters, and 1 value was given: `SELECT 1`.'],
    ['SELECT ?1', [1], 'The statement has a named or numbered parameter: `SELECT ?1`.'],
    ['SELECT :name', [], 'The statement has a named or numbered parameter: `SELECT :name`.'],
    ['SELECT @a', [1], 'The statement has a named or numbered parameter: `SELECT @a`.'],
  ])('query refuses parameters that do not fit: %s %j', (sql, params, message) => {
    expect(() => open(':memory:').bridge.query(sql, params)).toThrow(
      expect.objectContaining({ code: 'PARAMETER_COUNT', message }),
    );
  });

  it('accepts text that only looks like parameters', () => {
    const rows = open(':memory:').bridge.query(`SELECT '? :a $b' AS "x?", '12:30' AS time -- :c ?`, []);
    expect(rows).toEqual([{ 'x?': '? :a $b', time: '12:30' }]);
  });

  it('opens a second connection to the file that SQLite opened, wherever the process is now', () => {
    const before = process.cwd();
    const file = join(folder, `${name.replace(':', '-')}-second.db`);
    process.chdir(folder);
    const { bridge } = open(`./${file.slice(folder.length + 1)}`);
    process.chdir(before);
    void bridge.script('CREATE TABLE t (a)');
    const second = bridge.openSecond?.() as DatabaseBridge;
    expect(second.query('SELECT name FROM sqlite_schema', [])).toEqual([{ name: 't' }]);
    void second.close?.();
    void bridge.close?.();
    expect(readdirSync(folder)).toContain(file.slice(folder.length + 1));
  });

  it('has no second connection without a file', () => {
    expect(open(':memory:').bridge.openSecond?.()).toBeUndefined();
    expect(open('').bridge.openSecond?.()).toBeUndefined();
  });

  it('passes a registered function values as rows have them, and takes only values from it', () => {
    const { bridge } = open(':memory:');
    const seen: unknown[] = [];
    bridge.registerFunction?.('see', (...args) => {
      seen.push(...args);
      return args[0] ?? null;
    });
    bridge.registerFunction?.('no_value', () => undefined as never);
    expect(bridge.query('SELECT see(1, 9007199254740993, 1.5, NULL) AS x', [])).toEqual([{ x: 1 }]);
    expect(seen).toEqual([1, 9007199254740993n, 1.5, null]);
    expect(() => bridge.query('SELECT no_value()', [])).toThrow(/Undefined cannot be bound/);
  });

  it('closes the connection', () => {
    const { bridge, isOpen } = open(':memory:');
    void bridge.close?.();
    expect(isOpen()).toBe(false);
  });

  it('has every column of a row, whatever it is called', () => {
    const sql = `SELECT 1 AS "__proto__", NULL AS "", 2 AS a, 9007199254740993 AS "constructor"`;
    const [row] = open(':memory:').bridge.query(sql, []) as readonly Row[];
    expect(Object.keys(row!)).toEqual(['__proto__', '', 'a', 'constructor']);
    expect(Object.values(row!)).toEqual([1, null, 2, 9007199254740993n]);
  });

  it('counts a big result without rounding', () => {
    const rows = open(':memory:').bridge.query(
      'SELECT 9007199254740991 AS safe, 9007199254740992 AS beyond, -9007199254740992 AS below',
      [],
    );
    expect(rows as readonly Row[]).toEqual([
      { safe: 9007199254740991, beyond: 9007199254740992n, below: -9007199254740992n },
    ]);
  });
});

// bun:sqlite has nothing of the kind, and the engine reads the text of the statement instead.
describe.each(drivers.slice(0, 2))('%s, the columns of a statement', (_, open) => {
  it('reports the origins of columns of a statement that it prepares, with parameters unbound', () => {
    const { bridge, prepared } = open(':memory:');
    void bridge.script('CREATE TABLE t (a, b)');
    expect(bridge.columns?.('SELECT b AS x, a || ? FROM t WHERE a = :a;')).toEqual([
      { name: 'x', database: 'main', table: 't', column: 'b' },
      { name: 'a || ?', database: undefined, table: undefined, column: undefined },
    ]);
    expect(prepared()).toBe(1);
    expect(bridge.columns?.('DELETE FROM t WHERE a = ?')).toEqual([]);
    expect(bridge.columns?.('DELETE FROM t RETURNING a')).toEqual([
      { name: 'a', database: 'main', table: 't', column: 'a' },
    ]);
  });

  it('reports the columns of a table as they are now', () => {
    const { bridge } = open(':memory:');
    void bridge.script('CREATE TABLE t (a)');
    const names = (): unknown => (bridge.columns!('SELECT * FROM t') as ColumnOrigin[]).map(({ column }) => column);
    expect(names()).toEqual(['a']);
    void bridge.script('ALTER TABLE t RENAME COLUMN a TO b; ALTER TABLE t ADD COLUMN c');
    expect(names()).toEqual(['b', 'c']);
  });

  it.each(['SELECT 1; SELECT 2', '', '-- nothing'])('columns refuses %j', (sql) => {
    expect(() => open(':memory:').bridge.columns?.(sql)).toThrow(
      expect.objectContaining({ code: 'STATEMENT_NOT_SINGLE' }),
    );
  });
});

describe('betterSqlite3Bridge', () => {
  it('opens the second connection of a read-only one read-only', () => {
    const file = join(folder, 'read-only.db');
    new BetterSqlite3(file).exec('CREATE TABLE t (a)').close();
    const bridge = betterSqlite3Bridge(new BetterSqlite3(file, { readonly: true }));
    const second = bridge.openSecond?.() as DatabaseBridge;
    expect(() => second.script('INSERT INTO t VALUES (1)')).toThrow(/readonly/);
  });
});

describe('nodeSqliteBridge', () => {
  it('works without the features of newer Node versions', () => {
    const database = new DatabaseSync(':memory:');
    const old: NodeSqliteHandle = {
      open: () => database.open(),
      exec: (sql) => database.exec(sql),
      function: (name, options, fn) => database.function(name, options, fn),
      close: () => database.close(),
      prepare: (sql) => {
        const statement = database.prepare(sql);
        return {
          setReadBigInts: (on) => statement.setReadBigInts(on),
          run: (...params) => statement.run(...params),
          all: (...params) => statement.all(...params) as unknown[],
        };
      },
    };
    const bridge = nodeSqliteBridge(old);
    expect(bridge.inTransaction).toBeUndefined();
    void bridge.query('CREATE TABLE t (a)', []);
    expect(bridge.query('INSERT INTO t VALUES (?)', [1])).toEqual([]);
    expect(bridge.query('SELECT a FROM t', [])).toEqual([{ a: 1 }]);
    expect(bridge.columns?.('SELECT a FROM t')).toBeUndefined();
  });

  it('cannot copy the database where ATTACH is not allowed, as in Deno without all permissions', () => {
    const attach = (limit: number): NodeSqliteHandle =>
      Object.defineProperty(new DatabaseSync(':memory:') as NodeSqliteHandle, 'limits', { value: { attach: limit } });
    expect(nodeSqliteBridge(attach(0)).engine).toEqual({ ...LOCAL, attach: false, snapshot: 'none' });
    expect(nodeSqliteBridge(attach(10)).engine).toBeUndefined();
  });

  describe('in Deno', () => {
    afterEach(() => void vi.unstubAllGlobals());

    /** A connection that notes what its functions throw: there a function that throws never ends. */
    function deno(): { readonly bridge: DatabaseBridge; readonly escaped: readonly unknown[] } {
      vi.stubGlobal('Deno', {});
      const database = new DatabaseSync(':memory:');
      const escaped: unknown[] = [];
      const register = database.function.bind(database) as NodeSqliteHandle['function'];
      const value: NodeSqliteHandle['function'] = (name, options, fn) =>
        register(name, options, (...args) => {
          try {
            return fn(...args);
          } catch (error) {
            escaped.push(error);
            throw error;
          }
        });
      return { bridge: nodeSqliteBridge(Object.defineProperty(database, 'function', { value })), escaped };
    }

    const boom = new TypeError('boom');
    it.each([
      ['rows', 'SELECT f(1)'],
      ['RETURNING', 'INSERT INTO t VALUES (f(1)) RETURNING a'],
      ['no result', 'INSERT INTO t VALUES (f(1))'],
      ['a later row', 'SELECT CASE a WHEN 2 THEN f(1) END FROM t'],
    ])('no registered function throws into the driver, and its error comes out: %s', (_, sql) => {
      const { bridge, escaped } = deno();
      bridge.registerFunction?.('f', () => {
        throw boom;
      });
      void bridge.script('CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)');
      expect(() => bridge.query(sql, [])).toThrow(boom);
      expect(() => bridge.script(sql)).toThrow(boom);
      expect(escaped).toEqual([]);
      // An error of SQLite that comes later is that error.
      expect(() => bridge.query('SELECT nope', [])).toThrow(/no such column/);
      expect(bridge.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 2 }]);
    });

    it('nor does one whose result is no value of SQLite', () => {
      const { bridge, escaped } = deno();
      bridge.registerFunction?.('f', () => 2n ** 80n);
      expect(() => bridge.query('SELECT f(1)', [])).toThrow(expect.objectContaining({ code: 'VALUE_NOT_BINDABLE' }));
      expect(escaped).toEqual([]);
    });
  });

  it('does not know origins if a driver only names columns', () => {
    const database = new DatabaseSync(':memory:');
    const prepare = database.prepare.bind(database);
    const value = (sql: string): object => {
      const statement = prepare(sql);
      const names = statement.columns().map(({ name }) => ({ name }));
      return Object.defineProperty(statement, 'columns', { value: () => names });
    };
    const bridge = nodeSqliteBridge(Object.defineProperty(database, 'prepare', { value }));
    void bridge.query('CREATE TABLE t (a)', []);
    expect(bridge.columns?.('SELECT a FROM t')).toBeUndefined();
    expect(bridge.columns?.('DELETE FROM t')).toEqual([]);
  });
});

describe('bunSqliteBridge', () => {
  it('leaves no statement that would keep the file open', () => {
    const database = new BunDatabase(join(folder, 'bun.db'));
    const bridge = bunSqliteBridge(database);
    void bridge.script('CREATE TABLE t (a UNIQUE); ; -- end');
    void bridge.script('-- nothing');
    for (let i = 0; i < 20; i++) void bridge.query(`INSERT INTO t VALUES (? + ${i})`, [i * 100]);
    expect(() => bridge.query('INSERT INTO t VALUES (?)', [0])).toThrow(/UNIQUE/);
    expect(() => bridge.query('INSERT INTO t VALUES (0)', [])).toThrow(/UNIQUE/);
    expect(bridge.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 20 }]);
    expect(database.unfinalized).toBe(16);
    void bridge.close?.();
    expect(database.unfinalized).toBe(0);
  });

  it('opens another connection with the same functions', () => {
    const file = join(folder, 'bun-functions.db');
    const bridge = bunSqliteBridge(new BunDatabase(file));
    bridge.registerFunction?.('twice', (a) => Number(a) * 2);
    void bridge.script('CREATE TABLE t (a, b AS (twice(a))); INSERT INTO t VALUES (2)');
    const second = bridge.openSecond?.() as DatabaseBridge;
    expect(second.query('SELECT b FROM t', [])).toEqual([{ b: 4 }]);
    void second.close?.();
    const plain = bridge.openSecond?.(file, true) as DatabaseBridge;
    expect(() => plain.query('SELECT b FROM t', [])).toThrow(/no such function|unknown function/);
    void plain.close?.();
  });
});
