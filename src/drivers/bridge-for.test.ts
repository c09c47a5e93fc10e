import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { BunDatabase } from '../../test/support/bun-sqlite.ts';
import { bridgeFor, type DatabaseHandle } from './bridge-for.ts';

function refusal(handle: unknown): DunlinError {
  try {
    bridgeFor(handle);
  } catch (error) {
    if (isDunlinError(error)) return error;
  }
  throw new Error('expected a refusal');
}

describe('bridgeFor', () => {
  it('recognises the drivers’ own types and shapes', () => {
    const handles: readonly (readonly [DatabaseHandle, string])[] = [
      [new BetterSqlite3(':memory:'), 'better-sqlite3'],
      [new DatabaseSync(':memory:'), 'node:sqlite'],
      [new BunDatabase(), 'bun:sqlite'],
    ];
    for (const [handle, driver] of handles) {
      expect(bridgeFor(handle)).toMatchObject({ driver, sync: true });
      expect(bridgeFor(handle).query('SELECT 1 AS one', [])).toEqual([{ one: 1 }]);
    }
  });

  it('returns a bridge as it is', () => {
    const bridge = { driver: 'mine', sync: false, query: async () => [], script: async () => {} };
    expect(bridgeFor(bridge)).toBe(bridge);
  });

  it('refuses closed connections', () => {
    const better = new BetterSqlite3(':memory:');
    better.close();
    expect(refusal(better)).toMatchObject({
      code: 'HANDLE_CLOSED',
      message: 'The better-sqlite3 connection is closed.',
    });
    const node = new DatabaseSync(':memory:');
    node.close();
    expect(refusal(node)).toMatchObject({
      code: 'HANDLE_CLOSED',
      message: 'The node:sqlite connection is closed.',
    });
    const bun = new BunDatabase();
    bun.close();
    expect(refusal(bun)).toMatchObject({
      code: 'HANDLE_CLOSED',
      message: 'The bun:sqlite connection is closed.',
    });
  });

  const fn = (): void => {};
  it.each([
    [undefined, 'A value of type undefined', ''],
    [null, 'null', ''],
    [42, 'A value of type number', ''],
    ['app.db', 'The text "app.db"', 'This needs an open connection, not a path. '],
    [Promise.resolve(), 'A promise', 'Await it first. '],
    [{ $client: {} }, 'A Drizzle database', 'Give its `$client`. '],
    [Object.assign(() => {}, { raw: fn, schema: {}, client: {} }), 'A Knex instance', 'Give the connection below it'],
    [{ getQueryInterface: fn }, 'A Sequelize instance', 'Give the path'],
    [{ selectFrom: fn, insertInto: fn }, 'A Kysely instance', 'Give the connection that its dialect'],
    [{ createQueryRunner: fn }, 'A TypeORM data source', 'Give the path'],
    [{ $queryRawUnsafe: fn }, 'A Prisma client', 'Give the path'],
    [{ executeMultiple: fn, batch: fn }, 'A libSQL client', 'Write a bridge'],
    [{ batch: fn, prepare: fn, dump: fn }, 'A D1 database', 'Write a bridge'],
    [{ getRowsModified: fn, export: fn }, 'A sql.js database', 'Write a bridge'],
    [{ query: fn, prepare: fn, filename: 'x' }, 'An old bun:sqlite database', 'Dunlin needs Bun 1.4'],
    [{ each: fn, configure: fn, serialize: fn }, 'An sqlite3 database', 'Write a bridge'],
    [BetterSqlite3, 'A function', 'Give an open connection: `new Database(path)`. '],
    [new Map(), 'An object of class Map', ''],
    [{}, 'An object', ''],
    [Object.create(null), 'An object', ''],
    [{ driver: 'mine', query: fn, script: fn }, 'An object', ''],
  ])('says what %s is and what is accepted', (handle, given, advice) => {
    const { code, message, hint } = refusal(handle);
    expect(code).toBe('HANDLE_UNKNOWN');
    expect(message).toBe(`${given} cannot be used as the database.`);
    expect(hint).toContain(advice);
    expect(hint).toContain('Give a path, an open Database of better-sqlite3');
  });
});
