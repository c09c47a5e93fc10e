import { rmSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DatabaseBridge } from '../../src/bridge/index.ts';
import { driverError } from '../../src/testing/index.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

/** A connection on which the COMMIT of that number fails: before it is made, or after. */
function failingCommit(bridge: DatabaseBridge, number: number, when: 'before' | 'after'): DatabaseBridge {
  let commits = 0;
  return {
    ...bridge,
    query: bridge.query.bind(bridge),
    openSecond: bridge.openSecond?.bind(bridge),
    script(sql) {
      const fails = sql === 'COMMIT' && ++commits === number;
      if (fails && when === 'before') throw driverError('SQLITE_IOERR_FSYNC');
      void bridge.script(sql);
      if (fails) throw driverError('SQLITE_IOERR_DIR_FSYNC');
    },
  } as DatabaseBridge;
}

onEveryDriver('a COMMIT that fails with an error of the disk', (open) => {
  it.skipIf(process.platform === 'win32')(
    'because a migration removed the journal has happened, and is reported so',
    async () => {
      const db = open();
      db.exec('CREATE TABLE kept (x)');
      const remove = {
        version: 1,
        name: 'remove',
        up(tx: { exec(sql: string): void }): void {
          tx.exec('CREATE TABLE a (x)');
          rmSync(`${db.path}-journal`);
        },
      };
      const error = await failureOf(() => db.up([remove]));
      expect(error).toMatchObject({ code: 'DISK_ERROR', applied: [{ version: 1 }], pending: [] });
      expect(error.hint).toMatch(/^What was committed is in the database all the same: it was read again/);
      expect(error.hint).toContain('removed the -journal beside the database');
      expect(db.versions()).toEqual([1]);
      expect(db.attempts()).toEqual(['run up ok', '1 up ok']);
      expect(db.value('PRAGMA integrity_check')).toBe('ok');
      expect((await db.up([remove])).applied).toEqual([]);
    },
  );

  it.skipIf(process.platform === 'win32').each(['migration', 'run'] as const)(
    'is none where a migration removed it and fails (atomic: %s)',
    async (atomic) => {
      const db = open();
      db.exec('CREATE TABLE kept (x)');
      const before = db.content();
      const remove = {
        version: 1,
        name: 'remove',
        up(tx: { exec(sql: string): void }): void {
          tx.exec('CREATE TABLE a (x); DROP TABLE kept');
          rmSync(`${db.path}-journal`);
          throw new Error('no');
        },
      };
      expect(await failureOf(() => db.up([remove], { atomic }))).toMatchObject({
        code: 'FUNCTION_FAILED',
        applied: [],
      });
      expect(db.content()).toBe(before);
      expect(db.versions()).toEqual([]);
    },
  );

  it('before it is made has undone everything, and is reported so', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => failingCommit(bridge, 2, 'before');
    const error = await failureOf(() => db.up(files, { wrap }));
    expect(error).toMatchObject({ code: 'DISK_ERROR', applied: [], pending: [{ version: 1 }, { version: 2 }] });
    expect(error.hint).toMatch(/^What was not committed is undone: the database was read again/);
    expect(db.versions()).toEqual([]);
  });

  it('after it was made, between two migrations, says how far it got', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => failingCommit(bridge, 2, 'after');
    const error = await failureOf(() => db.up(files, { wrap, commit: 'migration' }));
    expect(error).toMatchObject({ code: 'DISK_ERROR', applied: [{ version: 1 }], pending: [{ version: 2 }] });
    expect(error.hint).toMatch(/^What was committed is in the database all the same/);
    expect(db.versions()).toEqual([1]);
    expect((await db.up(files)).applied).toMatchObject([{ version: 2 }]);
  });

  it('in a transaction of Dunlin’s own claims neither', async () => {
    const db = open();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => failingCommit(bridge, 1, 'after');
    const error = await failureOf(() => db.up(files, { wrap }));
    expect(error.hint).toMatch(/it is not known whether the last commit succeeded: `dunlin status` reads it again/);
    expect((await db.up(files)).to).toBe(2);
  });
});
