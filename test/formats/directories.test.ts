import { expect, it } from 'vitest';
import { Project } from './support.ts';

const lock = 'provider = "sqlite"\n';

it('Prisma: directories in the order of their names, and its warnings declare losses', async () => {
  const project = new Project({
    'migration_lock.toml': lock,
    '20240101000000_init/migration.sql': [
      '-- CreateTable',
      'CREATE TABLE "User" ("id" INTEGER PRIMARY KEY, "nick" TEXT, "age" TEXT);',
      'CREATE TABLE "Old" ("id" INTEGER);',
      "INSERT INTO \"User\" VALUES (1, 'n', 'x');",
      'INSERT INTO "Old" VALUES (1);',
    ].join('\r\n'),
  });
  // What a migration of the same run has created may be dropped without a word.
  expect(await project.up()).toEqual(['20240101000000 init']);
  project.write({
    '20240102000000_drop/migration.sql': [
      '-- dunlin: rebuilds keep',
      '',
      '/*',
      '  Warnings:',
      '',
      '  - You are about to drop the column `nick` on the `User` table. All the data in the column will be lost.',
      '  - You are about to drop the `Old` table. If the table is not empty, all the data it contains will be lost.',
      '',
      '*/',
      '-- DropTable',
      'DROP TABLE "Old";',
      '',
      '-- RedefineTables',
      'PRAGMA defer_foreign_keys=ON;',
      'PRAGMA foreign_keys=OFF;',
      'CREATE TABLE "new_User" ("id" INTEGER PRIMARY KEY, "age" TEXT);',
      'INSERT INTO "new_User" ("id", "age") SELECT "id", "age" FROM "User";',
      'DROP TABLE "User";',
      'ALTER TABLE "new_User" RENAME TO "User";',
      'PRAGMA foreign_keys=ON;',
      'PRAGMA defer_foreign_keys=OFF;',
    ].join('\n'),
    '20240103000000_age/migration.sql': [
      '/*',
      '  Warnings:',
      '  - You are about to alter the column `age` on the `User` table. The data in that column could be lost. The data in that column will be cast from `String` to `Int`.',
      '  - The `age` column on the `User` table would be dropped and recreated. This will lead to data loss if there is data in the column.',
      '*/',
      'CREATE TABLE "new_User" ("id" INTEGER PRIMARY KEY, "age" INTEGER);',
      'INSERT INTO "new_User" ("id") SELECT "id" FROM "User";',
      'DROP TABLE "User";',
      'ALTER TABLE "new_User" RENAME TO "User";',
    ].join('\n'),
  });
  expect(await project.with(async (runner) => (await runner.up({ to: 20240102000000 })).to)).toBe(20240102000000);
  expect(await project.up()).toEqual(['20240103000000 age']);
  expect(project.query('SELECT * FROM User')).toEqual([[1, null]]);
  expect(await project.status()).toHaveLength(3);
});

it('Prisma: a loss without a warning at the head of the file is refused', async () => {
  const project = new Project({
    '20240101000000_init/migration.sql': 'CREATE TABLE a (id INTEGER, n TEXT);\nINSERT INTO a VALUES (1, 2);',
  });
  await project.up();
  project.write({
    '20240102000000_drop/migration.sql': [
      'CREATE TABLE new_a (id INTEGER);',
      'INSERT INTO new_a SELECT id FROM a;',
      'DROP TABLE a;',
      '/* You are about to drop the column `n` on the `a` table */',
      'ALTER TABLE new_a RENAME TO a;',
    ].join('\n'),
  });
  expect(await project.problems()).toEqual([expect.stringMatching(/^COLUMN_LOST .*a\.n/)]);
});

it('Prisma: numbers become positions with the second migration of a second, and the next run continues', async () => {
  const project = new Project({
    'migration_lock.toml': lock,
    '20240101000000_a/migration.sql': 'CREATE TABLE a (id);',
    '20240102000000_b/migration.sql': 'CREATE TABLE b (id);',
  });
  await project.up();
  project.write({ '20240102000000_c/migration.sql': 'CREATE TABLE c (id);' });
  expect(await project.status()).toEqual([
    '1 20240101000000_a applied',
    '2 20240102000000_b applied',
    '3 20240102000000_c pending',
  ]);
  expect(await project.up()).toEqual(['3 20240102000000_c']);
  expect(project.rows()).toEqual([
    [3, '20240102000000_c'],
    [20240101000000, '20240101000000_a'],
    [20240102000000, '20240102000000_b'],
  ]);
  // And back, with a later file in place of it.
  project.write({
    '20240102000000_c/migration.sql': undefined,
    '20240103000000_c/migration.sql': 'CREATE TABLE c (id);',
  });
  expect((await project.problems())[0]).toMatch(/^(?:FORMAT_FOLDER|MIGRATION_RENUMBERED|DATABASE_AHEAD) /);
});

it('Prisma: says what does not fit', async () => {
  const project = new Project({ 'migration_lock.toml': 'provider = "postgresql"\n', '20240101000000_a/other.sql': '' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('m is a folder of Prisma, but migration_lock.toml is for postgresql, not SQLite.'),
    expect.stringContaining('m is a folder of Prisma, but 20240101000000_a has no migration.sql.'),
  ]);
});

it('Diesel: up and down, hyphens in the version', async () => {
  const project = new Project({
    '2018-01-14-171611_create_users/up.sql': 'CREATE TABLE users (id);',
    '2018-01-14-171611_create_users/down.sql': 'DROP TABLE users;',
    '2018-02-01-000000_nothing/up.sql': '-- Only for PostgreSQL',
    '2018-02-01-000000_nothing/down.sql': '',
    '2018-02-01-000000_nothing/metadata.toml': 'run_in_transaction = false',
    '.keep': '',
  });
  expect(await project.up()).toEqual(['20180114171611 create_users', '20180201000000 nothing']);
  expect(await project.status()).toEqual(['20180114171611 create_users applied', '20180201000000 nothing applied']);
  project.write({ '2018-02-01-000000_nothing/up.sql': undefined });
});

it('Diesel: a date without a time becomes a position among the others', async () => {
  const project = new Project({
    '2018-01-14-171611_a/up.sql': 'CREATE TABLE a (id);',
    '2024-03-13_170000_sso/up.sql': 'CREATE TABLE b (id);',
  });
  expect(await project.up()).toEqual(['1 2018-01-14-171611_a', '2 2024-03-13_170000_sso']);
});
