import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { unfilledLine } from '../../src/migration/index.ts';
import { Folder } from '../cli/harness.ts';

let folder: Folder | undefined;

afterEach(() => {
  vi.useRealTimers();
  folder?.remove();
  folder = undefined;
});

const lastOf: readonly (readonly [
  format: string | undefined,
  files: Readonly<Record<string, string>>,
  created: string,
  text: string,
])[] = [
  [undefined, { '00009_a.sql': '-- +goose Up\n' }, '00010_add_tags.sql', '-- +goose Up\n\n\n-- +goose Down\n\n'],
  [
    undefined,
    { '20240101000000_a.sql': '-- migrate:up\n' },
    '20261121093000_add_tags.sql',
    '-- migrate:up\n\n\n-- migrate:down\n\n',
  ],
  [undefined, { '001-a.sql': '-- Up\n' }, '002-add-tags.sql', '-- Up\n\n\n-- Down\n\n'],
  [
    undefined,
    { '1_a.sql': '---- create above / drop below ----\n' },
    '2_add_tags.sql',
    '\n\n---- create above / drop below ----\n\n',
  ],
  [undefined, { '1.sql': '# --- !Ups\n' }, '2.sql', '# --- !Ups\n\n\n# --- !Downs\n\n'],
  [undefined, { '000001_a.up.sql': '' }, '000002_add_tags.up.sql', '\n'],
  [undefined, { '20240101000000_a/migration.sql': '' }, '20261121093000_add_tags/migration.sql', '\n'],
  ['prisma', {}, '20261121093000_add_tags/migration.sql', '\n'],
  [undefined, { '2018-01-14-171611_a/up.sql': '' }, '2026-11-21-093000_add_tags/up.sql', '\n'],
  [undefined, { 'V1.10__a.sql': '' }, 'V2__add_tags.sql', '\n'],
  [undefined, { 'mod.rs': '', 'V7__a.rs': '' }, 'V8__add_tags.sql', '\n'],
  [undefined, { '000-a.sql': '' }, '001-add-tags.sql', '\n'],
  [undefined, { '000-a_b.sql': '' }, '001-add_tags.sql', '\n'],
  ['d1', { '0000_a.sql': '' }, '0001_add_tags.sql', '\n'],
  ['sqlx', { '1_a.sql': '' }, '2_add_tags.sql', '\n'],
  ['golang-migrate', {}, '001_add_tags.up.sql', '\n'],
  [
    undefined,
    { '20191100000001000000_a.mysql.up.sql': '', '20191100000001000000_a.up.sql': '' },
    '20261121093000000000_add_tags.up.sql',
    '\n',
  ],
];

it.each(lastOf)('create writes the next file of format %s after %j: %s', async (format, files, created, text) => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 21, 9, 30), toFake: ['Date'] });
  folder = new Folder(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [`migrations/${name}`, content])),
  );
  if (format !== undefined) folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', format }));
  const { code, out } = await folder.run(['create', 'Add tags!']);
  expect([code, out]).toEqual([0, `migrations/${created}\n`]);
  const written = readFileSync(join(folder.path, 'migrations', created), 'utf8');
  expect(written).toContain(unfilledLine);
  expect(written.replace(unfilledLine, '')).toBe(text);
  // As it is, recorded as applied, it could not be filled in any more.
  const { code: exit, err } = await folder.run(['up', '-y', '-d', 'app.db']);
  expect([exit === 0, err]).toEqual([false, expect.stringContaining('not filled in')]);
  expect((await folder.run(['status', '-d', 'app.db'])).err).toContain('not filled in');
  // The tool still reads the folder, and finds one more.
  expect((await folder.run(['create', 'Add more'])).code).toBe(0);
});

it('create says who can add a migration where a file is not enough', async () => {
  folder = new Folder({ 'migrations/meta/_journal.json': '{"entries":[]}' });
  const { code, err } = await folder.run(['create', 'x']);
  expect(code).not.toBe(0);
  expect(err.replaceAll(/\s+/g, ' ')).toContain('`npx drizzle-kit generate --custom --name=x`');
  folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', migrations: 'knex', format: 'knex' }));
  expect((await folder.run(['create', 'x'])).err).toContain('Knex writes them.');
});

it.each([
  ['goose', { '001_a.sql': '-- +goose Up\n' }],
  ['golang-migrate', { '1_a.up.sql': '' }],
  ['Prisma', { '20240101000000_a/migration.sql': '' }],
  ['Drizzle', { 'meta/_journal.json': '{"entries":[]}' }],
])('create refuses code that a folder of %s would not hold', async (tool, files: Readonly<Record<string, string>>) => {
  folder = new Folder(Object.fromEntries(Object.entries(files).map(([name, text]) => [`migrations/${name}`, text])));
  for (const ending of ['ts', 'mjs']) {
    const { code, err } = await folder.run(['create', 'x', '--format', ending]);
    expect([code, err]).toEqual([expect.any(Number), expect.stringContaining(`a folder of ${tool}, but`)]);
    expect(code).not.toBe(0);
  }
  expect(readdirSync(join(folder.path, 'migrations'))).toEqual(Object.keys(files).map((name) => name.split('/')[0]));
});

it('create names both files of a pair', async () => {
  folder = new Folder({ 'migrations/1_a.up.sql': '' });
  expect(await folder.run(['create', 'x'])).toMatchObject({
    out: 'migrations/2_x.up.sql\n',
    err: expect.stringContaining('into migrations/2_x.down.sql') as string,
  });
  const { out } = await folder.run(['create', 'y', '--json']);
  expect(JSON.parse(out)).toMatchObject({ file: 'migrations/3_y.up.sql', others: ['migrations/3_y.down.sql'] });
});

it.each([
  ['Drizzle', '0000_a.sql', { 'meta/_journal.json': '{"entries":[{"idx":0,"when":1,"tag":"0000_a"}]}' }],
  ['goose', '001_a.sql', {}],
  ['dbmate', '20240101000000_a.sql', {}],
  ['golang-migrate', '1_a.up.sql', {}],
  ['Prisma', '20240101000000_a/migration.sql', {}],
  ['numbered SQL files', '00-a.sql', {}],
  ['sqlx', '1_a.sql', {}, 'sqlx'],
] as const)('renumber leaves the files of %s as they are', async (tool, file, others, format?: string) => {
  const text = { goose: '-- +goose Up\n', dbmate: '-- migrate:up\n' }[tool as string] ?? '';
  folder = new Folder({ [`migrations/${file}`]: `${text}CREATE TABLE a (id);\n` });
  for (const [name, content] of Object.entries(others)) folder.write(`migrations/${name}`, content as string);
  folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', ...(format !== undefined && { format }) }));
  expect((await folder.run(['up'])).code).toBe(0);
  const { code, err } = await folder.run(['renumber', `migrations/${file}`, '--timestamp']);
  expect(err).toContain(`migrations is a folder of ${tool}, but`);
  expect(code).not.toBe(0);
  expect(existsSync(join(folder.path, 'migrations', file))).toBe(true);
});

it('create overwrites nothing', async () => {
  folder = new Folder({ 'migrations/1_a.up.sql': '', 'migrations/2_x.down.sql': 'kept' });
  expect((await folder.run(['create', '!!'])).err).toContain('MIGRATION_NAME_EMPTY');
  const { err } = await folder.run(['create', 'x']);
  expect(err).toContain('FILE_EXISTS');
  expect(readFileSync(join(folder.path, 'migrations/2_x.down.sql'), 'utf8')).toBe('kept');
  expect((await folder.run(['create', 'y', '--format', 'sql'])).out).toBe('migrations/2_y.up.sql\n');
});

it('up names the format that it has recognised, and the configuration confirms it', async () => {
  folder = new Folder({ 'migrations/1_a.up.sql': 'CREATE TABLE a (id);', 'migrations/1_a.down.sql': 'DROP TABLE a;' });
  const first = await folder.run(['up', '-d', 'app.db']);
  expect(first.code).toBe(0);
  expect(first.err).toContain('migrations is read as a folder of golang-migrate, by 1_a.down.sql');
  expect((await folder.run(['status', '-d', 'app.db'])).out).toContain('1');
  folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', format: 'golang-migrate' }));
  expect((await folder.run(['check'])).err).not.toContain('is read as');
  expect((await folder.run(['down', '-y'])).code).toBe(0);
  folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', format: 'golang' }));
  expect((await folder.run(['up'])).err).toContain('`format`');
});
