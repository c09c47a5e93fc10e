import { expect, it } from 'vitest';
import { Project } from './support.ts';

it('Flyway: dotted versions, in folders, with placeholders, undo and settings', async () => {
  const project = new Project(
    {
      'V1__users.sql': 'CREATE TABLE ${prefix}users (id);',
      'U1__users.sql': 'DROP TABLE ${prefix}users;',
      'V1.9__notes.sql': 'CREATE TABLE notes (id);',
      'sub/V1_10__tags.sql': 'CREATE TABLE tags (id);',
      'V2.0__vacuum.sql': 'VACUUM;',
      'V2.0__vacuum.sql.conf': 'executeInTransaction=false',
      'V003.sql': 'CREATE TABLE three (id);',
      'B1__base.sql': 'never run',
      'U7__other.sql': 'never run',
    },
    { placeholders: { prefix: 'app_' } },
  );
  expect(await project.up()).toEqual(['1 V1__users', '2 V1.9__notes', '3 V1_10__tags', '4 V2.0__vacuum', '5 V003']);
  expect(project.tables()).toEqual(['app_users', 'notes', 'tags', 'three']);
  const { notes } = await project.with((runner) => runner.plan());
  expect(notes[1]).toBe('U7__other.sql is ignored: undoes a version that is not there');
});

it('Flyway: whole numbers are versions, and the undo script is the DOWN part', async () => {
  const project = new Project({
    'V1__a.sql': 'CREATE TABLE a (id);',
    'V20240101120000__b.sql': 'CREATE TABLE b (id);',
    'U20240101120000__b.sql': 'DROP TABLE b;',
  });
  expect(await project.up()).toEqual(['1 a', '20240101120000 b']);
  expect(await project.down(1)).toBe(1);
  expect(project.tables()).toEqual(['a']);
});

it('Flyway: the baseline runs where nothing before it is left', async () => {
  const project = new Project({
    'B5__base.sql': 'CREATE TABLE a (id);',
    'V6__b.sql': 'CREATE TABLE b (id);',
    'B2__old.sql': '',
  });
  expect(await project.up()).toEqual(['5 base', '6 b']);
});

it('Flyway: names what cannot run', async () => {
  const project = new Project({
    'V1__a.sql': 'SELECT ${missing};',
    'V2__b.java': 'class V2__b {}',
    'V3__c.sql': 'SELECT 1;',
  });
  expect(await project.problems()).toEqual([
    expect.stringMatching(
      /^FORMAT_FILE m\/V1__a\.sql .*the placeholder "missing".*`placeholders: \{ 'missing': '\.\.\.' \}`/,
    ),
    expect.stringMatching(/^FORMAT_FILE m\/V2__b\.java .*it is not SQL/),
  ]);
  project.write({ 'V3.0__d.sql': '', 'R__views.java': '' });
  expect(await project.problems()).toEqual([
    expect.stringContaining('R__views.java is repeatable, and it is not SQL'),
    expect.stringContaining('V3.0__d.sql and V3__c.sql have the same version'),
  ]);
});

it('refinery: U is a version that may leave a gap', async () => {
  const project = new Project({
    'V1__a.sql': 'CREATE TABLE a (id);',
    'U7__b.sql': 'CREATE TABLE b (id);',
    'V2__c.rs': 'pub fn migration() -> String {}',
    'mod.rs': '',
  });
  expect((await project.with((runner) => runner.plan())).problems.map(({ message }) => message)).toEqual([
    expect.stringContaining('V2__c.rs is a migration of refinery that cannot run here: it is not SQL.'),
  ]);
  project.write({ 'V2__c.rs': undefined });
  expect(await project.up()).toEqual(['1 a', '7 b']);
});
