import { expect, it } from 'vitest';
import { Project } from './support.ts';

it('golang-migrate: pairs by version, without padding, two dots, CRLF, comments alone', async () => {
  const project = new Project({
    '1_users.up.sql': 'CREATE TABLE users (id INTEGER)',
    '1_users.down.sql': 'DROP TABLE users',
    '2_nothing.up.sql': '-- for PostgreSQL only\r\n',
    '2_nothing.down.sql': '',
    '10_notes.up..sql':
      'PRAGMA foreign_keys=OFF;\r\nBEGIN;\r\nCREATE TABLE notes (id INTEGER);\r\nCOMMIT;\r\nPRAGMA foreign_keys=ON;',
    '10_other_name.down.sql': 'DROP TABLE notes;',
    '11.up.sql': 'CREATE TABLE eleven (id);',
    '9_gone.down.sql': 'SELECT 1;',
    '3_pre.go': 'package main',
    'README.md': '',
  });
  expect(await project.up()).toEqual(['1 users', '2 nothing', '10 notes', '11 11']);
  expect(project.tables()).toEqual(['eleven', 'notes', 'users']);
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes).toEqual([
    expect.stringContaining("`format: 'golang-migrate'`"),
    '3_pre.go is ignored: code in Go does not run here',
    '9_gone.down.sql is ignored: has no UP file beside it',
  ]);
  project.write({ '11.up.sql': undefined });
  expect((await project.problems())[0]).toMatch(/^DATABASE_AHEAD /);
  project.write({ '11.up.sql': 'CREATE TABLE eleven (id);', '11.down.sql': 'DROP TABLE eleven;' });
  expect(await project.down(2)).toBe(2);
  expect(project.tables()).toEqual(['users']);
});

it('rolls back what did nothing without a DOWN part, and nothing else', async () => {
  const project = new Project({
    '1_a.up.sql': 'CREATE TABLE a (id);',
    '1_a.down.sql': '-- nothing',
    '2_vacuum.up.sql': 'VACUUM;',
    '3_postgres.up.sql': '-- Postgres only',
    '3_postgres.down.sql': '-- Postgres only',
    '4_down_alone.up.sql': '',
    '4_down_alone.down.sql': 'CREATE TABLE down (id);',
  });
  await project.up();
  const { entries, notes } = await project.with((runner) => runner.status());
  expect(entries.map(({ reversible }) => reversible)).toEqual([false, true, true, true]);
  expect(notes).toEqual([expect.stringContaining('is read as')]);
  expect(await project.down(1)).toBe(1);
  expect(project.tables()).toEqual(['a', 'down']);
  await expect(project.down(0)).rejects.toThrow('1_a cannot be rolled back: its DOWN part is empty');
});

it('golang-migrate: two files with one version are refused, with what to say if both are to run', async () => {
  const files = { '0001_a.up.sql': 'CREATE TABLE a (id);', '0001_b.up.sql': 'CREATE TABLE b (id);' };
  const project = new Project(files);
  expect(await project.problems()).toEqual([
    expect.stringMatching(/0001_a\.up\.sql and 0001_b\.up\.sql have the same version\..* `format: 'maragudk'`\.$/),
  ]);
  expect(await project.up({ format: 'maragudk' })).toEqual(['1 0001_a', '2 0001_b']);
});

it('Authelia: a V in front and dots', async () => {
  const project = new Project({
    'V0001.Initial.up.sql': 'CREATE TABLE a (id);',
    'V0001.Initial.down.sql': 'DROP TABLE a;',
    'V0002.More.up.sql': '',
  });
  expect(await project.up()).toEqual(['1 Initial', '2 More']);
});

it('golang-migrate: code that an application runs beside them is named', async () => {
  const project = new Project({
    '1_a.up.sql': 'CREATE TABLE a (id);',
    '1_postmigrate.go': 'package migrations',
    '2_premigrate_test.go': 'package migrations',
    '2_b.up..sql': 'CREATE TABLE b (id);',
    'migrations.go': 'package migrations',
  });
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes.slice(1)).toEqual(['1_postmigrate.go is ignored: code in Go does not run here']);
  expect(await project.up()).toEqual(['1 a', '2 b']);
});

it('maragudk: the whole name is the version, and _up.sql an ending', async () => {
  const project = new Project({
    '0000_a_up.sql': 'CREATE TABLE a (id);',
    '0000_a_down.sql': 'DROP TABLE a;',
    '0001_b_up.sql': 'CREATE TABLE b (id);',
    '0001_c_up.sql': 'CREATE TABLE c (id);',
    '0001_c_down.sql': 'DROP TABLE c;',
    '0009_gone_down.sql': '',
  });
  expect(await project.up()).toEqual(['1 0000_a', '2 0001_b', '3 0001_c']);
  expect(await project.down(2)).toBe(2);
  expect(await project.status()).toEqual(['1 0000_a applied', '2 0001_b applied', '3 0001_c pending']);
});

it('sqlx: files alone and pairs, `-- no-transaction` where it is needed', async () => {
  const project = new Project(
    {
      '1_a.sql': 'CREATE TABLE a (id);',
      '2_b.up.sql': '-- no-transaction\nPRAGMA foreign_keys = OFF;\nBEGIN;\nCREATE TABLE b (id);\nCOMMIT;',
      '2_b.down.sql': 'DROP TABLE b;',
      '3_vacuum.sql': '-- no-transaction\r\nVACUUM;',
      'notes.txt': '',
    },
    { format: 'sqlx' },
  );
  const { steps } = await project.with((runner) => runner.plan());
  expect(steps.map(({ name, transaction }) => [name, transaction])).toEqual([
    ['a', true],
    ['b', true],
    ['vacuum', false],
  ]);
  expect(await project.up()).toEqual(['1 a', '2 b', '3 vacuum']);
});

it('popx: 20 digits, the file of the dialect before the one for all, autocommit', async () => {
  const project = new Project({
    '20191100000001000000_ids.up.sql': 'CREATE TABLE wrong (id);',
    '20191100000001000000_ids.down.sql': 'DROP TABLE ids;',
    '20191100000001000000_ids.sqlite3.up.sql': 'CREATE TABLE ids (id INTEGER PRIMARY KEY);',
    '20191100000001000000_ids.mysql.up.sql': 'CREATE TABLE ids (id SERIAL);',
    '20191100000001000001_more.up.sql': 'CREATE INDEX more ON ids (id);\nDROP INDEX IF EXISTS ids.nothing;',
    '20191100000001000001_more.cockroach.up.sql': 'nothing for SQLite',
    '20191100000002000000_last.sqlite.autocommit.up.sql': '',
    '20191100000003000000_gone.down.sql': '',
  });
  expect(await project.up()).toEqual([
    '1 20191100000001000000_ids',
    '2 20191100000001000001_more',
    '3 20191100000002000000_last',
  ]);
  expect(project.tables()).toEqual(['ids']);
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes[1]).toBe('20191100000003000000_gone.down.sql is ignored: has no UP file beside it');
  const fizz = new Project({
    '20191100000001000000_ids.up.fizz': 'create_table("ids")',
    '20191100000001000000_ids.mysql.up.sql': '',
  });
  expect(await fizz.problems()).toEqual([expect.stringContaining('it is written in Fizz')]);
});
