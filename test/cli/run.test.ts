import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { broken, Folder, notes, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder({ 'migrations/001_users.sql': users, 'migrations/002_notes.sql': notes });
});
afterEach(() => folder.remove());

const app = ['-d', 'app.db'];

describe('[C3] up', () => {
  it('applies what is pending, in order, and says where the database is', async () => {
    const { code, out, err } = await folder.run(['up', ...app]);
    expect(err).toBe('');
    expect(out).toMatch(
      /^app\.db at version 0, 2 pending\n\n {2}001 {6}users {2}1 statement +\d+ ms\n {2}002 {6}notes {2}2 statements +\d+ ms\n\napp\.db is at version 2 \(1\.0\.0\)\n$/,
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

  it('[A10] says that nothing is pending the second time', async () => {
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
  });

  it('stops before the next migration at the first Ctrl-C and ends at the second', async () => {
    let press: () => void = () => undefined;
    const { code, out, err, exited } = await folder.run(['up', ...app], {
      onInterrupt: (listener) => {
        press = listener;
      },
      wrap: (runner) => {
        setImmediate(() => {
          press();
          press();
        });
        return runner;
      },
    });
    expect(err).toContain('stopping before the next migration');
    expect(exited).toBe(130);
    expect(code).toBe(130);
    expect(err).toContain('stopped: 1 not started');
    expect(out).toContain('is at version 1');
  });

  it('[C10] --dry-run is plan and changes nothing', async () => {
    const { code, out } = await folder.run(['up', ...app, '--dry-run']);
    expect(code).toBe(0);
    expect(out).toContain('2 pending on app.db (new). Nothing is changed by this command.');
    expect(existsSync('app.db')).toBe(false);
    expect((await folder.run(['plan', ...app])).out).toBe(out);
  });
});

describe('[C4] down', () => {
  beforeEach(async () => {
    await folder.run(['up', ...app]);
  });

  it('needs --yes where nobody can be asked', async () => {
    const { code, err } = await folder.run(['down', ...app]);
    expect(code).toBe(2);
    expect(err).toContain('  002_notes: drops notes');
    expect(err).toContain('error CONFIRMATION_NEEDED');
    expect(err).toContain('add --yes');
    expect((await folder.run(['status', ...app])).out).toContain('version 2');
  });

  it('[C13] rolls back the last one with --yes', async () => {
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

  it('[C8] refuses what has no DOWN part without a question', async () => {
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
    expect(redone.code).toBe(0);
    expect((await folder.run(['to', '1', ...app], { ...terminal, answers: ['yes\n'] })).code).toBe(0);
    expect((await folder.run(['down', ...app, '--steps', '1', '-y'])).code).toBe(0);
    expect((await folder.run(['redo', ...app])).out).toContain('is at version 0');
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

  it('to goes up without a question and down with one', async () => {
    expect((await folder.run(['to', '1', ...app])).out).toContain('app.db is at version 1');
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

describe('[D7] reset', () => {
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
    expect(out).toBe('app.db is empty\n');
    expect(code).toBe(0);
    expect((await folder.run(['status', ...app])).out).toContain('version 0');
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
    expect(err).toContain('add --confirm app.db');
  });
});

describe('baseline', () => {
  it('lists what it would record, and counts', async () => {
    const { err } = await folder.run(['baseline', '2', ...app]);
    expect(err).toContain('  001_users\n  002_notes\n');
    expect(err).toContain('Recording 2 migrations on app.db as applied needs a confirmation');
  });

  it('records without running, after a question', async () => {
    expect((await folder.run(['baseline', '1', ...app])).code).toBe(2);
    const { out } = await folder.run(['baseline', '1', ...app, '--yes']);
    expect(out).toBe('1 migration recorded as applied, none of them ran; app.db is at version 1\n');
    expect((await folder.run(['baseline', '1', ...app, '--yes'])).out).toContain('nothing to record');
  });
});
