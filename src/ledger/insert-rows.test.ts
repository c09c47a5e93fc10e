import { describe, expect, it } from 'vitest';
import type { DatabaseBridge, Value } from '../bridge/index.ts';
import { driverError } from '../testing/index.ts';
import { memory, perform } from '../../test/support/memory.ts';
import { insertRows } from './insert-rows.ts';

const columns = 'version, name, label';
const table = 'CREATE TABLE "a ""b" (id INTEGER PRIMARY KEY, version, name, label)';

/** Rows with what the records have: numbers, texts in other scripts and with escapes, NULL. */
const rowsOf = (count: number, name = 'näme 😀 "\\u0041" \n'): (readonly Value[])[] =>
  Array.from({ length: count }, (_, i) => [900_719_925_474_099 + i, `${name}${i}`, i % 2 === 0 ? null : '1.0.0']);

/** The statements that inserting rows took. */
function statements(bridge: DatabaseBridge, rows: readonly (readonly Value[])[]): string[] {
  const asked: string[] = [];
  const spy = {
    ...bridge,
    query: (sql: string, params: readonly Value[]) => (asked.push(sql), bridge.query(sql, params)),
  };
  perform(insertRows('a "b', columns, rows), spy);
  return asked.filter((sql) => sql.startsWith('INSERT'));
}

const written = (bridge: DatabaseBridge): unknown =>
  bridge.query('SELECT version, name, label FROM "a ""b" ORDER BY id', []);
const expected = (rows: readonly (readonly Value[])[]): unknown =>
  rows.map(([version, name, label]) => ({ version, name, label }));

describe('rows of the tracking tables', () => {
  it.each([1, 199, 200, 1001])('are all written, in their order: %i', (count) => {
    const bridge = memory(table);
    void bridge.script('PRAGMA reverse_unordered_selects = ON');
    const rows = rowsOf(count);
    expect(statements(bridge, rows)).toHaveLength(count < 200 ? count : Math.ceil(count / 50));
    expect(written(bridge)).toEqual(expected(rows));
    expect(bridge.query('SELECT DISTINCT typeof(version) AS v, typeof(name) AS n FROM "a ""b"', [])).toEqual([
      { v: 'integer', n: 'text' },
    ]);
  });

  it('are written one by one where a text has a character that JSON would change', () => {
    for (const odd of ['\0', '\ud800', '\udfff']) {
      const bridge = memory(table);
      expect(statements(bridge, rowsOf(200, `a${odd}b`))).toHaveLength(200);
    }
  });

  it.each([
    ['without JSON, or before SQLite 3.38', driverError('SQLITE_ERROR', 'near ">>": syntax error')],
    ['of a bridge that answers nothing', undefined],
  ])('are written one by one by an SQLite %s', (_, error) => {
    const bridge = memory(table);
    const other: DatabaseBridge = {
      ...bridge,
      query: (sql, params) => {
        if (!sql.includes('json_each')) return bridge.query(sql, params);
        if (error !== undefined) throw error;
        return [];
      },
    };
    const rows = rowsOf(200);
    expect(statements(other, rows)).toHaveLength(200);
    expect(written(bridge)).toEqual(expected(rows));
  });

  it('are not written if a disk fails while SQLite is asked', () => {
    const bridge = memory(table);
    const failing: DatabaseBridge = {
      ...bridge,
      query: () => {
        throw driverError('SQLITE_IOERR');
      },
    };
    expect(() => statements(failing, rowsOf(200))).toThrow(expect.objectContaining({ code: 'SQLITE_IOERR' }));
  });
});
