import { readFileSync } from 'node:fs';
import BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

let folder: Folder;
beforeEach(() => {
  folder = new Folder({
    'migrations/001_users.sql':
      'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT DEFAULT 0); CREATE INDEX by_email ON users (email);',
    'migrations/002_posts.sql':
      'CREATE TABLE posts (id INTEGER PRIMARY KEY, user REFERENCES users); ALTER TABLE users ADD COLUMN name TEXT; CREATE VIEW v AS SELECT id FROM users;',
  });
});
afterEach(() => folder.remove());

/** The same schema: in another order, and written differently. */
const wanted = `CREATE TABLE posts (id INTEGER PRIMARY KEY, user, FOREIGN KEY (user) REFERENCES users (id));
CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT DEFAULT (0));
CREATE INDEX by_email ON users (email ASC);
CREATE VIEW v AS SELECT id FROM users;
`;
const check = (...options: string[]): ReturnType<Folder['run']> =>
  folder.run(['check', '-d', 'app.db', '--allow-pending', ...options]);
/** The messages of the problems, without what all begin with. */
const differences = async (...options: string[]): Promise<readonly string[]> => {
  const { out } = await check(...options, '--json');
  const { problems } = JSON.parse(out) as { problems: readonly { message: string }[] };
  return problems.map(({ message }) => message.replace('The migrations do not make the schema of ', ''));
};

describe('check --against', () => {
  it('finds no difference in order or spelling', async () => {
    folder.write('schema.sql', wanted);
    expect(await check('--against', 'schema.sql')).toMatchObject({
      code: 0,
      out: expect.stringContaining('all in order'),
    });
  });

  it('names each difference, and the command that shows it', async () => {
    folder.write(
      'schema.sql',
      wanted
        .replace('name TEXT', 'name TEXT NOT NULL, nick')
        .replace('CREATE VIEW v AS SELECT id', 'CREATE VIEW v AS SELECT email')
        .replace(
          'CREATE INDEX by_email ON users (email ASC);',
          'CREATE TABLE tags (name); CREATE INDEX by_name ON tags (name);',
        ),
    );
    const found = await check('--against', 'schema.sql');
    expect(found.code).toBe(3);
    expect(await differences('--against', 'schema.sql')).toEqual([
      'schema.sql: table tags is missing.',
      'schema.sql: index by_name on tags is missing.',
      'schema.sql: table users: column name differs in NOT NULL; column nick is missing.',
      'schema.sql: index by_email on users is made, and schema.sql has none.',
      'schema.sql: view v differs.',
    ]);
    expect(found.err).toContain('dunlin diff 2 schema.sql');
    expect((await folder.run(['diff', '2', 'schema.sql', '--exit-code'])).code).toBe(3);
  });

  it('compares with a database, without the tables of the tool that made it', async () => {
    const db = new BetterSqlite3('wanted.db');
    db.exec(wanted);
    db.exec('CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)');
    db.exec('CREATE TABLE knex_migrations_lock ("index" integer PRIMARY KEY, is_locked integer)');
    db.close();
    expect((await check('--against', 'wanted.db')).code).toBe(0);
    expect((await check('--against', 'none.db')).err).toContain('DATABASE_NOT_FOUND');
  });

  it('names a renamed, a removed and a changed part', async () => {
    folder.write(
      'schema.sql',
      wanted
        .replace('name TEXT, email TEXT DEFAULT (0)', 'email TEXT DEFAULT (0), label TEXT')
        .replace('REFERENCES users (id)', 'REFERENCES users (id) ON DELETE CASCADE'),
    );
    expect(await differences('--against', 'schema.sql')).toEqual([
      'schema.sql: table posts: column user differs in REFERENCES; FOREIGN KEY (user) REFERENCES users(id) ON DELETE CASCADE is missing.',
      'schema.sql: table users: column name is called label in schema.sql.',
    ]);
  });

  it('counts what repeatable migrations make', async () => {
    folder.write('schema.sql', `${wanted}CREATE VIEW w AS SELECT name FROM users;`);
    expect(await differences('--against', 'schema.sql')).toEqual(['schema.sql: view w is missing.']);
    folder.write('migrations/R__w.sql', 'DROP VIEW IF EXISTS w; CREATE VIEW w AS SELECT name FROM users;');
    expect(await differences('--against', 'schema.sql')).toEqual([]);
  });

  it('says that the migrations cannot run in an empty database', async () => {
    folder.write('schema.sql', wanted);
    folder.write('migrations/003_broken.sql', 'INSERT INTO none VALUES (1)');
    const found = await check('--against', 'schema.sql', '--quick');
    expect(found.code).toBe(3);
    expect(found.err).toContain('REPLAY_FAILED');
  });
});

describe('check --against-command', () => {
  it('takes what the command prints, or the database that it makes', async () => {
    folder.write('schema.sql', wanted);
    expect((await check('--against-command', 'cat schema.sql')).code).toBe(0);
    folder.write(
      'make.cjs',
      `const Database = require(${JSON.stringify(require.resolve('better-sqlite3'))});
       new Database(process.env.DUNLIN_TARGET).exec(require('node:fs').readFileSync('schema.sql', 'utf8'));
       console.log('made');`,
    );
    expect((await check('--against-command', `"${process.execPath}" make.cjs`)).code).toBe(0);
    folder.write('schema.sql', wanted.replace('name TEXT', 'name BLOB'));
    const found = await check('--against-command', `"${process.execPath}" make.cjs`);
    expect(found.code).toBe(3);
    expect(found.err.replaceAll(/\s+/g, ' ')).toContain('column name differs in type');
    expect(found.err).not.toContain('dunlin diff');
  });

  it.each([
    ['fails', 'echo "no schema found" >&2; exit 4', 'exit code 4: no schema found.'],
    ['is not there', 'no-such-command', 'exit code 127: '],
    ['gives nothing', 'true', 'it printed nothing and made no database at $DUNLIN_TARGET.'],
    ['makes a folder', 'mkdir "$DUNLIN_TARGET"', 'what it made at $DUNLIN_TARGET is a folder, not a database.'],
    [
      'prints something else',
      'echo Reading config',
      'it printed something else than SQL, in line 1: near "Reading": syntax error.',
    ],
  ])('names a command that %s', async (_, command, reason) => {
    const { code, err } = await check('--against-command', command);
    expect(code).toBe(1);
    expect(err).toContain('AGAINST_COMMAND_FAILED');
    expect(err.replaceAll(/\s+/g, ' ')).toContain(`gave no schema: ${reason}`);
  });

  it('runs once for all databases', async () => {
    folder.write('schema.sql', wanted);
    const of = (path: string): object => ({ path, migrations: 'migrations' });
    folder.write('dunlin.config.json', JSON.stringify({ databases: { one: of('one.db'), two: of('two.db') } }));
    const { code } = await folder.run([
      'check',
      '--all',
      '--allow-pending',
      '--against-command',
      'echo run >> runs; cat schema.sql',
    ]);
    expect([code, readFileSync('runs', 'utf8')]).toEqual([0, 'run\n']);
  });

  it('is refused beside --against', async () => {
    expect(await check('--against-command', 'true', '--against', 'x.sql')).toMatchObject({ code: 2 });
  });
});
