import { describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { failureOf, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { plainFiles, texts } from './adopt-samples.ts';

/** A database with the first two migrations and the table that the application keeps of them. */
function migrated(columns: string, rows: string): { db: TestDatabase; runner: MigrationRunner } {
  const db = openTestDatabase();
  db.exec(`${texts.users}${texts.roles}CREATE TABLE migrations (${columns}); INSERT INTO migrations VALUES ${rows}`);
  db.close();
  const options = { database: db.path, migrations: plainFiles, tables: { migrations: 'dunlin' } } as const;
  return { db, runner: new MigrationRunner({ ...options, backup: 'off', mirror: true }) };
}

const newestOf = (db: TestDatabase): unknown => db.rows('SELECT * FROM migrations ORDER BY rowid DESC LIMIT 1')[0];

describe("a run that keeps an application's own table in step", () => {
  it.each([
    ['sql/001-users.sql', 'sql/002-roles.sql', 'sql/003-tags.sql'],
    ['db\\001_users.SQL', 'db\\002_roles.SQL', 'db\\003_tags.SQL'],
    ['0001_USERS', '0002_ROLES', '0003_TAGS'],
    ['1', '2', '3'],
    ['v001', 'v002', 'v003'],
    ['Users', 'Roles', 'Tags'],
  ])('names a migration as the newest row does: %s, %s', async (one, two, three) => {
    const { db, runner } = migrated('name TEXT', `('${one}'), ('${two}')`);
    await runner.adopt({ version: 2 });
    await runner.up();
    expect(newestOf(db)).toEqual({ name: three });
    db.close();
    expect(await runner.exportTo({ to: 'own' })).toMatchObject({ added: [], removed: [] });
    await runner.close();
  });

  it('finds by the last part of its path what a row names', async () => {
    const { runner } = migrated('name TEXT', `('sql/001_users.sql'), ('sql/002_roles.sql')`);
    expect((await runner.adopt()).migrations).toMatchObject([{ version: 1 }, { version: 2 }]);
    await runner.close();
  });

  it.each([
    ['name TEXT', "('a'), ('roles-7-final')", 'name'],
    ['version INTEGER', '(17), (18)', 'version'],
    ['name TEXT, md5 TEXT', "('001_users', 'a'), ('002_roles', 'b')", 'md5'],
    ['name TEXT, hash TEXT', "('001_users', 'a')", 'hash'],
    ['name TEXT, applied_by TEXT', "('001_users', 'ada'), ('002_roles', 'grace')", 'applied_by'],
    ['name TEXT, applied INTEGER', "('001_users', 1), ('002_roles', 2)", 'applied'],
    ['name TEXT, executed TEXT', "('001_users', 'monday'), ('002_roles', 'friday')", 'executed'],
    ['name TEXT, duration INTEGER', "('001_users', 3), ('002_roles', 5)", 'duration'],
    ['name TEXT, description TEXT', "('001_users', 'first'), ('002_roles', 'second')", 'description'],
  ])('refuses a column that it cannot know, before anything runs: (%s)', async (columns, rows, column) => {
    const { db, runner } = migrated(columns, rows);
    await runner.adopt({ version: 2 });
    const failure = await failureOf(() => runner.up());
    expect(failure).toMatchObject({ code: 'MIRROR_REFUSED' });
    expect(failure.message).toContain(`what the application writes into the column "${column}" is not known`);
    expect(db.column("SELECT name FROM sqlite_schema WHERE name = 'tags'")).toEqual([]);
    await runner.close();
  });

  it.each([
    ['executed INTEGER', 1, 1],
    ['applied INTEGER', 1, 1],
    ['batch INTEGER', 1, 1],
    ['applied_by TEXT', "'deploy'", 'deploy'],
    ['md5 TEXT', 'NULL', null],
    ['applied_by TEXT', "CASE name WHEN '001_users' THEN 'ada' END", null],
    ['description TEXT', 'NULL', null],
    ['description TEXT', 'substr(name, 5)', 'tags'],
  ])('writes what all rows have in a column: %s', async (column, value, expected) => {
    const name = column.split(' ')[0]!;
    const { db, runner } = migrated(`name TEXT, ${column}`, "('001_users', NULL), ('002_roles', NULL)");
    db.exec(`UPDATE migrations SET ${name} = ${value}`);
    db.close();
    await runner.adopt();
    await runner.up();
    expect(newestOf(db)).toEqual({ name: '003_tags', [name]: expected });
    await runner.close();
  });

  it.each([
    ['at TEXT', "'2024-01-01T00:00:00.000Z'", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/],
    ['at TEXT', "'2024-01-01T00:00:00Z'", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/],
    ['at TEXT', "'2024-01-01 00:00:00.000000'", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}000$/],
    ['at TEXT', "'2024-01-01 00:00:00+00:00'", /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00$/],
    ['at TEXT', "'2024-01-01'", /^\d{4}-\d\d-\d\d$/],
    ['at TEXT', "'1704067200'", /^\d{10}$/],
    ['at INTEGER', '1704067200000', /^\d{13}$/],
    ['duration_ms INTEGER', 'rowid * 3000000', /^\d{1,6}$/],
  ])('writes a time as the newest row has it: %s, %s', async (column, value, form) => {
    const name = column.split(' ')[0]!;
    const { db, runner } = migrated(`name TEXT, ${column}`, "('001_users', NULL), ('002_roles', NULL)");
    db.exec(`UPDATE migrations SET ${name} = ${value}`);
    db.close();
    await runner.adopt();
    await runner.up();
    expect(db.column(`SELECT typeof(${name}) FROM migrations`)).toHaveLength(3);
    const [type, ...others] = new Set(db.column(`SELECT typeof(${name}) FROM migrations`));
    expect([type, others]).toEqual([column.includes('TEXT') ? 'text' : 'integer', []]);
    expect(String(db.column(`SELECT ${name} FROM migrations WHERE rowid = 3`)[0])).toMatch(form);
    await runner.close();
  });

  it('writes the time of Knex in the form that its rows have', async () => {
    const { db, runner } = migrated(
      'id INTEGER PRIMARY KEY, name TEXT, batch INTEGER, migration_time TEXT',
      "(1, '001_users.js', 1, '2024-01-01T00:00:00.000Z'), (2, '002_roles.js', 1, '2024-01-01T00:00:00.000Z')",
    );
    await runner.adopt();
    await runner.up();
    expect(newestOf(db)).toMatchObject({ name: '003_tags.js', migration_time: expect.stringMatching(/^2\d+-.*Z$/) });
    await runner.close();
  });

  it.each([
    ['name TEXT, done INTEGER', "('001_users', 1), ('002_roles', 1)", { name: '003_tags', done: 1 }],
    [
      'path TEXT, ran_on TEXT',
      "('m/001_users.sql', '2024-01-01'), ('m/002_roles.sql', '2024-01-01')",
      { path: 'm/003_tags.sql' },
    ],
  ])('knows a table of (%s)', async (columns, rows, expected) => {
    const { db, runner } = migrated(columns, rows);
    await runner.adopt();
    await runner.up();
    expect(newestOf(db)).toMatchObject(expected);
    await runner.close();
  });

  it('does not adopt what is not done', async () => {
    const { runner } = migrated('name TEXT, done INTEGER', "('001_users', 1), ('002_roles', 0)");
    expect((await failureOf(() => runner.adopt())).message).toContain('002_roles did not finish');
    await runner.close();
  });

  it('says of a table with other columns that it is here', async () => {
    const { runner } = migrated('name TEXT, colour TEXT', "('001_users', 'red')");
    await runner.baseline(2);
    const failure = await failureOf(() => runner.exportTo({ to: 'migrations' }));
    expect(failure.message).toContain('the table "migrations" is here, but its columns are not those of');
    await runner.close();
  });
});
