import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import type { SeedResult } from '../../src/index.ts';
import { Project } from '../formats/support.ts';
import { failureOf } from '../support/databases.ts';

const files = {
  '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE);',
  '002_posts.sql': 'CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES users);',
};

/** A migrated database, and its seeds. */
async function seeded(seeds: Record<string, string>, more: Record<string, string> = {}): Promise<Project> {
  const project = new Project({ ...files, ...more });
  await project.up();
  write(project, seeds);
  return project;
}

function write(project: Project, seeds: Record<string, string>): void {
  for (const [name, text] of Object.entries(seeds)) {
    const path = join(project.root, 'seeds', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
}

function seed(project: Project, confirm?: () => boolean): Promise<SeedResult> {
  const options = { seeds: join(project.root, 'seeds') };
  return project.with((runner) => runner.seed(confirm === undefined ? {} : { confirm }), options);
}

function query(project: Project, sql: string): unknown[] {
  const db = new Database(project.database);
  const rows = db.prepare(sql).raw().all();
  db.close();
  return rows;
}

describe('seed', () => {
  it('runs the files in order of name, each time, and records none', async () => {
    const project = await seeded({
      '2_posts.sql': 'INSERT OR IGNORE INTO posts VALUES (1, 1);',
      '1_users.sql': `INSERT OR IGNORE INTO users VALUES (1, 'ada'), (2, 'bob');`,
      'README.md': 'not SQL',
      'old/3.sql': 'SELECT nope;',
    });
    const first = await seed(project);
    expect(first.files.map((file) => file.replace(/^.*\//, ''))).toEqual(['1_users.sql', '2_posts.sql']);
    expect(first.rows).toEqual([
      { table: 'posts', before: 0, after: 1 },
      { table: 'users', before: 0, after: 2 },
    ]);
    expect((await seed(project)).rows).toEqual([
      { table: 'posts', before: 1, after: 1 },
      { table: 'users', before: 2, after: 2 },
    ]);
    const { history, status } = await project.with(async (runner) => ({
      history: await runner.history(),
      status: await runner.status(),
    }));
    expect(history.map(({ direction, migrations }) => `${direction} ${migrations.length}`)).toEqual([
      'seed 0',
      'seed 0',
      'up 2',
    ]);
    expect(status).toMatchObject({ repeatables: [], pending: [], problems: [], drift: [] });
    expect(await project.up()).toEqual([]);
  });

  it('runs beside repeatable migrations, also one of the same name', async () => {
    const view = { 'R__users_view.sql': 'DROP VIEW IF EXISTS v;\nCREATE VIEW v AS SELECT name FROM users;' };
    const project = await seeded({ 'users_view.sql': `INSERT OR IGNORE INTO users VALUES (1, 'ada');` }, view);
    await seed(project);
    expect(query(project, 'SELECT name FROM v')).toEqual([['ada']]);
    expect(await project.up()).toEqual([]);
  });

  it('leaves nothing where one of them fails, and says what to write where a row is there', async () => {
    const project = await seeded({
      '1_users.sql': `INSERT OR IGNORE INTO users VALUES (1, 'ada');`,
      '2_more.sql': `INSERT INTO users VALUES (2, 'bob');`,
    });
    await seed(project);
    write(project, { '1_users.sql': `INSERT OR IGNORE INTO users VALUES (3, 'eve');` });
    const error = await failureOf(() => seed(project));
    expect(error.code).toBe('STATEMENT_FAILED');
    expect(error.message).toContain('2_more.sql failed at statement 1');
    expect(error.hint).toContain('INSERT OR IGNORE');
    expect(query(project, 'SELECT count(*) FROM users')).toEqual([[2]]);
    expect((await project.with((runner) => runner.status())).lastFailure).toBeUndefined();
  });

  it('is guarded as a migration is: foreign keys', async () => {
    const project = await seeded({ '1.sql': 'INSERT INTO posts VALUES (1, 9);' });
    expect((await failureOf(() => seed(project))).code).toBe('FOREIGN_KEYS_VIOLATED');
    expect(query(project, 'SELECT count(*) FROM posts')).toEqual([[0]]);
  });

  it.each([
    ['CREATE TABLE IF NOT EXISTS more (id);', 'creates table more'],
    ['DROP TABLE IF EXISTS posts;', 'drops table posts'],
    ['ALTER TABLE users ADD COLUMN age;', 'adds column users.age'],
    ['CREATE VIEW IF NOT EXISTS v AS SELECT 1;', 'creates view v'],
    ['CREATE TEMP TABLE t (a);\nCREATE INDEX posts_author ON posts (author);', 'creates index posts_author'],
    ['CREATE TABLE more AS SELECT 1 AS one;', 'creates table more'],
  ])('refuses to change the schema: %s', async (text, what) => {
    const project = await seeded({ '1.sql': `INSERT INTO users VALUES (1, 'ada');\n${text}` });
    const error = await failureOf(() => seed(project));
    expect([error.code, error.message]).toEqual(['SEED_REFUSED', expect.stringContaining(`1.sql ${what}`)]);
    expect([error.location?.file, query(project, 'SELECT count(*) FROM users')]).toEqual([
      expect.stringMatching(/1\.sql$/),
      [[0]],
    ]);
  });

  it('may make, change and drop what is temporary', async () => {
    const project = await seeded({
      '1.sql': `CREATE TEMP TABLE t (a);
ALTER TABLE t RENAME TO u;
CREATE INDEX temp.i ON u (a);
CREATE TEMP TRIGGER log AFTER INSERT ON u BEGIN SELECT 1; END;
CREATE TRIGGER more AFTER INSERT ON u BEGIN SELECT 1; END;
INSERT INTO u VALUES ('ada');
INSERT INTO users (name) SELECT a FROM u;
DROP TRIGGER log;
DROP TABLE u;`,
    });
    await seed(project);
    expect(query(project, 'SELECT name FROM users')).toEqual([['ada']]);
  });

  it('runs to its end after a signal to stop, so that it is all or nothing', async () => {
    const project = await seeded({
      '1.sql': `INSERT INTO users VALUES (1, 'ada');`,
      '2.sql': 'INSERT INTO posts VALUES (1, 1);',
    });
    const options = {
      seeds: join(project.root, 'seeds'),
      signal: { aborted: true },
      destructive: { '001_users': true },
    } as const;
    expect((await project.with((runner) => runner.seed(), options)).files).toHaveLength(2);
  });

  it('is confirmed with the plan', async () => {
    const project = await seeded({ '1.sql': `INSERT INTO users VALUES (1, 'ada');` });
    expect((await failureOf(() => seed(project, () => false))).code).toBe('DECLINED');
    expect(query(project, 'SELECT count(*) FROM users')).toEqual([[0]]);
    await seed(project, () => true);
  });

  it('refuses while something is pending, a seed with a DOWN part, and where there are none', async () => {
    const project = await seeded({ '1.sql': 'SELECT 1;' });
    project.write({ '003_more.sql': 'CREATE TABLE more (id);' });
    const pending = await failureOf(() => seed(project));
    expect([pending.code, pending.message]).toEqual([
      'SEED_REFUSED',
      expect.stringContaining('1 migration is pending'),
    ]);
    await project.up();
    write(project, { '2.sql': '-- === UP MIGRATION ===\nSELECT 1;\n-- === DOWN MIGRATION ===\nSELECT 1;' });
    expect((await failureOf(() => seed(project))).code).toBe('REPEATABLE_INVALID');
    const at = (seeds: string | undefined): Promise<unknown> =>
      failureOf(() => project.with((runner) => runner.seed(), { ...(seeds !== undefined && { seeds }) }));
    expect(await at(join(project.root, 'nothing'))).toMatchObject({ code: 'SEED_REFUSED' });
    expect(await at(join(project.root, 'm', '001_users.sql', 'x'))).toMatchObject({ code: 'FILE_UNREADABLE' });
    expect(await at(undefined)).toMatchObject({ code: 'SEED_REFUSED' });
    mkdirSync(join(project.root, 'empty'));
    expect(await at(join(project.root, 'empty'))).toMatchObject({ code: 'SEED_REFUSED' });
  });

  it('takes several paths, and files, in the order in which they are given', async () => {
    const project = await seeded({
      'b/1.sql': `INSERT INTO users VALUES (1, 'ada');`,
      'a/1.sql': 'INSERT INTO posts VALUES (1, 1);',
    });
    const seeds = [join(project.root, 'seeds/b'), join(project.root, 'seeds/a/1.sql')];
    const result = await project.with((runner) => Promise.resolve(runner.seedSync()), { seeds });
    expect(result.rows.map(({ after }) => after)).toEqual([1, 1]);
  });
});
