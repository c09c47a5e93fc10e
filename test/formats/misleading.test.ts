import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/migration/index.ts';
import { Project, type Files } from './support.ts';

const up = 'CREATE TABLE a (id INTEGER PRIMARY KEY);';
const down = 'DROP TABLE a;';
const journal = JSON.stringify({ entries: [{ idx: 0, when: 1, tag: '0000_a' }] });

/** A folder of each tool with one migration, whose file has this text, and where its DOWN part belongs. */
const folders: readonly (readonly [
  format: FormatName,
  folder: (text: string) => Files,
  file: string,
  place: string | undefined,
])[] = [
  ['drizzle', (text) => ({ 'meta/_journal.json': journal, '0000_a.sql': text }), '0000_a.sql', undefined],
  ['prisma', (text) => ({ 'migration_lock.toml': '', '1_a/migration.sql': text }), '1_a/migration.sql', undefined],
  ['diesel', (text) => ({ '1_a/up.sql': text }), '1_a/up.sql', 'm/1_a/down.sql'],
  ['golang-migrate', (text) => ({ '1_a.up.sql': text }), '1_a.up.sql', 'm/1_a.down.sql'],
  ['maragudk', (text) => ({ '1_a.up.sql': text }), '1_a.up.sql', 'm/1_a.down.sql'],
  ['popx', (text) => ({ '1_a.sqlite3.up.sql': text }), '1_a.sqlite3.up.sql', 'm/1_a.sqlite3.down.sql'],
  ['sqlx', (text) => ({ '1_a.sql': text }), '1_a.sql', undefined],
  ['flyway', (text) => ({ 'V1__a.sql': text }), 'V1__a.sql', 'm/U1__a.sql'],
  ['refinery', (text) => ({ 'V1__a.sql': text }), 'V1__a.sql', undefined],
  ['sections', (text) => ({ 'a.sql': `-- name: a\n${text}` }), 'a.sql', undefined],
  ['mautrix', (text) => ({ '01-a.sql': `-- v0 -> v1: a\n${text}` }), '01-a.sql', undefined],
  [
    'sqitch',
    (text) => ({ 'sqitch.plan': 'a 2026-01-01T00:00:00Z A <a@b>\n', 'deploy/a.sql': text }),
    'deploy/a.sql',
    'm/revert/a.sql',
  ],
  [
    'goose',
    (text) => ({ '1_a.sql': `-- +goose Up\n${text}` }),
    '1_a.sql',
    'm/1_a.sql, below the line `-- +goose Down`',
  ],
  [
    'dbmate',
    (text) => ({ '1_a.sql': `-- migrate:up\n${text}` }),
    '1_a.sql',
    'm/1_a.sql, below the line `-- migrate:down`',
  ],
];

/** Dunlin's markers, and those of two tools that are never the folder's own. */
const markers = [
  '-- === DOWN MIGRATION ===',
  '-- === VERIFY ===',
  '-- rambler down',
  '--  Down  Migration',
  '/* Undo */',
];

describe.each(folders)('a file of %s', (format, folder, file, place) => {
  it.each(markers)('is refused before anything runs with %s above SQL', async (marker) => {
    const project = new Project(folder(`${up}\n${marker}\n${down}`), { format });
    const [problem, ...others] = await project.problems();
    expect(others).toEqual([]);
    expect(problem).toMatch(new RegExp(String.raw`^MARKER_FOREIGN m/${file}:\d:1: .*is a marker of`));
    expect(problem).toContain(
      place === undefined ? 'there is no DOWN part' : `the way back is ${place}: move it there`,
    );
    expect(await project.with((runner) => runner.plan().then(({ problems }) => problems.length))).toBe(1);
  });

  it('runs with a marker of its own part, one with nothing below it, and words about the migration', async () => {
    const text = `-- === UP MIGRATION ===\n-- Up\n-- Town\n-- migrate: the users\n${up}\n-- Rollback\n-- DROP TABLE a;\n`;
    const project = new Project(folder(text), { format });
    expect(await project.up()).toHaveLength(1);
    expect(project.tables()).toEqual(['a']);
  });

  it('names where its DOWN part belongs if it has none', async () => {
    const project = new Project(folder(up), { format });
    await project.up();
    const failure = await project.down(0).then(
      () => '',
      (error: unknown) => (error as { readonly hint: string }).hint.replaceAll(`${project.root}/`, ''),
    );
    expect(failure).toContain(
      place === undefined ? 'there is no DOWN part: make a new migration' : `Write a DOWN part in ${place}, or`,
    );
  });
});

const names: Readonly<Partial<Record<FormatName, string>>> = { prisma: '1_a/migration.sql', play: '1.sql' };

it.each([
  ['goose', '-- +goose Up', '-- +goose Donw', '-- +goose Down'],
  ['goose', '-- +goose Up', '-- +goose StatementBegn', '-- +goose StatementBegin'],
  ['goose', '-- +goose Up', '-- +goose 2', '-- +goose Down'],
  ['dbmate', '-- migrate:up', '-- migrate:donw', '-- migrate:down'],
  ['dbmate', '-- migrate:up', '-- migrate: down', '-- migrate: down'],
  ['sql-migrate', '-- +migrate Up', '-- +migrate Donw', '-- +migrate Down'],
  ['micrate', '-- +micrate Up', '-- +micrate Dwn', '-- +micrate Down'],
  ['rambler', '-- rambler up', '-- rambler dwon', '-- rambler down'],
  ['node-sqlite', '-- Up', '-- Donw', '-- Down'],
  ['node-sqlite', '-- Up', '-- Pu', '-- Up'],
  ['node-pg-migrate', '-- Up Migration', '-- Down Migratoin', '-- Down Migration'],
  ['tern', '', '---- create above / drop bellow ----', '---- create above / drop below ----'],
  ['prisma', '', '-- +goose Donw', '-- +goose Down'],
  ['play', '# --- !Ups', '# --- !Down', '# --- !Downs'],
  ['play', '# --- !Ups', '# --- !Donws', '# --- !Downs'],
  ['play', '-- !Ups', '-- !Dwn', '-- !Downs'],
  ['play', '# --- !Ups', '# --- !Upps', '# --- !Ups'],
  ['prisma', '', '-- !Down', '-- !Downs'],
] as const)('%s: %s is followed by a misspelt line: %s', async (format, begin, line, suggestion) => {
  const text = `${begin}\n${up}\n${line}\n${down}`;
  const project = new Project({ [names[format] ?? '1_a.sql']: text }, { format });
  const [problem] = await project.problems();
  expect(problem).toMatch(new RegExp(String.raw`^MARKER_(?:UNKNOWN|FOREIGN) m/1\S*\.sql:3:1`));
  if (problem!.startsWith('MARKER_UNKNOWN')) expect(problem).toContain(`Did you mean \`${suggestion}\`?`);
});

it('is refused where the DOWN file has what would run up', async () => {
  const project = new Project({ '1_a.up.sql': up, '1_a.down.sql': `${down}\n-- +goose Up\n${up}` });
  expect(await project.problems()).toEqual([expect.stringMatching(/^MARKER_FOREIGN m\/1_a\.down\.sql:2:1/)]);
});

it.each([
  [['-- +goose StatementBegin', up], 2, 'has no `-- +goose StatementEnd` below it'],
  [[up, '-- +goose StatementEnd'], 3, 'has no `-- +goose StatementBegin` above it'],
  [
    ['-- +goose StatementBegin', up, '-- +goose StatementBegin', 'SELECT 1;', '-- +goose StatementEnd'],
    2,
    'has no `-- +goose StatementEnd` below it',
  ],
])('a statement that begins ends: %j', async (lines, line, fact) => {
  const project = new Project({ '1_a.sql': ['-- +goose Up', ...lines, '-- +goose Down', down].join('\n') });
  const problems = await project.problems();
  expect(problems).toEqual([expect.stringMatching(new RegExp(String.raw`^MARKER_UNPAIRED m/1_a\.sql:${line}:1`))]);
  expect(problems[0]).toContain(fact);
});

it('stays readable once it is applied', async () => {
  const project = new Project({ '1_a.up.sql': up, '1_a.down.sql': down });
  await project.up();
  project.write({ '1_a.up.sql': `${up}\n-- Down\n;`, '2_b.up.sql': 'SELECT 1;', '2_b.down.sql': 'SELECT 1;' });
  expect(await project.up()).toEqual(['2 b']);
  expect(await project.down(0)).toBe(0);
});
