import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/cli/context.ts';
import { Folder, notes, users } from '../cli/harness.ts';
import { pair } from './support.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes });
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];
const leaves = pair('CREATE INDEX i ON notes (text); CREATE VIEW v AS SELECT 1;', 'DROP INDEX i;');
const doubtful = `CREATE TABLE kinds (kind TEXT CHECK (kind LIKE 'k%'));\nINSERT INTO kinds SELECT text FROM notes;`;
const hash = (): string => createHash('sha256').update(readFileSync('app.db')).digest('hex');

describe('check on the command line', () => {
  it('tries every migration, and exits with 3 when something is found', async () => {
    expect(await folder.run(['check', '--allow-pending', ...app])).toMatchObject({
      code: 0,
      out: 'app.db: 2 migrations, all in order\n',
    });
    folder.write('migrations/003_index.sql', leaves);
    const { code, out, err } = await folder.run(['check', '--allow-pending', ...app]);
    expect(code).toBe(3);
    expect(err).toContain(
      'error DOWN_DIFFERS\n\n  Rolling back 003_index does not restore what was there before: view v is',
    );
    expect(out).toBe('app.db: 3 migrations, 1 problem\n');
  });

  it.each([
    [
      'a foreign key that names no table',
      'CREATE TABLE tags (note_id INTEGER REFERENCES note (id));',
      'did you mean notes?',
    ],
    [
      'a foreign key that matches no key',
      'CREATE TABLE tags (text TEXT REFERENCES notes (text));',
      'columns of notes that',
    ],
    ['a view of a missing column', 'CREATE VIEW tags AS SELECT tag FROM notes;', 'no such column: tag'],
    [
      'a trigger that writes no table',
      'CREATE TRIGGER tags AFTER INSERT ON notes BEGIN INSERT INTO nowhere VALUES (1); END;',
      'main.nowhere',
    ],
  ])('exits with 3 for %s, applied or pending', async (_, sql, reason) => {
    await folder.run(['up', ...app]);
    folder.write('migrations/003_tags.sql', sql);
    const pending = await folder.run(['check', '--allow-pending', ...app]);
    expect(pending).toMatchObject({ code: 3, out: expect.stringContaining('1 problem') as string });
    expect(pending.err).toContain('a scratch database has objects that cannot work');
    expect(pending.err).toContain(reason);
    await folder.run(['up', ...app]);
    for (const args of [['check'], ['check', '--quick']]) {
      const { code, out, err } = await folder.run([...args, ...app]);
      expect({ code, out }).toEqual({ code: 3, out: 'app.db: 3 migrations, 1 problem\n' });
      expect(err).toContain('error OBJECTS_INVALID\n\n  app.db has objects that cannot work:');
    }
  });

  it('only notes what pending migrations may still make', async () => {
    folder.write('migrations/003_tags.sql', 'CREATE TABLE tags (kind_id INTEGER REFERENCES kinds (id));');
    await folder.run(['up', ...app]);
    folder.write('migrations/004_kinds.sql', 'CREATE TABLE kinds (id INTEGER PRIMARY KEY);');
    const { code, err } = await folder.run(['check', '--allow-pending', ...app]);
    expect(code).toBe(0);
    expect(err).toContain('note: a foreign key of tags names kinds, which is no table');
  });

  it('--with-data finds what is made with real tables that no migration makes', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/003_view.sql', 'CREATE VIEW v AS SELECT nosuch FROM notes;');
    const { code, err } = await folder.run(['check', '--allow-pending', '--quick', '--with-data', ...app]);
    expect(code).toBe(3);
    expect(err).toContain('a copy of app.db has objects that cannot work: view v does not compile');
  });

  it('warns of constraints that a rebuild by hand leaves out, but for NOT NULL and DEFAULT', async () => {
    const rebuilt = (columns: string): string =>
      `CREATE TABLE n (${columns}); INSERT INTO n SELECT * FROM kinds; DROP TABLE kinds; ALTER TABLE n RENAME TO kinds;`;
    folder.write('migrations/003_kinds.sql', `CREATE TABLE kinds (id INTEGER PRIMARY KEY, kind TEXT NOT NULL UNIQUE);`);
    folder.write('migrations/004_again.sql', rebuilt('id INTEGER PRIMARY KEY, kind TEXT UNIQUE'));
    expect(await folder.run(['check', '--allow-pending', ...app])).toMatchObject({
      code: 0,
      out: 'app.db: 4 migrations, all in order\n',
    });
    folder.write('migrations/004_again.sql', rebuilt('id INTEGER PRIMARY KEY, kind TEXT'));
    const { code, out, err } = await folder.run(['check', '--allow-pending', ...app]);
    expect({ code, out }).toEqual({ code: 0, out: 'app.db: 4 migrations, 1 warning\n' });
    expect(err).toContain('warning CONSTRAINTS_LEFT_OUT\n\n  004_again rebuilds kinds without: UNIQUE (kind).\n');
  });

  it('up shows once what IF NOT EXISTS has found; check passes where a new database has it as well', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/003_again.sql', 'CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY);');
    const planned = await folder.run(['plan', ...app]);
    expect(planned.out + planned.err).toContain('CREATE TABLE IF NOT EXISTS notes will do nothing: table notes exists');
    const { out, err } = await folder.run(['up', ...app]);
    expect((out + err).split('notes did nothing: table notes exists already, and is different:')).toHaveLength(2);
    expect(await folder.run(['check', ...app])).toMatchObject({ code: 0 });
  });

  it('reads only with --quick', async () => {
    folder.write('migrations/003_index.sql', leaves);
    expect(await folder.run(['check', '--allow-pending', '--quick', ...app])).toMatchObject({ code: 0 });
  });

  it('warns without another exit code', async () => {
    folder.write('migrations/003_kinds.sql', doubtful);
    const { code, out, err } = await folder.run(['check', '--allow-pending', ...app]);
    expect(code).toBe(0);
    expect(err).toMatch(/\nwarning FAILS_ON_ROWS {2}migrations\/003_kinds\.sql:2:1\n/);
    expect(out).toBe('app.db: 3 migrations, 1 warning\n');
  });

  it('says what it tries on a terminal, and how much with --verbose', async () => {
    const { out, err } = await folder.run(['check', '--allow-pending', '--verbose', ...app], { columns: 80 });
    expect(err).toContain('trying 002_notes, 2 of 2');
    expect(out).toContain('2 migrations ran with sample rows, 2 of them there, back and there again\n');
  });

  it('has the data as JSON, and its events', async () => {
    folder.write('migrations/003_index.sql', leaves);
    const { out } = await folder.run(['check', '--json', ...app]);
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [],
      rounds: { tried: 3, reversed: 2, problems: [{ code: 'DOWN_DIFFERS', migration: { version: 3 } }], warnings: [] },
    });
    const events = (await folder.run(['check', '--events', ...app])).out.trim().split('\n');
    expect(events.map((line) => (JSON.parse(line) as { type: string }).type)).toEqual([
      ...Array.from({ length: 3 }, () => 'check:round'),
      'result',
    ]);
    expect(JSON.parse(events[2]!)).toMatchObject({
      database: 'app.db',
      migration: { name: 'index' },
      index: 3,
      total: 3,
    });
  });

  it('--with-data tries what is pending on a copy, of this database or of another', async () => {
    await folder.run(['up', '--to', '1', ...app]);
    const before = hash();
    folder.write('migrations/003_index.sql', leaves);
    const quick = ['check', '--allow-pending', '--quick', '--verbose'];
    const own = await folder.run([...quick, '--with-data', ...app]);
    expect(own.code).toBe(3);
    expect(own.err).toContain('it ran on a copy of app.db');
    expect(own.out).toContain('2 migrations ran on a copy with real rows, 1 of them there, back and there again');
    const other = await folder.run([...quick, '--with-data', 'app.db', '-d', 'ci.db']);
    expect(other.err).toContain('it ran on a copy of app.db');
    expect(hash()).toBe(before);
    expect(await folder.run([...quick, '--with-data', 'no.db', ...app])).toMatchObject({ code: 2 });
    const { data } = JSON.parse((await folder.run([...quick, '--with-data', '--json', ...app])).out) as {
      data: object;
    };
    expect(data).toMatchObject({ tried: 2, reversed: 1, warnings: [], notes: [] });
  });

  it('stops at Ctrl-C before the next migration', async () => {
    let send: (signal: StopSignal) => void = () => undefined;
    const { code, err } = await folder.run(['check', '--allow-pending', ...app], {
      onStopSignal: (listener) => void (send = listener),
      wrap: (runner) => {
        const check = runner.check.bind(runner);
        return Object.assign(runner, {
          check: (options?: Parameters<typeof check>[0]) => {
            send('SIGINT');
            return check(options);
          },
        });
      },
    });
    expect(code).toBe(130);
    expect(err).toContain('001_users to 002_notes were not tried with sample rows: it was interrupted');
  });
});
