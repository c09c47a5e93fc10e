import { describe, expect, it } from 'vitest';
import { memory, perform } from '../../test/support/memory.ts';
import { affinityOf, readTableInfo, type TableInfo } from './table-info.ts';

const info = (schema: string, table = 't', of?: 'main' | 'temp'): TableInfo =>
  perform(readTableInfo(table, of), memory(schema));

describe('readTableInfo', () => {
  it('reads columns', () => {
    const { columns } = info(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, "a b" VARCHAR(9) NOT NULL, c, d REAL DEFAULT NULL,
        e AS (c + 1), f INT AS (c) STORED)`,
    );
    expect(columns).toEqual([
      { name: 'id', type: 'INTEGER', affinity: 'integer', notNull: false, hasDefault: false, generated: false },
      { name: 'a b', type: 'VARCHAR(9)', affinity: 'text', notNull: true, hasDefault: false, generated: false },
      { name: 'c', type: '', affinity: 'blob', notNull: false, hasDefault: false, generated: false },
      { name: 'd', type: 'REAL', affinity: 'real', notNull: false, hasDefault: true, generated: false },
      { name: 'e', type: '', affinity: 'blob', notNull: false, hasDefault: false, generated: true },
      { name: 'f', type: 'INT', affinity: 'integer', notNull: false, hasDefault: false, generated: true },
    ]);
  });

  it('of no table reads nothing', () => {
    expect(info('')).toEqual({ columns: [], keys: [], uniques: 0, rowidAlias: undefined, withoutRowid: false });
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
