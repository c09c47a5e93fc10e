import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { testMigration, type TestMigrationOptions } from '../../src/node/testing/index.ts';
import { failureOf } from '../support/databases.ts';
import { project } from './support.ts';

const files = {
  '001_notes.sql': 'CREATE TABLE notes (id INTEGER PRIMARY KEY, title TEXT NOT NULL);',
  '002_tags.sql': 'CREATE TABLE tags (name TEXT);',
  '003_titles.sql': `-- === UP MIGRATION ===
DELETE FROM notes WHERE id NOT IN (SELECT min(id) FROM notes GROUP BY title);
CREATE UNIQUE INDEX titles ON notes (title);
-- === DOWN MIGRATION ===
DROP INDEX titles;`,
};

async function start(
  options: Omit<TestMigrationOptions<Database.Database>, 'migrations'>,
  more: Readonly<Record<string, string>> = {},
): ReturnType<typeof testMigration<Database.Database>> {
  const { migrations, cache } = project({ ...files, ...more });
  const test = await testMigration(Database, { migrations, cache, ...options });
  onTestFinished(() => void test.db.close());
  return test;
}

it('applies one migration to rows that the test has inserted', async () => {
  const { db, run } = await start({ to: 3 });
  db.exec(`INSERT INTO notes (title) VALUES ('To do'), ('To do'), ('Done')`);
  const { up, down, rows } = await run();
  expect(db.prepare('SELECT id FROM notes').pluck().all()).toEqual([1, 3]);
  expect([up.statements, down?.statements]).toEqual([2, 1]);
  expect(rows).toEqual([{ table: 'notes', before: 3, after: 2 }]);
});

it('begins at the version before, or at one that is named', async () => {
  const tables = ({ db }: { db: Database.Database }): unknown[] =>
    db.prepare(`SELECT name FROM sqlite_schema WHERE name IN ('notes', 'tags') ORDER BY name`).pluck().all();
  expect(tables(await start({ to: 1 }))).toEqual([]);
  expect(tables(await start({ to: 3 }))).toEqual(['notes', 'tags']);
  const test = await start({ from: 1, to: 3, rows: 'sample' });
  expect(tables(test)).toEqual(['notes']);
  expect(test.db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(3);
  await test.run();
  expect(tables(test)).toEqual(['notes', 'tags']);
});

it('runs repeatable migrations with the newest migration only', async () => {
  const view = { 'R__titled.sql': 'DROP VIEW IF EXISTS titled;\nCREATE VIEW titled AS SELECT title FROM notes;' };
  for (const [to, views] of [
    [2, []],
    [3, ['titled']],
  ] as const) {
    const { db, run } = await start({ to }, view);
    await run();
    expect(db.prepare(`SELECT name FROM sqlite_schema WHERE type = 'view'`).pluck().all()).toEqual(views);
  }
});

it('fails where rolling back does not bring everything back, and leaves the database alone', async () => {
  const { db, run } = await start(
    { to: 4 },
    {
      '004_more.sql':
        '-- === UP MIGRATION ===\nCREATE TABLE a (x); CREATE TABLE b (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
    },
  );
  expect(await failureOf(run)).toMatchObject({
    code: 'DOWN_DIFFERS',
    message: expect.stringContaining('table b is left behind'),
  });
  expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b')`).pluck().get()).toBe(0);
});

it('has all guards of a run', async () => {
  const lossy = `CREATE TABLE longer (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT);
INSERT INTO longer (id, title) SELECT id, title FROM notes WHERE title <> '';
DROP TABLE notes;
ALTER TABLE longer RENAME TO notes;
CREATE UNIQUE INDEX titles ON notes (title);`;
  const { db, run } = await start({ to: 4 }, { '004_lossy.sql': lossy });
  db.exec(`INSERT INTO notes (title) VALUES (''), ('kept')`);
  expect(await failureOf(run)).toMatchObject({ code: 'ROWS_LOST', migration: { version: 4 } });
  expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(2);
});

it('knows the functions that the migrations call', async () => {
  const functions = { shout: (text: unknown): string => `${String(text)}!` };
  const { db, run } = await start({ to: 4, functions }, { '004_shout.sql': 'UPDATE notes SET title = shout(title);' });
  db.exec(`INSERT INTO notes (title) VALUES ('hey')`);
  await run();
  expect(db.prepare('SELECT title FROM notes').pluck().get()).toBe('hey!');
});

it('reports a version that does not exist, or none', async () => {
  expect(await failureOf(() => start({ to: 7 }))).toMatchObject({ code: 'VERSION_UNKNOWN' });
  expect(await failureOf(() => start({} as never))).toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining('`to` must be a version'),
  });
});

it('asks for the end of an open transaction before it makes a copy', async () => {
  const { db, run } = await start({ to: 3 });
  db.exec(`BEGIN; INSERT INTO notes (title) VALUES ('To do'), ('To do')`);
  expect(await failureOf(run)).toMatchObject({
    code: 'TRANSACTION_OPEN',
    hint: expect.stringContaining('End that transaction first'),
  });
  expect(db.inTransaction).toBe(true);
  db.exec('COMMIT');
  await run();
  expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1);
});

it.each([
  ['rows that the migration deletes', "DELETE FROM notes WHERE title = 'old'", undefined],
  ['values that it overwrites', 'UPDATE notes SET title = upper(title)', undefined],
  ['rows that it inserts', "INSERT INTO notes (title) VALUES ('new')", 'DOWN_DIFFERS'],
])('compares after rolling back what UP neither deletes nor overwrites: %s', async (_, up, code) => {
  const { db, run } = await start(
    { to: 4 },
    { '004_rows.sql': `-- === UP MIGRATION ===\n${up};\n-- === DOWN MIGRATION ===\nSELECT 1;` },
  );
  db.exec("INSERT INTO notes (title) VALUES ('old')");
  expect(code === undefined ? (await run()).down?.direction : (await failureOf(run)).code).toBe(code ?? 'down');
});
