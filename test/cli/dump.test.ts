import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dunlinError } from '../../src/errors/index.ts';
import { writeTextFile } from '../../src/node/write-text-file.ts';
import { Folder, notes, users } from './harness.ts';

const files = { 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes };
const first = '-- A database schema, written by `dunlin dump`.';

describe('dunlin dump', () => {
  let folder: Folder;
  const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
  const on = ['-d', 'app.db'];
  beforeEach(async () => {
    folder = new Folder(files);
    await folder.run(['up', ...on, '--steps', '1', '--quiet']);
  });
  afterEach(() => folder.remove());

  it('prints SQL that makes another database', async () => {
    const { code, out, err } = await folder.run(['dump', ...on]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.startsWith(first)).toBe(true);
    const other = new Database(join(folder.path, 'other.db'));
    other.exec(out);
    other.close();
    const status = await folder.run(['status', '-d', 'other.db', '--check']);
    expect(status.out).toContain('1 applied, 1 pending');
    expect((await folder.run(['dump', '-d', 'other.db'])).out).toBe(out);
  });

  it('prints the same to a pipe, a wide and a narrow terminal', async () => {
    const { out } = await folder.run(['dump', ...on]);
    expect((await folder.run(['dump', ...on], { columns: 60 })).out).toBe(out);
    expect((await folder.run(['dump', ...on, '-o', '-'], { columns: 200, env: { FORCE_COLOR: '1' } })).out).toBe(out);
  });

  it('refuses an ending that says no format, before anything is done', async () => {
    for (const command of [
      ['dump', ...on, '-o', 'a.png'],
      ['up', ...on, '--dump', 'a.png'],
    ]) {
      const { code, err } = await folder.run(command);
      expect(code).toBe(2);
      expect(err).toContain('The ending of a.png says no format of a dump: .sql, .mmd, .mermaid');
      expect(err.includes('--format')).toBe(command[0] === 'dump');
    }
    expect(readdirSync(folder.path).toSorted()).toEqual(['app.db', 'migrations']);
    expect((await folder.run(['status', ...on, '--json'])).out).toContain('"version": 1,');
    await folder.run(['dump', ...on, '-o', 'a.png', '--format', 'svg']);
    expect(read('a.png')).toContain('<svg');
    await folder.run(['dump', ...on, '-o', 'schema']);
    expect(read('schema').startsWith(first)).toBe(true);
  });

  it.each([[''], ['--views']])('draws one box for a view that a key refers to, %s', async (views) => {
    const db = new Database(join(folder.path, 'other.db'));
    db.exec(
      'CREATE VIEW shown AS SELECT 1 AS id; CREATE VIEW other AS SELECT 2; CREATE TABLE c (v REFERENCES SHOWN (id))',
    );
    db.close();
    const drawn = async (format: string): Promise<string> =>
      (await folder.run(['dump', '-d', 'other.db', '--format', format, ...(views === '' ? [] : [views])])).out;
    const mermaid = await drawn('mermaid');
    expect(mermaid).toContain('"shown"["shown (view)"]');
    expect(mermaid).toContain('"shown" |o--o{ "c" : "v"');
    const texts = [mermaid, await drawn('dot'), await drawn('svg')];
    for (const text of texts) {
      expect(text).not.toMatch(/shown 2|SHOWN|(?:\(|"|>)missing/);
      expect(text.includes('other')).toBe(views !== '');
    }
  });

  it('needs no migrations, and reads only', async () => {
    folder.rename('migrations', 'elsewhere');
    const before = read('app.db');
    expect((await folder.run(['dump', ...on, '--no-tracking'])).out).toBe(
      `${first} Into a new database:  sqlite3 -bail new.db < schema.sql\n\nBEGIN;\n\nCREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);\n\nCOMMIT;\n`,
    );
    expect(read('app.db')).toBe(before);
  });

  it('writes a file, and says whether it changed', async () => {
    expect(await folder.run(['dump', ...on, '-o', 'schema.sql'])).toMatchObject({
      code: 0,
      out: 'schema.sql written\n',
    });
    const before = statSync(join(folder.path, 'schema.sql')).mtimeMs;
    expect((await folder.run(['dump', ...on, '-o', 'schema.sql'])).out).toBe('schema.sql is current\n');
    expect(statSync(join(folder.path, 'schema.sql')).mtimeMs).toBe(before);
    await folder.run(['up', ...on]);
    expect((await folder.run(['dump', ...on, '-o', 'schema.sql', '--quiet'])).out).toBe('');
    expect(read('schema.sql')).toContain('CREATE TABLE notes');
    expect(readdirSync(folder.path).toSorted()).toEqual(['app.db', 'app.db-backups', 'migrations', 'schema.sql']);
  });

  it.each([
    ['schema.mmd', 'erDiagram'],
    ['schema.mermaid', 'erDiagram'],
    ['schema.dot', 'digraph'],
    ['schema.gv', 'digraph'],
    ['schema.SVG', '<svg'],
    ['schema.json', '"tables"'],
    ['schema', first],
  ])('takes the format from the ending: %s', async (file, words) => {
    await folder.run(['dump', ...on, '-o', file]);
    expect(read(file)).toContain(words);
    // What it wrote it may write again.
    expect((await folder.run(['dump', ...on, '-o', file])).out).toBe(`${file} is current\n`);
    expect((await folder.run(['dump', ...on, '-o', file, '--format', file === 'schema' ? 'dot' : 'sql'])).code).toBe(0);
  });

  it('says everything in a document', async () => {
    const { out } = await folder.run(['dump', ...on, '--json', '--format', 'json', '--quiet']);
    const document = JSON.parse(out) as { text: string };
    expect(document).toMatchObject({ command: 'dump', ok: true, format: 'json', file: null, changed: null });
    expect(JSON.parse(document.text)).toMatchObject({ tables: [{ name: 'users' }] });
    const written = JSON.parse((await folder.run(['dump', ...on, '--json', '-o', 'a.sql'])).out) as object;
    expect(written).toMatchObject({ format: 'sql', file: 'a.sql', changed: true, text: null });
    const events = await folder.run(['dump', ...on, '--events']);
    expect(JSON.parse(events.out)).toMatchObject({ type: 'result', format: 'sql' });
  });

  it('refuses a database that is not there', async () => {
    const { code, err } = await folder.run(['dump', '-d', 'ap.db']);
    expect(code).not.toBe(0);
    expect(err).toContain('DATABASE_NOT_FOUND');
    expect(existsSync(join(folder.path, 'ap.db'))).toBe(false);
  });

  it('of an empty database is an empty schema', async () => {
    folder.write('empty.db', '');
    expect((await folder.run(['dump', '-d', 'empty.db'])).out).toContain('BEGIN;\n\nCOMMIT;\n');
  });

  it.each([
    [['--views'], '--views is about diagrams'],
    [['--format', 'svg', '--no-tracking'], '--no-tracking is about SQL'],
    [['--quiet'], 'With --quiet nothing is printed'],
    [['--format', 'png'], '--format is sql, mermaid, dot, svg or json'],
    [['-d', 'b.db'], 'A dump is of one database'],
    [['-d', 'b.db', '-o', 'x.sql', '--json'], 'A dump is of one database'],
    [['-o', ''], '--output needs a path'],
  ])('refuses %j', async (more, words) => {
    const { code, out, err } = await folder.run(['dump', ...on, ...more]);
    expect(code).toBe(2);
    expect(out + err).toContain(words);
    expect(existsSync(join(folder.path, 'x.sql'))).toBe(false);
  });

  it('reports several databases in one document', async () => {
    folder.write('b.db', '');
    const { out } = await folder.run(['dump', ...on, '-d', 'b.db', '--json']);
    const { databases } = JSON.parse(out) as { databases: { text: string }[] };
    expect(databases.map(({ text }) => text.includes('users'))).toEqual([true, false]);
  });

  describe('does not write over', () => {
    const refused = async (file: string, more: readonly string[] = ['--yes'], status = 1): Promise<string> => {
      const { code, err, out } = await folder.run(['dump', ...on, '-o', file, ...more]);
      expect({ code, out }).toEqual({ code: status, out: '' });
      return err;
    };

    it('the database, under any name, nor what lies beside it', async () => {
      const before = read('app.db');
      symlinkSync('app.db', join(folder.path, 'link.sql'));
      mkdirSync(join(folder.path, 'deep'));
      for (const file of [
        'app.db',
        './app.db',
        'deep/../app.db',
        join(folder.path, 'app.db'),
        'link.sql',
        'app.db-wal',
      ])
        expect(await refused(file)).toContain('is the database itself');
      expect(read('app.db')).toBe(before);
      expect(existsSync(join(folder.path, 'app.db-wal'))).toBe(false);
    });

    it('another database, a migration, or what is no file', async () => {
      await folder.run(['up', '-d', 'other.db', '--quiet']);
      expect(await refused('other.db')).toContain('is a database');
      expect(await refused('migrations/002_notes.sql')).toContain('is a migration');
      expect(await refused('migrations')).toContain('is a folder');
      if (process.platform !== 'win32') expect(await refused('/dev/null')).toContain('is not a regular file');
      expect(read('migrations/002_notes.sql')).toBe(notes);
    });

    it('a migration that a dump would become, with tables that no migration may change', async () => {
      const kept = ['up', ...on, '--dump', 'migrations/003_all.sql'];
      expect((await folder.run(kept)).err).toContain('is a migration');
      expect(existsSync(join(folder.path, 'migrations/003_all.sql'))).toBe(false);
    });

    it('a migration that a dump became', async () => {
      const out = ['dump', ...on, '--no-tracking', '-o', 'migrations/003_all.sql'];
      expect((await folder.run(out)).code).toBe(0);
      expect(await refused('migrations/003_all.sql')).toContain('is a migration');
    });

    it('somebody’s work, unless that is intended', async () => {
      folder.write('notes.sql', 'mine');
      expect(await refused('notes.sql', [], 2)).toContain('CONFIRMATION_NEEDED');
      const declined = await folder.run(['dump', ...on, '-o', 'notes.sql'], { columns: 80, answers: ['n\n'] });
      expect(declined.code).not.toBe(0);
      expect(read('notes.sql')).toBe('mine');
      expect((await folder.run(['dump', ...on, '-o', 'notes.sql', '--yes'])).code).toBe(0);
      expect(read('notes.sql')).toContain('CREATE TABLE users');
    });
  });

  it('keeps the mode and the link of the file', async () => {
    if (process.platform === 'win32') return;
    mkdirSync(join(folder.path, 'docs'));
    folder.write('docs/real.sql', '');
    chmodSync(join(folder.path, 'docs/real.sql'), 0o640);
    symlinkSync('docs/real.sql', join(folder.path, 'schema.sql'));
    await folder.run(['dump', ...on, '-o', 'schema.sql']);
    expect(lstatSync(join(folder.path, 'schema.sql')).isSymbolicLink()).toBe(true);
    expect(statSync(join(folder.path, 'docs/real.sql')).mode & 0o777).toBe(0o640);
    expect(read('docs/real.sql')).toContain('users');
  });

  it('says why a file cannot be written, and leaves nothing behind', async () => {
    const { code, err } = await folder.run(['dump', ...on, '-o', 'nowhere/schema.sql']);
    expect(code).toBe(1);
    expect(err).toContain('DUMP_NOT_WRITTEN');
    expect(err).toContain('Nothing was changed.');
    // What cannot even be looked at: a folder that is a file.
    expect((await folder.run(['dump', ...on, '-o', 'migrations/001_users.sql/x'])).err).toContain('DUMP_NOT_WRITTEN');
    mkdirSync(join(folder.path, 'taken'));
    expect(() => writeTextFile(join(folder.path, 'taken'), 'text')).toThrow(/directory/);
    expect(readdirSync(folder.path).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it('says what is wrong with the tracking table instead', async () => {
    const db = new Database(join(folder.path, 'app.db'));
    db.exec(`UPDATE schema_migrations SET checksum = ''`);
    db.close();
    expect((await folder.run(['dump', ...on, '-o', 'schema.sql'])).err).toContain('LEDGER_ROW_DAMAGED');
    expect(existsSync(join(folder.path, 'schema.sql'))).toBe(false);
  });
});

describe('--dump', () => {
  let folder: Folder;
  const read = (name: string): string => readFileSync(join(folder.path, name), 'utf8');
  const on = ['-d', 'app.db'];
  beforeEach(() => {
    folder = new Folder(files);
  });
  afterEach(() => folder.remove());

  it('keeps a file current through up, down, to, redo and repair', async () => {
    const kept = [...on, '--dump', 'schema.sql', '--yes'];
    const same = async (): Promise<boolean> => (await folder.run(['dump', ...on])).out === read('schema.sql');
    expect((await folder.run(['up', ...kept])).out).toContain('schema.sql written\n');
    expect(await same()).toBe(true);
    expect((await folder.run(['up', ...kept])).out).not.toContain('schema.sql');
    expect((await folder.run(['down', ...kept])).out).toContain('schema.sql written');
    expect(await same()).toBe(true);
    await folder.run(['to', '2', ...kept]);
    expect(await same()).toBe(true);
    folder.write('schema.sql', `${first} stale`);
    expect((await folder.run(['redo', ...kept])).out).toContain('schema.sql written');
    expect(await same()).toBe(true);
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'text TEXT NOT NULL'));
    expect((await folder.run(['repair', '2', '--accept', ...kept])).out).toContain('schema.sql written');
    expect(await same()).toBe(true);
  });

  it('writes a file that is missing or stale though nothing is pending, and says so in the document', async () => {
    await folder.run(['up', ...on]);
    const up = async (): Promise<unknown> =>
      (JSON.parse((await folder.run(['up', ...on, '--dump', 'schema.svg', '--json'])).out) as { dump: unknown }).dump;
    expect(await up()).toEqual({ file: 'schema.svg', changed: true });
    expect(await up()).toEqual({ file: 'schema.svg', changed: false });
    folder.write('schema.svg', '<!-- written by `dunlin dump` --> stale');
    expect(await up()).toEqual({ file: 'schema.svg', changed: true });
  });

  it('looks at the file before anything is migrated', async () => {
    folder.write('schema.sql', 'something else');
    const { code, err } = await folder.run(['up', ...on, '--dump', 'schema.sql']);
    expect(code).not.toBe(0);
    expect(err).toContain('CONFIRMATION_NEEDED');
    expect((await folder.run(['status', ...on])).out).toContain('0 applied, 2 pending');
  });

  it('tells that the database was migrated when the file cannot be written', async () => {
    mkdirSync(join(folder.path, 'gone'));
    const { code, err, out } = await folder.run(['up', ...on, '--dump', 'gone/schema.sql'], {
      wrap: (runner) => {
        const up = runner.up.bind(runner);
        runner.up = async (options) => {
          rmdirSync(join(folder.path, 'gone'));
          return await up(options);
        };
        return runner;
      },
    });
    expect(code).toBe(1);
    expect(out).toContain('app.db is at version 2');
    expect(err).toContain('DUMP_NOT_WRITTEN');
    expect(err.replaceAll(/\s+/g, ' ')).toContain('The database is as the run left it');
    expect((await folder.run(['status', ...on])).out).toContain('2 applied');
  });

  it('tells the same when the schema cannot be read afterwards', async () => {
    const { code, err } = await folder.run(['up', ...on, '--dump', 'schema.sql'], {
      wrap: (runner) =>
        Object.assign(runner, {
          dump: () => Promise.reject(dunlinError('DUMP_MISPLACED', { file: 'x', what: 'in the way' })),
        }),
    });
    expect(code).toBe(1);
    expect(err).toContain('DUMP_NOT_WRITTEN');
    expect(err).toContain('is in the way');
  });

  it('is a matter of the configuration, which --no-dump ignores', async () => {
    folder.write(
      'config/dunlin.json',
      JSON.stringify({ database: '../app.db', migrations: '../migrations', dump: '../docs/s.sql' }),
    );
    folder.write('docs/readme', '');
    const config = ['--config', 'config/dunlin.json'];
    expect((await folder.run(['up', ...config, '--no-dump'])).code).toBe(0);
    expect(existsSync(join(folder.path, 'docs/s.sql'))).toBe(false);
    expect((await folder.run(['up', ...config])).out).toContain('docs/s.sql written');
    expect((await folder.run(['status', ...config])).code).toBe(0);
  });

  it('is for one database, and several have theirs in the configuration', async () => {
    const databases = {
      a: { path: 'a.db', migrations: 'migrations', dump: 'a.sql' },
      b: { path: 'b.db', migrations: 'migrations' },
    };
    folder.write('dunlin.config.json', JSON.stringify({ databases }));
    const refused = await folder.run(['up', '--all', '--dump', 'schema.sql']);
    expect(refused.err).toContain('OPTIONS_CONFLICT');
    const both = await folder.run(['up', '-d', 'a', '-d', 'b', '--dump', 'schema.sql']);
    expect(both.err).toContain('several databases');
    expect(existsSync(join(folder.path, 'a.db'))).toBe(false);
    expect((await folder.run(['up', '--all'])).code).toBe(0);
    expect(read('a.sql')).toContain(first);
    folder.write('dunlin.config.json', JSON.stringify({ databases: { ...databases, b: { path: 'b.db', dump: 7 } } }));
    expect((await folder.run(['up', '--all'])).err).toContain('databases.b.dump');
    const shared = { ...databases, b: { path: 'b.db', dump: 'a.sql' } };
    folder.write('dunlin.config.json', JSON.stringify({ databases: shared }));
    expect((await folder.run(['up', '--all'])).err).toContain('`databases.b.dump` is the file of `databases.a`');
  });
});
