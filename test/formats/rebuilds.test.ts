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

const kept = ['COLLATE NOCASE of name', 'STRICT', 'view names'];

it.each([
  ['drizzle', drizzle, [...kept, 'index users_length'], ['rebuilds users without: CHECK (length("users".name) < 20)']],
  ['prisma', prisma, ['CHECK (length(name) < 20)', ...kept, 'index users_name', 'index users_length'], []],
])(
  '%s: keeps what its schema cannot say, and says so in the plan, the result and the events',
  async (_, files, list, notes) => {
    const project = await madeByHand(files);
    const events: string[] = [];
    const rebuilt = { table: 'users', kept: list };
    await project.with(
      async (runner) => {
        const before = project.query('SELECT * FROM sqlite_schema');
        expect((await runner.plan()).steps.at(-1)!.rebuilds).toMatchObject([rebuilt]);
        expect(project.query('SELECT * FROM sqlite_schema')).toEqual(before);
        const { version } = (await runner.status()).entries[1]!;
        expect((await runner.try(version)).up.rebuilt).toMatchObject([rebuilt]);
        events.length = 0;
        expect((await runner.up()).applied.at(-1)!.rebuilt).toMatchObject([rebuilt]);
        expect((await runner.status()).notes.filter((one) => one.includes('recorded'))).toEqual([]);
      },
      {
        onEvent: (event) => {
          if (event.type === 'migration:note') events.push(event.note);
          else if (event.type === 'migration:rebuilt') events.push(event.kept.join(', '));
        },
      },
    );
    expect(events).toEqual([...notes, list.join(', ')]);
    expect(project.query(`SELECT name FROM names WHERE name = 'ADA'`)).toEqual([['ada']]);
  },
);

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

/** Snapshots of drizzle-kit. Its index users_name is there before, with a WHERE, and not after. */
const generatedColumn = { name: 'size', type: 'integer', generated: { as: '(length("name"))', type: 'virtual' } };
const index = { name: 'users_name', columns: ['name'], isUnique: true, where: '"users"."name" <> \'\'' };
const snapshot = (id: string, previous: string, indexes: object, columns: object = {}): string =>
  JSON.stringify({
    id,
    prevId: previous,
    tables: { users: { name: 'users', columns: { id: { name: 'id' }, ...columns }, indexes } },
  });
const withEntities = (id: string, previous: string, ...entities: readonly object[]): string =>
  JSON.stringify({ id, prevIds: [previous], ddl: [{ entityType: 'tables', name: 'users' }, ...entities] });

/** A rebuild after which drizzle-kit writes no CREATE INDEX, because the schema no longer has the index. */
const rebuildAlone = (drizzle['0001_red_wolf.sql'] as string).replace(/CREATE UNIQUE.*/, '');
const start = `CREATE TABLE users (id integer PRIMARY KEY NOT NULL, name text, size integer AS (length("name")));
CREATE UNIQUE INDEX users_name ON users (name) WHERE "users"."name" <> '';
CREATE INDEX users_size ON users (name, id);
INSERT INTO users VALUES (1, 'ada');`;
const journals = { 'meta/_journal.json': drizzle['meta/_journal.json']!, '0000_calm_hawk.sql': start };

it.each([
  [
    'drizzle-kit 0',
    {
      ...journals,
      '0001_red_wolf.sql': rebuildAlone,
      'meta/0000_snapshot.json': snapshot('a', '', { users_name: index }, { size: generatedColumn }),
      'meta/0001_snapshot.json': snapshot('b', 'a', {}),
    },
  ],
  [
    'drizzle-kit 1',
    {
      '20260101000000_a/migration.sql': start,
      '20260101000000_a/snapshot.json': withEntities(
        'a',
        '',
        { ...index, entityType: 'indexes', table: 'users' },
        { ...generatedColumn, entityType: 'columns', table: 'users' },
      ),
      '20260102000000_b/migration.sql': rebuildAlone,
      '20260102000000_b/snapshot.json': withEntities('b', 'a'),
    },
  ],
])('an index and a generated column that were removed from the schema of %s stay away', async (_, files) => {
  const project = new Project(files);
  const { applied, notes } = await project.with((runner) => runner.up());
  expect(applied.at(-1)!.rebuilt[0]!.kept).toEqual(['index users_size']);
  expect(notes.filter((note) => note.includes('rebuilds users '))).toEqual([
    expect.stringMatching(
      /rebuilds users without what was removed from the schema: generated column size, index users_name$/,
    ),
  ]);
  expect(project.query("SELECT name FROM sqlite_schema WHERE type = 'index'")).toEqual([['users_size']]);
});

it.each([
  ['of another migration', snapshot('b', 'x', {})],
  ['that is not JSON', '{'],
  ['with both', snapshot('b', 'a', { users_name: index }, { size: generatedColumn })],
])('with a snapshot %s a rebuild keeps what the file leaves out', async (_, after) => {
  const project = new Project({
    ...journals,
    '0001_red_wolf.sql': rebuildAlone,
    'meta/0000_snapshot.json': snapshot('a', '', { users_name: index }, { size: generatedColumn }),
    'meta/0001_snapshot.json': after,
  });
  const { applied } = await project.with((runner) => runner.up());
  expect(applied.at(-1)!.rebuilt[0]!.kept).toEqual(['generated column size', 'index users_name', 'index users_size']);
});

it('a column that is an ordinary one in the database is not removed with the generated one of the schema', async () => {
  const project = new Project({
    ...journals,
    '0000_calm_hawk.sql': start
      .replace('integer AS (length("name"))', 'integer')
      .replace("(1, 'ada')", "(1, 'ada', 7)"),
    '0001_red_wolf.sql': rebuildAlone,
    'meta/0000_snapshot.json': snapshot('a', '', {}, { size: generatedColumn }),
    'meta/0001_snapshot.json': snapshot('b', 'a', {}),
  });
  expect(await project.problems()).toEqual([expect.stringMatching(/^COLUMN_LOST .*users\.size/)]);
});

it('an index loses a WHERE that was removed from the schema', async () => {
  const project = new Project({
    ...journals,
    '0001_red_wolf.sql': drizzle['0001_red_wolf.sql']!,
    'meta/0000_snapshot.json': snapshot('a', '', { users_name: index }),
    'meta/0001_snapshot.json': snapshot('b', 'a', { users_name: { ...index, where: undefined } }),
  });
  const { notes } = await project.with((runner) => runner.up());
  expect(notes).toContain(
    '0001_red_wolf: rebuilds users without what was removed from the schema: WHERE of index users_name',
  );
  expect(project.query("SELECT sql FROM sqlite_schema WHERE name = 'users_name'")).toEqual([
    ['CREATE UNIQUE INDEX `users_name` ON `users` (`name`)'],
  ]);
});

it('an index of another table does not get the WHERE of the one whose name it takes', async () => {
  const project = new Project({
    ...journals,
    '0000_calm_hawk.sql': `${start} CREATE TABLE accounts (name text);`,
    '0001_red_wolf.sql': (drizzle['0001_red_wolf.sql'] as string).replace('ON `users`', 'ON `accounts`'),
    'meta/0000_snapshot.json': snapshot('a', '', { users_name: index }),
    'meta/0001_snapshot.json': snapshot('b', 'a', {}),
  });
  expect(await project.up()).toContain('2 0001_red_wolf');
  expect(project.query("SELECT sql FROM sqlite_schema WHERE name = 'users_name'")).toEqual([
    ['CREATE UNIQUE INDEX `users_name` ON `accounts` (`name`)'],
  ]);
});

it('an index with a name that Prisma gives is a loss if the file does not create it', async () => {
  const project = new Project({
    ...prisma,
    '20240101000000_init/migration.sql': `${prisma['20240101000000_init/migration.sql'] as string}
CREATE UNIQUE INDEX "users_name_key" ON "users"("name"); INSERT INTO users VALUES (1, 'ada');`,
  });
  await project.with((runner) => runner.to(20240101000000));
  expect(await project.problems()).toEqual([
    expect.stringMatching(/^INDEX_LOST .*index users_name_key of users is gone, and could not be put back \(its name/),
  ]);
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
  const { applied } = await project.with((runner) => runner.up(), { rebuilds: 'keep' });
  expect(applied.at(-1)!.rebuilt[0]!.kept).toEqual([...kept, 'index users_name', 'index users_length']);
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
