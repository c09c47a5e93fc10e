import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

// The built command line: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');
let folder: string;
let spy: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-loading-'));
  mkdirSync(join(folder, 'migrations'));
  writeFileSync(join(folder, 'migrations/001_users.sql'), 'CREATE TABLE users (id INTEGER PRIMARY KEY);');
  spy = join(folder, 'spy.cjs');
  // Sees each `require`, of Node's own modules and of Dunlin's files.
  writeFileSync(
    spy,
    `const Module = require('node:module');
const asked = new Set();
const load = Module._load;
Module._load = function (request, ...rest) {
  asked.add(request);
  return load.call(this, request, ...rest);
};
process.on('exit', () => require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'loaded.json'))}, JSON.stringify([...asked])));
`,
  );
  expect(run(cli, 'up', '-d', 'app.db').status).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(program: string, ...args: readonly string[]): { status: number | null; stdout: string; loaded: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--require', spy, program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(stderr.replace(/^note: .*\n/gm, '')).toBe('');
  return { status, stdout, loaded: JSON.parse(readFileSync(join(folder, 'loaded.json'), 'utf8')) as string[] };
}

/** The programs that were loaded, in their order. */
const programs = (loaded: readonly string[]): readonly string[] =>
  loaded.flatMap((file) => /(?:up-to-date|status|whole)\.js$/.exec(file)?.[0] ?? []);

describe('nothing is loaded before it is needed', () => {
  it.each([
    ['up -d app.db', ['up-to-date.js']],
    ['up -d app.db --quiet', ['up-to-date.js']],
    ['up -d a-new.db', ['whole.js']],
    ['up -d app.db --no-color', ['up-to-date.js', 'whole.js']],
    ['status -d app.db', ['status.js']],
    ['--version', ['whole.js']],
    ['help', ['whole.js']],
    ['help backup', ['whole.js']],
    ['history -d app.db', ['whole.js']],
  ])('by `dunlin %s`', (line, expected) => {
    const { status, loaded } = run(cli, ...line.split(' '));
    rmSync(join(folder, 'a-new.db'), { force: true });
    expect(status).toBe(0);
    expect(programs(loaded)).toEqual(expected);
    // The parser of the command line loads what starts processes.
    const needless = [
      'readline',
      'worker_threads',
      'zlib',
      ...(expected.length === 1 && expected[0] === 'up-to-date.js' ? ['child_process'] : []),
    ];
    for (const name of needless) {
      expect(loaded).not.toContain(name);
      expect(loaded).not.toContain(`node:${name}`);
    }
  });
});

describe('the fast path is enough', () => {
  afterEach(() => {
    for (const file of ['dunlin.config.json', '.env']) rmSync(join(folder, file), { force: true });
  });

  it.each([
    [
      'a configuration',
      'dunlin.config.json',
      '{ "database": "app.db", "migrations": "migrations", "verify": "full" }',
      'up',
    ],
    ['a configuration of backups', 'dunlin.config.json', '{ "database": "app.db", "backups": { "keep": 2 } }', 'up'],
    ['a file of variables', '.env', 'DATABASE_PATH=app.db', 'up'],
    ['a URL', '.env', '', 'up -d file:app.db'],
  ])('with %s', (_, file, text, line) => {
    writeFileSync(join(folder, file), text);
    const { stdout, loaded } = run(cli, ...line.split(' '));
    expect(stdout).toBe('app.db is at version 1, nothing pending\n');
    expect(programs(loaded)).toEqual(['up-to-date.js']);
  });
});

/** What `up` prints and how it ends, by the short way and, with an option that it does not know, by the whole program. */
const both = (...args: readonly string[]): { short: string; whole: string } => {
  const text = (...more: readonly string[]): string => {
    const result = spawnSync(process.execPath, [cli, 'up', ...more, ...args], { cwd: folder, encoding: 'utf8' });
    return `${result.status} ${result.stdout}${result.stderr}`;
  };
  return { short: text(), whole: text('--no-color') };
};

describe('the fast path of `up` prints what the whole program prints', () => {
  const config = (value: object): void => writeFileSync(join(folder, 'dunlin.config.json'), JSON.stringify(value));
  afterEach(() => rmSync(join(folder, 'dunlin.config.json'), { force: true }));

  it.each([
    ['with nothing pending', ['-d', 'app.db']],
    ['by a path with a space', ['-d', 'a copy.db']],
    ['quietly', ['-d', 'app.db', '-q']],
    ['of a database that is missing', ['-d', 'none.db/none.db']],
    ['of a file that is no database', ['-d', 'migrations/001_users.sql']],
    ['of a directory that is missing', ['-d', 'app.db', '-m', 'none']],
    ['of two databases', ['-d', 'app.db', '-d', 'a copy.db']],
    ['of a database that may only be read', ['-d', 'file:app.db?mode=ro']],
    ['of a database whose name begins with a hyphen', ['--database=-x.db']],
    ['without a database', []],
    ['with an argument too many', ['app.db']],
    ['with an option that does not exist', ['-d', 'app.db', '--stpes', '3']],
    ['with an option without its value', ['-d']],
  ])('%s', (_, args) => {
    for (const name of ['a copy.db', '-x.db']) copyFileSync(join(folder, 'app.db'), join(folder, name));
    const { short, whole } = both(...args);
    expect(short).toBe(whole);
  });

  it.each([
    ['a configured database', { database: 'app.db' }, /^0 app\.db is at version 1, nothing pending\n$/],
    ['a wrong option', { database: 'app.db', verify: 'never' }, /^\d .*CONFIG_INVALID/s],
    [
      'options that exclude each other',
      { database: 'app.db', atomic: 'run', commit: 'migration' },
      /^\d .*OPTION_INVALID/s,
    ],
    [
      'two names for one table',
      { database: 'app.db', tables: { migrations: 'x', attempts: 'X' } },
      /^\d .*OPTION_INVALID/s,
    ],
    ['a set that fits no migrations', { database: 'app.db', together: [[1, 2]] }, /^\d .*TOGETHER_INVALID/s],
  ])('%s', (_, value, expected) => {
    config(value);
    const { short, whole } = both();
    expect(short).toMatch(expected);
    expect(short).toBe(whole);
  });

  it('a schema that was changed by hand', () => {
    copyFileSync(join(folder, 'app.db'), join(folder, 'drifted.db'));
    const db = new Database(join(folder, 'drifted.db'));
    db.exec('CREATE INDEX by_hand ON users (id)');
    db.close();
    const { short, whole } = both('-d', 'drifted.db');
    expect(short).toContain('by_hand');
    expect(short).toBe(whole);
  });

  it('a file that was edited', () => {
    const file = join(folder, 'migrations/001_users.sql');
    const before = readFileSync(file, 'utf8');
    try {
      writeFileSync(file, before.replace('PRIMARY KEY', 'PRIMARY KEY, email TEXT'));
      const { short, whole } = both('-d', 'app.db');
      expect(short).toMatch(/^\d .*MIGRATION_EDITED/s);
      expect(short).toBe(whole);
    } finally {
      writeFileSync(file, before);
    }
  });
});

describe('the command line in its files', () => {
  it('starts through a link, as node_modules/.bin has it', () => {
    const link = join(folder, 'dunlin');
    symlinkSync(cli, link);
    const { stdout } = run(link, 'status', '-d', 'app.db');
    expect(stdout).toContain('001');
  });

  it('starts through a link that Node takes for the file', () => {
    const link = join(folder, 'preserved');
    symlinkSync(cli, link);
    const options = { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } } as const;
    const { stdout } = spawnSync(process.execPath, ['--preserve-symlinks-main', link, 'help'], options);
    expect(stdout).toContain('apply all pending migrations');
  });
});
