import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { Project, type Files } from './support.ts';

const journal = (...tags: readonly string[]): string =>
  JSON.stringify({
    version: '7',
    dialect: 'sqlite',
    entries: tags.map((tag, idx) => ({ idx, version: '6', when: 1_700_000_000_000 + idx, tag, breakpoints: true })),
  });

const files: Files = {
  'meta/_journal.json': journal('0000_calm_hawk', '0001_red_wolf', '0002_late_fox'),
  'meta/0000_snapshot.json': '{}',
  '0000_calm_hawk.sql':
    'CREATE TABLE `users` (\n\t`id` integer PRIMARY KEY NOT NULL\n);\n--> statement-breakpoint\nCREATE TABLE `notes` (`id` integer)',
  '0001_red_wolf.sql':
    "\uFEFFALTER TABLE `users` ADD `name` text;--> statement-breakpoint\r\nCREATE UNIQUE INDEX `n` ON `users` (`name`)--> statement-breakpoint\r\nINSERT INTO users VALUES (1, 'a')",
  '0002_late_fox.sql': '-- Custom SQL migration file, put your code below! --',
};

it('applies the files in the order of the journal, from version 0', async () => {
  const project = new Project(files);
  expect(await project.up()).toEqual(['1 0000_calm_hawk', '2 0001_red_wolf', '3 0002_late_fox']);
  expect(project.tables()).toEqual(['notes', 'users']);
  expect(project.query('SELECT * FROM users')).toEqual([[1, 'a']]);
  expect(project.rows()).toEqual([
    [1, '0000_calm_hawk'],
    [2, '0001_red_wolf'],
    [3, '0002_late_fox'],
  ]);
  expect(await project.up()).toEqual([]);
  expect(await project.status()).toEqual([
    '1 0000_calm_hawk applied',
    '2 0001_red_wolf applied',
    '3 0002_late_fox applied',
  ]);
});

it('gives the key and the bytes that the table of Drizzle has', async () => {
  const project = new Project(files);
  const { createRegistry, directorySource, nodeHost } = await import('../../src/node/index.ts');
  const { migrations, format, ignored } = createRegistry(directorySource(`${project.root}/m`), nodeHost);
  expect(format).toMatchObject({ name: 'drizzle', because: 'meta/_journal.json', numbers: 'positions' });
  expect(migrations[1]?.origin?.key).toBe('1700000000001');
  const hash = createHash('sha256').update(migrations[0]!.origin!.files[0].content()).digest('hex');
  expect(migrations[0]?.textHash).toBe(`sha256:${hash}`);
  expect(ignored).toEqual([]);
});

it('runs what comes between applied ones out of order, and never an applied one twice', async () => {
  const project = new Project(files);
  await project.up();
  project.write({
    'meta/_journal.json': journal('0000_calm_hawk', '0001_new_owl', '0001_red_wolf', '0002_late_fox'),
    '0001_new_owl.sql': 'CREATE TABLE owls (id)',
  });
  expect(await project.status()).toEqual([
    '1 0000_calm_hawk applied',
    '2 0001_new_owl out-of-order',
    '3 0001_red_wolf applied',
    '4 0002_late_fox applied',
  ]);
  expect(await project.problems()).toEqual([expect.stringMatching(/^OUT_OF_ORDER .*0001_new_owl.sql/)]);
  expect(await project.up({ outOfOrder: 'allow' })).toEqual(['2 0001_new_owl']);
  // The number in the table is only a key.
  expect(project.rows()).toEqual([
    [1, '0000_calm_hawk'],
    [2, '0001_red_wolf'],
    [3, '0002_late_fox'],
    [4, '0001_new_owl'],
  ]);
  expect(await project.up()).toEqual([]);
  expect(await project.status()).toEqual([
    '1 0000_calm_hawk applied',
    '2 0001_new_owl applied',
    '3 0001_red_wolf applied',
    '4 0002_late_fox applied',
  ]);
});

it('refuses to run where the database has migrations that the folder does not', async () => {
  const project = new Project(files);
  await project.up();
  project.write({ 'meta/_journal.json': journal('0000_calm_hawk', '0003_x'), '0003_x.sql': 'CREATE TABLE x (id)' });
  expect(await project.problems()).toEqual([
    // Its number is that of a file here; that of the other one is above all of them.
    expect.stringMatching(/^MIGRATION_MISSING 0001_red_wolf was applied/),
    expect.stringMatching(/^DATABASE_AHEAD .* it has 0002_late_fox, and the newest migration here is 0003_x/),
    expect.stringMatching(/^OUT_OF_ORDER .* is pending, but 0002_late_fox, which is newer/),
  ]);
  expect(project.tables()).toEqual(['notes', 'users']);
});

it('runs nothing of an older release, which has fewer files', async () => {
  const project = new Project(files);
  await project.up();
  project.write({ 'meta/_journal.json': journal('0000_calm_hawk') });
  expect(await project.problems()).toEqual([
    expect.stringMatching(/^DATABASE_AHEAD .* it has 0001_red_wolf, 0002_late_fox, and/),
  ]);
  expect(await project.with((runner) => runner.repairs())).toEqual([]);
});

it('forgets the newest one where another was generated in its place', async () => {
  const project = new Project(files);
  await project.up();
  project.write({
    'meta/_journal.json': journal('0000_calm_hawk', '0001_red_wolf', '0002_other_name'),
    '0002_late_fox.sql': undefined,
    '0002_other_name.sql': 'CREATE TABLE other (id)',
  });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /^MIGRATION_MISSING 0002_late_fox was applied .* of that name in m\. .*`dunlin repair 4 --accept`/,
    ),
  ]);
  expect(await project.with((runner) => runner.repairs())).toEqual([
    { kind: 'forget', migration: { version: 4, name: '0002_late_fox' } },
  ]);
  await project.with((runner) => runner.repair([4]));
  expect(await project.up()).toEqual(['3 0002_other_name']);
  expect(project.rows().at(-1)).toEqual([3, '0002_other_name']);
});

it('knows a deleted file from a newer release, and forgets it', async () => {
  const project = new Project(files);
  await project.up();
  project.write({
    'meta/_journal.json': journal('0000_calm_hawk', '0002_late_fox', '0003_x'),
    '0003_x.sql': 'SELECT 1;',
  });
  expect(await project.problems()).toEqual([expect.stringMatching(/^MIGRATION_MISSING 0001_red_wolf was applied/)]);
  await project.with((runner) => runner.repair([4]));
  expect(project.rows()).toEqual([
    [1, '0000_calm_hawk'],
    [3, '0002_late_fox'],
  ]);
  expect(await project.up()).toEqual(['3 0003_x']);
  expect(project.rows().at(-1)).toEqual([4, '0003_x']);
});

it('finds a renamed file by its text', async () => {
  const project = new Project(files);
  await project.up();
  project.write({
    'meta/_journal.json': journal('0000_renamed', '0001_red_wolf', '0002_late_fox'),
    '0000_renamed.sql': files['0000_calm_hawk.sql'],
    '0000_calm_hawk.sql': undefined,
  });
  expect((await project.problems())[0]).toMatch(/^MIGRATION_RENUMBERED .*0000_renamed/);
  const [change] = await project.with((runner) => runner.repairs());
  await project.with((runner) => runner.repair([change!.migration.version]));
  expect(await project.up()).toEqual([]);
  expect(project.rows()).toEqual([
    [1, '0000_renamed'],
    [2, '0001_red_wolf'],
    [3, '0002_late_fox'],
  ]);
});

it('may lose what the options declare by the name of its file', async () => {
  const project = new Project(files);
  await project.up();
  project.write({
    'meta/_journal.json': journal('0000_calm_hawk', '0001_red_wolf', '0002_late_fox', '0003_gone'),
    '0003_gone.sql':
      'CREATE TABLE u2 (id INTEGER PRIMARY KEY);\nINSERT INTO u2 SELECT id FROM users;\nDROP TABLE users;\nALTER TABLE u2 RENAME TO users;',
  });
  expect((await project.problems())[0]).toMatch(/^COLUMN_LOST /);
  // A number is a position here, which the next file may move to another migration.
  expect(await project.problems({ destructive: { 4: true } })).toEqual([
    "DESTRUCTIVE_INVALID The option `destructive`: 4 is only the position of 0003_gone, and another file can take it. Nothing was changed. Name the file: `destructive: { '0003_gone': ... }`.",
  ]);
  expect(await project.problems({ destructive: { '0003_gnoe': true } })).toEqual([
    "DESTRUCTIVE_INVALID The option `destructive`: no migration of m is called 0003_gnoe. Nothing was changed. Did you mean '0003_gone'?",
  ]);
  expect(await project.up({ destructive: { '0003_gone': ['users.name', 'n'] } })).toEqual(['4 0003_gone']);
  // Also where nothing is pending: else the next release would be the first to fail.
  expect(await project.problems({ destructive: { '0003_gnoe': true } })).toHaveLength(1);
});

it('names the command of the tool where no file is a migration', async () => {
  const project = new Project({ 'meta/_journal.json': journal(), '0000_calm_hawk.sql': 'CREATE TABLE a (id);' });
  expect(await project.problems()).toEqual([
    'MIGRATIONS_UNRECOGNISED Nothing in m is a migration in the format of Drizzle, but some files may be intended as one: 0000_calm_hawk.sql. Nothing was changed. 0000_calm_hawk.sql is ignored: not in meta/_journal.json. Add a migration with `npx drizzle-kit generate --custom --name=<name>` and move the SQL into it, or give the right directory with --migrations. `dunlin status` says why each file is ignored.',
  ]);
  const goose = new Project({ 'a.sql': '', '1-b.sql': '' }, { format: 'goose' });
  expect(await goose.problems()).toEqual([expect.stringContaining('with `dunlin create <name>` and move')]);
});

it('says what does not fit the journal', async () => {
  const project = new Project({ ...files, '0000_calm_hawk.sql': '' });
  project.write({ '0002_late_fox.sql': undefined, '0009_stray.sql': 'SELECT 1' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('meta/_journal.json names 0002_late_fox, and there is no 0002_late_fox.sql'),
  ]);
  for (const [text, fact] of [
    ['{', 'is not JSON'],
    ['{"entries":[{}]}', 'has no list of entries'],
    ['{"entries":[],"dialect":"postgresql"}', 'is for postgresql, not SQLite'],
  ] as const) {
    project.write({ 'meta/_journal.json': text });
    expect((await project.problems())[0]).toContain(
      `FORMAT_FOLDER m is a folder of Drizzle, but meta/_journal.json ${fact}`,
    );
  }
});

it('reads the directories of Drizzle 1, and notes a stray file', async () => {
  const project = new Project({
    '20260101120000_calm/migration.sql': 'CREATE TABLE a (id);\n--> statement-breakpoint\nCREATE TABLE b (id);',
    '20260101120000_calm/snapshot.json': '{}',
    '20260102120000_red/migration.sql': 'CREATE TABLE c (id)',
    '20260102120000_red/snapshot.json': '{}',
    '0000_stray.sql': 'CREATE TABLE stray (id)',
  });
  expect(await project.up()).toEqual(['20260101120000 calm', '20260102120000 red']);
  expect(project.tables()).toEqual(['a', 'b', 'c']);
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes.slice(1)).toEqual(['0000_stray.sql is ignored: no migration in the format of Drizzle']);
});

it('has no version for other layouts than the standard one', async () => {
  const project = new Project(files);
  expect(await project.problems({ layout: 'filename' })).toEqual([expect.stringMatching(/^FORMAT_LAYOUT /)]);
});

it('a breakpoint within a string is text', async () => {
  const text = '--> statement-breakpoint';
  const project = new Project({
    'meta/_journal.json': journal('0000_a'),
    '0000_a.sql': `CREATE TABLE a (x TEXT DEFAULT '${text}')${text}\nINSERT INTO a VALUES ('a\n${text}\nb')${text}\nINSERT INTO a DEFAULT VALUES`,
  });
  await project.up();
  expect(project.query('SELECT x FROM a')).toEqual([[`a\n${text}\nb`], [text]]);
});

it('follows the order of the list in the journal, as Drizzle does, and refuses a tag that it has twice', async () => {
  const entry = (idx: number, tag: string): unknown => ({ idx, when: 1_700_000_000_000 + idx, tag });
  const project = new Project({
    'meta/_journal.json': JSON.stringify({ entries: [entry(1, '0000_a'), entry(0, '0001_b')] }),
    '0000_a.sql': 'CREATE TABLE a (id)',
    '0001_b.sql': 'ALTER TABLE a ADD n',
  });
  expect(await project.up()).toEqual(['1 0000_a', '2 0001_b']);
  const twice = new Project({ 'meta/_journal.json': journal('0000_a', '0001_b', '0000_a'), '0000_a.sql': '' });
  twice.write({ '0001_b.sql': 'SELECT 1' });
  expect(await twice.problems()).toEqual([
    expect.stringMatching(/^FORMAT_FOLDER .*meta\/_journal\.json has 0000_a twice/),
  ]);
});

it('says of its journal only that the folder is recognised by it', async () => {
  const project = new Project({ 'meta/_journal.json': journal() });
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes).toEqual([expect.stringContaining('is read as a folder of Drizzle, by meta/_journal.json')]);
  project.write({ 'meta/_journal.json': '{"entries":[],"dialect":"postgresql"}' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('Give the directory of the migrations for SQLite.'),
  ]);
});
