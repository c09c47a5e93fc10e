import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { betterSqlite3Bridge } from '../../../src/drivers/index.ts';
import { isDunlinError } from '../../../src/errors/index.ts';
import { BackupManager } from '../../../src/node/backup-manager.ts';
import { MigrationRunner } from '../../../src/node/create-runner.ts';
import { contentOf } from '../../support/databases.ts';

/** Something that Dunlin does in a process of its own, and what may be left of it. */
export interface Scenario {
  readonly name: string;
  /** What the worker has to do. */
  readonly operation: 'up' | 'down' | 'create' | 'restore';
  /** There is a backup of the state before any migration: a run compresses it at its end, a restore restores it. */
  readonly older?: boolean;
  /** The migrations that are applied before, and after it has succeeded. */
  readonly start: readonly number[];
  readonly final: readonly number[];
  /** What a fault may leave in between: the state after a whole number of migrations. */
  readonly between?: readonly (readonly number[])[];
  /** Migration 3 fails, always. */
  readonly fails?: true;
  /** Before it there is no database that SQLite could read. */
  readonly damage?: (database: string) => void;
}

const sections = (up: string, down: string, head = ''): string =>
  `${head}-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

/** A parent with children and grandchildren that would go with it, on several pages. */
const base = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE INDEX users_by_name ON users (name);
CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users ON DELETE CASCADE ON UPDATE CASCADE, text TEXT);
CREATE TABLE comments (post INTEGER REFERENCES posts ON DELETE CASCADE, text TEXT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60)
INSERT INTO users (name) SELECT 'user ' || i || hex(zeroblob(40)) FROM n;
INSERT INTO posts (author, text) SELECT id, 'by ' || name FROM users;
INSERT INTO comments SELECT id, 'on ' || text FROM posts;`;

const rebuild = (name: string): string =>
  `CREATE TABLE users_new (id INTEGER PRIMARY KEY AUTOINCREMENT, ${name});
INSERT INTO users_new SELECT id, name FROM users;
DROP TABLE users;
ALTER TABLE users_new RENAME TO users;
CREATE INDEX users_by_name ON users (name);`;

const ups: Readonly<Record<number, string>> = {
  1: `CREATE TABLE tags (id INTEGER PRIMARY KEY, tag TEXT UNIQUE);\nINSERT INTO tags (tag) SELECT name FROM users;`,
  2: rebuild('name TEXT NOT NULL'),
  3: `UPDATE users SET id = id + 1000 WHERE id = 2;\nCREATE VIEW authors AS SELECT name FROM users;`,
};
// The third needs a transaction of its own, so a run has two commits.
const apart = '-- dunlin: foreign-keys on\n';
const files: Readonly<Record<string, string>> = {
  '001_tags.sql': sections(ups[1]!, 'DROP TABLE tags;'),
  '002_users.sql': sections(ups[2]!, rebuild('name TEXT')),
  '003_moved.sql': sections(ups[3]!, 'DROP VIEW authors;\nUPDATE users SET id = id - 1000 WHERE id = 1002;', apart),
};
const failing: Readonly<Record<string, string>> = {
  ...files,
  '003_moved.sql': sections(`${ups[3]!}\nDELETE FROM comments;\nSELECT nope;`, '', apart),
};

const between = [[1, 2]];

export const scenarios: Readonly<
  Record<'up' | 'fails' | 'down' | 'create' | 'restore' | 'missing' | 'damaged', Scenario>
> = {
  up: { name: 'up', operation: 'up', older: true, start: [], between, final: [1, 2, 3] },
  fails: { name: 'up that fails', operation: 'up', start: [], final: [1, 2], fails: true },
  down: { name: 'down', operation: 'down', older: true, start: [1, 2, 3], between, final: [] },
  create: { name: 'backup create', operation: 'create', start: [1, 2, 3], final: [1, 2, 3] },
  restore: { name: 'backup restore', operation: 'restore', older: true, start: [1, 2], final: [] },
  missing: {
    name: 'backup restore of a missing database',
    operation: 'restore',
    older: true,
    start: [],
    final: [],
    damage: (database) => rmSync(database),
  },
  damaged: {
    name: 'backup restore of a damaged database',
    operation: 'restore',
    older: true,
    start: [],
    final: [],
    damage(database) {
      writeFileSync(database, 'x'.repeat(5000));
      writeFileSync(`${database}-wal`, 'left');
    },
  },
};

/** Makes a folder in which a scenario can begin; `app.db` is its database. */
export async function prepare(scenario: Scenario, folder: string, mode: string): Promise<void> {
  mkdirSync(migrationsIn(folder), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(migrationsIn(folder), name), text);
  const db = new BetterSqlite3(databaseIn(folder));
  db.pragma(`journal_mode = ${mode}`);
  db.exec(base);
  db.close();
  if (scenario.older === true) await managing(folder, (manager) => manager.create());
  const to = scenario.start.at(-1);
  if (to !== undefined) await running(folder, (runner) => runner.up({ to }), 'off');
  if (scenario.fails === true)
    for (const [name, text] of Object.entries(failing)) writeFileSync(join(migrationsIn(folder), name), text);
  scenario.damage?.(databaseIn(folder));
}

/** What a user does after a fault: the same once more. Returns the code of an error. */
export async function again({ operation }: Scenario, folder: string): Promise<string | undefined> {
  try {
    if (operation === 'up') await running(folder, (runner) => runner.up());
    if (operation === 'down') await running(folder, (runner) => runner.down({ to: 0 }));
    if (operation === 'create') await managing(folder, (manager) => manager.create());
    if (operation === 'restore')
      await managing(folder, async (manager) => manager.restore((await manager.list()).at(-1)!.id));
    return undefined;
  } catch (error) {
    if (isDunlinError(error)) return error.code;
    throw error;
  }
}

/** The content that belongs to what is applied, as plain SQLite makes it. */
export function contentAfter(applied: readonly number[]): string {
  const key = applied.join();
  const known = contents.get(key);
  if (known !== undefined) return known;
  const db = new BetterSqlite3(':memory:');
  db.pragma('foreign_keys = OFF');
  db.exec(base);
  for (const version of applied) {
    db.pragma(`foreign_keys = ${version === 3 ? 'ON' : 'OFF'}`);
    db.exec(ups[version]!);
  }
  const content = normal(contentOf(betterSqlite3Bridge(db)));
  db.close();
  contents.set(key, content);
  return content;
}
const contents = new Map<string, string>();

/** A rebuild leaves a name in quotes. */
export const normal = (content: string): string => content.replaceAll('CREATE TABLE \\"users\\"', 'CREATE TABLE users');

export const databaseIn = (folder: string): string => join(folder, 'app.db');
export const migrationsIn = (folder: string): string => join(folder, 'migrations');
export const backupsIn = (folder: string): string => `${databaseIn(folder)}-backups`;

export async function managing<T>(folder: string, work: (manager: BackupManager) => Promise<T>): Promise<T> {
  const manager = new BackupManager({ database: databaseIn(folder), driver: 'better-sqlite3', lockTimeoutMs: 0 });
  try {
    return await work(manager);
  } finally {
    await manager.close();
  }
}

async function running(
  folder: string,
  work: (runner: MigrationRunner) => Promise<unknown>,
  backup: 'always' | 'off' = 'always',
): Promise<void> {
  const runner = new MigrationRunner({
    database: databaseIn(folder),
    migrations: migrationsIn(folder),
    driver: 'better-sqlite3',
    lockTimeoutMs: 0,
    backup,
  });
  try {
    await work(runner);
  } finally {
    await runner.close();
  }
}
