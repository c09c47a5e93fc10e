import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder, type Ran, type RunOptions } from './harness.ts';

const first = `-- === UP MIGRATION ===
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
CREATE VIEW people AS SELECT id, name FROM users;
-- === DOWN MIGRATION ===
DROP VIEW people;
DROP TABLE users;
`;
const view = 'CREATE VIEW people AS SELECT id, name FROM users;';

let folder: Folder;
beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': first });
});
afterEach(() => folder.remove());

const generate = (words: readonly string[], options: RunOptions = {}): Promise<Ran> =>
  folder.run(['generate', 'next', '-d', 'app.db', ...words], options);

/** Generates the migration to a schema, which is written to a file first. */
function toSchema(wanted: string, words: readonly string[] = [], options: RunOptions = {}): Promise<Ran> {
  folder.write('schema.sql', wanted);
  return generate(['--to', 'schema.sql', ...words], options);
}

const text = (): string => readFileSync('migrations/002_next.sql', 'utf8');
const added = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT, age INTEGER); ${view}`;
const renamed = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, mail TEXT, address TEXT); ${view}`;

describe('generate', () => {
  it('writes a migration that makes the schema, and then has nothing to do', async () => {
    const { code, out, err } = await toSchema(added);
    expect({ code, out }).toEqual({ code: 0, out: 'migrations/002_next.sql\n' });
    expect(err).toContain('It makes the schema of schema.sql: table users changed.');
    expect(err).toContain('Proven: up, down and up again on a scratch database with sample rows.');
    expect(text()).toContain('ALTER TABLE users ADD COLUMN age INTEGER;');
    expect(text()).toContain('ALTER TABLE users DROP COLUMN age;');
    expect((await folder.run(['up', '-d', 'app.db'])).code).toBe(0);
    expect(await generate(['--to', 'schema.sql'])).toMatchObject({
      code: 0,
      out: 'The migrations make the schema of schema.sql: there is nothing to do.\n',
    });
    expect((await folder.run(['check', '-d', 'app.db', '--against', 'schema.sql'])).code).toBe(0);
  });

  it('has its DOWN part also where the other files have no markers', async () => {
    folder.write(
      'migrations/001_users.sql',
      `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT); ${view}`,
    );
    const printed = (await toSchema(added, ['--dry-run'])).out;
    await generate(['--to', 'schema.sql']);
    expect(text()).toBe(printed);
    expect(text()).toMatch(/UP MIGRATION ===[^]*ADD COLUMN age INTEGER;[^]*DOWN MIGRATION ===[^]*DROP COLUMN age;/);
  });

  it('prints it with --dry-run, and as JSON', async () => {
    const { code, out } = await toSchema(added, ['--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('-- Migration: 002_next');
    const document = JSON.parse((await generate(['--to', 'schema.sql', '--dry-run', '--json'])).out) as object;
    expect(document).toMatchObject({ ok: true, file: null, losses: [], placeholders: [] });
    expect(readdirSync('migrations')).toEqual(['001_users.sql']);
    await generate(['--to', 'schema.sql', '--quiet']);
    expect(JSON.parse((await generate(['--to', 'schema.sql', '--json'])).out)).toMatchObject({ up: '', file: null });
  });

  it('reads the wanted schema of a command, or of a database', async () => {
    folder.write('schema.sql', added);
    const { out } = await generate(['--to-command', 'cat schema.sql']);
    expect(out).toBe('migrations/002_next.sql\n');
    const tool =
      'CREATE TABLE knex_migrations (id INTEGER PRIMARY KEY, name TEXT, batch INTEGER, migration_time TEXT);';
    new BetterSqlite3('wanted.db').exec(`${added} ${tool} CREATE INDEX by_name ON users (name);`).close();
    expect((await folder.run(['generate', 'index', '-d', 'app.db', '--to', 'wanted.db'])).code).toBe(0);
    expect((await generate(['--to', 'wanted.db'])).out).toContain('nothing to do');
  });

  it('says which rows may not fit', async () => {
    const { code, err } = await toSchema(
      `${first.split('\n')[1]!.replace('email TEXT', "email TEXT UNIQUE CHECK (email = 'only this')")} ${view}`,
    );
    expect(code).toBe(0);
    expect(err).toContain('rows of users may not fit, which depends on their values: CHECK constraint failed');
  });
});

describe('what was renamed', () => {
  it('is refused while it is undecided, with the command for each answer', async () => {
    const { code, err } = await toSchema(renamed);
    expect(code).toBe(1);
    const flat = err.replaceAll(/\s+/g, ' ');
    expect(flat).toContain('users.email is gone, and mail, address are new: renamed, or dropped?');
    expect(flat).toContain('`dunlin generate next --to schema.sql --rename "users.email=mail" -d app.db`');
    expect(flat).toContain('`dunlin generate next --to schema.sql --no-rename users.email -d app.db`');
    expect(existsSync('migrations/002_next.sql')).toBe(false);
  });

  it('is said by --rename', async () => {
    expect((await toSchema(renamed, ['--rename', 'users.email=mail'])).code).toBe(0);
    expect(text()).toContain('ALTER TABLE users RENAME COLUMN email TO mail;');
    expect(text()).toContain('ALTER TABLE users ADD COLUMN address TEXT;');
  });

  it('is nothing with --no-rename, and a line has to be deleted that says what is dropped', async () => {
    expect((await toSchema(renamed, ['--no-rename', 'users.email'])).code).toBe(0);
    expect(text()).toContain('{drops users.email}\n-- dunlin: destructive users.email\n');
    expect(text()).toContain('ALTER TABLE users DROP COLUMN email;');
    await folder.run(['up', '-d', 'app.db', '--to', '1']);
    new BetterSqlite3('app.db').exec("INSERT INTO users VALUES (1, 'Ada', 'ada@example.org')").close();
    expect((await folder.run(['up', '-d', 'app.db'])).err).toContain('CHARACTER_ILLEGAL');
    writeFileSync('migrations/002_next.sql', text().replace(/^\{drops.*\n/m, ''));
    expect((await folder.run(['up', '-d', 'app.db'])).code).toBe(0);
  });

  it.each([
    ['-- @renamed from=email', 'users.email', 'mail'],
    ['-- @renamed from="email"', 'users.email', 'mail'],
    ['/* @renamed from=[email] */', 'users.email', 'mail'],
  ])('is said by a comment in the schema: %s', async (comment) => {
    const wanted = `CREATE TABLE users (\n  id INTEGER PRIMARY KEY,\n  name TEXT,\n  mail TEXT ${comment}\n);\n${view}`;
    expect((await toSchema(wanted)).code).toBe(0);
    expect(text()).toContain('ALTER TABLE users RENAME COLUMN email TO mail;');
    // Once it is done the comment says nothing any more.
    expect((await generate(['--to', 'schema.sql'])).out).toContain('nothing to do');
  });

  it('is said by a comment at the table', async () => {
    const wanted = `CREATE TABLE accounts ( -- @renamed from=users
      id INTEGER PRIMARY KEY,
      -- @renamed from=name
      full_name TEXT,
      email TEXT
    );
    CREATE VIEW people AS SELECT id, full_name FROM accounts;`;
    expect((await toSchema(wanted)).code).toBe(0);
    expect(text()).toContain(
      'ALTER TABLE users RENAME COLUMN name TO full_name;\nALTER TABLE users RENAME TO accounts;',
    );
  });

  it('is asked on a terminal', async () => {
    const { code, err } = await toSchema(renamed, [], { columns: 100, answers: ['n\n', 'y\n'] });
    expect(code).toBe(0);
    expect(err).toContain('users.email is gone, and mail is new. Is it renamed?');
    expect(text()).toContain('ALTER TABLE users RENAME COLUMN email TO address;');
  });

  it('is asked on a terminal, and is nothing if all answers are no', async () => {
    const wanted = `CREATE TABLE accounts (id INTEGER PRIMARY KEY);`;
    expect((await toSchema(wanted, [], { columns: 100, answers: ['n\n'] })).code).toBe(0);
    expect(text()).toContain('{drops users}\n');
  });

  it.each([
    ['users.nme=mail', 'users has no column nme before'],
    ['users.email=mial', 'users has no column mial in the wanted schema'],
    ['usres=users', 'there is no table usres before'],
    ['usres.email=mail', 'there is no table usres before'],
    ['users=accounts', 'the wanted schema has no table accounts'],
  ])('is refused if there is no such thing: %s', async (rename, fact) => {
    const { code, err } = await toSchema(renamed, ['--rename', rename]);
    expect(code).toBe(1);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(fact);
  });

  it('has its names made free: swapped columns, a name that something else had', async () => {
    const wanted = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT); ${view}`;
    const renames = ['--rename', 'users.name=email', '--rename', 'users.email=name'];
    expect((await toSchema(wanted, renames)).code).toBe(0);
    expect(text()).toContain('RENAME COLUMN name TO dunlin_old_name;');
    const less = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); ${view}`;
    expect((await folder.run(['generate', 'less', '--to', 'less.sql', '-d', 'app.db'])).code).not.toBe(0);
    folder.write('less.sql', less);
    const onto = await folder.run([
      'generate',
      'less',
      '--to',
      'less.sql',
      '--rename',
      'users.email=name',
      '-d',
      'app.db',
    ]);
    expect(onto.err).toContain('It drops users.name. If that is intended');
  });
});

describe('values that the schemas do not tell', () => {
  const wanted = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL, email TEXT, age INTEGER NOT NULL); ${view}`;

  it('are placeholders, with which the file cannot run', async () => {
    const { code, err } = await toSchema(wanted);
    expect(code).toBe(0);
    expect(err.replaceAll(/\s+/g, ' ')).toContain('with sample values for the 2 that you have to give');
    expect(text()).toContain('{value of users.name}');
    expect((await folder.run(['up', '-d', 'app.db'])).err).toContain('CHARACTER_ILLEGAL');
    expect(existsSync('app.db')).toBe(false);
  });

  it('are given by --fill and --fill-down', async () => {
    const fills = ['--fill', "users.name='nobody'", '--fill', "users.age=length(coalesce(name, ''))"];
    expect((await toSchema(wanted, fills)).code).toBe(0);
    expect(text()).not.toContain('{value');
    await folder.run(['up', '-d', 'app.db', '--to', '1']);
    const database = new BetterSqlite3('app.db');
    database.exec("INSERT INTO users VALUES (1, 'Ada', NULL), (2, NULL, NULL)");
    writeFileSync('migrations/002_next.sql', text().replace(/^\{drops.*\n/m, ''));
    expect((await folder.run(['up', '-d', 'app.db'])).code).toBe(0);
    expect(database.prepare('SELECT name, age FROM users').raw().all()).toEqual([
      ['Ada', 3],
      ['nobody', 0],
    ]);
    database.close();
    const back = await toSchema(`${first.split('\n')[1]} ${view}`, [
      '--fill-down',
      "users.name='back'",
      '--fill-down',
      'users.age=7',
      '--no-rename',
      'users.age',
    ]);
    expect(back.code).toBe(0);
    expect(readFileSync('migrations/003_next.sql', 'utf8')).toContain("'back'");
  });

  it('are needed where a type converts', async () => {
    expect((await toSchema(wanted.replace('email TEXT', 'email INTEGER'), ['--sqlite', '3.44'])).code).toBe(0);
    expect(text()).toContain('-- users.email was TEXT and becomes INTEGER');
    expect(text()).toContain('{value of users.email}');
  });
});

describe('the proof', () => {
  it('also runs on a copy of the database, and writes nothing if it fails', async () => {
    expect((await toSchema(added, ['--with-data'])).err).toContain('app.db');
    await folder.run(['up', '-d', 'app.db']);
    new BetterSqlite3('app.db').exec("INSERT INTO users VALUES (1, 'Ada', 'a'), (2, 'Bob', 'a')").close();
    expect((await toSchema(added.replace('INTEGER)', 'INTEGER DEFAULT 7)'), ['--with-data', '--dry-run'])).code).toBe(
      0,
    );
    const unique = `${added} CREATE UNIQUE INDEX by_email ON users (email);`;
    const failed = await toSchema(unique, ['--with-data']);
    expect(failed.err).toContain('GENERATE_UNPROVEN');
    expect(failed.err.replaceAll(/\s+/g, ' ')).toContain('failed its proof on a copy of app.db');
    expect(existsSync('migrations/002_next.sql')).toBe(false);
    const printed = await toSchema(unique, ['--with-data', '--unproven', '--dry-run']);
    expect(printed.out).toContain('CREATE UNIQUE INDEX by_email ON users (email);');
    expect(printed.err).toContain('It failed its proof.');
  });

  it('refuses a virtual table that differs, and a view that does not fit', async () => {
    folder.write('migrations/002_search.sql', 'CREATE VIRTUAL TABLE search USING fts5(title);\n');
    const both = `${first.split('\n')[1]} ${view} CREATE VIRTUAL TABLE search USING fts5(title, body);`;
    expect((await toSchema(both)).err).toContain('GENERATE_VIRTUAL');
  });
});

describe('where it is written', () => {
  it('is the format of the folder, with its DOWN part', async () => {
    folder.rename('migrations/001_users.sql', 'other.sql');
    folder.write('migrations/000001_users.up.sql', `${first.split('\n')[1]}\n${view}\n`);
    folder.write('migrations/000001_users.down.sql', 'DROP VIEW people;\nDROP TABLE users;\n');
    const { code, out, err } = await toSchema(added);
    expect({ code, out }).toEqual({ code: 0, out: 'migrations/000002_next.up.sql\n' });
    expect(err).toContain('golang-migrate');
    expect(readFileSync('migrations/000002_next.down.sql', 'utf8')).toBe('ALTER TABLE users DROP COLUMN age;\n');
  });

  it('is proven in a folder of another tool whose first number is not 1', async () => {
    folder.rename('migrations/001_users.sql', 'other.sql');
    const made = `-- migrate:up\nCREATE TABLE users (id INTEGER PRIMARY KEY);\n-- migrate:down\nDROP TABLE users;\n`;
    folder.write('migrations/20240101000000_users.sql', made);
    const { code, out } = await toSchema('CREATE TABLE users (id INTEGER PRIMARY KEY, age INTEGER);');
    expect(code).toBe(0);
    expect(readFileSync(out.trim(), 'utf8')).toContain('-- migrate:down\nALTER TABLE users DROP COLUMN age;');
  });

  it('leaves what repeatable migrations make to them', async () => {
    folder.write(
      'migrations/R__people.sql',
      'DROP VIEW IF EXISTS names;\nCREATE VIEW names AS SELECT name FROM users;\n',
    );
    expect((await toSchema(`${first.split('\n')[1]} ${view}`)).out).toContain('nothing to do');
  });

  it.each([
    [[], 'Name the wanted schema'],
    [['--to', 'a.sql', '--to-command', 'b'], 'OPTIONS_CONFLICT'],
    [['--to', 'schema.sql', '--unproven'], '--unproven prints'],
    [['--to', 'schema.sql', '--rename', 'users'], '--rename is users.name=full_name'],
    [['--to', 'schema.sql', '--rename', 'users.a.b=c'], '--rename is users.name=full_name'],
    [['--to', 'schema.sql', '--no-rename', '1+1'], '--no-rename is users.name'],
    [['--to', 'schema.sql', '--no-rename', 'a+b'], '--no-rename is users.name'],
    [['--to', 'schema.sql', '--fill', 'users=1'], '--fill is users.age'],
    [['--to', 'schema.sql', '--fill-down', 'users.age='], '--fill-down is users.age'],
    [['--to', 'schema.sql', '--sqlite', 'three'], '--sqlite is a version'],
    [['--to', 'schema.sql', '--with-data'], 'app.db'],
  ])('needs its options right: %j', async (words, fact) => {
    folder.write('schema.sql', added);
    const { code, err } = await generate(words as string[]);
    expect(code).toBeGreaterThan(0);
    expect(err.replaceAll(/\s+/g, ' ')).toContain(fact);
  });
});
