import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { MigrationDatabase } from '../../src/index.ts';
import { MigrationRunner } from '../../src/node/index.ts';
import { numbered, type Given } from '../guards/support.ts';
import { drivers, pair, reported, rounds } from './support.ts';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, name TEXT NOT NULL);';
const created = 'CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT NOT NULL, name TEXT NOT NULL);';
const swap = 'DROP TABLE users; ALTER TABLE n RENAME TO users;';
const copied = (insert: string): string => `${created} ${insert}; ${swap}`;
const all = copied('INSERT INTO n SELECT * FROM users');
const warning = (id = '002_step', column = 'users.email'): string =>
  `warning BECOMES_NOT_NULL: ${column} becomes NOT NULL: rows in which it is NULL make ${id} fail.`;

describe.each(drivers)('check, %s', (driver) => {
  it.each<[string, Given[]]>([
    ['in a copy by SELECT *', [users, all]],
    [
      'in a copy with a list of columns',
      [users, copied('INSERT INTO n (email, id, name) SELECT "Email", id, name FROM users')],
    ],
    [
      'in a migration that can be rolled back',
      [users, pair(all, `${all.replace('email TEXT NOT NULL', 'email TEXT')}`)],
    ],
    [
      'after a RENAME of the old table',
      [
        users,
        `ALTER TABLE users RENAME TO was; ${created.replace(' n ', ' users ')} INSERT INTO users SELECT * FROM was; DROP TABLE was;`,
      ],
    ],
    ['although an UPDATE sets another column', [users, `UPDATE users SET name = lower(name); ${all}`]],
    [
      'in code',
      [
        users,
        {
          version: 2,
          up: (db: MigrationDatabase) =>
            void db.rebuildTable('users', (t) => t.changeColumn('email', { notNull: true })),
        },
      ],
    ],
  ])('warns of a column that becomes NOT NULL %s', async (_, migrations) => {
    expect(reported(await rounds(migrations, { driver }))).toEqual([warning()]);
  });

  it('names the new column', async () => {
    const renamed = copied('INSERT INTO n SELECT * FROM users').replace('email TEXT NOT NULL', 'mail TEXT NOT NULL');
    expect(reported(await rounds([users, renamed], { driver }))).toEqual([warning('002_step', 'users.mail')]);
  });

  it.each<[string, Given[]]>([
    ['the copy replaces NULL', [users, copied(`INSERT INTO n SELECT id, coalesce(email, ''), name FROM users`)]],
    ['an UPDATE replaces it', [users, `UPDATE users SET email = '' WHERE email IS NULL; ${all}`]],
    ['an earlier migration replaces it', [users, `UPDATE users SET email = '' WHERE email IS NULL;`, all]],
    ['a DELETE names it', [users, `-- dunlin: destructive users\nDELETE FROM users WHERE email IS NULL; ${all}`]],
    [
      'a WHERE clause names it',
      [users, `-- dunlin: destructive users\n${copied('INSERT INTO n SELECT * FROM users WHERE email IS NOT NULL')}`],
    ],
    [
      'OR REPLACE takes the default',
      [
        users,
        all.replace('INSERT', 'INSERT OR REPLACE').replace('email TEXT NOT NULL', `email TEXT NOT NULL DEFAULT ''`),
      ],
    ],
    ['it was NOT NULL before', [users.replace('email TEXT', 'email TEXT NOT NULL'), all]],
    ['it stays nullable', [users, all.replace('email TEXT NOT NULL', 'email TEXT')]],
    ['rows are inserted by VALUES', [users, `INSERT INTO users VALUES (900, 'a', 'b');`]],
    ['the table keeps another name', [users, all.replace('RENAME TO users', 'RENAME TO members')]],
  ])('does not warn if %s', async (_, migrations) => {
    const { warnings } = await rounds(migrations, { driver });
    expect(warnings.filter(({ code }) => code === 'BECOMES_NOT_NULL')).toEqual([]);
  });

  it('does not warn of a migration that is applied', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const options = { database: join(folder, 'app.db'), driver };
    await new MigrationRunner({ ...options, migrations: numbered([users, all]) as never }).up();
    expect(reported(await rounds([users, all], options))).toEqual([]);
  });
});
