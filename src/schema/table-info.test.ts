import { describe, expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import {
  affinityOf,
  listTables,
  readColumns,
  readForeignKeys,
  readTableInfo,
  readTables,
  referencedColumns,
  type TableInfo,
} from './table-info.ts';

const info = (schema: string, table = 't', of?: string): TableInfo => perform(readTableInfo(table, of), memory(schema));

const plain = {
  type: '',
  affinity: 'blob',
  notNull: false,
  default: null,
  keyPosition: 0,
  generated: null,
  hidden: false,
};

describe('readTableInfo', () => {
  it('reads columns', () => {
    const { columns } = info(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, "a b" VARCHAR(9) NOT NULL, c, d REAL DEFAULT NULL,
        e AS (c + 1), f INT AS (c) STORED)`,
    );
    expect(columns).toEqual([
      { ...plain, name: 'id', type: 'INTEGER', affinity: 'integer', keyPosition: 1 },
      { ...plain, name: 'a b', type: 'VARCHAR(9)', affinity: 'text', notNull: true },
      { ...plain, name: 'c' },
      { ...plain, name: 'd', type: 'REAL', affinity: 'real', default: 'NULL' },
      { ...plain, name: 'e', generated: 'virtual' },
      { ...plain, name: 'f', type: 'INT', affinity: 'integer', generated: 'stored' },
    ]);
  });

  it('finds nothing of a missing table', () => {
    expect(info('')).toEqual({
      kind: undefined,
      columns: [],
      primaryKey: [],
      rowidAlias: undefined,
      rowidNames: [],
      withoutRowid: false,
      strict: false,
      indexes: [],
      keys: [],
      uniques: 0,
    });
  });

  it('reads a virtual table with its hidden columns, and its shadow tables', () => {
    const search = info('CREATE VIRTUAL TABLE t USING fts5 (a)');
    expect(search).toMatchObject({ kind: 'virtual', rowidAlias: undefined, uniques: 0 });
    expect(search.columns.map(({ name, hidden }) => [name, hidden])).toEqual([
      ['a', false],
      ['t', true],
      ['rank', true],
    ]);
    expect(info('CREATE VIRTUAL TABLE t USING fts5 (a)', 't_data').kind).toBe('shadow');
  });

  it('reads a view, which has no rowid', () => {
    const view = info('CREATE TABLE a (id INTEGER PRIMARY KEY, b TEXT); CREATE VIEW t AS SELECT * FROM a');
    expect(view).toMatchObject({ kind: 'view', primaryKey: [], rowidAlias: undefined, rowidNames: [], keys: [] });
    expect(view.columns.map(({ name }) => name)).toEqual(['id', 'b']);
  });

  it.each([
    ['CREATE TABLE t (a)', ['rowid', '_rowid_', 'oid']],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY)', ['rowid', '_rowid_', 'oid']],
    ['CREATE TABLE t (RowId TEXT)', ['_rowid_', 'oid']],
    ['CREATE TABLE t (oid INTEGER PRIMARY KEY, "rowid" AS (1))', ['_rowid_']],
    ['CREATE TABLE t (rowid, _rowid_, oid)', []],
    ['CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID', []],
  ])('%s: its rowid is called %j', (schema, names) => {
    expect(info(schema).rowidNames).toEqual(names);
  });

  it('reads names that need quotes', () => {
    const schema = `CREATE TABLE "a ""b'" ("x ""y'" INTEGER PRIMARY KEY, "z;" UNIQUE)`;
    expect(info(schema, `a "b'`)).toMatchObject({
      kind: 'table',
      rowidAlias: `x "y'`,
      keys: [
        { columns: [`x "y'`], collations: [] },
        { columns: ['z;'], collations: ['BINARY'] },
      ],
    });
  });

  it('reads a table of an attached database', () => {
    const schema = `CREATE TABLE t (a); ATTACH ':memory:' AS "other db"; CREATE TABLE "other db".t (b INTEGER PRIMARY KEY DESC, c INTEGER) STRICT;
      CREATE UNIQUE INDEX "other db".i ON t (c)`;
    expect(info(schema, 'T', 'other db')).toMatchObject({
      kind: 'table',
      primaryKey: ['b'],
      rowidAlias: undefined,
      strict: true,
      keys: [
        { columns: ['b'], collations: ['BINARY'] },
        { columns: ['c'], collations: ['BINARY'] },
      ],
    });
  });

  it.each([
    ['CREATE TABLE t (Id INTEGER PRIMARY KEY, v)', 'Id'],
    ['CREATE TABLE t (v, id INTEGER, PRIMARY KEY (id))', 'id'],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY ASC)', 'id'],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)', 'id'],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY) STRICT', 'id'],
    // sqlite.org/lang_createtable.html, section 5: the exception that stays.
    ['CREATE TABLE t (id INTEGER PRIMARY KEY DESC)', undefined],
    ['CREATE TABLE t (id INT PRIMARY KEY)', undefined],
    ['CREATE TABLE t (id BIGINT PRIMARY KEY)', undefined],
    ['CREATE TABLE t (a INTEGER, b INTEGER, PRIMARY KEY (a, b))', undefined],
    ['CREATE TABLE t (id INTEGER PRIMARY KEY) WITHOUT ROWID', undefined],
    ['CREATE TABLE t (id INTEGER UNIQUE)', undefined],
    ['CREATE TABLE t (id INTEGER)', undefined],
  ])('%s: the rowid is %s', (schema, alias) => {
    expect(info(schema).rowidAlias).toBe(alias);
  });

  it('lists the primary key first, then the unique indexes', () => {
    const { keys, uniques } = info(
      `CREATE TABLE t (a TEXT UNIQUE, b TEXT COLLATE NOCASE, c TEXT, PRIMARY KEY (c, b)); CREATE UNIQUE INDEX i ON t (b COLLATE RTRIM, a);`,
    );
    expect(keys).toEqual([
      { columns: ['c', 'b'], collations: ['BINARY', 'NOCASE'] },
      { columns: ['a'], collations: ['BINARY'] },
      { columns: ['b', 'a'], collations: ['RTRIM', 'BINARY'] },
    ]);
    expect(uniques).toBe(3);
  });

  it('lists the rowid before other keys', () => {
    const { keys, uniques } = info('CREATE TABLE t (k TEXT UNIQUE, id INTEGER PRIMARY KEY)');
    expect(keys).toEqual([
      { columns: ['id'], collations: [] },
      { columns: ['k'], collations: ['BINARY'] },
    ]);
    expect(uniques).toBe(2);
  });

  it('counts partial indexes and those on expressions, which are no keys', () => {
    const { keys, uniques } = info(
      `CREATE TABLE t (a, b); CREATE UNIQUE INDEX i ON t (a) WHERE b; CREATE UNIQUE INDEX j ON t (lower(a), b); CREATE INDEX k ON t (b);`,
    );
    expect(keys).toEqual([]);
    expect(uniques).toBe(2);
  });

  it('lists all indexes, the primary key first', () => {
    const { indexes } = info(
      'CREATE TABLE t (a, b, PRIMARY KEY (b DESC)); CREATE INDEX i ON t (lower(a), b COLLATE NOCASE DESC) WHERE a',
    );
    const b = { name: 'b', collation: 'BINARY' };
    expect(indexes).toEqual([
      { name: 'sqlite_autoindex_t_1', origin: 'primary-key', unique: true, partial: false, columns: [b] },
      {
        name: 'i',
        origin: 'create-index',
        unique: false,
        partial: true,
        columns: [
          { name: null, collation: 'BINARY' },
          { ...b, collation: 'NOCASE' },
        ],
      },
    ]);
  });

  it('knows a table without a rowid', () => {
    const found = info('CREATE TABLE t (a TEXT, b TEXT, PRIMARY KEY (b, a)) WITHOUT ROWID');
    expect(found.withoutRowid).toBe(true);
    expect(found.keys).toEqual([{ columns: ['b', 'a'], collations: ['BINARY', 'BINARY'] }]);
  });

  it('tells a temporary table from one of the database', () => {
    const schema = `CREATE TABLE t (a PRIMARY KEY); CREATE TEMP TABLE t (b, c INTEGER PRIMARY KEY);`;
    expect(info(schema).columns.map(({ name }) => name)).toEqual(['a']);
    expect(info(schema).keys).toEqual([{ columns: ['a'], collations: ['BINARY'] }]);
    const temporary = info(schema, 't', 'temp');
    expect(temporary.columns.map(({ name }) => name)).toEqual(['b', 'c']);
    expect(temporary).toMatchObject({ rowidAlias: 'c', uniques: 1 });
  });

  it('takes ANY of a STRICT table for what keeps every value', () => {
    expect(info('CREATE TABLE t (a ANY, b INT) STRICT').columns.map(({ affinity }) => affinity)).toEqual([
      'blob',
      'integer',
    ]);
    expect(info('CREATE TABLE t (a ANY)').columns[0]!.affinity).toBe('numeric');
  });
});

it('reads all tables as it reads one, and no virtual ones', () => {
  const bridge =
    memory(`CREATE TABLE "b 1" (id INTEGER PRIMARY KEY DESC, v AS (id)); CREATE TABLE a (k TEXT PRIMARY KEY) WITHOUT ROWID, STRICT;
    CREATE INDEX i ON "b 1" (v); CREATE VIEW w AS SELECT * FROM a; CREATE VIRTUAL TABLE f USING fts5 (x); CREATE TEMP TABLE a (other);`);
  const tables = perform(readTables(), bridge);
  const shadows = ['config', 'content', 'data', 'docsize', 'idx'].map((name) => `f_${name}`);
  expect(tables.map(({ name }) => name)).toEqual(['a', 'b 1', ...shadows]);
  for (const { name, ...table } of tables) expect(table).toEqual(perform(readTableInfo(name), bridge));
  expect(perform(readTables('temp'), bridge)).toMatchObject([{ name: 'a', columns: [{ name: 'other' }] }]);
});

it('reads columns of the database’s table, not of a temporary one', () => {
  const bridge = memory('CREATE TABLE t (a, b AS (a)); CREATE TEMP TABLE t (hides)');
  expect(perform(readColumns('T'), bridge).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(perform(readColumns('t', 'temp'), bridge).map(({ name }) => name)).toEqual(['hides']);
  expect(perform(readColumns('nowhere'), bridge)).toEqual([]);
});

it('lists what has a name in the order in which SQLite looks it up', () => {
  const bridge = memory(
    `CREATE VIEW T AS SELECT 1; CREATE TEMP TABLE t (a); ATTACH ':memory:' AS o; CREATE TABLE o.t (a PRIMARY KEY) WITHOUT ROWID`,
  );
  const listed = (of: Parameters<typeof listTables>[0]): string[] =>
    perform(listTables(of), bridge).map(({ schema, name, kind }) => `${schema}.${name}: ${kind}`);
  expect(listed({ name: 't' })).toEqual(['temp.t: table', 'main.T: view', 'o.t: table']);
  expect(listed({ name: 'T', schema: 'O' })).toEqual(['o.t: table']);
  expect(listed({ name: 'none' })).toEqual([]);
  expect(listed({ schema: 'main' })).toEqual(['main.T: view', 'main.sqlite_schema: table']);
});

it('reads foreign keys in the order of the text, of one table or to one parent', () => {
  const bridge = memory(`
    CREATE TABLE p (a, b, PRIMARY KEY (b, a));
    CREATE TABLE "c 1" (x REFERENCES p (a) ON DELETE CASCADE, y, z, FOREIGN KEY (y, z) REFERENCES P ON UPDATE SET NULL);
    CREATE TABLE d (x REFERENCES gone);
    CREATE TABLE "no references" (x)`);
  const [first, second, third] = perform(readForeignKeys(), bridge);
  expect(first).toEqual({
    id: 1,
    child: 'c 1',
    columns: ['x'],
    parent: 'p',
    parentColumns: ['a'],
    onUpdate: 'NO ACTION',
    onDelete: 'CASCADE',
  });
  expect(second).toMatchObject({
    child: 'c 1',
    columns: ['y', 'z'],
    parent: 'P',
    parentColumns: [],
    onUpdate: 'SET NULL',
  });
  expect(third).toMatchObject({ child: 'd', parent: 'gone' });
  expect(perform(readForeignKeys({ table: 'c 1' }), bridge)).toEqual([first, second]);
  expect(perform(readForeignKeys({ parent: 'p' }), bridge)).toEqual([first, second]);
  const parent = perform(readTableInfo('p'), bridge);
  expect(referencedColumns(first!, parent)).toEqual(['a']);
  expect(referencedColumns(second!, parent)).toEqual(['b', 'a']);
  expect(referencedColumns(second!, undefined)).toEqual([]);
});

// The examples of sqlite.org/datatype3.html, section 3.1.1, and those where an earlier rule wins over a later one.
it.each([
  ['INT', 'integer'],
  ['UNSIGNED BIG INT', 'integer'],
  ['FLOATING POINT', 'integer'],
  ['CHARINT', 'integer'],
  ['VARYING CHARACTER(255)', 'text'],
  ['NVARCHAR(100)', 'text'],
  ['CLOB', 'text'],
  ['TEXTBLOB', 'text'],
  ['BLOB', 'blob'],
  ['', 'blob'],
  ['REALBLOB', 'blob'],
  ['DOUBLE PRECISION', 'real'],
  ['float', 'real'],
  ['DECIMAL(10,5)', 'numeric'],
  ['BOOLEAN', 'numeric'],
  ['STRING', 'numeric'],
  ['ANY', 'numeric'],
])('%s has %s affinity', (type, affinity) => {
  expect(affinityOf(type)).toBe(affinity);
  // SQLite agrees: it converts as the rule says.
  const [row] = memory(`CREATE TABLE t (a ${type}); INSERT INTO t VALUES ('2'), (2), (2.5)`).query(
    'SELECT group_concat(typeof(a)) AS types FROM (SELECT a FROM t ORDER BY rowid)',
    [],
  ) as readonly { types: string }[];
  const types = {
    integer: 'integer,integer,real',
    numeric: 'integer,integer,real',
    real: 'real,real,real',
    text: 'text,text,text',
    blob: 'text,integer,real',
  };
  expect(row!.types).toBe(types[affinityOf(type)]);
});
