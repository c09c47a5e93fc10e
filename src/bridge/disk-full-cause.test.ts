import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { bridgeFor } from '../drivers/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { databaseError } from './database-error.ts';
import type { Host, Room } from './host.ts';
import { script, type Op } from './request.ts';
import { runAsync } from './run-async.ts';
import { runSync } from './run-sync.ts';
import type { SqlError } from './sql-error.ts';
import type { DatabaseBridge } from './types.ts';

const temporary = { folder: '/small', free: 1000, other: '/var/tmp' };
const roomy: Room = { beside: 1e12, temporary: { ...temporary, free: 1e12 }, isTemporary: false };
const hostWith = (room: Room | undefined): Host => ({ ...nodeHost, room: () => room });

function limited(pages: number | undefined): DatabaseBridge {
  const connection = new BetterSqlite3(':memory:');
  onTestFinished(() => void connection.close());
  connection.exec('CREATE TABLE t (a)');
  if (pages !== undefined) connection.pragma(`max_page_count = ${pages}`);
  return bridgeFor(connection);
}

/** A connection that answers later, as those of other platforms do. */
const later = (bridge: DatabaseBridge): DatabaseBridge => ({
  ...bridge,
  sync: false,
  query: async (sql, params) => await bridge.query(sql, params),
  script: async (sql) => await bridge.script(sql),
});

const filling = (): Op<void> => script('INSERT INTO t VALUES (zeroblob(100000))');

function refusing(bridge: DatabaseBridge): DatabaseBridge {
  const full = Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
  return {
    ...bridge,
    script: () => {
      throw full;
    },
  };
}

async function failure(bridge: DatabaseBridge, room: Room | undefined, op: Op<void> = filling()): Promise<SqlError> {
  const error: unknown = await (
    bridge.sync
      ? Promise.resolve().then(() => runSync(op, bridge, hostWith(room)))
      : runAsync(op, bridge, hostWith(room))
  ).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return error as SqlError;
}

const codeOf = (error: SqlError): string | undefined => databaseError(error, 'app.db')?.code;

describe('what is full', () => {
  it.each([
    ['a synchronous driver', limited],
    ['an asynchronous one', (pages: number | undefined) => later(limited(pages))],
  ])('is the page limit where the disks have more room, with %s', async (_, make) => {
    const error = await failure(make(10), roomy);
    expect(error.full).toEqual({ kind: 'pages', limit: 10, used: 2, pageSize: 4096 });
    expect(codeOf(error)).toBe('DATABASE_PAGE_LIMIT');
  });

  it('is the page limit on a platform that does not know its disks', async () => {
    expect((await failure(limited(10), undefined)).full?.kind).toBe('pages');
  });

  it.each<[string, Partial<Room>]>([
    ['the database', { beside: 20_000 }],
    ['temporary files', { temporary: { ...temporary, free: 20_000 } }],
  ])('is the disk where that of %s has less room than the limit leaves', async (_, less) => {
    const error = await failure(limited(10), { ...roomy, ...less });
    expect([error.full, codeOf(error)]).toEqual([undefined, 'DISK_FULL']);
  });

  it('is the disk, or the temporary folder for a copy in it, without a limit', async () => {
    const bridge = refusing(limited(undefined));
    expect(codeOf(await failure(bridge, roomy))).toBe('DISK_FULL');
    expect(codeOf(await failure(bridge, undefined))).toBe('DISK_FULL');
    const error = await failure(bridge, { ...roomy, temporary, isTemporary: true });
    expect(error.full).toEqual({ kind: 'temporary', ...temporary });
    expect(databaseError(error, 'app.db')).toMatchObject({
      code: 'TEMPORARY_FOLDER_FULL',
      message: expect.stringContaining('/small'),
      hint: expect.stringContaining('`export TMPDIR=/var/tmp SQLITE_TMPDIR=/var/tmp`'),
    });
  });

  it('is not the limit where VACUUM writes another file', async () => {
    const bridge = refusing(limited(10));
    expect(codeOf(await failure(bridge, roomy, script("VACUUM INTO '/small/copy.db'")))).toBe('DISK_FULL');
  });

  it.each([
    [
      'refuses',
      (): never => {
        throw new Error('closed');
      },
    ],
    ['rejects', (): Promise<never> => Promise.reject(new Error('closed'))],
  ])('is the disk where the connection %s to say more', async (_, query) => {
    const bridge = { ...refusing(limited(10)), sync: false, query };
    expect(codeOf(await failure(bridge, roomy))).toBe('DISK_FULL');
  });
});
