import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DunlinError } from '../errors/index.ts';
import { MigrationRunner, migrateSync } from './index.ts';
import { parseDatabase } from './database-url.ts';
import { openWhenWritten } from './open-when-written.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-late-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const good = { '001_a.sql': 'CREATE TABLE a (x)' };

describe.each(['better-sqlite3', '@photostructure/sqlite'] as const)('openWhenWritten, %s', (driver) => {
  it('makes the file at the first statement that is no SELECT', () => {
    const bridge = openWhenWritten(parseDatabase(at('app.db')), { driver });
    bridge.registerFunction?.('one', () => 1);
    expect(bridge.query(' select name FROM sqlite_schema', [])).toEqual([]);
    expect(bridge.inTransaction?.()).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
    void bridge.script('CREATE TABLE t (a)');
    expect(existsSync(at('app.db'))).toBe(true);
    expect(bridge.query('SELECT name, one() AS one FROM sqlite_schema', [])).toEqual([{ name: 't', one: 1 }]);
    bridge.registerFunction?.('two', () => 2);
    expect(bridge.query('SELECT two() AS two', [])).toEqual([{ two: 2 }]);
    void bridge.close?.();
  });

  it('reports the columns of a statement without the file, and those of the file once there is one', () => {
    const bridge = openWhenWritten(parseDatabase(at('app.db')), { driver });
    expect(bridge.columns?.('SELECT name FROM sqlite_schema')).toMatchObject([{ column: 'name' }]);
    expect(() => bridge.columns?.('SELECT a FROM t')).toThrow('no such table: t');
    expect(bridge.columns?.('CREATE TABLE t (a)')).toEqual([]);
    expect(readdirSync(folder)).toEqual([]);
    new BetterSqlite3(at('app.db')).exec('CREATE TABLE t (a)').close();
    expect(bridge.columns?.('SELECT a FROM t')).toMatchObject([{ table: 't', column: 'a' }]);
    void bridge.close?.();
  });

  it('sees the file that another process creates meanwhile', () => {
    const bridge = openWhenWritten(parseDatabase(at('app.db')), { driver });
    expect(bridge.query('SELECT name FROM sqlite_schema', [])).toEqual([]);
    new BetterSqlite3(at('app.db')).exec('CREATE TABLE theirs (a)').close();
    expect(bridge.query('SELECT name FROM sqlite_schema', [])).toEqual([{ name: 'theirs' }]);
    void bridge.close?.();
  });

  it('makes it for a second connection, a copy into it, and to tell its path', async () => {
    const source = openWhenWritten(parseDatabase(at('source.db')), { driver });
    const second = await source.openSecond?.();
    void second?.close?.();
    expect(source.file?.()).toBe(at('source.db'));
    void source.script('CREATE TABLE t (a)');
    void openWhenWritten(parseDatabase(at('target.db')), { driver }).script('VACUUM');
    expect(await source.copyInto?.(at('target.db'))).toBeGreaterThan(0);
    void source.close?.();
    expect(existsSync(at('target.db'))).toBe(true);
  });
});

describe('a run on a database that another process creates and locks at the same moment', () => {
  it('waits for the lock like any other', async () => {
    const other: BetterSqlite3.Database[] = [];
    // Loaded between the first look, which finds no file, and the first statement that writes.
    const load = (): object => {
      if (other.length === 0)
        other.push(new BetterSqlite3(at('app.db')).exec('CREATE TABLE theirs (a); BEGIN EXCLUSIVE'));
      return { up: 'CREATE TABLE a (x)' };
    };
    const runner = new MigrationRunner({ database: at('app.db'), migrations: { '001_a.js': load }, lockTimeoutMs: 20 });
    await expect(runner.up()).rejects.toMatchObject({ code: 'LOCKED' });
    other[0]!.exec('ROLLBACK').close();
    expect((await runner.up()).to).toBe(1);
    await runner.close();
  });
});

describe('a run that is refused', () => {
  it.each([
    ['a file that cannot be read', { '001_a.sql': 'BEGIN; CREATE TABLE a (x);' }, {}, 'TRANSACTION_CONTROL'],
    ['a version that does not exist', good, { to: 7 }, 'VERSION_UNKNOWN'],
    [
      'a run that one transaction cannot hold',
      { ...good, '002_b.sql': '-- dunlin: no-transaction\nVACUUM;' },
      { atomic: 'run' },
      'ATOMIC_RUN_SPLIT',
    ],
  ] as const)('leaves no file: %s', (_case, migrations, options, code) => {
    let error: unknown;
    try {
      migrateSync({ database: at('app.db'), migrations, ...options });
    } catch (thrown) {
      error = thrown;
    }
    expect((error as DunlinError).code).toBe(code);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('leaves none when nothing is pending either, and the runner continues when there is one', async () => {
    const runner = new MigrationRunner({ database: at('app.db'), migrations: good });
    await runner.up({ steps: 0 });
    expect(readdirSync(folder)).toEqual([]);
    migrateSync({ database: at('app.db'), migrations: good });
    expect((await runner.status()).version).toBe(1);
    await runner.close();
  });
});
