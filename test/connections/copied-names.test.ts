import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { migrate, MigrationRunner } from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';

const users = `CREATE TABLE users ("id" INTEGER PRIMARY KEY, "name" TEXT); INSERT INTO users VALUES (1, 'Ada');`;
const create = `CREATE TABLE __new_users ("id" INTEGER PRIMARY KEY, "name" TEXT, "role" TEXT);\n`;
const rename = `;\nDROP TABLE users;\nALTER TABLE __new_users RENAME TO users;`;

/** Copies of a column that the old table does not have. */
const lacking: readonly (readonly [how: string, insert: string, from: string])[] = [
  [
    'with a list of columns',
    'INSERT INTO __new_users("id", "name", "role") SELECT "id", "name", "role" FROM `users`',
    'users',
  ],
  ['without a list', 'INSERT INTO __new_users SELECT "id", "name", "role" FROM users', 'users'],
  ['in another case', 'REPLACE INTO __new_users("id", "name", "role") SELECT "id", "name", "ROLE" FROM users', 'users'],
  ['after a star', 'INSERT INTO __new_users SELECT *, "role" AS "role" FROM users', 'users'],
  [
    'from several tables',
    'INSERT INTO __new_users("id", "name", "role") SELECT u."id", u."name", "role" FROM users u\n  LEFT JOIN (SELECT 1) x',
    'users u LEFT JOIN (SELECT 1) x',
  ],
  [
    'in the second SELECT',
    'INSERT INTO __new_users("id", "role") SELECT "id", NULL FROM users WHERE 0 UNION ALL SELECT "id", "role" FROM users',
    'users',
  ],
];

describe.each(lacking)('a column that the old table does not have, copied %s', (_, insert, from) => {
  const migrations = { '001_users.sql': users, '002_role.sql': `${create}${insert}${rename}` };
  const column = insert.includes('"ROLE"') ? 'ROLE' : 'role';
  const remedy = `${from} has no column ${column}: put the value that the new column is to have into the SELECT, NULL or its default.`;

  it.each([
    () => new BetterSqlite3(':memory:'),
    () => new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true }),
  ])('fails the run, whatever the connection does with double quotes', async (open) => {
    const database = open();
    const error = await failureOf(() => migrate({ database, migrations }));
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', hint: expect.stringContaining(remedy) });
    expect(error.location?.line).toBe(2);
    expect(error.hint).not.toContain('single quotes');
    expect(database.prepare('SELECT name FROM users').all()).toEqual([expect.objectContaining({ name: 'Ada' })]);
    database.close();
  });

  it('is refused by fix-quotes', async () => {
    const runner = new MigrationRunner({ database: ':memory:', driver: 'better-sqlite3', migrations });
    const error = await failureOf(() => runner.quotedStrings());
    await runner.close();
    expect(error).toMatchObject({ code: 'FIX_QUOTES_REFUSED', hint: expect.stringContaining(remedy) });
    expect(error.message).toContain(`002_role.sql:2 copies "${column}"`);
  });
});

it('fails in a database without any rows, where nothing has to be guarded', async () => {
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
  const migrations = { '001_t.sql': 'CREATE TABLE t (a); CREATE TABLE u (role); INSERT INTO u SELECT "role" FROM t' };
  const error = await failureOf(() => migrate({ database, migrations }));
  expect(error).toMatchObject({ code: 'STATEMENT_FAILED', message: expect.stringContaining('no such column: role') });
  database.close();
});

it('fails for a name that is not copied with the hint for other names', async () => {
  const migrations = { '001_t.sql': 'CREATE TABLE t (a, b); INSERT INTO t SELECT "a", c FROM (SELECT 1 AS a)' };
  const error = await failureOf(() =>
    new MigrationRunner({ database: ':memory:', driver: 'better-sqlite3', migrations }).up(),
  );
  expect(error.hint).toContain('Correct the file and run again.');
});

it('leaves texts that are no copied column, and names with quotes in them', async () => {
  const database = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
  const text = `CREATE TABLE t ("a\`b" TEXT, "c""d" TEXT, e TEXT); INSERT INTO t VALUES ("e", "x", "e");
CREATE TABLE u ("a\`b" TEXT, "c""d" TEXT, e TEXT);
INSERT INTO u SELECT "a\`b", "c""d", "open" FROM t; INSERT INTO u (e) SELECT "e"`;
  await migrate({ database, migrations: { '001_t.sql': text } });
  expect(database.prepare('SELECT "a`b" AS a, "c""d" AS c, e FROM u').all()).toEqual([
    { a: 'e', c: 'x', e: 'open' },
    { a: null, c: null, e: 'e' },
  ]);
  database.close();
});
