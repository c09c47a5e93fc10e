import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { Folder, type Ran } from './harness.ts';

const users = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), title TEXT);
CREATE TABLE log (line TEXT);
INSERT INTO users VALUES (1, 'Ada', 'ada@example.org'), (2, 'Bob', 'bob@example.org'), (3, 'Cem', NULL), (4, 'Dot', NULL);
INSERT INTO notes VALUES (1, 1, 'first'), (2, 1, ''), (3, 2, 'third');
INSERT INTO log VALUES ('a'), ('b');
`;
const tidy = `DELETE FROM notes WHERE title = '';
UPDATE users SET name = upper(name);
ALTER TABLE users RENAME COLUMN email TO mail;
`;
/** Keeps one address only, by an expression. */
const forgetful = `CREATE TABLE u (id INTEGER PRIMARY KEY, name TEXT, email TEXT);
INSERT INTO u SELECT id, name, CASE WHEN id = 1 THEN email END FROM users;
DROP TABLE users;
ALTER TABLE u RENAME TO users;
`;
const split = `CREATE TABLE short (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
CREATE TABLE long (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
INSERT INTO short SELECT * FROM notes WHERE length(title) < 3;
INSERT INTO long SELECT * FROM notes WHERE length(title) >= 3;
DROP TABLE notes;
CREATE TABLE mails (user_id INTEGER PRIMARY KEY, mail TEXT);
INSERT INTO mails SELECT id, email FROM users;
ALTER TABLE users ADD COLUMN initial TEXT;
UPDATE users SET initial = substr(name, 1, 1);
ALTER TABLE users DROP COLUMN email;
ALTER TABLE users DROP COLUMN name;
CREATE TABLE archive (line TEXT);
INSERT INTO archive SELECT line FROM log WHERE line = 'a';
DELETE FROM log WHERE line = 'a';
INSERT INTO log VALUES ('c');
`;

describe('dunlin rehearse', () => {
  let folder: Folder | undefined;
  afterEach(() => folder?.remove());

  /** A database with users and notes, and these migrations pending. */
  async function start(...pending: readonly string[]): Promise<Folder> {
    folder = new Folder({ 'migrations/001_users.sql': users });
    await folder.run(['up', '-d', 'app.db', '--quiet']);
    for (const [i, sql] of pending.entries()) folder.write(`migrations/00${i + 2}_step.sql`, sql);
    return folder;
  }

  async function rehearse(...options: readonly string[]): Promise<Ran> {
    return await folder!.run(['rehearse', '-d', 'app.db', ...options]);
  }

  function written(file: string): string {
    return readFileSync(join(folder!.path, file), 'utf8');
  }

  it('says what is lost and changed, and ends with 0 if statements name every loss', async () => {
    await start(tidy);
    const { code, out, err } = await rehearse();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = out.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    expect(lines[0]).toMatch(/^1 migration ran on a copy of app\.db \(.* kB\)$/);
    expect(lines).toEqual(
      expect.arrayContaining([
        'rows of before after lost added changed',
        'users 4 4 4',
        'notes 3 2 1',
        'lost: notes: 1 row (id 2), by DELETE FROM notes (002_step)',
        'users.name: 4 values changed (id 1; id 2; id 3; ...)',
        'users.email: is called mail',
        '1 other table: every row and value as before',
        'foreign keys: every row refers to one that exists',
        'It works, and loses only what the migrations name.',
      ]),
    );
  });

  it('names columns that are gone, tables without a key, and old violations', async () => {
    await start(
      `DROP TABLE log; CREATE TABLE pairs (a, b); INSERT INTO pairs VALUES (1, 1), (1, 2), (2, 2);`,
      `ALTER TABLE users DROP COLUMN email; UPDATE notes SET title = CASE id WHEN 1 THEN NULL ELSE 'x' END;
CREATE TABLE p (a, b); INSERT INTO p SELECT a, b FROM pairs; DROP TABLE pairs; ALTER TABLE p RENAME TO pairs; DELETE FROM pairs WHERE a = 1;
ALTER TABLE users RENAME TO people;`,
    );
    await folder!.run(['up', '-d', 'app.db', '--quiet', '--to', '2']);
    const db = new Database(join(folder!.path, 'app.db'));
    db.exec('PRAGMA foreign_keys = OFF; INSERT INTO notes VALUES (4, 9, NULL)');
    const { code, out } = await rehearse();
    const lines = out.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    expect(code).toBe(0);
    expect(lines).toEqual(
      expect.arrayContaining([
        'users → people 4 4',
        'lost: users.email: 2 values, with the column, by ALTER TABLE users DROP COLUMN email (003_step)',
        'lost: pairs: 2 rows, by DELETE FROM pairs (003_step)',
        'lost: notes.title: 1 value becomes NULL (id 1), by UPDATE notes (003_step)',
        'notes.title: 4 values changed, 1 of them to NULL (id 1; id 2; id 3; ...)',
        'pairs: it has no key, so whole rows are compared',
        'foreign keys: 1 row refers to rows that do not exist, as before',
      ]),
    );
    db.exec('INSERT INTO notes VALUES (5, 9, NULL)');
    db.close();
    const narrow = await folder!.run(['rehearse', '-d', 'app.db', '--no-color'], { columns: 50 });
    expect(narrow.out).toContain('foreign keys: 2 rows refer to rows');
    expect(narrow.out.split('\n').filter((line) => line.length > 50)).toEqual([]);
    // A report shows a table and lists; without a difference it has no table.
    expect((await rehearse('--format', 'markdown')).out).toContain('| `users → people` | 4 | 4 |  |  |  |');
    folder!.write('migrations/003_step.sql', 'CREATE INDEX by_name ON users (name);');
    expect((await rehearse('--format', 'markdown')).out).toContain(
      '#### Rows\n\n- 3 tables: every row and value as before\n',
    );
  });

  it('says where values and rows are now', async () => {
    await start(split);
    const { code, out } = await rehearse();
    const lines = out.split('\n').map((line) => line.replaceAll(/ +/g, ' ').trim());
    expect(code).toBe(0);
    expect(lines).toEqual(
      expect.arrayContaining([
        'notes 3 moved',
        'notes: its rows are in short, long',
        'log: 1 row moved to archive',
        'log: 1 row added (rowid 3)',
        'users.email: its values are in mails.mail',
        'users.name: its values are in users.initial, 4 of them computed anew',
        'short new 1 1',
        'It works, and nothing is lost.',
      ]),
    );
  });

  it('ends with 3 where nothing names a loss, with the line that declares it', async () => {
    await start(forgetful);
    const { code, out, err } = await rehearse();
    expect(code).toBe(3);
    expect(out).toContain('lost: users.email: 1 value becomes NULL (id 2), nothing names it');
    expect(out).toContain('users.email: 1 value changed to NULL (id 2)');
    expect(out).toContain('It works, and loses what nothing in the migrations names.');
    expect(err).toMatch(/^error REHEARSAL_LOSES\n/);
    expect(err).toContain('`-- dunlin: destructive users.email`');
    folder!.write('migrations/002_step.sql', `-- dunlin: destructive users.email\n${forgetful}`);
    const declared = await rehearse();
    expect(declared.code).toBe(0);
    expect(declared.out).toContain('lost: users.email: 1 value becomes NULL (id 2), as declared\n');
  });

  it('never shows a value', async () => {
    await start(forgetful, 'UPDATE users SET name = 1;', `DELETE FROM users WHERE id = 4;`);
    for (const format of ['text', 'json', 'markdown', 'html']) {
      const { out, err } = await rehearse('--format', format);
      expect(out.length).toBeGreaterThan(500);
      expect(`${out}${err}`).not.toMatch(/Ada|Bob|Cem|Dot|example\.org/);
    }
  });

  it('fails as `up` would, and says that it was a copy', async () => {
    await start('UPDATE nowhere SET a = 1;');
    const { code, err } = await rehearse();
    expect(code).toBe(1);
    expect(err).toMatch(/^error STATEMENT_FAILED {2}migrations\/002_step\.sql:1:8\n/);
    expect(err).toContain('This was a copy');
    const wrong = await rehearse('--to', '9');
    expect({ code: wrong.code, err: wrong.err.split('\n')[0] }).toEqual({ code: 1, err: 'error VERSION_UNKNOWN' });
  });

  it('has nothing to do where nothing is pending', async () => {
    await start();
    expect(await rehearse()).toMatchObject({ code: 0, out: 'app.db: nothing pending, so nothing was rehearsed\n' });
    expect(JSON.parse((await rehearse('--json')).out)).toMatchObject({ ok: true, rehearsed: false });
    expect(await folder!.run(['rehearse', '-d', 'none.db'])).toMatchObject({ code: 2 });
  });

  it('prints one document with --json', async () => {
    await start(tidy, 'DROP TABLE log;');
    const { code, out } = await rehearse('--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      command: 'rehearse',
      database: 'app.db',
      ok: true,
      rehearsed: true,
      from: 1,
      to: 3,
      pending: [
        { version: 2, name: 'step' },
        { version: 3, name: 'step' },
      ],
      problems: [],
      losses: [
        {
          kind: 'rows',
          table: 'notes',
          column: null,
          count: 1,
          rows: ['id 2'],
          named: { migration: { version: 2, name: 'step' }, text: 'DELETE FROM notes' },
        },
        { kind: 'rows', table: 'log', count: 2, rows: [], named: { text: 'DROP TABLE log' } },
      ],
      tables: [
        {
          table: 'users',
          now: 'users',
          changed: 4,
          columns: [
            { column: 'name', changed: 4 },
            { column: 'email', now: 'mail' },
          ],
        },
        { table: 'notes', before: 3, after: 2, lost: 1 },
        { table: 'log', now: null, before: 2, after: null },
      ],
      unchanged: 0,
      violations: 0,
      aborted: false,
    });
  });

  it('writes a comment and a page for a pull request', async () => {
    await start(forgetful);
    const { code, out } = await rehearse('--format', 'markdown', '--report', 'out/r.html', '--report', 'r.json');
    expect(code).toBe(3);
    expect(out).toMatch(
      /^### ❌ Dunlin rehearsal: failed\n\n`app\.db` at version 1: 1 migration, 1 problem, 1 pending\.\n/,
    );
    expect(out).toContain(
      '| rows of | before | after | lost | added | changed |\n| --- | --: | --: | --: | --: | --: |\n| `users` | 4 | 4 |  |  | 1 |',
    );
    expect(out).toContain('- lost: users.email: 1 value becomes NULL (id 2), nothing names it');
    expect(out).toContain('<sub>Written by `dunlin rehearse`.</sub>');
    const page = written('out/r.html');
    expect(page).toContain('<title>Dunlin rehearsal: failed</title>');
    expect(page).toContain('<tr><td><code>users</code></td><td class="r-number">4</td>');
    expect(JSON.parse(written('r.json'))).toMatchObject({ command: 'rehearse', ok: false });
    // A later one replaces them.
    folder!.write('migrations/002_step.sql', 'CREATE INDEX by_name ON users (name);');
    expect(await rehearse('--report', 'out/r.html', '--report', 'r.json')).toMatchObject({ code: 0 });
    expect(written('out/r.html')).toContain('Dunlin rehearsal: passed');
    expect(await rehearse('--report', 'r.sarif')).toMatchObject({ code: 2 });
    expect(await rehearse('--format', 'github')).toMatchObject({ code: 2 });
  });

  it('reports a failure too', async () => {
    await start('UPDATE nowhere SET a = 1;');
    const { code, out } = await rehearse('--format', 'markdown');
    expect(code).toBe(1);
    expect(out).toContain('**STATEMENT_FAILED** in `migrations/002_step.sql:1:8`');
  });

  it('keeps the migrated copy, and works in a folder', async () => {
    await start(tidy);
    folder!.write('copies/.keep', '');
    expect(await rehearse('--in', 'copies', '--keep', 'rehearsed.db')).toMatchObject({
      code: 0,
      err: 'note: the migrated copy is rehearsed.db\n',
    });
    const db = new Database(join(folder!.path, 'rehearsed.db'));
    expect(db.prepare('SELECT mail FROM users WHERE id = 1').pluck().get()).toBe('ada@example.org');
    db.close();
    expect((await rehearse('--keep', 'rehearsed.db')).code).toBe(2);
  });

  it('rehearses every database of the configuration', async () => {
    folder = new Folder({
      'dunlin.config.mjs': `export default { databases: { a: { path: 'a.db' }, b: { path: 'b.db' } } };`,
      'migrations/a/001_users.sql': users,
      'migrations/b/001_users.sql': users,
    });
    await folder.run(['up', '--all', '--quiet']);
    folder.write('migrations/a/002_tidy.sql', tidy);
    folder.write('migrations/b/002_forgetful.sql', forgetful);
    const { code, out } = await folder.run(['rehearse', '--all', '--format', 'json']);
    expect(code).toBe(3);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      databases: [
        { name: 'a', ok: true },
        { name: 'b', ok: false },
      ],
    });
    expect((await folder.run(['rehearse', '--all', '--keep', 'x.db'])).code).toBe(2);
  });

  it('stops before the next migration on Ctrl-C', async () => {
    await start('CREATE TABLE a (b);', 'CREATE TABLE c (d);');
    const { code, out, err } = await folder!.run(['rehearse', '-d', 'app.db'], {
      onStopSignal: (send) => void setImmediate(() => send('SIGINT')),
    });
    expect(code).toBe(130);
    expect(err).toMatch(/^stopping before the next migration/);
    expect(out).toMatch(/stopped: [12] migrations? not rehearsed\n$/);
  });

  describe('up --rehearse', () => {
    it('continues if nothing is lost that nothing names', async () => {
      await start(tidy);
      const { code, out } = await folder!.run(['up', '-d', 'app.db', '--rehearse', '--no-backup'], { columns: 100 });
      expect(code).toBe(0);
      expect(out.indexOf('ran on a copy of app.db')).toBeLessThan(out.indexOf('app.db is at version 2'));
    });

    it('changes nothing otherwise', async () => {
      await start(forgetful);
      const { code, err } = await folder!.run(['up', '-d', 'app.db', '--rehearse']);
      expect(code).toBe(1);
      expect(err).toMatch(/^error REHEARSAL_LOSES\n/);
      folder!.write('migrations/002_step.sql', 'UPDATE nowhere SET a = 1;');
      const failed = await folder!.run(['up', '-d', 'app.db', '--rehearse']);
      expect(failed.err).toContain('This was a copy');
      expect(JSON.parse((await folder!.run(['status', '-d', 'app.db', '--json'])).out)).toMatchObject({ version: 1 });
      expect(existsSync(join(folder!.path, 'app.db-backups'))).toBe(false);
    });

    it('says in the document what it found, or why it did not rehearse', async () => {
      await start(tidy);
      const run = async (...options: readonly string[]): Promise<unknown> =>
        JSON.parse((await folder!.run(['up', '-d', 'app.db', '--json', ...options])).out).rehearsal;
      expect(await run('--rehearse', '1kB')).toMatchObject({
        rehearsed: false,
        reason: expect.stringContaining('more than 1.0 kB') as string,
      });
      folder!.write('migrations/003_step.sql', 'DELETE FROM log;');
      expect(await run('--rehearse', '2.5 gb')).toMatchObject({
        rehearsed: true,
        losses: [{ table: 'log', count: 2 }],
      });
      expect(await run('--rehearse')).toEqual({ rehearsed: false, reason: 'nothing is pending' });
      expect(await run()).toBeUndefined();
    });

    it('notes that a new database has nothing to rehearse', async () => {
      folder = new Folder({ 'migrations/001_users.sql': users });
      const { code, err } = await folder.run(['up', '-d', 'app.db', '--rehearse']);
      expect({ code, err }).toEqual({ code: 0, err: 'note: app.db is not rehearsed: it has no rows yet\n' });
    });

    it('takes a size, and not together with --dry-run', async () => {
      await start(tidy);
      const wrong = await folder!.run(['up', '-d', 'app.db', '--rehearse', 'big']);
      expect(wrong.code).toBe(2);
      expect(wrong.err).toContain('such as 5GB, not "big"');
      expect((await folder!.run(['up', '-d', 'app.db', '--rehearse', '--dry-run'])).code).toBe(2);
    });
  });
});
