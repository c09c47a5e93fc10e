import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { Project, type Files } from './support.ts';

// Rebuilds of generators keep what the tool does not know, without an edit of its files.

const journal = (...tags: readonly string[]): string =>
  JSON.stringify({
    version: '7',
    dialect: 'sqlite',
    entries: tags.map((tag, idx) => ({ idx, version: '6', when: 1_700_000_000_000 + idx, tag, breakpoints: true })),
  });

const drizzle: Files = {
  'meta/_journal.json': journal('0000_calm_hawk', '0001_red_wolf'),
  '0000_calm_hawk.sql':
    'CREATE TABLE `users` (\n\t`id` integer PRIMARY KEY NOT NULL,\n\t`name` text\n);\n--> statement-breakpoint\nCREATE UNIQUE INDEX `users_name` ON `users` (`name`);',
  '0001_red_wolf.sql': `PRAGMA foreign_keys=OFF;--> statement-breakpoint
CREATE TABLE \`__new_users\` (
	\`id\` integer PRIMARY KEY NOT NULL,
	\`name\` text NOT NULL
);
--> statement-breakpoint
INSERT INTO \`__new_users\`("id", "name") SELECT "id", "name" FROM \`users\`;--> statement-breakpoint
DROP TABLE \`users\`;--> statement-breakpoint
ALTER TABLE \`__new_users\` RENAME TO \`users\`;--> statement-breakpoint
PRAGMA foreign_keys=ON;--> statement-breakpoint
CREATE UNIQUE INDEX \`users_name\` ON \`users\` (\`name\`);`,
};

const prisma: Files = {
  'migration_lock.toml': 'provider = "sqlite"\n',
  '20240101000000_init/migration.sql':
    '-- CreateTable\nCREATE TABLE "users" (\n    "id" INTEGER NOT NULL PRIMARY KEY,\n    "name" TEXT\n);\n',
  '20240102000000_named/migration.sql': `/*
  Warnings:

  - Made the column \`name\` on table \`users\` required. This step will fail if there are existing NULL values in that column.

*/
-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_users" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL
);
INSERT INTO "new_users" ("id", "name") SELECT "id", "name" FROM "users";
DROP TABLE "users";
ALTER TABLE "new_users" RENAME TO "users";
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
`,
};

/** Applies the first migration; then somebody makes the table anew by hand, with a view, an index and rows. */
async function madeByHand(files: Files): Promise<Project> {
  const project = new Project(files);
  await project.with(async (runner) => runner.to((await runner.status()).entries[0]!.version));
  const db = new Database(project.database);
  db.exec(`DROP TABLE users;
    CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE CHECK (length("users".name) < 20)) STRICT;
    CREATE UNIQUE INDEX users_name ON users (name);
    CREATE INDEX users_length ON users (length(name));
    CREATE VIEW names AS SELECT name FROM users;
    INSERT INTO users VALUES (1, 'ada'), (2, 'bob');`);
  db.close();
  return project;
}

const kept = 'COLLATE NOCASE of name, STRICT, view names, ';

it.each([
  ['drizzle', drizzle, '0001_red_wolf', `${kept}index users_length`, 'CHECK (length("users".name) < 20)'],
  [
    'prisma',
    prisma,
    '20240102000000_named',
    `CHECK (length(name) < 20), ${kept}index users_name, index users_length`,
    undefined,
  ],
])('%s: keeps what its schema cannot say, and says so in the plan, the result and the events', async (...given) => {
  const [, files, id, list, left] = given;
  const project = await madeByHand(files);
  const events: string[] = [];
  const note = `${id}: rebuilds users and keeps: ${list}`;
  await project.with(
    async (runner) => {
      const before = project.query('SELECT * FROM sqlite_schema');
      expect((await runner.plan()).notes).toContain(note);
      expect(project.query('SELECT * FROM sqlite_schema')).toEqual(before);
      const { version } = (await runner.status()).entries[1]!;
      expect((await runner.try(version)).notes.filter((one) => one.includes('keeps'))).toEqual([note]);
      expect((await runner.up()).notes).toContain(note);
      expect((await runner.status()).notes.filter((one) => one.includes('recorded'))).toEqual([]);
    },
    { onEvent: (event) => void (event.type === 'migration:note' && events.push(event.note)) },
  );
  expect(events.slice(0, left === undefined ? 1 : 2)).toEqual([
    `rebuilds users and keeps: ${list}`,
    ...(left === undefined ? [] : [`rebuilds users without: ${left}`]),
  ]);
  expect(project.query(`SELECT name FROM names WHERE name = 'ADA'`)).toEqual([['ada']]);
});

it.each([
  ['drizzle', drizzle, '0001_red_wolf.sql'],
  ['prisma', prisma, '20240102000000_named/migration.sql'],
])('%s: keeps nothing with as-written, in the options or in the file', async (_, files, name) => {
  const project = await madeByHand(files);
  const failed = [expect.stringMatching(/^STATEMENT_FAILED .*error in view names: no such table: main.users/)];
  expect(await project.problems({ rebuilds: 'as-written' })).toEqual(failed);
  project.write({ [name]: `-- dunlin: rebuilds as-written\n${files[name] as string}` });
  expect(await project.problems()).toEqual(failed);
});

it('takes a DROP INDEX IF EXISTS of another database for nothing, as SQLite does', async () => {
  const drop = 'DROP INDEX IF EXISTS `users`.`users_name`;--> statement-breakpoint\nCREATE UNIQUE INDEX';
  const text = (drizzle['0001_red_wolf.sql'] as string).replace('CREATE UNIQUE INDEX', drop);
  const project = await madeByHand({ ...drizzle, '0001_red_wolf.sql': text });
  expect(await project.up()).toEqual(['2 0001_red_wolf']);
  expect(project.query(`SELECT sql FROM sqlite_schema WHERE name = 'users_name'`)).toEqual([
    ['CREATE UNIQUE INDEX `users_name` ON `users` (`name`)'],
  ]);
});

it('keeps nothing in other formats, unless the option says so', async () => {
  const files = { '1_a.up.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);', '1_a.down.sql': '' };
  const second = {
    '2_b.up.sql':
      'CREATE TABLE n (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO n SELECT * FROM users; DROP TABLE users; ALTER TABLE n RENAME TO users;',
    '2_b.down.sql': '',
  };
  const project = await madeByHand({ ...files, ...second });
  expect(await project.problems()).toEqual([expect.stringMatching(/^STATEMENT_FAILED .*error in view names/)]);
  const { notes } = await project.with((runner) => runner.up(), { rebuilds: 'keep' });
  expect(notes).toContain(`2_b: rebuilds users and keeps: ${kept}index users_name, index users_length`);
});

it('compares a database that the tool itself has migrated with what the tool makes', async () => {
  const first = `${drizzle['0000_calm_hawk.sql'] as string}--> statement-breakpoint
CREATE INDEX by_length ON users (length(name));`;
  const files = { ...drizzle, '0000_calm_hawk.sql': first };
  const project = new Project(files);
  const applied = [first, drizzle['0001_red_wolf.sql'] as string];
  const rows = applied.map(
    (text, i) => `('${createHash('sha256').update(text).digest('hex')}', ${1_700_000_000_000 + i})`,
  );
  const db = new Database(project.database);
  db.exec(`${applied.join(';').replaceAll('--> statement-breakpoint', '')}
    CREATE TABLE __drizzle_migrations (id INTEGER PRIMARY KEY, hash text NOT NULL, created_at numeric);
    INSERT INTO __drizzle_migrations (hash, created_at) VALUES ${rows.join(', ')};`);
  db.close();
  const { migrations, differences } = await project.with((runner) => runner.adopt());
  expect([migrations.length, differences]).toEqual([2, []]);
});
