import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isRoot } from '../support/processes.ts';
import { Project } from './support.ts';

const notUtf8 = new Uint8Array([0x2d, 0x2d, 0x20, 0xe9, 0x0a]);

const goose = '-- +goose Up\nCREATE TABLE a (id);\n-- +goose Down\nDROP TABLE a;\n';
it.each([
  [
    'Drizzle as goose',
    { 'meta/_journal.json': '{"entries":[{"idx":0,"when":1,"tag":"0000_a"}]}', '0000_a.sql': 'CREATE TABLE a (id)' },
    'goose',
    'meta/_journal.json shows that its files are those of Drizzle',
    "`format: 'drizzle'`",
  ],
  ['goose as sqlx', { '1_a.sql': goose }, 'sqlx', '"-- +goose Up" in 1_a.sql shows', "`format: 'goose'`"],
  ['goose as plain', { '1_a.sql': goose }, 'plain', '"-- +goose Up" in 1_a.sql shows', "`format: 'goose'`"],
  [
    'SQL without markers as dbmate',
    { '00_a.sql': 'CREATE TABLE a (id);' },
    'dbmate',
    'has no line "-- migrate:up"',
    '`format` in',
  ],
] as const)('a wrong format is an error also where all is applied: %s', async (_, files, format, fact, way) => {
  const project = new Project(files);
  await project.up();
  for (const problems of [
    await project.problems({ format }),
    await project.problems({ format, database: ':memory:' }),
  ]) {
    expect(problems[0]).toMatch(/^FORMAT_FOLDER /);
    expect(problems[0]).toContain(fact);
    expect(problems[0]).toContain(way);
  }
  expect(await project.up()).toEqual([]);
});

it('names a file that is not UTF-8, wherever a format reads it', async () => {
  const journal = new Project({ 'meta/_journal.json': notUtf8 });
  expect((await journal.problems())[0]).toMatch(/^NOT_UTF8 m\/meta\/_journal\.json:1:4/);
  const marked = new Project({ '1_a.sql': notUtf8, '2_b.sql': '-- +goose Up\n' }, { format: 'goose' });
  expect((await marked.problems())[0]).toMatch(/^NOT_UTF8 m\/1_a\.sql:1:4/);
  const down = new Project({ '1_a.up.sql': 'CREATE TABLE a (id);', '1_a.down.sql': notUtf8 });
  expect((await down.problems())[0]).toMatch(/^NOT_UTF8 m\/1_a\.down\.sql:1:4/);
});

it('names a file that cannot be read, and what has the name of one', async () => {
  const project = new Project({ '1_a.up.sql': 'CREATE TABLE a (id);' });
  symlinkSync(join(project.root, 'nowhere'), join(project.root, 'm', '2_b.up.sql'));
  expect(await project.problems()).toEqual([expect.stringMatching(/^FILE_UNREADABLE m\/2_b\.up\.sql/)]);
});

it.skipIf(isRoot)('names a directory that cannot be read', async () => {
  const project = new Project({ 'migration_lock.toml': '', '1_a/migration.sql': '' });
  mkdirSync(join(project.root, 'm', '2_b'), { mode: 0 });
  expect(await project.problems()).toEqual([expect.stringMatching(/^FILE_UNREADABLE m\/2_b/)]);
  chmodSync(join(project.root, 'm', '2_b'), 0o700);
});

it('looks into directories, but not into hidden ones, packages or very deep ones', async () => {
  const project = new Project({
    'V1__a.sql': 'CREATE TABLE a (id);',
    'b/c/V2__b.sql': 'CREATE TABLE b (id);',
    'b/c/d/V3__deep.sql': 'wrong',
    '.git/V4__hidden.sql': 'wrong',
    'node_modules/x/V5__package.sql': 'wrong',
  });
  expect(await project.up()).toEqual(['1 a', '2 b']);
});

it('is read as Dunlin’s own where most files are named like that', async () => {
  const project = new Project({ '1_a.sql': 'CREATE TABLE a (id);', '2_b.up.sql': 'CREATE TABLE b (id);' });
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes).toEqual([expect.stringContaining('2_b.up.sql is ignored')]);
  expect(await project.up()).toEqual(['1 a']);
  const first = new Project({ '1_a.sql': '-- +goose Up\nCREATE TABLE a (id);' }, { format: 'dunlin' });
  expect((await first.problems())[0]).toMatch(/^MARKER_FOREIGN /);
});

it('records whole numbers in the layout by file name', async () => {
  const project = new Project(
    { '1_a.up.sql': 'CREATE TABLE a (id);', '2_b.up.sql': 'CREATE TABLE b (id);', '2_b.down.sql': 'DROP TABLE b;' },
    { layout: 'filename' },
  );
  expect(await project.up()).toEqual(['1 a', '2 b']);
  expect(project.query('SELECT filename FROM migrations ORDER BY id')).toEqual([['1_a.sql'], ['2_b.sql']]);
  expect(await project.down(1)).toBe(1);
  expect(await project.up()).toEqual(['2 b']);
});

it('keeps what ran: an edited file is named, and the recorded DOWN part rolls it back', async () => {
  const project = new Project({
    'V1.1__a.sql': 'CREATE TABLE a (id);',
    'U1.1__a.sql': 'DROP TABLE a;',
    'V1.0__z.sql': '',
  });
  expect(await project.up()).toEqual(['1 V1.0__z', '2 V1.1__a']);
  project.write({ 'V1.1__a.sql': 'CREATE TABLE other (id);' });
  expect((await project.problems())[0]).toMatch(/^MIGRATION_EDITED /);
  const [change] = await project.with((runner) => runner.repairs());
  expect(change).toMatchObject({
    kind: 'accept',
    recorded: 'CREATE TABLE a (id);',
    present: 'CREATE TABLE other (id);',
  });
  expect(await project.down(1)).toBe(1);
  expect(project.tables()).toEqual([]);
});

it('refuses a folder with migrations of two tools, unless an option says whose run', async () => {
  const files = {
    'meta/_journal.json': '{"entries":[{"idx":0,"when":1,"tag":"0000_a"}]}',
    '0000_a.sql': 'CREATE TABLE a (id);',
    'migration_lock.toml': '',
    '1_b/migration.sql': 'CREATE TABLE b (id);',
  };
  const project = new Project(files);
  const [problem] = await project.problems();
  expect(problem).toMatch(/^FORMAT_FOLDER m is a folder of Drizzle, but migration_lock\.toml is of Prisma\./);
  expect(problem).toContain("`format: 'drizzle'` or `format: 'prisma'`");
  expect(await new Project(files, { format: 'prisma' }).up()).toEqual(['1 b']);
});

it('says which migrations of other tools an option leaves out', async () => {
  const files = {
    'meta/_journal.json': '{"entries":[{"idx":0,"when":1,"tag":"0000_a"}]}',
    '0000_a.sql': 'CREATE TABLE a (id);',
    '1_b/migration.sql': 'CREATE TABLE b (id);',
  };
  const notes = async (format: 'drizzle' | 'prisma', more = {}): Promise<readonly string[]> =>
    await new Project({ ...files, ...more }, { format }).with(async (runner) => (await runner.plan()).notes);
  expect(await notes('drizzle', { '1_c/up.sql': 'CREATE TABLE c (id);' })).toEqual([
    '1_b/migration.sql is ignored: of Prisma, and `format` is that of Drizzle',
    '1_c/up.sql is ignored: of Diesel, and `format` is that of Drizzle',
  ]);
  expect(await notes('prisma')).toContain('0000_a.sql is ignored: of Drizzle, and `format` is that of Prisma');
});

it.each([
  [
    'Drizzle',
    { 'meta/_journal.json': '{"entries":[{"idx":0,"when":1,"tag":"0000_a"}]}', 'meta/0000_snapshot.json': '{}' },
    '0000_a.sql',
  ],
  ['Drizzle 1', { '2026_a/snapshot.json': '{}' }, '2026_a/migration.sql'],
  ['Prisma', { 'migration_lock.toml': 'provider = "sqlite"' }, '1_a/migration.sql'],
  ['Diesel', { '.keep': '', '1_a/metadata.toml': '' }, '1_a/up.sql'],
  ['Flyway', { 'V1__a.sql.conf': '' }, 'V1__a.sql'],
  [
    'Sqitch',
    { 'sqitch.plan': '%project=p\n\na 2026-01-01T00:00:00Z A <a@b> # a\n', 'sqitch.conf': '', 'verify/a.sql': '' },
    'deploy/a.sql',
  ],
  ['Dunlin', { '.gitkeep': '' }, '001_a.sql'],
])('says nothing of the files that a folder of %s always has', async (_, files, file) => {
  const project = new Project({ ...files, [file]: 'CREATE TABLE a (id);' });
  const notes = await project.with(async (runner) => (await runner.status()).notes);
  expect(notes.filter((note) => note.includes('ignored'))).toEqual([]);
  expect((await project.up()).length).toBe(1);
});
