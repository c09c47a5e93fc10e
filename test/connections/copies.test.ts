import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MigrationRunner } from '../../src/node/index.ts';
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

// By the library that holds the lock: two in one process do not see each other's.
describe('a copy of a database that is locked', () => {
  it('waits for who holds the lock', async () => {
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
});
