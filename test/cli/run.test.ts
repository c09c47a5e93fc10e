import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/cli/context.ts';
import { broken, Folder, notes, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes });
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];

describe('up', () => {
  it('applies what is pending, in order, and says where the database is', async () => {
    const { code, out, err } = await folder.run(['up', ...app]);
    expect(err).toBe('');
    expect(out).toMatch(
      /^created app\.db\napp\.db at version 0, 2 pending\n\n {2}001 {6}users {2}1 statement +[\d.]+ m?s\n {2}002 {6}notes {2}2 statements +[\d.]+ m?s\n\napp\.db is at version 2 \(1\.0\.0\)\n$/,
    );
    expect(code).toBe(0);
  });

  it('passes notes of a run on', async () => {
    const { err } = await folder.run(['up', ...app], {
      wrap: (runner) => {
        const up = runner.up.bind(runner);
        runner.up = async (options) => ({ ...(await up(options)), notes: ['something worth knowing'] });
        return runner;
      },
    });
    expect(err).toBe('note: something worth knowing\n');
  });

  it('shows the line of a module at which it failed', async () => {
    const fails = async (file: string, text: string): Promise<string> => {
      folder.write('migrations/' + file, text);
      return (await folder.run(['up', ...app, '-q'])).err;
    };
    expect(await fails('003_a.mjs', `export const up = (db) => {\n  db.exec('SELECT nope');\n};\n`)).toContain(
      `error FUNCTION_FAILED  migrations/003_a.mjs:2:6\n\n  Migration 003_a failed in up(): no such column: nope`,
    );
    expect(await fails('003_a.mjs', `export const up = (db) => {\n  db.exec(undefined);\n};\n`)).toContain(
      `error SQL_NOT_TEXT  migrations/003_a.mjs:2:6\n`,
    );
    const verify = `export const up = () => undefined;\nexport const verify = (db) => {\n  throw new Error('no');\n};\n`;
    expect(await fails('003_a.mjs', verify)).toContain(`error VERIFICATION_FAILED  migrations/003_a.mjs:3:9\n`);
    const noText = verify.replace(`throw new Error('no')`, 'db.exec()');
    expect(await fails('003_a.mjs', noText)).toContain(`error SQL_NOT_TEXT  migrations/003_a.mjs:3:6\n`);
    expect(await fails('003_a.mjs', `\nthrow new Error('no');\n`)).toContain(
      `error MODULE_FAILED  migrations/003_a.mjs:2:7\n`,
    );
  });

  it('says that nothing is pending the second time', async () => {
    await folder.run(['up', ...app]);
    expect(await folder.run(['up', ...app])).toMatchObject({
      code: 0,
      out: 'app.db is at version 2 (1.0.0), nothing pending\n',
    });
  });

  it('goes up to a version, or by steps', async () => {
    expect((await folder.run(['up', ...app, '--steps', '1'])).out).toContain(
      'app.db is at version 1 (1.0.0), 1 pending',
    );
    expect((await folder.run(['up', ...app, '--to', '002'])).out).toContain('app.db is at version 2');
  });

  it('shows where a statement failed, and exits with 1', async () => {
    folder.write('migrations/003_lower.sql', broken);
    const { code, out, err } = await folder.run(['up', ...app]);
    expect(code).toBe(1);
    expect(out).toContain('  003      lower  failed\n');
    expect(err).toContain('error STATEMENT_FAILED  migrations/003_lower.sql:3:21\n');
    expect(err).toContain('  > 3 |   SET email = lower(emial) WHERE email IS NOT NULL;\n');
    expect(err).toContain('      |                     ^ no such column: emial');
    expect(err).toContain('done before it: 001_users, 002_notes');
  });

  it('takes the whole run back with --atomic run', async () => {
    folder.write('migrations/003_lower.sql', broken);
    expect((await folder.run(['up', ...app, '--atomic', 'run'])).code).toBe(1);
    expect((await folder.run(['status', ...app])).out).toContain('version 0   0 applied, 3 pending');
  });

  it('prints nothing but errors with --quiet', async () => {
    expect(await folder.run(['up', ...app, '--quiet'])).toMatchObject({ code: 0, out: '', err: '' });
    const asked = [
      ['status'],
      ['history'],
      ['plan'],
      ['check'],
      ['try', '1'],
      ['repair'],
      ['create', 'more'],
      ['init'],
    ];
    for (const argv of asked)
      expect(await folder.run([...argv, '-q', ...app]), argv.join(' ')).toMatchObject({ code: 0, out: '', err: '' });
    folder.write('migrations/001_users.sql', users.replace('email', 'mail'));
    expect((await folder.run(['up', ...app, '--quiet'])).err).toContain('error MIGRATION_EDITED');
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops before the next migration at the first %s, and ends with %d at the second', async (name, code) => {
    let send: (signal: StopSignal) => void = () => undefined;
    const ran = await folder.run(['up', ...app], {
      onStopSignal: (listener) => {
        send = listener;
      },
      wrap: (runner) => {
        setImmediate(() => {
          send(name);
          send('SIGINT');
        });
        return runner;
      },
    });
    expect(ran.err).toContain('stopping before the next migration; a second signal stops at once');
    expect(ran.exited).toBe(code);
    expect(ran.code).toBe(code);
    expect(ran.err).toContain('stopped: 2 not started');
    expect(ran.out).toContain('is at version 0');
  });

  it('a signal that ends the wait for a lock has its own exit code, not that of the lock', async () => {
    const { default: BetterSqlite3 } = await import('better-sqlite3');
    const writer = new BetterSqlite3('app.db');
    writer.exec('CREATE TABLE t (x); BEGIN IMMEDIATE');
    const { code, err } = await folder.run(['up', ...app, '--lock-timeout', '600'], {
      onStopSignal: (send) => void setImmediate(() => send('SIGTERM')),
    });
    writer.close();
    expect(err).toContain('error LOCKED');
    expect(code).toBe(143);
  });

  it('--dry-run is plan and changes nothing', async () => {
    const { code, out } = await folder.run(['up', ...app, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('2 pending on app.db (new). Nothing is changed by this command.');
    expect(existsSync('app.db')).toBe(false);
    expect((await folder.run(['plan', ...app])).out).toBe(out);
  });
});

describe('down', () => {
  beforeEach(async () => {
    await folder.run(['up', ...app]);
  });

  it('needs --yes where nobody can be asked', async () => {
    const { code, err } = await folder.run(['down', ...app]);
    expect(code).toBe(2);
    expect(err).toContain('  002_notes: drops notes');
    expect(err).toContain('error CONFIRMATION_NEEDED');
    expect(err).toContain('add `--yes`.');
    expect((await folder.run(['status', ...app])).out).toContain('version 2');
  });

  it('rolls back the last one with --yes', async () => {
    const { code, out } = await folder.run(['down', ...app, '--yes']);
    expect(code).toBe(0);
    expect(out).toContain('app.db at version 2, 1 to roll back');
    expect(out).toContain('rolled back, 1 statement');
    expect(out).toContain('app.db is at version 1 (1.0.0), 1 pending');
  });

  it('asks on a terminal and takes yes', async () => {
    const { code, err } = await folder.run(['down', ...app], { columns: 80, answers: ['y\n'] });
    expect(err).toContain('Roll back 002_notes on app.db? [y/N] ');
    expect(code).toBe(0);
  });

  it('does nothing after a no', async () => {
    const { code, err } = await folder.run(['down', ...app], { columns: 80, answers: ['n\n'], env: { NO_COLOR: '1' } });
    expect(code).toBe(1);
    expect(err).toContain('error DECLINED');
  });

  it('does nothing after Ctrl-C, and exits with 130', async () => {
    const { code, err } = await folder.run(['down', ...app], {
      columns: 80,
      answers: ['\u0003'],
      env: { TERM: 'xterm' },
    });
    expect(code).toBe(130);
    expect(err).toContain('Nothing was changed.');
    expect((await folder.run(['status', ...app])).out).toContain('version 2');
  });

  it('does nothing after Ctrl-D', async () => {
    const { code } = await folder.run(['down', ...app], { columns: 80, answers: ['\u0004'], env: { TERM: 'xterm' } });
    expect(code).toBe(130);
  });

  it('does not ask in CI, even on a terminal', async () => {
    expect((await folder.run(['down', ...app], { columns: 80, env: { CI: 'true' } })).code).toBe(2);
  });

  it('--all means every migration', async () => {
    const { code, out } = await folder.run(['down', ...app, '--all', '--yes']);
    expect(code).toBe(0);
    expect(out).toContain('app.db is at version 0, 2 pending');
    expect((await folder.run(['down', ...app, '--yes'])).out).toBe('app.db is at version 0, nothing to roll back\n');
  });

  it('refuses two ways to say how far', async () => {
    const { code, err } = await folder.run(['down', ...app, '--all', '--steps', '1']);
    expect(code).toBe(2);
    expect(err).toContain('--steps and --all cannot be given together.');
  });

  it('refuses what has no DOWN part without a question', async () => {
    folder.write('migrations/003_plain.sql', 'CREATE TABLE plain (id);');
    await folder.run(['up', ...app]);
    const { code, err } = await folder.run(['down', ...app]);
    expect(code).toBe(1);
    expect(err).toContain('error CANNOT_ROLL_BACK');
  });
});

describe('redo and to', () => {
  it('ask on a terminal, and say what would be lost', async () => {
    await folder.run(['up', ...app]);
    const terminal = { columns: 80, env: { NO_COLOR: '1' } };
    const redone = await folder.run(['redo', ...app], { ...terminal, answers: ['y\n'] });
    expect(redone.err).toContain('002_notes: drops notes with what they hold');
    expect(redone.out).toContain('app.db at version 2, 1 to roll back and apply again\n');
    expect((await folder.run(['history', ...app, '-n', '1'])).out).toMatch(/ redo +ok .* 002_notes +dunlin redo/);
    expect(redone.code).toBe(0);
    expect((await folder.run(['to', '1', ...app], { ...terminal, answers: ['yes\n'] })).code).toBe(0);
    expect((await folder.run(['down', ...app, '--steps', '1', '-y'])).code).toBe(0);
    expect((await folder.run(['redo', ...app])).out).toBe('app.db is at version 0, nothing to roll back\n');
  });

  it('a redo that failed is one in the history too', async () => {
    await folder.run(['up', ...app]);
    folder.write(
      'migrations/003_once.mjs',
      'export const up = (db) => db.exec("INSERT INTO notes (id) VALUES (1)");\nexport const down = () => {};\n',
    );
    await folder.run(['up', ...app]);
    const failed = await folder.run(['redo', ...app, '-y']);
    expect(failed.code).toBe(1);
    expect(failed.err.replaceAll(/\s+/g, ' ')).toContain(
      'The run happens together or not at all: 003_once is applied as before.',
    );
    expect((await folder.run(['history', ...app, '-n', '1'])).out).toMatch(
      / redo +failed .* 003_once failed FUNCTION_FAILED/,
    );
    const said = (await folder.run(['status', ...app])).out.replaceAll(/\s+/g, ' ');
    expect(said).toContain(
      'It is applied as before, and nothing has run since. Correct it; then `dunlin redo -d app.db` tries again.',
    );
  });

  it('down ends at the version that --to names', async () => {
    await folder.run(['up', ...app]);
    expect((await folder.run(['down', ...app, '--to', '1', '-y'])).out).toContain('is at version 1 (1.0.0), 1 pending');
  });

  it('redo rolls back and applies again, after a question', async () => {
    await folder.run(['up', ...app]);
    expect((await folder.run(['redo', ...app])).code).toBe(2);
    const { code, out } = await folder.run(['redo', ...app, '-y']);
    expect(code).toBe(0);
    expect(out).toContain('app.db is at version 2');
  });

  it('up to a version that is behind points to `to`', async () => {
    await folder.run(['up', ...app]);
    expect(await folder.run(['up', '--to', '1', ...app])).toMatchObject({
      code: 0,
      out: 'app.db is at version 2 (1.0.0); `dunlin to 1 -d app.db` goes back to 1\n',
    });
    expect((await folder.run(['up', '--to', '2', ...app])).out).toContain('nothing pending');
  });

  it('to goes up without a question and down with one', async () => {
    await folder.run(['up', ...app, '--steps', '1']);
    expect((await folder.run(['to', '2', ...app])).code).toBe(0);
    expect((await folder.run(['to', '0', ...app])).code).toBe(2);
    expect((await folder.run(['to', '0', ...app, '--yes'])).out).toContain('app.db is at version 0');
  });

  it('to refuses what is no version', async () => {
    const { code, err } = await folder.run(['to', 'latest', ...app]);
    expect(code).toBe(2);
    expect(err).toContain('The version is the number of a migration, such as 7 or 007, not "latest".');
  });
});

describe('reset', () => {
  beforeEach(async () => {
    await folder.run(['up', ...app]);
  });

  it('has the name typed', async () => {
    const { code, out, err } = await folder.run(['reset', ...app], {
      columns: 100,
      answers: ['app.db\n'],
      env: { NO_COLOR: '1' },
    });
    expect(err).toContain('EVERYTHING in app.db will be deleted');
    expect(out).toMatch(
      /^app\.db is empty\n`dunlin backup restore \d{8}T\d{9}Z-before-reset -d app\.db` brings back what it held\n$/,
    );
    expect(code).toBe(0);
    expect((await folder.run(['status', ...app])).out).toContain('version 0');
  });

  it('takes the file’s name, the path, and the name in the configuration', async () => {
    const config = { databases: { main: { path: 'data/app.db', migrations: 'migrations' } } };
    folder.write('dunlin.config.json', JSON.stringify(config));
    folder.write('data/.keep', '');
    await folder.run(['up']);
    const asked = await folder.run(['reset'], { columns: 60, answers: ['main\n'], env: { NO_COLOR: '1' } });
    expect(asked.err).toContain("Type the database's name, main, to continue: ");
    expect(asked.out).toMatch(/^data\/app\.db is empty\n`dunlin backup restore/);
    expect((await folder.run(['reset'])).err).toContain('`--confirm main`');
    expect((await folder.run(['reset', '--confirm', 'app.db'])).code).toBe(0);
    expect((await folder.run(['reset', '--confirm', 'data/app.db'])).code).toBe(0);
    const wrong = await folder.run(['reset', '--confirm', 'App.db']);
    expect(wrong.err).toContain('confirm with main or app.db or data/app.db.');
  });

  it('quotes a name with a space, to be copied', async () => {
    await folder.run(['up', '-d', 'my app.db']);
    expect((await folder.run(['reset', '-d', 'my app.db'])).err).toContain('add `--confirm "my app.db"`');
  });

  it('does nothing for another name', async () => {
    const { code, err } = await folder.run(['reset', ...app, '--confirm', 'prod.db']);
    expect(code).toBe(1);
    expect(err).toContain('error CONFIRMATION_WRONG');
    expect((await folder.run(['status', ...app])).out).toContain('version 2');
  });

  it('needs --confirm without a terminal; --yes is not enough', async () => {
    const { code, err } = await folder.run(['reset', ...app, '--yes']);
    expect(code).toBe(2);
    expect(err).toContain('add `--confirm app.db` (--yes is not enough).');
  });
});

describe('baseline', () => {
  beforeEach(() => folder.write('app.db', ''));

  it('lists what it would record, and counts', async () => {
    const { err } = await folder.run(['baseline', '2', ...app]);
    expect(err).toContain('  001_users\n  002_notes\n');
    // Before anything is recorded, what the database does not have.
    expect(err).toMatch(/\n {2}app\.db is not what the recorded migrations make: .*table users is gone\n/);
    expect(err).toContain('Recording 2 migrations on app.db as applied needs a confirmation');
  });

  it('records without running, after a question', async () => {
    expect((await folder.run(['baseline', '1', ...app])).code).toBe(2);
    const { out } = await folder.run(['baseline', '1', ...app, '--yes']);
    expect(out).toBe('1 migration recorded as applied, none of them ran; app.db is at version 1\n');
    expect((await folder.run(['baseline', '1', ...app, '--yes'])).out).toContain('nothing to record');
  });

  it('refuses what the database does not have, as its VERIFY queries show; --no-verify does not ask them', async () => {
    folder.write(
      'migrations/003_tags.sql',
      'CREATE TABLE tags (x);\n-- === VERIFY ===\nSELECT count(*) = 0 FROM tags;',
    );
    const { code, err } = await folder.run(['baseline', '3', ...app, '--yes']);
    expect(code).toBe(1);
    expect(err).toContain('(no such table: tags)');
    expect(err).toContain('--no-verify');
    expect((await folder.run(['status', ...app, '--json'])).out).toContain('"version": 0');
    expect((await folder.run(['baseline', '3', ...app, '--yes', '--no-verify'])).out).toContain('at version 3');
  });
});

describe('a database that is not there', () => {
  beforeEach(async () => {
    await folder.run(['up', '-d', 'notes.db']);
  });

  it.each([
    ['down'],
    ['redo'],
    ['to', '1'],
    ['baseline', '1'],
    ['repair'],
    ['repair', '--accept'],
    ['reset'],
    ['dump'],
  ])('%s refuses, and creates nothing', async (...argv) => {
    const { code, err } = await folder.run([...argv, '-y', '-d', 'nots.db']);
    expect(code).toBe(2);
    expect(err).toContain('error DATABASE_NOT_FOUND\n\n  nots.db does not exist.\n');
    expect(err).toContain('Did you mean `notes.db`?');
    expect((await folder.run([...argv, '-y', '-d', 'x.db', '--json'])).out).toContain('`dunlin up -d x.db` creates');
    expect(existsSync('nots.db') || existsSync('x.db')).toBe(false);
  });

  it.each([['status'], ['history'], ['plan'], ['check', '--allow-pending'], ['try', '1'], ['up', '--dry-run']])(
    '%s says so, and works',
    async (...argv) => {
      const { code, err } = await folder.run([...argv, '-d', 'zzz.db']);
      expect(code).toBe(0);
      expect(err).toContain('note: zzz.db does not exist yet; `dunlin up -d zzz.db` creates it\n');
      expect((await folder.run([...argv, '-d', 'nots.db'])).err).toContain(
        'note: nots.db does not exist yet; did you mean notes.db?\n',
      );
      expect(existsSync('zzz.db') || existsSync('nots.db')).toBe(false);
    },
  );

  it('up says that it created it, also when it then fails', async () => {
    const typo = await folder.run(['up', '-d', 'nots.db']);
    expect(typo.out).toMatch(/^created nots\.db\n/);
    expect(typo.err).toBe('note: nots.db does not exist yet; did you mean notes.db?\n');
    expect((await folder.run(['up', '-d', 'nots.db'])).out).not.toContain('created');
    folder.write('migrations/003_lower.sql', broken);
    expect((await folder.run(['up', '-d', 'zzz.db'])).out).toMatch(/^created zzz\.db\n/);
  });

  it('a number in the name is no slip', async () => {
    await folder.run(['up', '-d', 'tenant1.db']);
    expect((await folder.run(['up', '-d', 'tenant2.db'])).err).toBe('');
  });

  it('one in memory is always there', async () => {
    expect((await folder.run(['down', '-d', ':memory:', '-y'])).out).toContain('nothing to roll back');
  });
});

describe('a migration without statements', () => {
  const file = 'migrations/003_more.sql';

  beforeEach(async () => {
    await folder.run(['up', ...app]);
    await folder.run(['create', 'more']);
  });

  it('is refused as `create` leaves it, unless it is allowed', async () => {
    const refused = await folder.run(['up', ...app]);
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('error EMPTY_MIGRATION');
    expect(refused.err).toContain(`${file} is not filled in: its UP part is empty.`);
    expect((await folder.run(['plan', ...app])).err).toContain('EMPTY_MIGRATION');
    expect((await folder.run(['check', ...app])).code).toBe(3);
    const { out, err } = await folder.run(['status', ...app]);
    expect(out + err).toContain('is not filled in: `up` refuses it without --allow-empty\n');
    await folder.run(['create', 'again', '--format', 'mjs']);
    folder.write('migrations/004_again.mjs', 'export default { up(db) {\n    db.exec(``);\n  } };\n');
    folder.write(file, 'CREATE TABLE more (id);');
    expect((await folder.run(['up', ...app])).err).toContain('004_again.mjs is not filled in: its up() does nothing.');
    expect((await folder.run(['up', ...app, '--allow-empty'])).code).toBe(0);
    expect((await folder.run(['up', ...app])).code).toBe(0);
  });

  it.each(['plan', 'check', 'status'])('%s warns of one with a comment', async (command) => {
    folder.write(file, '-- nothing to do here\n');
    const { out, err } = await folder.run([command, ...app]);
    expect(out + err).toContain('has no statements: `up` would record it without changing anything\n');
  });

  it('up warns, and says so as data', async () => {
    folder.write(file, '-- nothing to do here\n');
    const warning = `${file} has no statements: it is recorded as applied, and nothing was changed`;
    const { out, err } = await folder.run(['up', ...app]);
    expect(out).toMatch(/003 +more +no statements/);
    expect(err).toBe(`note: ${warning}\n`);
    await folder.run(['create', 'again', '--format', 'mjs']);
    folder.write('migrations/004_again.mjs', 'export const up = (db) => db.exec("-- later");\n');
    const { notes } = JSON.parse((await folder.run(['up', ...app, '--json'])).out) as { notes: string[] };
    expect(notes).toEqual([warning.replace(file, 'migrations/004_again.mjs')]);
  });

  it('repair says that accepting runs nothing', async () => {
    await folder.run(['up', ...app, '--allow-empty']);
    folder.write(file, 'CREATE TABLE more (id);');
    const { out } = await folder.run(['repair', ...app]);
    expect(out).toContain('Accepting records the present text and runs none of it:');
    expect((await folder.run(['up', ...app])).err).toMatch(/records\s+the\s+present\s+text\s+without\s+running\s+it\./);
  });
});
