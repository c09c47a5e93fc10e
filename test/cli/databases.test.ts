import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broken, Folder, notes, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users });
});
afterEach(() => folder.remove());

const many = {
  databases: {
    settings: { path: 'data/settings.db', migrations: 'sql/settings' },
    graph: { path: 'data/graph.db', migrations: 'sql/graph' },
    ontology: { path: 'data/ontology.db', migrations: 'sql/ontology' },
  },
};

function writeMany(config: object = many): void {
  folder.write('dunlin.config.json', JSON.stringify(config));
  folder.write('data/.keep', '');
  folder.write('sql/settings/001_users.sql', users);
  folder.write('sql/graph/001_notes.sql', notes);
  folder.write('sql/ontology/001_notes.sql', notes);
}

describe('which database', () => {
  it('none given: says the three ways, and which files are there', async () => {
    folder.write('shop.db', '');
    const { code, err } = await folder.run(['up']);
    expect(code).toBe(2);
    expect(err).toContain('error DATABASE_NOT_GIVEN\n\n  No database was given; this directory has shop.db.\n');
    expect(err).toContain('    `--database shop.db`\n');
    expect(err).toContain('    `DATABASE_PATH=shop.db` in the environment or in a .env file\n');
    expect(err).toContain('    a dunlin.config.json, which `dunlin init` writes\n');
  });

  it('flag, environment, .env, configuration: in this order', async () => {
    folder.write('dunlin.config.json', '{ "database": "config.db" }');
    expect((await folder.run(['status'])).out).toContain('config.db   version');
    folder.write('.env', 'DATABASE_PATH=dotenv.db\n');
    expect((await folder.run(['status'])).out).toContain('dotenv.db   version');
    const env = { DATABASE_PATH: 'env.db' };
    expect((await folder.run(['status'], { env })).out).toContain('env.db   version');
    expect((await folder.run(['status', '-d', 'flag.db'], { env })).out).toContain('flag.db   version');
  });

  it('MIGRATIONS_DIR and --migrations choose the directory', async () => {
    folder.write('sql/001_a.sql', notes);
    folder.write('sql/002_b.sql', users);
    const env = { MIGRATIONS_DIR: 'sql' };
    expect((await folder.run(['status', '-d', 'a.db'], { env })).out).toContain('2 pending');
    expect((await folder.run(['status', '-d', 'a.db', '-m', 'migrations'], { env })).out).toContain('1 pending');
  });

  it('finds db/migrations where there is no migrations', async () => {
    folder.remove();
    folder = new Folder({ 'db/migrations/001_users.sql': users });
    expect((await folder.run(['plan', '-d', 'a.db'])).out).toContain('db/migrations/001_users.sql');
  });

  it('DATABASE_URL may be an SQLite URL', async () => {
    expect((await folder.run(['status'], { env: { DATABASE_URL: 'file:./url.db' } })).out).toMatch(
      /url\.db {3}version/,
    );
  });

  it('the configuration may forbid writing by mode=ro', async () => {
    folder.write('dunlin.config.json', '{ "database": "file:ro.db?mode=ro" }');
    const { code, err } = await folder.run(['up']);
    expect(code).toBe(2);
    expect(err).toContain('error DATABASE_URL_READONLY');
    expect(existsSync('ro.db')).toBe(false);
    expect((await folder.run(['status'])).out).toContain('ro.db   version');
  });

  it('a path of the configuration that looks like a URL once it is shortened stays a path', async () => {
    folder.write('dunlin.config.json', '{ "database": "./sqlite:a.db" }');
    expect((await folder.run(['up'])).code).toBe(0);
    expect(existsSync('sqlite:a.db')).toBe(true);
    expect(existsSync('a.db')).toBe(false);
  });

  it('passes a postgres DATABASE_URL over with a note, and refuses it as a flag', async () => {
    folder.write('.env', 'DATABASE_URL=postgres://user:secret@host/db\n');
    folder.write('dunlin.config.json', '{ "database": "config.db" }');
    const { code, err } = await folder.run(['status']);
    expect(code).toBe(0);
    expect(err).toContain('note: DATABASE_URL is ignored: postgres: is not SQLite\n');
    expect((await folder.run(['status', '-d', 'a.db'])).err).not.toContain('DATABASE_URL');
    const flag = await folder.run(['status', '-d', 'postgres://user@host/db']);
    expect(flag.code).toBe(2);
    expect(flag.err).toContain('error URL_NOT_SQLITE');
  });
});

describe('several databases', () => {
  beforeEach(() => writeMany());

  it('asks for one where there is no default', async () => {
    const { code, err } = await folder.run(['status']);
    expect(code).toBe(2);
    expect(err).toContain('dunlin.config.json has 3 databases (settings, graph, ontology) and no default.');
    expect(err).toContain('`--database settings`');
  });

  it('takes the default, a name, several names, or all', async () => {
    writeMany({ ...many, default: 'graph' });
    expect((await folder.run(['status'])).out).toMatch(/^data\/graph\.db {3}version 0/);
    expect((await folder.run(['status', '-d', 'settings'])).out).toMatch(/^data\/settings\.db/);
    const two = await folder.run(['status', '-d', 'settings', '-d', 'ontology']);
    expect(two.out).toMatch(/^settings\ndata\/settings\.db[^]*\n\nontology\ndata\/ontology\.db/);
    expect((await folder.run(['up', '--all'])).out).toMatch(/^settings\n[^]*\n\ngraph\n[^]*\n\nontology\n/);
    expect(existsSync('data/ontology.db')).toBe(true);
  });

  it('one that fails does not hide the others, and the exit code is the worst', async () => {
    folder.write('sql/settings/002_lower.sql', broken);
    const { code, out, err } = await folder.run(['up', '--all']);
    expect(code).toBe(1);
    expect(err).toContain('error STATEMENT_FAILED  settings  sql/settings/002_lower.sql:3:21\n');
    expect(out).toContain('data/graph.db is at version 1\n');
    expect(out).toContain('data/ontology.db is at version 1\n');
  });

  it('notes say whose they are', async () => {
    folder.write('sql/graph/README.md', '');
    const { err } = await folder.run(['status', '--all']);
    expect(err).toContain('note: graph: README.md is ignored');
    expect(err).toContain('note: ontology: data/ontology.db does not exist yet');
  });

  it('--all --json is one document', async () => {
    folder.write('sql/settings/002_lower.sql', broken);
    const { code, out } = await folder.run(['up', '--all', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      command: 'up',
      ok: false,
      databases: [
        { name: 'settings', database: 'data/settings.db', ok: false, error: { code: 'STATEMENT_FAILED' } },
        { name: 'graph', ok: true, to: 1 },
        { name: 'ontology', ok: true },
      ],
    });
  });

  it('Ctrl-C at a question ends all of it', async () => {
    await folder.run(['up', '--all']);
    const { code } = await folder.run(['redo', '--all'], { columns: 80, answers: ['\u0003'] });
    expect(code).toBe(130);
  });

  it('a name with a slip is no new file', async () => {
    const { code, err } = await folder.run(['up', '-d', 'settigns']);
    expect(code).toBe(2);
    expect(err).toContain('dunlin.config.json has no database "settigns"; it has settings, graph, ontology.');
    expect(err).toContain('Did you mean settings?');
    expect((await folder.run(['up', '-d', 'zzzzzzzzzz'])).err).not.toContain('Did you mean');
    expect(existsSync('settigns')).toBe(false);
  });

  it('a path of the configuration keeps its settings', async () => {
    expect((await folder.run(['plan', '-d', './data/graph.db'])).out).toContain('sql/graph/001_notes.sql');
  });

  it('--all and --database exclude each other; --all needs a configuration', async () => {
    expect((await folder.run(['up', '--all', '-d', 'graph'])).err).toContain(
      '--all and --database cannot be given together.',
    );
    folder.remove();
    folder = new Folder();
    const { code, err } = await folder.run(['up', '--all']);
    expect(code).toBe(2);
    expect(err).toContain('error CONFIG_NEEDED');
  });
});

describe('options of the run', () => {
  it('--table names the tracking table, --layout its form', async () => {
    await folder.run(['up', '-d', 'a.db', '--table', 'my_migrations']);
    expect((await folder.run(['status', '-d', 'a.db', '--table', 'my_migrations'])).out).toContain('version 1');
    await folder.run([
      'up',
      '-d',
      'b.db',
      '--layout',
      'filename',
      '--table',
      'migrations',
      '--driver',
      'better-sqlite3',
    ]);
    expect((await folder.run(['status', '-d', 'b.db', '--layout', 'filename', '--table', 'migrations'])).out).toContain(
      '1 applied',
    );
  });

  it('the configuration gives them as well, and flags win', async () => {
    folder.write(
      'dunlin.config.json',
      JSON.stringify({
        database: 'a.db',
        tables: { migrations: 'mine' },
        driver: 'better-sqlite3',
        outOfOrder: 'allow',
      }),
    );
    await folder.run(['up']);
    expect(
      (await folder.run(['status', '-d', 'a.db', '--table', 'mine', '--config', 'dunlin.config.json'])).out,
    ).toContain('version 1');
    expect((await folder.run(['status', '--table', 'other'])).out).toContain('version 0');
  });

  it('--out-of-order lets older migrations run', async () => {
    folder.write('migrations/003_notes.sql', notes);
    await folder.run(['up', '-d', 'a.db']);
    folder.write('migrations/002_late.sql', 'CREATE TABLE late (id);');
    expect((await folder.run(['up', '-d', 'a.db'])).err).toContain('error OUT_OF_ORDER');
    expect((await folder.run(['up', '-d', 'a.db', '--out-of-order'])).code).toBe(0);
  });

  it('a wrong configuration is named before anything runs', async () => {
    folder.write('dunlin.config.json', '{ "databse": "a.db", "layout": "flat" }');
    const { code, err } = await folder.run(['up']);
    expect(code).toBe(2);
    expect(err).toContain('dunlin.config.json has 2 problems:');
    expect(err).toContain('`databse` is unknown (did you mean `database`?)');
    expect(existsSync('a.db')).toBe(false);
  });
});
