import { describe, expect, it } from 'vitest';
import type { MigrateOptions } from '../../src/node/open-session.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { failureOf, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { adoptSamples, plainFiles, texts, type AdoptSample } from './adopt-samples.ts';

type Files = Readonly<Record<string, string>>;
const tables = { migrations: 'dunlin_migrations' };

/** A runner on the database's file that keeps the other tool's table in step. */
function runnerOn(db: TestDatabase, files: Files = plainFiles, options: Partial<MigrateOptions> = {}): MigrationRunner {
  db.close();
  return new MigrationRunner({
    database: db.path,
    migrations: files,
    tables,
    backup: 'off',
    mirror: true,
    ...options,
  });
}

/** A database with the first two migrations, and the tool's records of them. */
function migrated(sql: string): TestDatabase {
  const db = openTestDatabase();
  db.exec(`${texts.users}${texts.roles}${sql}`);
  return db;
}

const sampleOf = (to: string): AdoptSample => adoptSamples.find((sample) => sample.to === to)!;
const knex = sampleOf('knex').sql;
const knexNames = (db: TestDatabase): unknown[] => db.column('SELECT name FROM knex_migrations ORDER BY id');

/** A database that was adopted from Knex, with a runner that keeps its table in step. */
async function adopted(
  files: Files = plainFiles,
  options: Partial<MigrateOptions> = {},
): Promise<{ db: TestDatabase; runner: MigrationRunner }> {
  const db = migrated(knex);
  const runner = runnerOn(db, files, options);
  await runner.adopt();
  return { db, runner };
}

/** Rows without what depends on the time. */
const withoutId = (row: unknown): unknown =>
  (row as unknown[]).filter((_, i) => i > 0 || typeof (row as unknown[])[0] !== 'number');
const rowsOf = (db: TestDatabase, sql: string): unknown[] => db.rows(sql).map((row) => Object.values(row));

describe.each(adoptSamples)('a run that keeps $to in step', ({ to, sql, rows, exported, files = plainFiles }) => {
  it('writes what an export writes, and deletes it with a rollback', async () => {
    const db = migrated(sql);
    const before = rowsOf(db, rows);
    const runner = runnerOn(db, files);
    await runner.adopt();
    expect((await runner.up()).applied).toMatchObject([{ name: 'tags' }]);
    expect(rowsOf(db, rows)).toEqual(exported);
    db.close();
    expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [], updated: [] });
    expect((await runner.status()).mirror).toMatchObject({ behind: 0 });
    expect((await runner.check()).problems).toEqual([]);
    await runner.redo();
    // Only an AUTOINCREMENT key differs.
    expect(rowsOf(db, rows).map(withoutId)).toEqual(exported.map(withoutId));
    db.close();
    await runner.down();
    expect(rowsOf(db, rows)).toEqual(before);
    db.close();
    expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [], updated: [] });
    expect((await runner.up()).applied).toMatchObject([{ name: 'tags' }]);
    await runner.close();
  });
});

describe('mirror', () => {
  it('is shown by a plan, a status and their documents', async () => {
    const { runner } = await adopted();
    const mirror = { tool: 'Knex', table: 'knex_migrations', behind: 0 };
    expect((await runner.plan()).mirror).toEqual(mirror);
    expect((await runner.status()).mirror).toEqual(mirror);
    await runner.up();
    expect((await runner.plan()).mirror).toBeUndefined();
    await runner.close();
  });

  it.each([
    [
      'without rowids, by number',
      '"migrations" (version INTEGER PRIMARY KEY, applied_at TEXT) WITHOUT ROWID',
      "(1, '2024-01-01 00:00:00'), (2, '2024-01-01 00:00:00')",
      [[3, 19]],
    ],
    [
      'without rowids, by name',
      '"migrations" (name TEXT PRIMARY KEY, applied_at TEXT) WITHOUT ROWID',
      "('001_users.sql', '2024-01-01 00:00:00'), ('002_roles.sql', '2024-01-01 00:00:00')",
      [['003_tags.sql', 19]],
    ],
    [
      'with upper case and a generated column',
      '"Migrations" (Version INTEGER PRIMARY KEY, Applied_At TEXT, kind TEXT AS (Version || Applied_At))',
      "(1, '2024-01-01 00:00:00'), (2, '2024-01-01 00:00:00')",
      [[3, 19]],
    ],
  ])('knows a table of the application %s', async (_, table, rows, expected) => {
    const [name, columns] = [/^"\w+"/.exec(table)![0], /\((\w+) .*?(applied_at)/i.exec(table)!];
    const db = migrated(`CREATE TABLE ${table}; INSERT INTO ${name} (${columns[1]}, ${columns[2]}) VALUES ${rows}`);
    const runner = runnerOn(db);
    await runner.adopt();
    expect((await runner.exportTo({ to: 'own', dryRun: true })).added).toEqual([]);
    await runner.up();
    const newest = `SELECT ${columns[1]}, length(applied_at) FROM ${name} ORDER BY 1 LIMIT -1 OFFSET 2`;
    expect(rowsOf(db, newest)).toEqual(expected);
    db.close();
    await runner.down();
    expect((await runner.exportTo({ to: 'own' })).removed).toEqual([]);
    expect(rowsOf(db, newest)).toEqual([]);
    db.close();
    await runner.close();
    const without = runnerOn(db, plainFiles, { mirror: false });
    await without.up();
    expect((await without.exportTo({ to: 'own' })).added).toMatchObject([{ recorded: String(expected[0]![0]) }]);
    await without.close();
  });

  it('refuses a table whose names are computed, before anything runs', async () => {
    const columns = 'name TEXT AS (substr(script, 1, 9)), applied_at TEXT, description TEXT';
    const db = migrated(`CREATE TABLE migrations (${columns.replace('script', 'description')});
      INSERT INTO migrations (description) VALUES ('001_users'), ('002_roles')`);
    const runner = runnerOn(db);
    await runner.adopt();
    expect((await failureOf(() => runner.up())).message).toContain(
      'the column "name", which identifies it, is computed',
    );
    await runner.close();
  });

  it.each([`"my ""knex"" migrations"`, `"it's [knex]; migrations"`])('knows a table called %s', async (name) => {
    const db = migrated(knex.replaceAll(/`?knex_migrations\b`?/g, name));
    const runner = runnerOn(db);
    await runner.adopt();
    await runner.up();
    expect(db.column(`SELECT name FROM ${name}`)).toHaveLength(3);
    db.close();
    await runner.redo();
    await runner.down();
    expect(db.column(`SELECT name FROM ${name}`)).toHaveLength(2);
    await runner.close();
  });

  it('first writes what an earlier run without it has done', async () => {
    const files: Files = { ...plainFiles, '004_more.sql': 'CREATE TABLE more (x);' };
    const { db, runner } = await adopted(files, { mirror: false });
    await runner.up({ steps: 1 });
    expect(await runner.status()).not.toHaveProperty('mirror');
    expect(knexNames(db)).toHaveLength(2);
    await runner.close();
    const later = runnerOn(db, files);
    expect((await later.plan()).mirror).toMatchObject({ behind: 1 });
    expect((await later.status()).mirror).toMatchObject({ behind: 1 });
    await later.up();
    expect(knexNames(db)).toEqual(['001_users.ts', '002_roles.ts', '003_tags.ts', '004_more.ts']);
    await later.close();
  });

  it('rolls a migration back whose row the table refuses, and keeps those before it', async () => {
    const files = { ...plainFiles, '004_more.sql': 'CREATE TABLE more (x);', '005_last.sql': 'CREATE TABLE last (x);' };
    const { db, runner } = await adopted(files);
    db.exec(`CREATE TRIGGER no_more BEFORE INSERT ON knex_migrations WHEN NEW.name = '004_more.ts'
      BEGIN SELECT RAISE(ABORT, 'not this one'); END`);
    db.close();
    const failure = await failureOf(() => runner.up());
    expect(failure).toMatchObject({
      code: 'MIRROR_FAILED',
      message: '004_more could not be recorded in the table "knex_migrations" of Knex as well: not this one.',
      migration: { version: 4 },
      applied: [{ version: 3 }],
    });
    expect(failure.hint).toContain('`dunlin export --to knex_migrations --dry-run`');
    expect(knexNames(db)).toEqual(['001_users.ts', '002_roles.ts', '003_tags.ts']);
    expect(db.versions('dunlin_migrations')).toEqual([1, 2, 3]);
    expect(db.value("SELECT count(*) FROM sqlite_schema WHERE name = 'more'")).toBe(0);
    await runner.close();
  });

  it('writes one row for each migration of a set, of a run in one transaction, and of code', async () => {
    const files = {
      ...plainFiles,
      '004_a.sql': '-- dunlin: together 5\nCREATE TABLE a (x);',
      '005_b.sql': 'CREATE TABLE b (x);',
      '006_c.mjs': { up: (db: { exec(sql: string): void }) => db.exec('CREATE TABLE c (x)') } as never,
    };
    const { db, runner } = await adopted(files, { atomic: 'run' });
    await runner.up();
    expect(knexNames(db)).toEqual(Object.keys(files).map((name) => name.replace(/\.\w+$/, '.ts')));
    expect(new Set(db.column('SELECT batch FROM knex_migrations WHERE id > 2'))).toEqual(new Set([4]));
    await runner.close();
  });

  it('writes the rows of a migration outside a transaction, and of each transaction of a run', async () => {
    const files = {
      ...plainFiles,
      '004_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;',
      '005_last.sql': 'CREATE TABLE last (x);',
    };
    const { db, runner } = await adopted(files, { commit: 'migration' });
    await runner.up();
    expect(knexNames(db)).toEqual(Object.keys(files).map((name) => name.replace(/\.sql$/, '.ts')));
    await runner.close();
  });

  it('says that a migration outside a transaction stays when its row is refused', async () => {
    const files = { ...plainFiles, '004_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;' };
    const { db, runner } = await adopted(files);
    db.exec(`CREATE TRIGGER none BEFORE INSERT ON knex_migrations WHEN NEW.name LIKE '004%'
      BEGIN SELECT RAISE(ABORT, 'not this one'); END`);
    db.close();
    const failure = await failureOf(() => runner.up());
    expect(failure).toMatchObject({
      code: 'MIRROR_FAILED',
      hint: expect.stringContaining('It ran outside a transaction'),
    });
    expect(db.versions('dunlin_migrations')).toEqual([1, 2, 3]);
    expect(knexNames(db)).toHaveLength(3);
    await runner.close();
  });

  it('takes none of the rows that it deletes for a loss', async () => {
    // A trigger that may delete from the table, so that its rows are counted.
    const trigger = `CREATE TRIGGER clean AFTER UPDATE ON users BEGIN DELETE FROM knex_migrations WHERE id < 0; END;`;
    const update = 'UPDATE users SET name = name;';
    const file = `-- === UP ===\n${update}\n-- === DOWN ===\n${update}`;
    const files = {
      ...plainFiles,
      '004_trigger.sql': trigger,
      '005_a.sql': file,
      '006_b.sql': file,
      '007_c.sql': file,
    };
    const { db, runner } = await adopted(files);
    await runner.up();
    await runner.down({ to: 4 });
    expect(knexNames(db)).toHaveLength(4);
    await runner.close();
  });

  it('rolls back several migrations of one run', async () => {
    const tag = (name: string): string =>
      `-- === UP ===\nCREATE TABLE ${name} (x);\n-- === DOWN ===\nDROP TABLE ${name};`;
    const files = { ...plainFiles, '004_a.sql': tag('a'), '005_b.sql': tag('b') };
    const { db, runner } = await adopted(files);
    await runner.up();
    await runner.down({ to: 2 });
    expect(knexNames(db)).toEqual(['001_users.ts', '002_roles.ts']);
    db.close();
    await runner.to(4);
    expect(knexNames(db)).toHaveLength(4);
    await runner.close();
  });

  it('writes what a baseline records after an adoption, and nothing before one', async () => {
    const { db, runner } = await adopted();
    db.exec('CREATE TABLE tags (id INTEGER PRIMARY KEY)');
    db.close();
    await runner.baseline(3);
    expect(knexNames(db)).toEqual(['001_users.ts', '002_roles.ts', '003_tags.ts']);
    await runner.close();
    const fresh = migrated(knex);
    const without = runnerOn(fresh, { '001_start.sql': `${texts.users}${texts.roles}` });
    await without.baseline(1);
    expect(knexNames(fresh)).toHaveLength(2);
    await without.close();
  });

  it('writes nothing of a baseline that the tool has recorded itself', async () => {
    const { db, runner } = await adopted();
    db.exec(
      `CREATE TABLE tags (id INTEGER PRIMARY KEY); INSERT INTO knex_migrations (name, batch) VALUES ('003_tags.ts', 4)`,
    );
    db.close();
    await runner.baseline(3);
    expect(knexNames(db)).toHaveLength(3);
    await runner.close();
  });

  it('records the checksum of a text that a repair has accepted', async () => {
    const { to, sql } = sampleOf('sqlx');
    const db = migrated(sql);
    const runner = runnerOn(db);
    await runner.adopt();
    await runner.up();
    await runner.close();
    const files = { ...plainFiles, '003_tags.sql': texts.tags.replace('PRIMARY KEY', 'PRIMARY KEY, x') };
    const later = runnerOn(db, files);
    const checksum = (): unknown => db.value('SELECT hex(checksum) FROM _sqlx_migrations WHERE version = 3');
    const before = checksum();
    await later.repair([3]);
    expect(checksum()).not.toBe(before);
    expect(await later.exportTo({ to })).toMatchObject({ updated: [] });
    await later.close();
  });

  it('has nothing to do with databases that are only tried', async () => {
    const { db, runner } = await adopted();
    db.exec('CREATE TRIGGER none BEFORE INSERT ON knex_migrations BEGIN SELECT RAISE(ABORT, "never"); END');
    db.close();
    expect((await runner.check({ replay: true })).problems.map(({ code }) => code)).toEqual(['SCHEMA_DRIFT']);
    expect(await runner.try(3)).toMatchObject({ up: { version: 3 } });
    await runner.close();
  });

  it.each<[string, string, Partial<MigrateOptions>, string, string]>([
    [
      'a tool that was named has none',
      knex,
      { mirror: 'goose' },
      'it has no table in the database, only the table',
      'Let goose make',
    ],
    [
      'the tool holds its lock',
      `${knex}; UPDATE knex_migrations_lock SET is_locked = 1`,
      {},
      'its lock "knex_migrations_lock" is taken',
      'with Knex first',
    ],
    [
      'there are two',
      `${knex}; ${sampleOf('kysely').sql}`,
      {},
      'there are the table "knex_migrations" of Knex and the table "kysely_migration" of Kysely',
      "`mirror: 'knex_migrations'`",
    ],
    [
      'the tool has applied what is pending',
      knex,
      {},
      'it records 002_roles.ts as applied, and 002_roles is pending here',
      '`dunlin adopt`',
    ],
    [
      'the tool’s own rows cannot be made',
      `CREATE TABLE atlas_schema_revisions (version TEXT, description TEXT, applied INT, total INT, hash TEXT, operator_version TEXT, executed_at TEXT)`,
      {},
      'the row of 001_users is not known: Atlas counts',
      'Let that tool record it',
    ],
  ])('refuses before anything runs: %s', async (_, sql, options, line, remedy) => {
    const db = openTestDatabase();
    db.exec(sql);
    const files = line.includes('002_roles') ? { '002_roles.sql': texts.roles } : plainFiles;
    const runner = runnerOn(db, files, { otherTool: 'allow', ...options });
    const before = db.content();
    const failure = await failureOf(() => runner.up());
    expect(failure).toMatchObject({ code: 'MIRROR_REFUSED', message: expect.stringContaining(line) });
    expect(failure.hint).toContain(remedy);
    expect((await runner.plan()).problems).toMatchObject([{ code: 'MIRROR_REFUSED' }]);
    db.close();
    expect(db.content()).toBe(before);
    await runner.close();
  });

  it('refuses where the table of the adoption has another name, until that is named', async () => {
    const { db, runner } = await adopted();
    db.exec('ALTER TABLE knex_migrations RENAME TO old_migrations');
    db.close();
    const failure = await failureOf(() => runner.up());
    expect(failure.message).toContain(
      'knex_migrations: it has no table in the database, only the table "old_migrations"',
    );
    expect(failure.hint).toContain("`mirror: '<table>'`");
    expect((await runner.status()).problems).toMatchObject([{ code: 'MIRROR_REFUSED' }]);
    await runner.close();
    const named = runnerOn(db, plainFiles, { mirror: 'old_migrations' });
    await named.up();
    expect(db.column('SELECT name FROM old_migrations')).toHaveLength(3);
    await named.close();
  });

  it('refuses to roll back without a file what the tool records', async () => {
    const { db, runner } = await adopted();
    await runner.up();
    await runner.close();
    const { '003_tags.sql': _, ...two } = plainFiles;
    const without = runnerOn(db, two);
    const failure = await failureOf(() => without.down());
    expect(failure).toMatchObject({
      code: 'MIRROR_REFUSED',
      message: expect.stringContaining('there is no file by which 3 tags'),
    });
    await without.close();
    // The tool does not know it.
    db.exec("DELETE FROM knex_migrations WHERE name = '003_tags.ts'");
    const again = runnerOn(db, two, { mirror: 'knex' });
    expect((await failureOf(() => again.down())).message).toContain('there is no file for 3 tags');
    await again.close();
  });

  it('rolls back what the tool does not record', async () => {
    const files = { ...plainFiles, '002_roles.sql': `-- === UP ===\n${texts.roles}\n-- === DOWN ===\nSELECT 1;` };
    const { db, runner } = await adopted(files);
    db.exec("DELETE FROM knex_migrations WHERE name = '002_roles.ts'");
    db.close();
    await runner.down();
    expect(knexNames(db)).toEqual(['001_users.ts']);
    expect(db.versions('dunlin_migrations')).toEqual([1]);
    await runner.close();
  });

  it('rolls back without its file what was only adopted and the tool has forgotten', async () => {
    const files = { ...plainFiles, '002_roles.sql': `-- === UP ===\n${texts.roles}\n-- === DOWN ===\nSELECT 1;` };
    const { db, runner } = await adopted(files);
    await runner.close();
    db.exec("DELETE FROM knex_migrations WHERE name = '002_roles.ts'");
    const { '002_roles.sql': _, ...others } = files;
    const later = runnerOn(db, others);
    await later.down();
    expect(db.versions('dunlin_migrations')).toEqual([1]);
    expect(knexNames(db)).toEqual(['001_users.ts']);
    await later.close();
  });

  it('rolls back past a missing file with a tool that records the newest only', async () => {
    const tag = (name: string): string =>
      `-- === UP ===\nCREATE TABLE ${name} (x);\n-- === DOWN ===\nDROP TABLE ${name};`;
    const files = {
      '001_users.sql': texts.users,
      '002_roles.sql': texts.roles,
      '003_a.sql': tag('a'),
      '004_b.sql': tag('b'),
    };
    const db = migrated(sampleOf('golang-migrate').sql);
    const runner = runnerOn(db, files);
    await runner.adopt();
    await runner.up();
    await runner.close();
    const { '003_a.sql': _, ...others } = files;
    const later = runnerOn(db, others);
    await later.down({ to: 2 });
    expect(db.rows('SELECT version FROM schema_migrations')).toEqual([{ version: 2 }]);
    expect(db.versions('dunlin_migrations')).toEqual([1, 2]);
    await later.close();
  });

  it('leaves the row of a file that a repair has forgotten', async () => {
    const files: Files = { ...plainFiles, '004_more.sql': 'CREATE TABLE more (x);' };
    const { db, runner } = await adopted(files);
    await runner.up();
    await runner.close();
    const { '003_tags.sql': _, ...others } = files;
    const later = runnerOn(db, others);
    await later.repair([3]);
    expect(db.versions('dunlin_migrations')).toEqual([1, 2, 4]);
    expect(knexNames(db)).toHaveLength(4);
    db.close();
    expect((await later.status()).mirror).toMatchObject({ behind: 0 });
    await later.close();
  });

  it('writes what the filename layout has recorded, which has no times', async () => {
    const { db, runner } = await adopted(plainFiles, { layout: 'filename', mirror: false });
    await runner.up();
    expect((await runner.exportTo({ to: 'knex' })).added).toMatchObject([{ recorded: '003_tags.ts' }]);
    expect(knexNames(db)).toHaveLength(3);
    await runner.close();
  });

  it('refuses a gap below the newest for a tool that records that only', async () => {
    const files = { '001_users.sql': texts.users, '002_roles.sql': texts.roles, '004_a.sql': 'CREATE TABLE a (x);' };
    const db = migrated(sampleOf('golang-migrate').sql);
    const runner = runnerOn(db, files);
    await runner.adopt();
    await runner.up();
    await runner.close();
    const gap = { ...files, '003_late.sql': 'CREATE TABLE late (x);', '005_b.sql': 'CREATE TABLE b (x);' };
    const later = runnerOn(db, gap, { otherTool: 'allow', outOfOrder: 'allow' });
    await later.up();
    expect(db.rows('SELECT version FROM schema_migrations')).toEqual([{ version: 5 }]);
    await later.close();
  });
});
