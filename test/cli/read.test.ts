import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broken, Folder, notes, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes });
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];
const json = async (...argv: string[]): Promise<{ code: number; doc: Record<string, unknown> }> => {
  const { code, out } = await folder.run([...argv, ...app, '--json']);
  return { code, doc: JSON.parse(out) as Record<string, unknown> };
};

describe('status', () => {
  it('shows versions, times and durations', async () => {
    await folder.run(['up', ...app, '--steps', '1']);
    const { out, code } = await folder.run(['status', ...app]);
    expect(code).toBe(0);
    expect(out).toMatch(/^app\.db {3}version 1 \(1\.0\.0\) {3}1 applied, 1 pending\n/);
    expect(out).toMatch(/\n {2}001 {6}users {2}\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}[\d.]+ m?s\n/);
    expect(out).toMatch(/\n {2}002 {6}notes {2}pending\n/);
  });

  it('reads only: a database that does not exist stays so', async () => {
    expect((await folder.run(['status', ...app])).out).toContain('version 0   0 applied, 2 pending');
    expect(existsSync('app.db')).toBe(false);
  });

  it('exits with 3 with --check when something is pending, and with 0 otherwise', async () => {
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(3);
    expect((await folder.run(['status', ...app, '--check', '-q'])).out).toBe('');
    await folder.run(['up', ...app]);
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(0);
  });

  it('names an edited migration in its row, and the command that shows the difference', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    const { out } = await folder.run(['status', ...app]);
    expect(out).toMatch(/002 {6}notes .* edited after it was applied\n/);
    expect(out).toContain('`dunlin repair 2 -d app.db` shows the difference');
    expect((await folder.run(['status', ...app, '--check'])).code).toBe(3);
  });

  it('is not ok as data when `up` would refuse', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    expect(await json('status')).toMatchObject({
      code: 0,
      doc: { ok: false, problems: [{ code: 'MIGRATION_EDITED' }] },
    });
    const several = await folder.run(['status', ...app, '-d', 'other.db', '--json']);
    expect(JSON.parse(several.out)).toMatchObject({ ok: false, databases: [{ ok: false }, { ok: true }] });
  });

  it('says when there are no migrations', async () => {
    folder.write('empty/README.md', '');
    expect((await folder.run(['status', ...app, '-m', 'empty'])).out).toContain('no migrations yet');
  });

  it('fits 60 columns', async () => {
    await folder.run(['up', ...app]);
    const narrow = { columns: 60, env: { NO_COLOR: '1' } };
    const out =
      (await folder.run(['status', ...app], narrow)).out + (await folder.run(['history', ...app], narrow)).out;
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  it('is the same as data', async () => {
    await folder.run(['up', ...app, '--steps', '1']);
    const { doc } = await json('status');
    expect(doc).toMatchObject({
      command: 'status',
      database: 'app.db',
      ok: true,
      version: 1,
      label: '1.0.0',
      tooOld: true,
    });
    expect(doc['migrations']).toMatchObject([
      { version: 1, name: 'users', state: 'applied', label: '1.0.0', file: 'migrations/001_users.sql' },
      { version: 2, name: 'notes', state: 'pending', appliedAt: null, executionTimeMs: null },
    ]);
    expect(doc['pending']).toEqual([{ version: 2, name: 'notes' }]);
  });
});

describe('the newest failure', () => {
  const failed =
    /\n {2}003_lower failed on \d{4}-[^]* with STATEMENT_FAILED: Migration 003_lower failed at[^]*`dunlin try\s+3\s+-d\s+app\.db`/;

  beforeEach(async () => {
    folder.write('migrations/003_lower.sql', broken);
    await folder.run(['up', ...app]);
  });

  it.each(['status', 'check'])('is shown by %s until something succeeds', async (command) => {
    expect((await folder.run([command, ...app])).out).toMatch(failed);
    const { doc } = await json(command);
    expect(doc['lastFailure']).toMatchObject({ version: 3, name: 'lower', error: { code: 'STATEMENT_FAILED' } });
    folder.write('migrations/003_lower.sql', broken.replace('emial', 'email'));
    await folder.run(['up', ...app]);
    expect((await folder.run([command, ...app])).out).not.toContain('failed');
    expect((await json(command)).doc['lastFailure']).toBeNull();
  });

  it('is not shown when its migration is gone', async () => {
    folder.rename('migrations/003_lower.sql', 'lower.sql');
    expect((await folder.run(['status', ...app])).out).not.toContain('failed');
  });
});

describe('check', () => {
  it('finds pending migrations', async () => {
    const { code, out } = await folder.run(['check', ...app]);
    expect(code).toBe(3);
    expect(out).toBe('app.db: 2 migrations, 2 pending (001_users, 002_notes)\n');
    expect(await folder.run(['check', ...app, '--allow-pending'])).toMatchObject({ code: 0 });
  });

  it('names the first five and counts the rest', async () => {
    for (const n of [3, 4, 5, 6, 7]) folder.write(`migrations/00${n}_t${n}.sql`, `CREATE TABLE t${n} (id);`);
    const { out } = await folder.run(['check', ...app]);
    expect(out).toContain('7 pending (001_users, 002_notes, 003_t3, 004_t4, 005_t5 and 2 more)');
  });

  it('finds nothing after up', async () => {
    await folder.run(['up', ...app]);
    expect(await folder.run(['check', ...app])).toMatchObject({ code: 0, out: 'app.db: 2 migrations, all in order\n' });
  });

  it('names what is wrong', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/001_users.sql', users.replace('email', 'mail'));
    const { code, out, err } = await folder.run(['check', ...app]);
    expect(code).toBe(3);
    expect(err).toContain('error MIGRATION_EDITED');
    expect(out).toContain('1 problem');
    const { doc } = await json('check');
    expect(doc).toMatchObject({ ok: false, problems: [{ code: 'MIGRATION_EDITED', migration: { version: 1 } }] });
  });
});

describe('migrations that cannot be read', () => {
  const look = [['check'], ['check', '--allow-pending'], ['status', '--check']];

  it.each(look)('exit with 3: %s %s', async (...argv) => {
    folder.write('migrations/002_more.sql', 'SELECT 1;');
    const one = await folder.run([...argv, ...app]);
    expect(one.code).toBe(3);
    expect(one.err).toContain('error VERSION_DUPLICATE');
    expect(one.out).toBe('app.db: 1 problem in the migrations, so it was not compared with them\n');
    folder.write('migrations/3 bad.sql', 'SELECT 1;');
    const several = await folder.run([...argv, ...app]);
    expect(several.code).toBe(3);
    expect(several.err.match(/Version 2 is used twice/g)).toHaveLength(1);
    expect(several.out).toContain('app.db: 2 problems in the migrations');
    const data = await json(...argv);
    expect(data).toMatchObject({ code: 3, doc: { ok: false, error: { code: 'SEVERAL_PROBLEMS' } } });
  });

  it('fail what does not check', async () => {
    folder.write('migrations/002_more.sql', 'SELECT 1;');
    for (const command of ['status', 'plan', 'up']) expect((await folder.run([command, ...app])).code).toBe(1);
  });

  it('are another matter than a directory or a database that cannot be opened', async () => {
    expect((await folder.run(['check', ...app, '-m', 'none'])).code).toBe(2);
    expect((await folder.run(['check', ...app, '-m', 'migrations/001_users.sql'])).code).toBe(2);
    folder.write(
      'text.db',
      'this is no database, but a text that is long enough to be distinguished from one\n'.repeat(20),
    );
    expect((await folder.run(['check', '-d', 'text.db'])).code).toBe(1);
  });
});

describe('plan', () => {
  it('lists statements with what they do', async () => {
    const { out } = await folder.run(['plan', ...app]);
    expect(out).toContain('CREATE INDEX notes_text ON notes(text)\n');
    expect(out).toContain('can be rolled back');
  });

  it('takes a version and a number of steps', async () => {
    expect((await folder.run(['plan', ...app, '--to', '1'])).out).toMatch(/^1 pending/);
    expect((await folder.run(['plan', ...app, '--steps', '1', '--out-of-order'])).out).toMatch(/^1 pending/);
  });

  it('passes notes on', async () => {
    await folder.run(['up', ...app]);
    folder.rename('migrations/002_notes.sql', 'migrations/002_memos.sql');
    for (const command of ['plan', 'check', 'status']) {
      expect((await folder.run([command, ...app])).err).toMatch(/^note: .*memos/);
    }
  });

  it('shows the way down', async () => {
    await folder.run(['up', ...app]);
    const { out } = await folder.run(['plan', ...app, '--down']);
    expect(out).toMatch(/^1 to roll back on app\.db \([\d.]+ kB\)/);
    expect(out).toContain('DROP TABLE notes');
  });

  it('names what is in the way, and then exits with 1', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/001_users.sql', users.replace('email', 'mail'));
    const { code, err } = await folder.run(['plan', ...app]);
    expect(code).toBe(1);
    expect(err).toContain('error MIGRATION_EDITED');
  });

  it('is data with --json', async () => {
    const { doc } = await json('plan');
    expect(doc).toMatchObject({
      command: 'plan',
      ok: true,
      direction: 'up',
      from: 0,
      to: 2,
      bytes: null,
      problems: [],
    });
    expect(doc['steps']).toHaveLength(2);
  });
});

describe('history', () => {
  it('shows every attempt', async () => {
    expect((await folder.run(['history', ...app])).out).toBe('app.db has no history: nothing was attempted yet\n');
    await folder.run(['up', ...app]);
    folder.write('migrations/003_lower.sql', broken);
    await folder.run(['up', ...app]);
    const { out } = await folder.run(['history', ...app]);
    expect(out).toMatch(/up +failed .*003_lower failed STATEMENT_FAILED +dunlin up on /);
    expect(out).toMatch(/up +ok .*001_users, 002_notes +dunlin up on /);
    expect((await folder.run(['history', ...app, '--limit', '1'])).out).not.toContain('001_users');
  });

  it('is data with --json', async () => {
    await folder.run(['up', ...app]);
    const { doc } = await json('history');
    expect(doc['runs']).toMatchObject([
      { direction: 'up', status: 'ok', error: null, tool: 'dunlin up', migrations: [{ version: 1 }, { version: 2 }] },
    ]);
  });
});

describe('try', () => {
  it('runs one migration on a copy', async () => {
    const { code, out } = await folder.run(['try', '1', ...app]);
    expect(code).toBe(0);
    expect(out).toContain('001_users on a copy of app.db');
    expect(out).toContain('It works, and rolling it back works.');
    expect((await folder.run(['status', ...app])).out).toContain('version 0');
  });

  it('takes the file as well, from the migrations’ directory', async () => {
    await folder.run(['up', ...app, '--steps', '1']);
    expect((await folder.run(['try', 'migrations/002_notes.sql', ...app])).code).toBe(0);
    expect((await folder.run(['try', '002_notes.sql', ...app])).code).toBe(0);
    for (const missing of ['002_notse.sql', 'migrations/002_notse.sql'])
      expect((await folder.run(['try', missing, ...app])).err).toContain(`There is no file ${missing}`);
    const { code, err } = await folder.run(['try', 'other/002_notes.sql', ...app]);
    expect(code).toBe(2);
    expect(err).toContain('error TRY_ELSEWHERE');
    expect((await folder.run(['try', 'migrations/nope.sql', ...app])).err).toContain(
      'There is no file migrations/nope.sql',
    );
  });

  it('shows the error of a broken one', async () => {
    await folder.run(['up', ...app]);
    folder.write('migrations/003_lower.sql', broken);
    const { code, err } = await folder.run(['try', '3', ...app]);
    expect(code).toBe(1);
    expect(err).toContain('migrations/003_lower.sql:3:21');
    const { doc } = await json('try', '3');
    expect((doc['error'] as { hint: string }).hint).toMatch(
      /^This was a copy in the folder for temporary files, and is removed again: app\.db itself is unchanged\. /,
    );
    expect((await folder.run(['try', '9', ...app])).err).not.toContain('copy');
    expect(doc).toMatchObject({ ok: false, error: { code: 'STATEMENT_FAILED', location: { line: 3, column: 21 } } });
  });

  it('is data with --json', async () => {
    const { doc } = await json('try', '1');
    expect(doc).toMatchObject({ ok: true, migration: { version: 1 }, up: { statements: 1 }, down: { statements: 1 } });
  });
});

describe('repair', () => {
  beforeEach(async () => {
    await folder.run(['up', ...app]);
  });

  it('has nothing to do when nothing differs', async () => {
    expect((await folder.run(['repair', ...app])).out).toBe('app.db: nothing differs from what was applied\n');
  });

  it('shows the difference line by line and changes nothing', async () => {
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    const { code, out } = await folder.run(['repair', '2', ...app]);
    expect(code).toBe(0);
    expect(out).toContain(
      '  -CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);\n  +CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT);',
    );
    expect(out).toContain(
      'Nothing was changed. `dunlin repair 2 --accept -d app.db` records the present state; it runs nothing.',
    );
    expect((await folder.run(['check', ...app])).code).toBe(3);
  });

  it('accepts with --accept, after a question', async () => {
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    expect((await folder.run(['repair', '--accept', ...app])).code).toBe(2);
    const { code, out } = await folder.run(['repair', '--accept', '--yes', ...app]);
    expect(code).toBe(0);
    expect(out).toContain('app.db: 1 change recorded');
    expect((await folder.run(['check', '--quick', ...app])).code).toBe(0);
  });

  it('tells missing and renamed files as data', async () => {
    folder.rename('migrations/002_notes.sql', 'migrations/002_memos.sql');
    const { doc } = await json('repair');
    expect(doc['changes']).toEqual([{ kind: 'rename', version: 2, name: 'notes', to: 'memos' }]);
    folder.rename('migrations/001_users.sql', 'users.sql');
    expect((await json('repair')).doc['changes']).toContainEqual({ kind: 'forget', version: 1, name: 'users' });
  });

  it.each([[[]], [['--accept']], [['--accept', '--yes']]])('refuses a version that needs none: %j', async (more) => {
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    const { code, out, err } = await folder.run(['repair', '2', '99', ...more, ...app]);
    expect(code).toBe(1);
    expect(out).toBe('');
    expect(err).toMatch(/^error NOTHING_TO_REPAIR\n\n {2}Migration 99 is neither edited/);
    expect((await folder.run(['repair', '1', ...more, ...app])).err).toContain('error NOTHING_TO_REPAIR');
    expect((await folder.run(['check', ...app])).code).toBe(3);
  });

  it('is data with --json', async () => {
    folder.write('migrations/002_notes.sql', notes.replace('text TEXT', 'body TEXT'));
    const { doc } = await json('repair');
    expect(doc).toMatchObject({
      accepted: false,
      changes: [{ kind: 'accept', version: 2, file: 'migrations/002_notes.sql' }],
    });
  });
});

describe('--json and --events', () => {
  it('up is one document', async () => {
    const { code, doc } = await json('up');
    expect(code).toBe(0);
    expect(doc).toMatchObject({
      command: 'up',
      database: 'app.db',
      ok: true,
      from: 0,
      to: 2,
      toLabel: '1.0.0',
      pending: [],
    });
    expect(doc['applied']).toMatchObject([
      { version: 1, name: 'users', direction: 'up', statements: 1 },
      { version: 2, name: 'notes' },
    ]);
  });

  it('a failure is a document as well, and says how far it got', async () => {
    folder.write('migrations/003_lower.sql', broken);
    const { code, doc } = await json('up');
    expect(code).toBe(1);
    expect(doc).toMatchObject({
      ok: false,
      applied: [{ version: 1 }, { version: 2 }],
      failed: { version: 3, name: 'lower', code: 'STATEMENT_FAILED' },
      error: {
        code: 'STATEMENT_FAILED',
        location: { file: 'migrations/003_lower.sql', line: 3, column: 21, statement: 1 },
      },
      pending: [],
    });
  });

  it('a wrong command line is a document as well', async () => {
    const { code, out, err } = await folder.run(['stattus', '--json']);
    expect(code).toBe(2);
    expect(err).toBe('');
    expect(JSON.parse(out)).toMatchObject({ command: null, ok: false, error: { code: 'COMMAND_UNKNOWN' } });
  });

  it('--events prints a line each, the result last', async () => {
    const { out } = await folder.run(['up', ...app, '--events']);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; database: string; time?: string });
    expect(lines.map((line) => line.type)).toEqual([
      'run:start',
      'migration:start',
      'migration:statement',
      'migration:done',
      'migration:start',
      'migration:statement',
      'migration:statement',
      'migration:done',
      'run:done',
      'result',
    ]);
    expect(lines.every((line) => line.database === 'app.db')).toBe(true);
    expect(lines[0]?.time).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/);
  });

  it('--events ends with the document of a usage error too', async () => {
    const { out } = await folder.run(['up', '--steps', 'x', ...app, '--events']);
    expect(JSON.parse(out)).toMatchObject({ type: 'result', ok: false, error: { code: 'USAGE' } });
  });
});

describe('docs/reference/json.md', () => {
  it('names every field that the commands print', async () => {
    const page = readFileSync(new URL('../../docs/reference/json.md', import.meta.url), 'utf8');
    await folder.run(['up', ...app]);
    folder.write('migrations/001_users.sql', users.replace('email', 'mail'));
    folder.write('migrations/003_lower.sql', broken);
    const argvs = [
      ['status'],
      ['history'],
      ['plan'],
      ['repair'],
      ['check'],
      ['up'],
      ['try', '2'],
      ['create', 'x'],
      ['init'],
    ];
    const keys = new Set<string>();
    for (const argv of argvs) {
      const target = argv[0] === 'create' || argv[0] === 'init' ? [] : app;
      const { out } = await folder.run([...argv, ...target, '--json']);
      JSON.parse(out, (key, value: unknown) => {
        if (/[a-z]/.test(key)) keys.add(key);
        return value;
      });
    }
    expect(keys.size).toBeGreaterThan(40);
    expect([...keys].filter((key) => !page.includes(`\`${key}\``) && !page.includes(`"${key}"`))).toEqual([]);
  });
});
