import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { SqlError } from '../../src/bridge/index.ts';
import { bridgeFor, MigrationRunner } from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';

const migrations = { '001_b.sql': '-- === UP ===\nCREATE TABLE b (x);\n-- === DOWN ===\nDROP TABLE b;\n' };

function database(sql: string): { readonly path: string; readonly connection: BetterSqlite3.Database } {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-copies-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'app.db');
  const connection = new BetterSqlite3(path, { timeout: 0 });
  onTestFinished(() => void connection.close());
  connection.unsafeMode();
  connection.exec(sql);
  return { path, connection };
}

type Driver = 'better-sqlite3' | '@photostructure/sqlite';
const runnerOf = (driver: Driver, path: string, lockTimeoutMs = 30_000): MigrationRunner =>
  new MigrationRunner({ database: path, driver, migrations, lockTimeoutMs });

describe.each(['better-sqlite3', '@photostructure/sqlite'] as const)(
  'a copy to try migrations on, with %s',
  (driver) => {
    it.each([
      ['a CHECK', "CREATE TABLE t (s TEXT CHECK (s <> 'none'))"],
      ['a DEFAULT', "CREATE TABLE t (s TEXT DEFAULT 'none')"],
      ['a partial index', "CREATE TABLE t (s TEXT); CREATE INDEX i ON t (s) WHERE s <> 'none'"],
    ])('is made of a schema with a text in double quotes: %s', async (_, sql) => {
      const { path, connection } = database(`${sql}; INSERT INTO t (s) VALUES ('a');`);
      connection.exec(
        `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '''none''', '"none"'); PRAGMA writable_schema = RESET;`,
      );
      connection.close();
      const runner = runnerOf(driver, path);
      const tried = await runner.try(1);
      expect(tried.down).toBeDefined();
      await runner.close();
    });
  },
);

it('a copy is made page by page where VACUUM meets a constraint', async () => {
  const { connection } = database('CREATE TABLE t (a); INSERT INTO t VALUES (1), (1)');
  const bridge = bridgeFor(connection);
  const refused = { code: 'SQLITE_CONSTRAINT_UNIQUE', message: 'UNIQUE constraint failed: t.a' };
  let refusals = 0;
  const script = (sql: string): void => {
    if (sql.startsWith('VACUUM INTO')) {
      refusals += 1;
      throw new SqlError(refused, sql, undefined);
    }
    void bridge.script(sql);
  };
  const runner = new MigrationRunner({ database: { ...bridge, script }, migrations });
  expect((await runner.try(1)).down).toBeDefined();
  expect(refusals).toBe(1);
});

// By the library that holds the lock: two in one process do not see each other's.
describe('a copy of a database that is locked', () => {
  it('waits for the process that holds the lock', async () => {
    const { path, connection } = database('CREATE TABLE t (a)');
    const runner = runnerOf('better-sqlite3', path);
    // The runner is at work when the lock is let go of: its first look has to wait already.
    connection.exec('BEGIN EXCLUSIVE');
    const tried = runner.try(1);
    await new Promise((resolve) => setTimeout(resolve, 100));
    connection.exec('COMMIT');
    expect((await tried).down).toBeDefined();
    await runner.close();
  });

  it('is LOCKED when that takes too long', async () => {
    const { path, connection } = database('CREATE TABLE t (a)');
    connection.exec('BEGIN EXCLUSIVE');
    const runner = runnerOf('better-sqlite3', path, 60);
    expect(await failureOf(() => runner.try(1))).toMatchObject({ code: 'LOCKED' });
    await runner.close();
  });

  it('names the run that holds the exclusive lock, to waiting processes and in the error', async () => {
    const { path, connection } = database('CREATE TABLE t (a)');
    const lock = new BetterSqlite3(`${path}-migrate-lock`);
    onTestFinished(() => void lock.close());
    lock.exec(
      `CREATE TABLE holder (tool TEXT, pid INTEGER, host TEXT, since TEXT); INSERT INTO holder VALUES ('dunlin restore', 812, 'web-1', '12:01')`,
    );
    lock.exec('BEGIN IMMEDIATE');
    connection.exec('BEGIN EXCLUSIVE');
    const waiting: unknown[] = [];
    const runner = new MigrationRunner({
      database: path,
      driver: 'better-sqlite3',
      migrations,
      lockTimeoutMs: 700,
      onEvent: (event) => void (event.type === 'run:waiting' && waiting.push(event.holder)),
    });
    expect(await failureOf(() => runner.try(1))).toMatchObject({
      code: 'LOCKED',
      message: expect.stringMatching(/dunlin restore, pid 812 on web-1, since 12:01/),
    });
    expect(waiting[0]).toMatchObject({ tool: 'dunlin restore', pid: 812 });
    await runner.close();
  });
});
