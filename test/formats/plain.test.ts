import { expect, it } from 'vitest';
import { Project } from './support.ts';

it('plain: files without a name, with a hyphen, with version 0, with the number within', async () => {
  const project = new Project({
    '000.sql': 'CREATE TABLE zero (id);',
    '001.sql': 'CREATE TABLE one (id);',
    '02-two.sql': 'CREATE TABLE two (id)\n-- no semicolon',
    '10_ten.sql': '-- === UP MIGRATION ===\nCREATE TABLE ten (id);\n-- === DOWN MIGRATION ===\nDROP TABLE ten;',
    'setup_011_x.sql': 'CREATE TABLE eleven (id);',
    'schema.sql': 'not read',
  });
  expect(await project.up()).toEqual(['1 000', '2 001', '3 02-two', '4 10_ten', '5 setup_011_x']);
  expect(project.tables()).toEqual(['eleven', 'one', 'ten', 'two', 'zero']);
});

it('plain: whole numbers are versions; code in another language is named before anything runs', async () => {
  const project = new Project({ '001.sql': 'CREATE TABLE a (id);', '002.php': '<?php', '8888.php': '<?php' });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /^FORMAT_FILE m\/002\.php is a migration of numbered SQL files that cannot run here: it is not SQL/,
    ),
    expect.stringMatching(/^FORMAT_FILE m\/8888\.php/),
  ]);
  project.write({ '002.php': undefined, '8888.php': undefined, '2-b.sql': 'CREATE TABLE b (id);' });
  expect(await project.up()).toEqual(['1 001', '2 b']);
});

it('plain: two files with one number run in the order of their names only where the option says so', async () => {
  const files = {
    '01-a.sql': 'CREATE TABLE a (id);',
    '02-b.sql': 'CREATE TABLE b (id);',
    '02-c.sql': 'CREATE TABLE c (id);',
  };
  expect(await new Project(files).problems()).toEqual([expect.stringContaining("`format: 'plain'`")]);
  expect(await new Project(files, { format: 'plain' }).up()).toEqual(['1 01-a', '2 02-b', '3 02-c']);
});

it('plain: numbers of parts, after others', async () => {
  const files = {
    'patch1.sql': 'CREATE TABLE a (id);',
    'patch10.sql': 'CREATE TABLE c (id);',
    'patch9.1.sql': 'CREATE TABLE b (id);',
  };
  expect(await new Project(files).up()).toEqual(['1 patch1', '2 patch9.1', '3 patch10']);
});

it('plain: an order that stands in the application is not guessed', async () => {
  const files = {
    'patch1.sql': 'CREATE TABLE a (id);',
    'patch-2fa.sql': 'CREATE TABLE b (id);',
    'patch-notes.sql': 'CREATE TABLE c (id);',
    'patch10.sql': 'CREATE TABLE d (id);',
    'add-table2.sql': 'CREATE TABLE e (id);',
  };
  expect(await new Project(files).up()).toEqual(['1 patch1', '2 add-table2', '10 patch10']);
  expect(await new Project({ ...files, 'patch-proxy.sql': '' }).up()).toHaveLength(3);
  expect(await new Project({ ...files, 'patch-proxy.sql': '', 'patch-tags.sql': '' }).problems()).toEqual([
    expect.stringMatching(
      /^FORMAT_FOLDER m is a folder of numbered SQL files, but 4 of its 7 files have no number, such as patch-2fa\.sql\. /,
    ),
  ]);
});

it('D1: the name of the file is the key', async () => {
  const project = new Project(
    { '0000_a.sql': 'CREATE TABLE a (id);', '0001_b.sql': 'CREATE TABLE b (id);' },
    { format: 'd1' },
  );
  expect(await project.up()).toEqual(['1 0000_a', '2 0001_b']);
});

it('sections: each is a migration', async () => {
  const project = new Project(
    {
      'a.sql':
        '-- name: create-users\nCREATE TABLE users (id);\n-- name: create-notes\nCREATE TABLE notes (id);\nDROP TABLE none;',
      'b.sql': 'no section here\n',
    },
    { format: 'sections' },
  );
  const [problem] = await project.problems();
  expect(problem).toMatch(/^STATEMENT_FAILED .*create-notes failed at statement 2 \(line 5\)/);
  project.write({
    'a.sql': '-- name: create-users\nCREATE TABLE users (id);\n-- name: create-notes\nCREATE TABLE notes (id);',
  });
  await project.up();
  expect(project.rows()).toEqual([
    [1, 'create-users'],
    [2, 'create-notes'],
  ]);
  project.write({ 'c.sql': '-- name: create-users\nSELECT 1;' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('a.sql and c.sql both have a section create-users'),
  ]);
});

it('directories by release: in the order of the releases', async () => {
  const project = new Project({
    '0.10/00__c.sql': 'CREATE TABLE c (id);',
    '0.2/00__a.sql': 'CREATE TABLE a (id);',
    '0.9/00__b.sql': 'ALTER TABLE a RENAME TO b;',
    '0.9/01__b2.sql': '',
    'LATEST.sql': 'CREATE TABLE wrong (id);',
  });
  expect(await project.up()).toEqual(['1 0.2/00__a', '2 0.9/00__b', '3 0.9/01__b2', '4 0.10/00__c']);
  expect(project.tables()).toEqual(['b', 'c']);
  // A patch of an older release comes between applied ones.
  project.write({ '0.9/02__b3.sql': 'CREATE TABLE b3 (id);' });
  expect(await project.up({ outOfOrder: 'allow' })).toEqual(['4 0.9/02__b3']);
});

it('Sqitch: the order of the plan, reworked changes, revert', async () => {
  const project = new Project({
    'sqitch.plan': [
      '%syntax-version=1.0.0',
      '%project=app',
      '',
      'users 2024-01-01T00:00:00Z A <a@b.c> # users',
      'view [users] 2024-01-02T00:00:00Z A <a@b.c> # view',
      '@v1 2024-01-03T00:00:00Z A <a@b.c> # tag',
      '',
      'view [view@v1] 2024-01-04T00:00:00Z A <a@b.c> # again',
      '+late 2024-01-05T00:00:00Z A <a@b.c> # late',
    ].join('\n'),
    'sqitch.conf': '[core]',
    'deploy/users.sql': 'BEGIN;\nCREATE TABLE users (id);\nCOMMIT;',
    'revert/users.sql': 'BEGIN;\nDROP TABLE users;\nCOMMIT;',
    'deploy/view@v1.sql': 'CREATE VIEW v AS SELECT 1 AS n;',
    'revert/view@v1.sql': 'DROP VIEW v;',
    'deploy/view.sql': 'DROP VIEW v;\nCREATE VIEW v AS SELECT 2 AS n;',
    'revert/view.sql': 'DROP VIEW v;\nCREATE VIEW v AS SELECT 1 AS n;',
    'verify/users.sql': 'SELECT 1;',
    'deploy/late.sql': 'CREATE TABLE late (id);',
  });
  expect(await project.up()).toEqual(['1 users', '2 view@v1', '3 view', '4 late']);
  expect(project.query('SELECT n FROM v')).toEqual([[2]]);
  project.write({ 'revert/late.sql': 'DROP TABLE late;' });
  expect(await project.down(2)).toBe(2);
  expect(project.query('SELECT n FROM v')).toEqual([[1]]);
  expect(await project.down(0)).toBe(0);
  project.write({ 'deploy/late.sql': undefined });
  expect((await project.problems())[0]).toContain('sqitch.plan has the change late, and there is no deploy/late.sql');
});

it('Sqitch: without a plan there is no order', async () => {
  const project = new Project({ 'deploy/users.sql': '' }, { format: 'sqitch' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('m is a folder of Sqitch, but has no sqitch.plan'),
  ]);
});

it('mautrix: names with a v; what is in Go is named, unless a jump leaves it out', async () => {
  const files = {
    'v00-latest.sql': '-- v0 -> v4 (compatible with v3+): Latest revision\nCREATE TABLE foo (id);',
    'v02-types.sql': '-- v2: Types\n-- only: postgres\nALTER TABLE foo ALTER id TYPE TEXT USING id::text;',
    'v03-resync.go': 'package upgrades',
    'v04-split.postgres.sql': '-- v4: Split\nwrong;',
    'v05-add.sql': '-- v5 (compatible with v3+): Add\nCREATE TABLE bar (id);',
    'upgrades.go': 'package upgrades',
    'upgrade5_test.go': 'package upgrades',
  };
  const project = new Project(files);
  expect(await project.up()).toEqual(['4 latest', '5 add']);
  expect(project.tables()).toEqual(['bar', 'foo']);
  project.write({ '06-index.go': 'package upgrades', 'v07-more.sql': '-- v7: More\nCREATE TABLE more (id);' });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /^FORMAT_FILE m\/06-index\.go is a migration of go\.mau\.fi\/util\/dbutil that cannot run here: it is written in Go/,
    ),
  ]);
});

it('mautrix: jumps, the lines of the dialect, files for older databases', async () => {
  const project = new Project({
    '00-latest.sql': [
      '-- v0 -> v3 (compatible with v1+): Latest revision',
      'CREATE TABLE foo (',
      '\t-- only: postgres',
      '\tkey BIGINT GENERATED BY DEFAULT AS IDENTITY,',
      '\t-- only: sqlite (line commented)',
      '--\tkey INTEGER PRIMARY KEY,',
      '\tdata TEXT',
      ');',
      '-- only: sqlite until "end only"',
      'CREATE TRIGGER t AFTER INSERT ON foo BEGIN DELETE FROM foo WHERE key < NEW.key; END;',
      '-- end only sqlite',
      '-- only: postgres until "end only"',
      'CREATE FUNCTION f() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;',
      '-- end only postgres',
      '-- only: postgres for next 2 lines',
      'ALTER SEQUENCE a',
      'RESTART WITH 1;',
    ].join('\n'),
    '03-old.sql': '-- v2 -> v3: For old databases\nCREATE TABLE wrong (id);',
    '04-postgres.sql':
      '-- v4: Postgres alone\n-- transaction: off\n-- only: postgres\nALTER TABLE foo ALTER data TYPE TEXT;\nVACUUM;',
    '05-split.postgres.sql': '-- v5: Split\nwrong;',
    '05-split.sqlite.sql': '-- v5: Split\nCREATE TABLE five (id);',
    'notes.sql': 'SELECT 1;',
    'README.md': '',
  });
  expect(await project.up()).toEqual(['3 latest', '4 postgres', '5 split']);
  expect(project.tables()).toEqual(['five', 'foo']);
  expect(project.query("SELECT count(*) FROM pragma_table_info('foo')")).toEqual([[2]]);
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes[1]).toContain('notes.sql is ignored: has no header');
});
