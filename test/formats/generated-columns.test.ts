import { expect, it } from 'vitest';
import { Project } from './support.ts';

// Generated columns in the rebuilds of generators: those that the tool's schema does not know, and those that drizzle-kit
// lists in the copy, which SQLite refuses.

const generated = 'host TEXT AS (substr(email, 5)), size INT AS (length(host)) STORED';

const withRebuild = (columns: string, copied: string): Project =>
  new Project({
    'migration_lock.toml': 'provider = "sqlite"\n',
    '20240101000000_init/migration.sql': `CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT, ${generated});
INSERT INTO users (id, email) VALUES (1, 'ada@a.org'), (2, 'bob@b.org');`,
    '20240102000000_named/migration.sql': `CREATE TABLE new_users (${columns});
INSERT INTO new_users (${copied}) SELECT ${copied} FROM users;
DROP TABLE users;
ALTER TABLE new_users RENAME TO users;`,
  });

const leftOut = (): Project => withRebuild('id INTEGER PRIMARY KEY, email TEXT NOT NULL', 'id, email');

it.each([
  ['left out of the new table', leftOut],
  [
    'listed in the copy',
    () => withRebuild(`id INTEGER PRIMARY KEY, email TEXT NOT NULL, ${generated}`, 'id, size, email, host'),
  ],
])('generated columns that a rebuild has %s are kept', async (_, make) => {
  const project = make();
  const { applied } = await project.with((runner) => runner.up());
  expect(applied.at(-1)!.rebuilt[0]!.kept).toEqual(['generated column host', 'generated column size']);
  expect(project.query('SELECT id, email, host, size FROM users')).toEqual([
    [1, 'ada@a.org', 'a.org', 5],
    [2, 'bob@b.org', 'b.org', 5],
  ]);
  expect(project.query("SELECT count(*) FROM pragma_table_xinfo('users') WHERE hidden IN (2, 3)")).toEqual([[2]]);
});

it('a generated column whose loss is declared is dropped', async () => {
  const project = leftOut();
  const destructive = { '20240102000000_named': ['users.size'] };
  const { applied } = await project.with((runner) => runner.up(), { destructive });
  expect(applied.at(-1)!.rebuilt[0]!.kept).toEqual(['generated column host']);
  expect(project.query("SELECT name FROM pragma_table_xinfo('users') WHERE hidden IN (2, 3)")).toEqual([['host']]);
});

it('with rebuilds: as-written, a generated column that is left out is a loss', async () => {
  expect(await leftOut().problems({ rebuilds: 'as-written' })).toEqual([
    expect.stringMatching(/^COLUMN_LOST .*column users\.host is not carried over/),
  ]);
});
