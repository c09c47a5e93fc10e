import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { version } from '../../src/version.ts';
import { Folder, users } from './harness.ts';

let folder: Folder;

beforeEach(() => {
  folder = new Folder();
});
afterEach(() => folder.remove());

describe('help', () => {
  it('is what `dunlin` alone prints', async () => {
    const { code, out } = await folder.run([]);
    expect(code).toBe(0);
    for (const command of commands) expect(out).toContain(`\n  ${command.name}`);
    expect((await folder.run(['--help'])).out).toBe(out);
    expect((await folder.run(['help'])).out).toBe(out);
  });

  it.each(commands.map((command) => command.name))('%s has one, with examples', async (name) => {
    const { code, out } = await folder.run([name, '--help']);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: dunlin ${name}`);
    expect(out).toMatch(/\nExamples:\n {2}\S*.*dunlin /);
    expect((await folder.run(['help', name])).out).toBe(out);
  });

  it.each(commands.map((command) => command.name))('%s fits 60 columns', async (name) => {
    const { out } = await folder.run([name, '--help'], { env: { COLUMNS: '60' } });
    const long = out
      .split('\n')
      .filter((line) => line.length > 60 && !line.startsWith('  eval') && !line.startsWith('  dunlin '));
    expect(long).toEqual([]);
  });

  it('--version prints the version', async () => {
    expect(await folder.run(['--version'])).toMatchObject({ code: 0, out: `${version}\n` });
    expect(await folder.run(['-V'])).toMatchObject({ code: 0, out: `${version}\n` });
  });
});

describe('a wrong command line', () => {
  it.each([
    ['migrate', 'up'],
    ['latest', 'up'],
    ['rollback', 'down'],
    ['undo', 'down'],
    ['new', 'create'],
    ['make', 'create'],
    ['info', 'status'],
    ['validate', 'check'],
    ['db:migrate', 'up'],
    ['migrate:status', 'status'],
    ['staus', 'status'],
    ['pu', 'up'],
    ['UP', 'up'],
    ['rolback', 'down'],
  ])('%s suggests %s', async (typed, suggestion) => {
    const { code, out, err } = await folder.run([typed]);
    expect(code).toBe(2);
    expect(out).toBe('');
    expect(err).toContain(`There is no command "${typed}".`);
    expect(err).toContain(`Did you mean \`dunlin ${suggestion}\`?`);
  });

  it.each([[['zzzzzz']], [['help', 'zzzzzz']], [['zzzzzz', '--foo']]])(
    'an unknown word suggests nothing: %j',
    async (argv) => {
      const { code, err } = await folder.run(argv);
      expect(code).toBe(2);
      expect(err).toContain('There is no command "zzzzzz".');
      expect(err).toContain('`dunlin help` lists the commands');
    },
  );

  it.each([
    [['up', '--stepz', '3'], '`dunlin up` has no option --stepz.', 'Did you mean --steps?'],
    [['up', '--dir', 'x'], '`dunlin up` has no option --dir.', 'Did you mean --migrations?'],
    [['down', '--force'], '`dunlin down` has no option --force.', 'Did you mean --yes?'],
    [['up', '--zzzzzz'], '`dunlin up` has no option --zzzzzz.', '`dunlin help up` lists the options'],
    [['up', '-z'], '`dunlin up` has no option -z.', '`dunlin help up` lists the options'],
    [['plan', '--dry-run'], '`dunlin plan` has no option --dry-run.', '`dunlin plan` shows what would run'],
    [['down', '--dry-run'], '`dunlin down` has no option --dry-run.', '`dunlin plan --down` shows what would run'],
    [['redo', '--dry-run'], '`dunlin redo` has no option --dry-run.', '`dunlin plan --down` shows what would run'],
    [['to', '--dry-run', '7'], '`dunlin to` has no option --dry-run.', '`dunlin plan --to 7` shows what would run'],
    [['to', '--dry-run'], '`dunlin to` has no option --dry-run.', '`dunlin plan --to <version>` shows what would run'],
    [['dump', '--version', '5'], '`dunlin dump` has no option --version.', '`dunlin help dump` lists the options'],
    [
      ['-d', 'a.db', 'up', '--version=5'],
      '`dunlin up` has no option --version=5.',
      '`dunlin help up` lists the options',
    ],
    [['status', '-V'], '`dunlin status` has no option -V.', '`dunlin help status` lists the options'],
    [['--stepz'], 'Dunlin has no option --stepz.', '`dunlin help` lists the options'],
    [
      ['to'],
      '`dunlin to` needs <version>.',
      'The usage is `dunlin to [options] <version>`. `dunlin help to` shows examples',
    ],
    [['status', 'x'], '`dunlin status` has no place for the argument "x".', 'The usage is `dunlin status [options]`.'],
    [['to', '1', '2'], '`dunlin to` has no place for the argument "2".', 'Nothing was done. The usage'],
    [['up', '3'], '`dunlin up` has no place for the argument "3".', 'Did you mean `dunlin up --to 3`?'],
    [['status', 'a.db'], 'no place for the argument "a.db".', 'Did you mean `dunlin status -d a.db`?'],
    [['help', 'upp'], 'There is no command "upp".', 'Did you mean `dunlin help up`?'],
    [['help', 'down-to'], 'There is no command "down-to".', 'Did you mean `dunlin help down`?'],
    [['--yes', 'up'], '--yes comes before the command.', 'Did you mean `dunlin up --yes`?'],
    [['--steps', '3', 'up', '-y'], '--steps comes before the command.', '`dunlin up --steps 3 -y`'],
    [['--stepz', 'up'], 'Dunlin has no option --stepz.', '`dunlin help` lists the options'],
    [['-d', 'up'], '`dunlin -d up` names no command.', '`dunlin help` shows the usage'],
    [['backup', '-d', 'a.db'], '`dunlin backup -d a.db` names no command.', '`dunlin help backup` shows the usage'],
    [['help', '-x'], 'Dunlin has no option -x.', '`dunlin help` lists the options'],
    [['help', 'up', '--steps'], 'Dunlin has no option --steps.', '`dunlin help` lists the options'],
    [['up', '--to'], '--to needs a value.', '`dunlin help up`'],
    [['up', '-d'], '--database needs a value.', '`dunlin help up`'],
    [['up', '-d', '--'], '--database needs a value, and -- is none.', 'Nothing was done. `dunlin help up`'],
    [['up', '-d', '--', 'a.db'], '--database needs a value, and -- is none.', 'Did you mean `dunlin up -d a.db`?'],
    [['-d'], '--database needs a value.', '`dunlin help` shows'],
    [
      ['up', '--to', 'x', '-d', 'a.db'],
      '--to is the number of a migration, such as 7 or 007, not "x".',
      'Nothing was done',
    ],
    [['up', '--steps', '0', '-d', 'a.db'], '--steps is a whole number of at least 1, not "0".', 'Nothing was done'],
    [
      ['up', '--lock-timeout', 'soon', '-d', 'a.db'],
      '--lock-timeout is a time such as 30, 30s, 500ms or 2m, not "soon".',
      'Nothing',
    ],
    [
      ['up', '--layout', 'flat', '-d', 'a.db'],
      '--layout is standard, filename or semver, not "flat".',
      'Nothing was done',
    ],
    [['up', '-m', '', '-d', 'a.db'], '--migrations needs a path, not "".', 'Nothing was done'],
    [['create', 'x', '-m', ''], '--migrations needs a path, not "".', '`dunlin help create`'],
    [['init', '-m', ''], '--migrations needs a path, not "".', '`dunlin help init`'],
    [['status', '--config', ''], '--config needs a path, not "".', '`dunlin help status`'],
    [
      ['up', '--commit', 'never', '-d', 'a.db'],
      '--commit is run, migration, or a time such as 10s, not "never".',
      'Nothing was done',
    ],
    [
      ['down', '--commit', '0', '-d', 'a.db'],
      '--commit is run, migration, or a time such as 10s, not "0".',
      'Nothing was done',
    ],
    [['to', '1', '--commit', '5 days', '-d', 'a.db'], '--commit is a time such as', 'Nothing was done'],
    [['up', '--atomic', 'all', '-d', 'a.db'], '--atomic is migration or run, not "all".', 'Nothing was done'],
    [['up', '--to', '1', '--steps', '1'], '--to and --steps cannot be given together.', 'Nothing was done'],
    [['completion', 'tcsh'], 'The shell is bash, zsh or fish, not "tcsh".', 'Nothing was done'],
    [
      ['completion'],
      'Name the shell: `dunlin completion bash`, `dunlin completion zsh`, `dunlin completion fish`.',
      'Nothing',
    ],
    [['create', '!?'], '"!?" has no letter or digit for a file name.', 'Nothing was changed'],
  ])('%j', async (argv, message, hint) => {
    const { code, err } = await folder.run(argv);
    expect(err.replace(/\s+/g, ' ')).toContain(message);
    expect(err.replace(/\s+/g, ' ')).toContain(hint);
    expect(code).toBe(2);
  });

  it.each([[['--json']], [['backup', '--json']]])('%j alone is answered as JSON', async (argv) => {
    const { code, out, err } = await folder.run(argv);
    expect([code, err]).toEqual([2, '']);
    expect(JSON.parse(out)).toMatchObject({
      command: null,
      ok: false,
      error: { code: 'USAGE', message: `\`dunlin ${argv.join(' ')}\` names no command.` },
    });
  });

  it.each<[string, readonly string[], string, string]>([
    ['no table', ['up', '-d', 'app.db', '--table', ''], 'USAGE', '--table needs the name of a table, not ""'],
    ['a table of SQLite’s', ['up', '-d', 'app.db', '--table', 'SQLite_x'], 'USAGE', 'begin with sqlite_'],
    ['a folder for a configuration', ['status', '--config', 'migrations'], 'CONFIG_UNREADABLE', 'it is a folder'],
    ['no configuration', ['status', '--config', 'nope'], 'CONFIG_NOT_FOUND', 'nope does not exist'],
    ['an empty name for a new configuration', ['init', '-d', ''], 'DATABASE_URL_INVALID', 'it is empty'],
    [
      'an SQL file that is not there',
      ['diff', 'nope.sql', '0'],
      'FILE_UNREADABLE',
      'no such file or directory (ENOENT)',
    ],
    [
      'a folder that is not there for a dump, before anything is done',
      ['up', '-d', 'app.db', '--dump', 'nope/schema.sql'],
      'DUMP_NOT_WRITTEN',
      'there is no folder nope',
    ],
  ])('says what is wrong: %s', async (_name, argv, code, text) => {
    folder.write('migrations/001_users.sql', users);
    const ran = await folder.run(argv);
    expect(ran.code).not.toBe(0);
    expect(ran.err).toContain(code);
    expect(ran.err).toContain(text);
    expect(readdirSync(folder.path)).toEqual(['migrations']);
  });

  it.each<[readonly string[], string, string]>([
    [['up', '-d', '--json'], '--database needs a value, and --json begins with "-"', '`dunlin up -d ./--json`'],
    [['-d', '--json', 'up'], '--database needs a value, and --json begins with "-"', '`dunlin -d ./--json up`'],
    [['up', '-d', 'a.db', '-d', '-x'], '--database needs a value, and -x begins', '`dunlin up -d a.db -d ./-x`'],
    [['up', '-d', 'a.db', '-m', '--json'], '--migrations needs a value, and --json', '-m ./--json`'],
    [['up', '-d', 'a.db', '--config', '-q'], '--config needs a value, and -q begins', '--config ./-q`'],
    [['up', '-d', 'a.db', '--table', '-x'], '--table needs a value, and -x begins', '-d a.db --table=-x`'],
    [['up', '-d', 'a.db', '--to', '--steps', '1'], '--to needs a value, and --steps begins', '--to=--steps 1`'],
    [['up', '-d', 'a.db', '--dump', '--yes'], '--dump needs a value, and --yes begins', '--dump ./--yes`'],
    [['backup', 'list', '--backup-dir', '--all'], '--backup-dir needs a value, and --all', '--backup-dir ./--all`'],
    [['up', '-d='], '-d takes its value after a space: of -d= it would be "="', '`dunlin help up`'],
    [['up', '-d=app.db'], 'of -d=app.db it would be "=app.db"', '`dunlin up -d app.db`'],
    [['up', '-d=-a.db'], 'of -d=-a.db it would be "=-a.db"', '`dunlin up -d ./-a.db`'],
    [['up', '-d', 'a.db', '-m=sql'], 'of -m=sql it would be "=sql"', '`dunlin up -d a.db -m sql`'],
  ])('refuses a value that looks like an option: %j', async (argv, message, hint) => {
    folder.write('migrations/001_users.sql', users);
    const { code, out, err } = await folder.run(argv);
    const said = `${out}${err}`.replace(/\s+/g, ' ').replaceAll('\\"', '"');
    expect(code).toBe(2);
    expect(said).toContain(message);
    expect(said).toContain(hint);
    expect(readdirSync(folder.path)).toEqual(['migrations']);
  });

  it.each<[readonly string[], string]>([
    [['-d', './--json'], '--json'],
    [['--database=--json'], '--json'],
    [['-d', '=a.db'], '=a.db'],
    [['--database==a.db'], '=a.db'],
  ])('takes such a value where it is plainly one: %j', async (argv, file) => {
    folder.write('migrations/001_users.sql', users);
    expect(await folder.run(['up', ...argv])).toMatchObject({ code: 0 });
    expect(readdirSync(folder.path)).toContain(file);
  });

  it('repeats such a value in a hint so that it can be typed', async () => {
    const { err } = await folder.run(['up', '-d', 'a.db', '--table=-x', '--migrations=-m']);
    expect(err.replace(/\s+/g, ' ')).toContain('`dunlin create <name> -m ./-m`');
    folder.write('-m/001_users.sql', users);
    expect(
      (await folder.run(['plan', '-d', 'a.db', '--table=-x', '--migrations=-m'])).err.replace(/\s+/g, ' '),
    ).toContain('--table=-x');
  });

  it('takes the database and the directory before the command as well', async () => {
    folder.write('sql/001_a.sql', 'CREATE TABLE a (id);');
    const { code, out } = await folder.run(['-m', 'sql', '-d', 'a.db', '--json', 'up']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ database: 'a.db', to: 1 });
    const both = await folder.run(['-d', 'a.db', '-m', 'none', 'status', '-d', 'b.db', '-m', 'sql']);
    expect(both.out).toMatch(/^a\.db\n[^]*\nb\.db\n/);
  });
});

describe('an unexpected error', () => {
  it('says so, with the stack under --verbose', async () => {
    const wrap = (): never => {
      throw new TypeError('boom');
    };
    const short = await folder.run(['status', '-d', 'a.db'], { wrap });
    expect(short.code).toBe(1);
    expect(short.err).toContain('error UNEXPECTED\n\n  boom\n');
    expect(short.err).not.toContain('    at ');
    expect((await folder.run(['status', '-d', 'a.db', '--verbose'], { wrap })).err).toContain('    at ');
    const { out } = await folder.run(['status', '-d', 'a.db', '--json'], { wrap });
    expect(JSON.parse(out)).toMatchObject({ ok: false, error: { code: 'UNEXPECTED', message: 'boom', hint: null } });
  });
});
