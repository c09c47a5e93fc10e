import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/migration/index.ts';
import { Project, type Files } from './support.ts';

interface Case {
  readonly tool: string;
  readonly format: FormatName;
  /** With a name in front of which there may be anything else. */
  readonly names: readonly [first: string, second: string];
  readonly up: string;
  readonly down: string;
  readonly applied: readonly string[];
}

const names = ['1_users.sql', '10_notes.sql'] as const;
const numbered = ['1 users', '10 notes'];
const cases: readonly Case[] = [
  { tool: 'goose', format: 'goose', names, up: '-- +goose Up', down: '-- +goose Down', applied: numbered },
  {
    tool: 'goose in other letters',
    format: 'goose',
    names,
    up: '--+GOOSE UP',
    down: '-- +goose down',
    applied: numbered,
  },
  { tool: 'dbmate', format: 'dbmate', names, up: '-- migrate:up', down: '-- migrate:down', applied: numbered },
  {
    tool: 'sql-migrate',
    format: 'sql-migrate',
    names,
    up: '-- +migrate Up',
    down: '-- +migrate Down',
    applied: numbered,
  },
  { tool: 'micrate', format: 'micrate', names, up: '-- +micrate Up', down: '-- +micrate Down', applied: numbered },
  { tool: 'rambler', format: 'rambler', names, up: '-- rambler up', down: '-- rambler down', applied: numbered },
  {
    tool: 'node-sqlite',
    format: 'node-sqlite',
    names: ['001-users.sql', '010-notes.sql'],
    up: '-- Up',
    down: '-- Down',
    applied: numbered,
  },
  {
    tool: 'node-pg-migrate',
    format: 'node-pg-migrate',
    names,
    up: '-- Up Migration',
    down: '-- Down Migration',
    applied: numbered,
  },
  { tool: 'tern', format: 'tern', names, up: '', down: '---- create above / drop below ----', applied: numbered },
  {
    tool: 'Play',
    format: 'play',
    names: ['1.sql', '10.sql'],
    up: '# --- !Ups',
    down: '# --- !Downs',
    applied: ['1 1', '10 10'],
  },
];

describe.each(cases)('$tool', ({ format, names: [first, second], up, down, applied }) => {
  const files: Files = {
    [first]: `\uFEFF${up}\nCREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)\n\n${down}\nDROP TABLE users`,
    [second]: [
      up,
      'CREATE TABLE notes (text TEXT);',
      `INSERT INTO notes VALUES ('a`,
      `${down === '# --- !Downs' ? 'b' : down}`,
      `c');`,
      down,
      'DROP TABLE notes;',
      '',
    ].join('\r\n'),
    'README.md': 'about these files',
  };

  it('is recognised, runs up, shows its status and runs down', async () => {
    const project = new Project(files);
    const { notes } = await project.with((runner) => runner.plan());
    expect(notes).toEqual([expect.stringContaining(`\`format: '${format}'\``)]);
    expect(await project.up()).toEqual(applied);
    expect(project.tables()).toEqual(['notes', 'users']);
    expect(project.query('SELECT count(*), instr(text, char(10)) > 0 FROM notes')).toEqual([[1, 1]]);
    expect(await project.up()).toEqual([]);
    expect(await project.status()).toEqual(applied.map((one) => `${one} applied`));
    expect(await project.down(1)).toBe(1);
    expect(project.tables()).toEqual(['users']);
    expect(await project.down(0)).toBe(0);
    expect(project.tables()).toEqual([]);
  });

  it('runs without a note where the option names it', async () => {
    const project = new Project(files, { format });
    expect((await project.with((runner) => runner.plan())).notes).toEqual([]);
    expect(await project.up()).toEqual(applied);
  });
});

it('goose: statements with semicolons within, foreign keys that are switched off, code in Go', async () => {
  const project = new Project({
    '00001_a.sql': [
      '-- +goose no transaction',
      '-- +goose Up',
      'PRAGMA foreign_keys = OFF;',
      'CREATE TABLE a (id INTEGER, n INTEGER);',
      '-- +goose StatementBegin',
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN',
      '  UPDATE a SET n = 1 WHERE id = NEW.id;',
      'END;',
      '-- +goose StatementEnd',
      'INSERT INTO a VALUES (1, 0);',
      '-- +goose Down',
      'DROP TABLE a;',
    ].join('\n'),
    '00002_fill.go': 'package migrations',
    '00002_fill_test.go': 'package migrations',
    '00003_b.sql': '-- +goose Up\n-- +goose Down',
  });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /^FORMAT_FILE m\/00002_fill\.go is a migration of goose that cannot run here: it is written in Go\./,
    ),
  ]);
  expect(await project.with(async (runner) => (await runner.up({ to: 1 })).to)).toBe(1);
  expect(project.query('SELECT * FROM a')).toEqual([[1, 1]]);
  expect(await project.status()).toEqual(['1 a applied', '2 fill pending', '3 b pending']);
});

it('goose: values in place of the environment’s, between two lines', async () => {
  const project = new Project({
    '1_a.sql': [
      '-- +goose Up',
      '-- +goose ENVSUB ON',
      "CREATE TABLE ${PREFIX}a (n TEXT DEFAULT '${KIND:-none}', $COLUMN TEXT);",
      '-- +goose ENVSUB OFF',
      "INSERT INTO app_a (n) VALUES ('${KIND}');",
    ].join('\n'),
  });
  expect((await project.problems())[0]).toContain('it has the placeholder "PREFIX", and no value is given for it');
  await project.up({ placeholders: { PREFIX: 'app_', COLUMN: 'c' } });
  expect(project.query('SELECT n, c FROM app_a')).toEqual([['${KIND}', null]]);
});

it('dbmate: outside a transaction what needs that', async () => {
  const project = new Project({ '1_a.sql': '-- migrate:up transaction:false\nVACUUM;\n-- migrate:down\n' });
  const { steps } = await project.with((runner) => runner.plan());
  expect(steps.map(({ transaction }) => transaction)).toEqual([false]);
  expect(await project.up()).toEqual(['1 a']);
});

it('goose: a file without a marker is refused before anything runs', async () => {
  const project = new Project({ '1_a.sql': '-- +goose Up\nCREATE TABLE a (id);', '2_b.sql': 'CREATE TABLE b (id);' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('m/2_b.sql is a migration of goose that cannot run here: it has no line "-- +goose Up"'),
  ]);
});

it('sql-migrate: two files with one number, VACUUM', async () => {
  const project = new Project({
    '9_a.sql': '-- +migrate Up\nCREATE TABLE a (id);',
    '15_b.sql': '-- +migrate Up\nCREATE TABLE b (id);\nVACUUM;',
    '15_c.sql': '-- +migrate Up notransaction\nVACUUM;\n-- +migrate Down\nSELECT 1;',
  });
  expect(await project.up()).toEqual(['1 9_a', '2 15_b', '3 15_c']);
  const { steps } = await project.with((runner) => runner.plan({ direction: 'down', to: 2 }));
  expect(steps.map(({ file }) => file)).toEqual([expect.stringContaining('15_c.sql')]);
});

it('goose: two files with one version are refused', async () => {
  const project = new Project({
    '1_a.sql': '-- +goose Up\nCREATE TABLE a (id);',
    '1_b.sql': '-- +goose Up\nCREATE TABLE b (id);',
  });
  expect(await project.problems()).toEqual([
    'FORMAT_FOLDER m is a folder of goose, but 1_a.sql and 1_b.sql have the same version. Nothing was changed. Give the one that no database has applied yet another version.',
  ]);
});

it('rambler: of several sections, the last DOWN part runs first', async () => {
  const project = new Project({
    '01_a.sql': [
      '-- rambler up',
      'CREATE TABLE parent (id INTEGER PRIMARY KEY);',
      '-- rambler down',
      'DROP TABLE parent;',
      '-- rambler up',
      'CREATE VIEW v AS SELECT id FROM parent;',
      '-- rambler down',
      'DROP VIEW v;',
    ].join('\n'),
  });
  await project.up();
  expect(await project.down(0)).toBe(0);
  expect(project.query("SELECT name FROM sqlite_schema WHERE name IN ('v', 'parent')")).toEqual([]);
});

it('Play: a doubled semicolon stands within a statement', async () => {
  const project = new Project({
    '1.sql': [
      '# --- !Ups',
      '# all of it',
      'CREATE TABLE a (n);',
      'CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET n = 2;; END;',
      'INSERT INTO a VALUES (1);',
      '# --- !Downs',
      'DROP TABLE a;',
    ].join('\n'),
  });
  await project.up();
  expect(project.query('SELECT n FROM a')).toEqual([[2]]);
});

it('names the line of the file in an error of its DOWN part', async () => {
  const project = new Project({
    '1_a.sql': '-- +goose Up\nCREATE TABLE a (id);\n-- +goose Down\nDROP TABLE a;\nDROP TABLE nothing;',
  });
  await project.up();
  const failure = await project.down(0).then(
    () => undefined,
    (error: unknown) => error as { readonly location: unknown; readonly source: string },
  );
  expect(failure?.location).toMatchObject({ line: 5, column: 12 });
  expect(failure?.source).toContain('-- +goose Up');
});

it("reads Dunlin's directives anywhere, and no marker where Dunlin's own stands", async () => {
  const project = new Project({
    '1_a.sql': '-- +goose Up\nCREATE TABLE a (id);\nINSERT INTO a VALUES (1);',
    '2_b.sql': '-- dunlin: destructive a\n-- +goose Up\nDROP TABLE a;',
  });
  expect(await project.up()).toEqual(['1 a', '2 b']);
  const own = new Project({
    '1_a.sql': '-- === UP MIGRATION ===\n-- Up\nSELECT 1;\n-- === DOWN MIGRATION ===\nSELECT 2;',
  });
  expect((await own.with((runner) => runner.plan())).notes).toEqual([]);
  // Also a misspelt one: the file is Dunlin's, whose format reports it.
  const misspelt = new Project({ '1_a.sql': '-- === UP MIGRATION\n-- Up\nSELECT 1;\n-- Down\nSELECT 2;' });
  expect(await misspelt.problems()).toEqual([expect.stringMatching(/^MARKER_UNKNOWN m\/1_a\.sql:1:1/)]);
});
