import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { failureOf, openTestDatabase } from '../support/databases.ts';

const failing = { '001_b.sql': 'CREATE TABLE b (x); UPDATE t SET x = x + 100; SELECT nope;' };

describe.each(['off', 'memory'])('a connection with journal_mode %s', (mode) => {
  /** Where SQLite is not in its defensive mode the journal can be turned off, and ROLLBACK does nothing. */
  const open = (): { db: ReturnType<typeof openTestDatabase>; handle: InstanceType<typeof BetterSqlite3> } => {
    const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
    const handle = new BetterSqlite3(db.path);
    handle.unsafeMode(true);
    handle.exec(`CREATE TABLE t (x); INSERT INTO t VALUES (1), (2); PRAGMA journal_mode = ${mode}`);
    return { db, handle };
  };

  it('has a journal during a run, and none again after it', async () => {
    const { db, handle } = open();
    const bridge = betterSqlite3Bridge(handle);
    const error = await failureOf(() => db.up(failing, { wrap: () => bridge }));
    expect(error.code).toBe('STATEMENT_FAILED');
    expect(handle.prepare('SELECT x FROM t').pluck().all()).toEqual([1, 2]);
    expect(handle.prepare(`SELECT count(*) FROM sqlite_schema WHERE name = 'b'`).pluck().get()).toBe(0);
    expect(handle.pragma('journal_mode', { simple: true })).toBe(mode);
    expect((await db.up({ '001_b.sql': 'CREATE TABLE b (x)' }, { wrap: () => bridge })).applied).toHaveLength(1);
    expect(handle.pragma('journal_mode', { simple: true })).toBe(mode);
    handle.close();
  });

  it('that a step outside a transaction has left gets one for the next', async () => {
    const { db, handle } = open();
    handle.pragma('journal_mode = delete');
    const bridge = betterSqlite3Bridge(handle);
    const files = {
      '001_m.sql': `-- dunlin: no-transaction\nPRAGMA journal_mode = ${mode};`,
      '002_b.sql': failing['001_b.sql'],
    };
    expect((await failureOf(() => db.up(files, { wrap: () => bridge }))).applied).toMatchObject([{ version: 1 }]);
    expect(handle.prepare('SELECT x FROM t').pluck().all()).toEqual([1, 2]);
    handle.close();
  });
});
