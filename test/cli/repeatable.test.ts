import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder({
    'dunlin.config.json': JSON.stringify({ database: 'app.db' }),
    'migrations/001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);',
  });
});
afterEach(() => folder.remove());

describe('create --repeatable', () => {
  it('writes R__name.sql, or a file of the folder `repeatable`, and never over another', async () => {
    expect((await folder.run(['create', '--repeatable', 'Active', 'users'])).out).toBe(
      'migrations/R__active_users.sql\n',
    );
    expect(readFileSync(join(folder.path, 'migrations/R__active_users.sql'), 'utf8')).toBe(
      '-- Description: Active users\n\n',
    );
    expect((await folder.run(['create', '--repeatable', 'active_users'])).err).toContain('FILE_EXISTS');
    folder.write('migrations/repeatable/log.sql', 'SELECT 1;');
    expect((await folder.run(['create', '--repeatable', 'roles'])).out).toBe('migrations/repeatable/roles.sql\n');
  });

  it('refuses an empty name, code, a rebuild, and the folder of a tool that has none', async () => {
    expect((await folder.run(['create', '--repeatable', '!'])).err).toContain('MIGRATION_NAME_EMPTY');
    expect((await folder.run(['create', '--repeatable', 'a', '--format', 'ts'])).err).toContain('OPTIONS_CONFLICT');
    expect((await folder.run(['create', '--repeatable', '--rebuild', 'users'])).err).toContain('OPTIONS_CONFLICT');
    folder.write('goose/001_a.sql', '-- +goose Up\nSELECT 1;\n');
    expect((await folder.run(['create', '--repeatable', 'a', '-m', 'goose'])).err).toContain('FORMAT_FOLDER');
    folder.write('fly/V1__a.sql', 'SELECT 1;');
    expect((await folder.run(['create', '--repeatable', 'a', '-m', 'fly'])).out).toBe('fly/R__a.sql\n');
  });
});

it('status, plan and history show repeatable migrations', async () => {
  folder.write('migrations/R__v.sql', 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT name FROM users;\n');
  folder.write('migrations/R__w.sql', 'DROP VIEW IF EXISTS w;\nCREATE VIEW w AS SELECT 1 AS one;\n');
  folder.write('migrations/R__x.sql', 'DROP VIEW IF EXISTS x;\nCREATE VIEW x AS SELECT 1 AS one;\n');
  expect((await folder.run(['plan'])).out).toContain('runs again whenever it changes');
  const up = await folder.run(['up', '--no-backup']);
  expect(up.out).toMatch(/^ {2}R +v +2 statements/m);
  folder.write('migrations/002_drop.sql', 'DROP VIEW w;\n');
  await folder.run(['up', '--to', '2', '--no-backup']);
  folder.write('migrations/R__v.sql', 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT id FROM users;\n');
  folder.write('migrations/003_drop.sql', 'DROP VIEW w;\nDROP VIEW x;\nCREATE VIEW x AS SELECT 2 AS two;\n');
  folder.write('migrations/004_more.sql', 'CREATE TABLE more (id INTEGER PRIMARY KEY);\n');
  await folder.run(['up', '--to', '3', '--no-backup']);
  const status = (await folder.run(['status'])).out;
  expect(status).toMatch(
    /R +v +.*changed since: the next `dunlin up` runs it|R +v +.*changed since: the next `up` runs it/,
  );
  expect(status).toContain('view w is gone: the next `up` runs it');
  expect(status).toContain('something else may have changed what it made: the next `up` runs it');
  expect((await folder.run(['history', '--limit', '5'])).out).toContain('R__w');
  folder.write('migrations/R__v.sql', 'SELECT nope;\n');
  expect((await folder.run(['up', '--no-backup'])).code).toBe(1);
  expect((await folder.run(['status'])).out.replaceAll(/\s+/g, ' ')).toContain('R__v failed on');
});

describe('seed', () => {
  it('asks where rows are removed, and prints what it has changed', async () => {
    await folder.run(['up', '--no-backup']);
    folder.write('seeds/1.sql', `INSERT OR REPLACE INTO users VALUES (1, 'ada');`);
    const asked = await folder.run(['seed'], { columns: 100, answers: ['n\n'] });
    expect([asked.code === 0, asked.err]).toEqual([
      false,
      expect.stringContaining('inserts or replaces rows of users'),
    ]);
    const done = await folder.run(['seed', '--yes', '--no-backup']);
    expect([done.code, done.out]).toEqual([0, '  users  1 row added\napp.db: ran 1 seed\n']);
    expect((await folder.run(['seed', '--yes'])).out).toContain('users  as many rows as before');
    folder.write('seeds/1.sql', '-- dunlin: destructive users\nUPDATE users SET name = 1;');
    expect((await folder.run(['seed'])).err).toContain('declared destructive');
    folder.write('seeds/1.sql', 'UPDATE OR REPLACE users SET name = name;');
    expect((await folder.run(['seed'])).err).toContain('updates or replaces rows of users');
    folder.write('seeds/1.sql', 'DELETE FROM users;');
    const { out } = await folder.run(['seed', '--yes', '--no-backup']);
    expect(out).toContain('users  1 row removed');
    folder.write('seeds/1.sql', 'SELECT 1;');
    const document = JSON.parse((await folder.run(['seed', '--json'])).out) as Record<string, unknown>;
    expect(document).toMatchObject({ command: 'seed', ok: true, files: ['seeds/1.sql'], rows: [] });
  });

  it('reads the places of the configuration, for each database its own', async () => {
    const databases = {
      a: { path: 'a.db', migrations: 'migrations' },
      b: { path: 'b.db', migrations: 'migrations', seeds: ['x', 'y/1.sql'] },
    };
    folder.write('dunlin.config.json', JSON.stringify({ databases }));
    folder.write('seeds/a/1.sql', `INSERT INTO users VALUES (1, 'ada');`);
    folder.write('x/1.sql', `INSERT INTO users VALUES (1, 'bob');`);
    folder.write('y/1.sql', `INSERT INTO users VALUES (2, 'eve');`);
    await folder.run(['up', '--all', '--no-backup']);
    const { out } = await folder.run(['seed', '--all', '--no-backup']);
    expect(out).toContain('a.db: ran 1 seed');
    expect(out).toContain('b.db: ran 2 seeds');
    folder.write('dunlin.config.json', JSON.stringify({ database: 'a.db', seeds: [] }));
    expect((await folder.run(['seed'])).err).toContain('CONFIG_INVALID');
  });
});
