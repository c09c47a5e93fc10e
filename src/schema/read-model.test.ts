import { describe, expect, it } from 'vitest';
import { modelOf, shop } from '../../test/dump/model.ts';

const table = (sql: string) => modelOf(sql).tables[0]!;

describe('the model', () => {
  it('is in the order of the names', () => {
    const { tables, views, triggers } = modelOf(
      `${shop} CREATE TRIGGER b AFTER INSERT ON users BEGIN SELECT 1; END; CREATE TRIGGER a AFTER INSERT ON users BEGIN SELECT 1; END;`,
    );
    expect(tables.map(({ name }) => name)).toEqual(['items', 'orders', 'profiles', 'returns', 'settings', 'users']);
    expect(views.map(({ name, columns }) => [name, columns])).toEqual([
      ['broken', null],
      [
        'totals',
        [
          { name: 'user_id', type: 'INTEGER' },
          { name: 'total', type: '' },
        ],
      ],
    ]);
    expect(triggers.map(({ name, table }) => `${name} ${table}`)).toEqual(['a users', 'b users']);
  });

  it('has columns as they are declared', () => {
    const { columns, primaryKey, autoincrement, strict } = table(
      `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL DEFAULT (1 + 1), b AS (a), c AS (a) STORED, d "two words")`,
    );
    expect(columns).toEqual([
      { name: 'id', type: 'INTEGER', notNull: true, default: null, generated: null, hidden: false },
      { name: 'a', type: 'TEXT', notNull: true, default: '1 + 1', generated: null, hidden: false },
      { name: 'b', type: '', notNull: false, default: null, generated: 'virtual', hidden: false },
      { name: 'c', type: '', notNull: false, default: null, generated: 'stored', hidden: false },
      { name: 'd', type: 'two words', notNull: false, default: null, generated: null, hidden: false },
    ]);
    expect({ primaryKey, autoincrement, strict }).toEqual({ primaryKey: ['id'], autoincrement: true, strict: false });
  });

  it.each([
    ['INTEGER PRIMARY KEY', 'CREATE TABLE t (k INTEGER PRIMARY KEY)', true],
    ['INTEGER PRIMARY KEY DESC, which is no rowid', 'CREATE TABLE t (k INTEGER PRIMARY KEY DESC)', false],
    ['the same as a constraint of the table', 'CREATE TABLE t (k INTEGER, PRIMARY KEY (k DESC))', true],
    ['ASC, and the type in quotes', 'CREATE TABLE t (k "integer" PRIMARY KEY ASC)', true],
    ['INT PRIMARY KEY', 'CREATE TABLE t (k INT PRIMARY KEY)', false],
    ['any other key', 'CREATE TABLE t (k TEXT PRIMARY KEY)', false],
    ['a key of two', 'CREATE TABLE t (k INTEGER, j, PRIMARY KEY (k, j))', false],
    ['WITHOUT ROWID', 'CREATE TABLE t (k TEXT PRIMARY KEY) WITHOUT ROWID', true],
    ['STRICT', 'CREATE TABLE t (k TEXT PRIMARY KEY) STRICT', true],
  ])('knows whether a key may be NULL: %s', (_, sql, notNull) => {
    expect(table(sql).columns[0]?.notNull).toBe(notNull);
  });

  it('has keys in the order of the text, spelt as the tables are', () => {
    const { foreignKeys } = table(
      `CREATE TABLE c (x REFERENCES P (B), y REFERENCES p, z REFERENCES gone (q), v REFERENCES gone); CREATE TABLE p (a PRIMARY KEY, b UNIQUE)`,
    );
    expect(foreignKeys).toEqual([
      { columns: ['x'], table: 'p', references: ['b'], onUpdate: 'NO ACTION', onDelete: 'NO ACTION' },
      { columns: ['y'], table: 'p', references: ['a'], onUpdate: 'NO ACTION', onDelete: 'NO ACTION' },
      { columns: ['z'], table: 'gone', references: ['q'], onUpdate: 'NO ACTION', onDelete: 'NO ACTION' },
      { columns: ['v'], table: 'gone', references: [], onUpdate: 'NO ACTION', onDelete: 'NO ACTION' },
    ]);
  });

  it('has indexes and UNIQUE constraints, not the primary key’s', () => {
    const { indexes } = table(
      `CREATE TABLE t (k TEXT PRIMARY KEY, u, v, UNIQUE (v, u)); CREATE INDEX i ON t (lower(u), v) WHERE v > 1;`,
    );
    expect(indexes).toEqual([
      {
        name: 'i',
        unique: false,
        partial: true,
        columns: [null, 'v'],
        sql: 'CREATE INDEX i ON t (lower(u), v) WHERE v > 1',
      },
      { name: 'sqlite_autoindex_t_2', unique: true, partial: false, columns: ['v', 'u'], sql: null },
    ]);
  });

  it('has virtual tables with their hidden columns, without their shadow tables', () => {
    const { tables } = modelOf('CREATE VIRTUAL TABLE f USING fts5 (a)');
    expect(tables.map(({ name, virtual }) => [name, virtual])).toEqual([['f', true]]);
    expect(tables[0]?.columns.map(({ name, hidden }) => [name, hidden])).toEqual([
      ['a', false],
      ['f', true],
      ['rank', true],
    ]);
  });

  it('is of a thousand tables with few statements', () => {
    const sql = Array.from({ length: 1000 }, (_, i) => `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, a REFERENCES t0);`);
    expect(modelOf(sql.join('\n')).tables).toHaveLength(1000);
  });
});
