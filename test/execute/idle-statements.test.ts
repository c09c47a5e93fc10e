import { expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/index.ts';
import { onEveryDriver } from '../support/databases.ts';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email VARCHAR, age INT)';

onEveryDriver('IF NOT EXISTS that finds something, IF EXISTS that finds nothing', (open) => {
  it.each([
    [
      'a table that is the same, but for how it is written',
      'CREATE TABLE t (a INT, "b" TEXT)',
      'CREATE TABLE IF NOT EXISTS T (\n a INT, b TEXT)',
      'CREATE TABLE IF NOT EXISTS T did nothing: table t exists already',
    ],
    [
      'a table with other columns',
      users,
      'CREATE TABLE IF NOT EXISTS main.users (id INTEGER PRIMARY KEY, email TEXT NOT NULL, nick, age INT, CHECK (age > 0))',
      'CREATE TABLE IF NOT EXISTS users did nothing: table users exists already, and is different: column email differs in type, NOT NULL; it lacks column nick; it lacks CHECK (age > 0)',
    ],
    [
      'a view in place of a table',
      'CREATE VIEW users AS SELECT 1 AS id',
      'CREATE TABLE IF NOT EXISTS users (id)',
      'CREATE TABLE IF NOT EXISTS users did nothing: view users exists already',
    ],
    [
      'a table that a SELECT would make',
      users,
      'CREATE TABLE IF NOT EXISTS users AS SELECT 1 AS id',
      'CREATE TABLE IF NOT EXISTS users did nothing: table users exists already',
    ],
    [
      'an index of another table',
      `${users}; CREATE TABLE other (q); CREATE INDEX i ON other (q)`,
      'CREATE INDEX IF NOT EXISTS i ON users (email)',
      'CREATE INDEX IF NOT EXISTS i did nothing: index i exists already, and is different: it is on other, not on users',
    ],
    [
      'an index that is not unique',
      `${users}; CREATE INDEX i ON users (email)`,
      'CREATE UNIQUE INDEX IF NOT EXISTS i ON users (email)',
      'CREATE UNIQUE INDEX IF NOT EXISTS i did nothing: index i exists already, and is different: it lacks UNIQUE',
    ],
    [
      'another view',
      'CREATE VIEW v AS SELECT 2 AS a',
      'CREATE VIEW IF NOT EXISTS v AS SELECT 1 AS a',
      'CREATE VIEW IF NOT EXISTS v did nothing: view v exists already, and is different: its text differs',
    ],
    [
      'the same trigger',
      `${users}; CREATE TRIGGER tr AFTER INSERT ON users BEGIN SELECT 1; END`,
      'CREATE TRIGGER IF NOT EXISTS tr AFTER INSERT ON users BEGIN SELECT 1; END',
      'CREATE TRIGGER IF NOT EXISTS tr did nothing: trigger tr exists already',
    ],
    [
      'a virtual table with other columns',
      'CREATE VIRTUAL TABLE f USING fts5(a, b)',
      'CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(a)',
      'CREATE VIRTUAL TABLE IF NOT EXISTS f did nothing: table f exists already, and is different: its text differs',
    ],
    [
      'a temporary table of an earlier statement',
      users,
      'CREATE TEMP TABLE u (x); CREATE TEMP TABLE IF NOT EXISTS u (y)',
      'CREATE TEMP TABLE IF NOT EXISTS u did nothing: table u exists already, and is different: column y is called x',
    ],
    [
      'an index of a temporary table',
      users,
      'CREATE TEMP TABLE u (x, y); CREATE INDEX i ON u (x); CREATE INDEX IF NOT EXISTS i ON u (y)',
      'CREATE INDEX IF NOT EXISTS i did nothing: index i exists already, and is different: columns differs',
    ],
    [
      'no index to drop',
      users,
      'DROP INDEX IF EXISTS users_email',
      'DROP INDEX IF EXISTS users_email did nothing: there is no such index',
    ],
    [
      'no table to drop',
      users,
      'DROP TABLE IF EXISTS user',
      'DROP TABLE IF EXISTS user did nothing: there is no such table',
    ],
  ])('%s is a note, and in the plan beforehand', async (_, before, sql, note) => {
    const db = open();
    db.exec(before);
    const migrations = { '001_make.sql': sql };
    const events: DunlinEvent[] = [];
    const plan = await db.runner(migrations).plan();
    expect(plan.notes).toContain(`001_make: ${note.replace('did', 'will do')}`);
    const { notes } = await db.up(migrations, { onEvent: (event) => events.push(event) });
    expect(notes).toContain(`001_make: ${note}`);
    expect(events).toContainEqual({ type: 'migration:note', migration: { version: 1, name: 'make' }, note });
  });

  it.each([
    ['what finds nothing makes it', 'CREATE TABLE IF NOT EXISTS t (a); CREATE INDEX IF NOT EXISTS i ON t (a)'],
    ['what finds something drops it', 'DROP TABLE IF EXISTS users'],
    ['a temporary table beside one of the database', 'CREATE TEMP TABLE IF NOT EXISTS users (x)'],
    [
      'an index of a temporary table beside one of the database',
      'CREATE INDEX i ON users (email); CREATE TEMP TABLE users (x); CREATE INDEX IF NOT EXISTS i ON users (x)',
    ],
    [
      'a trigger of a temporary table beside one of the database',
      `CREATE TRIGGER i AFTER DELETE ON users BEGIN SELECT 1; END; CREATE TEMP TABLE users (x); CREATE TRIGGER IF NOT EXISTS i AFTER DELETE ON users BEGIN SELECT 1; END`,
    ],
    ['what is dropped to be made again', 'DROP INDEX IF EXISTS i; CREATE INDEX i ON users (email)'],
    [
      'what is dropped to make room for a rebuild',
      'DROP TABLE IF EXISTS n; CREATE TABLE n (id INTEGER PRIMARY KEY, email VARCHAR, age INT); INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users',
    ],
    ['what is dropped to make room for a name', 'DROP TABLE IF EXISTS people; ALTER TABLE users RENAME TO people'],
  ])('%s, without a note', async (_, sql) => {
    const db = open();
    db.exec(users);
    expect((await db.runner({ '001_make.sql': sql }).plan()).notes).toEqual([]);
    expect((await db.up({ '001_make.sql': sql })).notes).toEqual([]);
  });

  it('is a note of code too, on the way up and on the way back', async () => {
    const db = open();
    db.exec(users);
    const code = {
      version: 1,
      up: (m: { exec(sql: string): unknown }) => m.exec('CREATE TABLE IF NOT EXISTS users (id)'),
      down: (m: { exec(sql: string): unknown }) => m.exec('DROP VIEW IF EXISTS users_v'),
    };
    const up = await db.up({ '001_make.js': code as never });
    expect(up.notes).toEqual([expect.stringContaining('CREATE TABLE IF NOT EXISTS users did nothing')]);
    const down = await db.down({ '001_make.js': code as never });
    expect(down.notes).toEqual([expect.stringContaining('DROP VIEW IF EXISTS users_v did nothing')]);
  });
});
