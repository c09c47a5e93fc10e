import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { isDunlinError, type DunlinError } from 'dunlin';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { demo } from '../../examples/file-organiser/main.ts';
import {
  readStatus,
  resetEverything,
  rollBackLast,
  runMigrations,
  tryOnCopy,
} from '../../examples/file-organiser/maintenance.ts';
import { adoptOldRelease } from '../../examples/file-organiser/old-release.ts';
import { shipped } from '../../examples/file-organiser/options.ts';
import { PathMemory } from '../../examples/file-organiser/path-memory.ts';
import { spell } from '../../examples/file-organiser/paths.ts';

const example = resolve(import.meta.dirname, '../../examples/file-organiser');
const ada = { user: 'ada', category: 'pdf invoice' };

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-organiser-'));
  path = join(folder, 'organiser.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function rows(sql: string): unknown[] {
  const db = new Database(path, { readonly: true });
  const found = db.prepare(sql).all();
  db.close();
  return found;
}

function change(sql: string): void {
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** What the database holds, Dunlin's own tables apart. */
function contents(): unknown {
  return [
    rows("SELECT name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'schema_migration%' ORDER BY name"),
    rows('SELECT * FROM destinations ORDER BY id'),
    rows('SELECT version FROM schema_migrations'),
  ];
}

async function failureOf(work: () => unknown): Promise<DunlinError> {
  try {
    await work();
  } catch (error) {
    if (isDunlinError(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

/** A copy of some of the migrations, to which others can be added. */
function release(name: string, ...files: readonly string[]): string {
  const migrations = join(folder, name);
  mkdirSync(migrations);
  for (const file of files) copyFileSync(join(shipped, file), join(migrations, file));
  return migrations;
}
const first = (): string => release('release-1', '001_destination_memory.ts');

function typed(...paths: readonly string[]): void {
  const values = paths.map((text, i) => `(${i + 1}, 'ada', 'pdf invoice', '${text}')`).join();
  change(`INSERT INTO destinations (id, user, category, path) VALUES ${values}`);
}

describe('the file organiser’s migrations', () => {
  it('are modules with a version, an apply function and a rollback function', async () => {
    for (const [i, file] of readdirSync(shipped).toSorted().entries()) {
      const module = (await import(join(shipped, file))) as Record<string, unknown>;
      expect(module).toMatchObject({ version: i + 1, up: expect.any(Function), down: expect.any(Function) });
    }
  });

  it('receive the connection, and may lack the rollback function', async () => {
    const migrations = first();
    writeFileSync(
      join(migrations, '002_home.mjs'),
      `export function up(db) { for (const user of ['ada', 'grace']) db.run('INSERT INTO drives (user, label) VALUES (?, ?)', user, 'Home'); }`,
    );
    expect(await runMigrations(path, migrations)).toBe(2);
    expect(rows('SELECT user, label FROM drives')).toHaveLength(2);
    expect(await failureOf(() => rollBackLast(path, migrations))).toMatchObject({ code: 'CANNOT_ROLL_BACK' });
    expect(rows('SELECT user, label FROM drives')).toHaveLength(2);
  });

  it('are named version_description, and tracked in schema_migrations', () => {
    new PathMemory(path).close();
    expect(readdirSync(shipped).toSorted()).toEqual(['001_destination_memory.ts', '002_normalise_paths.ts']);
    expect(rows('SELECT version, name, applied_at FROM schema_migrations')).toEqual([
      { version: 1, name: 'destination_memory', applied_at: expect.stringMatching(/^\d{4}-.*Z$/) },
      { version: 2, name: 'normalise_paths', applied_at: expect.stringMatching(/^\d{4}-.*Z$/) },
    ]);
  });

  it('001_destination_memory makes three tables and four indexes', async () => {
    expect(await runMigrations(path, first())).toBe(1);
    const named = (type: string): unknown =>
      rows(
        `SELECT name, tbl_name AS "table", (SELECT group_concat(name) FROM pragma_index_info(s.name)) AS columns FROM sqlite_schema AS s
         WHERE type = '${type}' AND name NOT LIKE 'sqlite_%' AND tbl_name NOT LIKE 'schema_migration%' ORDER BY name`,
      );
    expect(named('table')).toMatchObject(['destination_usage', 'destinations', 'drives'].map((name) => ({ name })));
    expect(named('index')).toEqual([
      { name: 'idx_destination_usage_destination', table: 'destination_usage', columns: 'destination_id' },
      { name: 'idx_destinations_user_active', table: 'destinations', columns: 'user,active' },
      { name: 'idx_destinations_user_category', table: 'destinations', columns: 'user,category' },
      { name: 'idx_drives_user_available', table: 'drives', columns: 'user,available' },
    ]);
  });

  it('002_normalise_paths changes data in code, row by row, keeps unknown values, and can be rolled back', async () => {
    await runMigrations(path, first());
    const paths = ['~\\Documents\\\\Invoices\\', '~/Documents/Invoices', 'c:\\Scans/./2026', 'smb://nas/scans', ''];
    typed(...paths);
    expect(await runMigrations(path)).toBe(1);
    expect(rows('SELECT path FROM destinations ORDER BY id')).toEqual(
      ['~/Documents/Invoices', '~/Documents/Invoices', 'C:/Scans/2026', 'smb://nas/scans', ''].map((text) => ({
        path: text,
      })),
    );
    expect(await rollBackLast(path)).toBe('normalise_paths');
    expect(rows('SELECT path FROM destinations ORDER BY id')).toEqual(paths.map((text) => ({ path: text })));
  });

  it('002_normalise_paths spells as the application does', () => {
    expect(['~\\a\\', '/a//b/./c/', 'd:\\x', '/', 'nas', '/a\\b'].map(spell)).toEqual([
      '~/a',
      '/a/b/c',
      'D:/x',
      '/',
      undefined,
      '/a\\b',
    ]);
    const functionOf = (file: string): string =>
      /function spell[^]*?^\}$/m.exec(readFileSync(join(example, file), 'utf8'))![0];
    expect(functionOf('migrations/002_normalise_paths.ts')).toBe(functionOf('paths.ts'));
  });
});

describe('the path memory', () => {
  it('migrates when it is created, and only then', () => {
    const memory = new PathMemory(path);
    expect(memory.applied.map(({ name }) => name)).toEqual(['destination_memory', 'normalise_paths']);
    memory.close();
    const again = new PathMemory(path);
    expect(again.applied).toEqual([]);
    again.close();
  });

  it('learns destinations and suggests them by usage', () => {
    const memory = new PathMemory(path);
    memory.learn({ ...ada, path: '/Invoices/2026/', drive: 'Archive' }, 'power.pdf');
    memory.learn({ ...ada, path: '~/Documents/Invoices' }, 'water.pdf');
    memory.learn({ ...ada, path: '~\\Documents\\Invoices\\' }, 'gas.pdf');
    memory.learn({ ...ada, user: 'grace', path: '~/Bills' }, 'gas.pdf');
    const [home, archive] = [
      { path: '~/Documents/Invoices', drive: null, uses: 2 },
      { path: '/Invoices/2026', drive: 'Archive', uses: 1 },
    ];
    expect(memory.suggest('ada', 'pdf invoice')).toEqual([home, archive]);
    expect(memory.suggest('ada', 'photo')).toEqual([]);
    memory.setAvailable('ada', 'Archive', false);
    expect(memory.suggest('ada', 'pdf invoice')).toEqual([home]);
    memory.setAvailable('ada', 'Archive', true);
    expect(memory.suggest('ada', 'pdf invoice')).toHaveLength(2);
    memory.close();
    expect(rows('SELECT count(*) AS n FROM destinations')).toEqual([{ n: 3 }]);
  });

  it('is not created when a migration fails', async () => {
    const migrations = first();
    writeFileSync(join(migrations, '002_broken.sql'), 'ALTER TABLE nowhere ADD COLUMN x;');
    const lines: string[] = [];
    const log = (line: string): void => void lines.push(line);
    const error = await failureOf(
      () => new PathMemory(path, { migrations, logger: { info: log, warn: log, error: log } }),
    );
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', failed: { version: 2, name: 'broken' } });
    expect(lines.join('\n')).toContain('broken');
  });
});

describe('by hand', () => {
  it('one call with a path returns how many were applied', async () => {
    expect(await runMigrations(path)).toBe(2);
    expect(await runMigrations(path)).toBe(0);
  });

  it('status returns the version and what is pending', async () => {
    expect(await readStatus(path)).toEqual({ version: 0, pending: ['destination_memory', 'normalise_paths'] });
    expect(existsSync(path)).toBe(false);
    await runMigrations(path, first());
    expect(await readStatus(path)).toEqual({ version: 1, pending: ['normalise_paths'] });
    await runMigrations(path);
    expect(await readStatus(path)).toEqual({ version: 2, pending: [] });
  });

  it('one migration is tried on a copy, and the database is not touched', async () => {
    await runMigrations(path, first());
    typed('~/Documents//Invoices');
    const before = readFileSync(path);
    expect(await tryOnCopy(path, 2)).toMatchObject({
      migration: { version: 2, name: 'normalise_paths' },
      up: { direction: 'up' },
      down: { direction: 'down' },
    });
    expect(readFileSync(path).equals(before)).toBe(true);

    const migrations = release('release-2', '001_destination_memory.ts');
    writeFileSync(
      join(migrations, '002_forget.mjs'),
      `export function up(db) { db.exec('DELETE FROM destinations'); }`,
    );
    writeFileSync(join(migrations, '003_broken.mjs'), `export function up(db) { db.exec('DELETE FROM nowhere'); }`);
    expect((await tryOnCopy(path, 2, migrations)).rows).toEqual([{ table: 'destinations', before: 1, after: 0 }]);
    expect(await failureOf(() => tryOnCopy(path, 3, migrations))).toMatchObject({ migration: { name: 'broken' } });
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('the last migration is rolled back, and then the one before', async () => {
    await runMigrations(path);
    expect(await rollBackLast(path)).toBe('normalise_paths');
    expect(await readStatus(path)).toEqual({ version: 1, pending: ['normalise_paths'] });
    expect(await rollBackLast(path)).toBe('destination_memory');
    expect(rows("SELECT name FROM sqlite_schema WHERE name IN ('drives', 'destinations')")).toEqual([]);
    expect(await runMigrations(path)).toBe(2);
  });

  it('everything is deleted after a loud warning, and only with the name of the database', async () => {
    await runMigrations(path);
    typed('~/Documents/Invoices');
    const before = contents();
    const warnings: string[] = [];
    const reset = (confirm: string): Promise<void> => resetEverything(path, confirm, (line) => warnings.push(line));
    for (const confirm of ['', 'yes']) {
      expect(await failureOf(() => reset(confirm))).toMatchObject({
        code: 'CONFIRMATION_WRONG',
        hint: expect.stringContaining('organiser.db'),
      });
    }
    expect(contents()).toEqual(before);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toMatch(/^WARNING: .*EVERYTHING in organiser\.db: .*1 destinations/);
    await reset('organiser.db');
    expect(await readStatus(path)).toEqual({ version: 0, pending: ['destination_memory', 'normalise_paths'] });
    expect(await runMigrations(path)).toBe(2);
  });
});

describe('the service, in processes of its own', () => {
  function start(migrations: string): { status: number | null; said: string } {
    const loader = (process.features as { typescript?: unknown }).typescript ? [] : ['--import', 'jiti/register'];
    const { status, stdout, stderr } = spawnSync(process.execPath, [...loader, 'service.ts', path, migrations], {
      cwd: example,
      encoding: 'utf8',
    });
    return { status, said: stdout + stderr };
  }

  it('after a failure the database is as it was; the file is corrected; a restart retries', async () => {
    const migrations = join(folder, 'release-3');
    cpSync(shipped, migrations, { recursive: true });
    expect(start(migrations)).toEqual({ status: 0, said: 'started, migrations applied: 2\n' });
    typed('~/Documents/Invoices');
    const before = contents();

    const next = join(migrations, '003_notes.ts');
    const body = `export function up(db: import('dunlin').MigrationDatabase): void {
      db.exec("CREATE TABLE notes (text TEXT); UPDATE destinations SET path = '~'");
      db.run('INSERT INTO COLUMN VALUES (?)', 'a note');
    }`;
    writeFileSync(next, body.replace('COLUMN', 'note'));
    const { status, said } = start(migrations);
    expect(status).toBe(1);
    expect(said).toContain('not started: Migration 003_notes failed in up(): no such table: note');
    expect(contents()).toEqual(before);
    expect(start(migrations).status).toBe(1);

    writeFileSync(next, body.replace('COLUMN', 'notes'));
    expect(start(migrations)).toEqual({ status: 0, said: 'started, migrations applied: 1\n' });
    expect(rows('SELECT text FROM notes')).toEqual([{ text: 'a note' }]);
    expect(start(migrations)).toEqual({ status: 0, said: 'started, migrations applied: 0\n' });
  });

  it('adopts a database of release 0 when it starts', async () => {
    await databaseOfRelease0();
    expect(start(shipped)).toEqual({ status: 0, said: 'started, migrations applied: 1\n' });
    expect(start(shipped)).toEqual({ status: 0, said: 'started, migrations applied: 0\n' });
  });
});

/** Its tables are those of 001; its tracking table has version, applied_at and migration_name. */
async function databaseOfRelease0(): Promise<void> {
  await runMigrations(path, first());
  change(`DROP TABLE schema_migrations; DROP TABLE schema_migration_attempts;
    CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT, migration_name TEXT);
    INSERT INTO schema_migrations VALUES (1, '2021-03-01T08:00:00Z', '001_destination_memory')`);
}

describe('a tracking table of release 0 (version, applied_at, migration_name)', () => {
  it('is named, and left alone', async () => {
    await databaseOfRelease0();
    const before = readFileSync(path);
    for (const work of [() => runMigrations(path), () => new PathMemory(path)]) {
      expect(await failureOf(work)).toMatchObject({
        code: 'LEDGER_FOREIGN',
        message: expect.stringContaining('it has version, applied_at, migration_name'),
        hint: expect.stringContaining('dunlin adopt --table dunlin_migrations'),
      });
    }
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('is kept under another name, and its rows become the baseline', async () => {
    await databaseOfRelease0();
    typed('~/Documents//Invoices');
    expect(await adoptOldRelease(path)).toBe(1);
    expect(await readStatus(path)).toEqual({ version: 1, pending: ['normalise_paths'] });
    expect(rows('SELECT version, migration_name FROM schema_migrations_of_release_0')).toEqual([
      { version: 1, migration_name: '001_destination_memory' },
    ]);
    expect(await adoptOldRelease(path)).toBeUndefined();
    expect(await runMigrations(path)).toBe(1);
    expect(rows('SELECT path FROM destinations')).toEqual([{ path: '~/Documents/Invoices' }]);
    // What was taken over can be rolled back as well, and is not taken over again.
    await rollBackLast(path);
    await rollBackLast(path);
    expect(await adoptOldRelease(path)).toBeUndefined();
    expect(await runMigrations(path)).toBe(2);
  });

  it('is adopted completely after a kill in the middle', async () => {
    await databaseOfRelease0();
    change('ALTER TABLE schema_migrations RENAME TO schema_migrations_of_release_0');
    expect(await adoptOldRelease(path)).toBe(1);
    expect(await readStatus(path)).toMatchObject({ version: 1 });
  });

  it('may be empty, or missing', async () => {
    expect(await adoptOldRelease(path)).toBeUndefined();
    change('CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT, migration_name TEXT)');
    expect(await adoptOldRelease(path)).toBeUndefined();
    expect(await runMigrations(path)).toBe(2);
  });
});

describe('examples/file-organiser', () => {
  it('prints what its README shows', async () => {
    const lines: string[] = [];
    await demo(folder, (line) => lines.push(line));
    const [, shown] = /^```text\n([^]*?)^```$/m.exec(readFileSync(join(example, 'README.md'), 'utf8'))!;
    expect(`${lines.join('\n')}\n`).toBe(shown);
  });
});
