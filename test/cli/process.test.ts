import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../src/version.ts';
import { Folder } from './harness.ts';

// The built command line, as a process: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');

let folder: Folder;

const slow = (n: number): string => `export function up(db) {
  db.exec('CREATE TABLE t${n} (id)');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
}
`;

beforeAll(() => expect(existsSync(cli), 'run `npm run build` first').toBe(true));
beforeEach(() => {
  folder = new Folder({
    'migrations/001_a.mjs': slow(1),
    'migrations/002_b.mjs': slow(2),
    'migrations/003_c.mjs': slow(3),
  });
});
afterEach(() => folder.remove());

interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the command; `onOutput` sees what it has printed so far. */
function start(
  argv: readonly string[],
  onOutput: (out: string, child: ChildProcess) => void,
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...argv], { cwd: folder.path, env: { PATH: process.env['PATH'] } });
  onStart(child);
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk.toString();
    onOutput(out, child);
  });
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((done) => child.on('close', (code, signal) => done({ code, signal, out, err })));
}

function run(...argv: string[]): Pick<SpawnSyncReturns<string>, 'status' | 'stdout' | 'stderr'> {
  return spawnSync(process.execPath, [cli, ...argv], {
    cwd: folder.path,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
}

describe('the process', () => {
  it('has the exit code of the command', () => {
    expect(run('--version')).toMatchObject({ status: 0, stdout: `${version}\n` });
    expect(run('frobnicate').status).toBe(2);
    expect(run('status', '--check', '-d', 'app.db').status).toBe(3);
  });

  it.skipIf(!existsSync('/dev/full'))('continues when its output finds no room on the disk, and has failed', () => {
    const full = openSync('/dev/full', 'w');
    const options = { cwd: folder.path, env: { PATH: process.env['PATH'] }, encoding: 'utf8' } as const;
    const up = [cli, 'up', '-d', 'app.db'];
    const { status, stderr } = spawnSync(process.execPath, up, { ...options, stdio: ['ignore', full, 'pipe'] });
    expect(stderr).toMatch(/^error: the output cannot be written \(ENOSPC: .*\); the command continues\n$/);
    expect(status).toBe(1);
    const again = spawnSync(process.execPath, [...up, '--no-color'], { ...options, stdio: ['ignore', full, full] });
    closeSync(full);
    expect(again.status).toBe(1);
    expect(run('status', '-d', 'app.db', '--check').status).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops before the next migration at %s, with %d; what is done stays done', async (name, expected) => {
    let sent = false;
    const { code, err } = await start(['up', '-d', 'app.db'], (out, child) => {
      if (sent || !out.includes('001')) return;
      sent = true;
      child.kill(name);
    });
    expect(err).toContain('stopping before the next migration');
    expect(code).toBe(expected);
    const { stdout } = run('status', '-d', 'app.db', '--json');
    const status = JSON.parse(stdout) as { version: number };
    expect(status.version).toBeGreaterThanOrEqual(1);
    expect(status.version).toBeLessThan(3);
    expect(run('up', '-d', 'app.db').status).toBe(0);
  });

  // Without a terminal nothing else ends what a shell has started.
  const endless = `echo $$ > shell; "${process.execPath}" -e 'fs.writeFileSync("begun", ""); setInterval(() => {}, 1000)'; echo after`;
  /** Whether a process of this group runs. A zombie, which its parent has not waited for yet, does not. */
  const isRunning = (group: number): boolean =>
    readdirSync('/proc').some((pid) => {
      try {
        // The name of the program, in parentheses, may contain anything (proc_pid_stat(5)).
        const [state, , member] = readFileSync(`/proc/${pid}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        return Number(member) === group && state !== 'Z';
      } catch {
        return false; // no process, or one that has just ended
      }
    });
  const nothingRuns = async (): Promise<void> => {
    const shell = Number(readFileSync('shell', 'utf8'));
    await expect.poll(() => isRunning(shell), { timeout: 20_000, interval: 20 }).toBe(false);
  };
  const exists = async (file: string): Promise<void> => {
    await expect.poll(() => existsSync(file), { timeout: 50_000, interval: 20 }).toBe(true);
  };

  const hasProc = existsSync('/proc/self/stat');

  it.skipIf(!hasProc).each([
    ['check --against-command', 'SIGINT', 130],
    ['check --against-command', 'SIGTERM', 143],
    ['dev --once --development --exec', 'SIGINT', 130],
    ['dev --once --development --exec', 'SIGTERM', 143],
    ['dev --development --exec', 'SIGINT', 130],
    ['dev --development --exec', 'SIGTERM', 143],
  ] as const)('%s ends with its command at %s', { timeout: 60_000 }, async (line, name, expected) => {
    folder.write('migrations/001_a.mjs', 'export const up = (db) => db.exec("CREATE TABLE a (id)");');
    let child: ChildProcess | undefined;
    const ended = start(
      [...line.split(' '), endless, '-d', 'app.db'],
      () => undefined,
      (one) => (child = one),
    );
    await exists('begun');
    child!.kill(name);
    const { code, out, err } = await ended;
    await nothingRuns();
    expect(code).toBe(expected);
    expect(out).not.toContain('after');
    expect(err).not.toContain('COMMAND_FAILED');
  });

  it.skipIf(!hasProc)('a second signal kills a command that does not end', { timeout: 60_000 }, async () => {
    let child: ChildProcess | undefined;
    const deaf = endless.replace(
      'setInterval',
      'process.on("SIGTERM", () => fs.writeFileSync("heard", "")); setInterval',
    );
    const line = ['check', '--against-command', `trap "" TERM; ${deaf}`, '-d', 'app.db'];
    const ended = start(
      line,
      () => undefined,
      (one) => (child = one),
    );
    await exists('begun');
    child!.kill('SIGTERM');
    await exists('heard');
    child!.kill('SIGTERM');
    expect((await ended).code).toBe(143);
    await nothingRuns();
  });

  it('a second signal ends it at once, also in the middle of a statement', async () => {
    folder.write(
      'migrations/001_a.mjs',
      `export async function up(db) {
  db.exec('CREATE TABLE t1 (id)');
  process.stdout.write('begun');
  while (process.listenerCount('SIGTERM') > 0) await new Promise((done) => setTimeout(done, 5));
  process.stdout.write('endless');
  db.all('WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n');
}`,
    );
    const sent = new Set<string>();
    const { signal, err } = await start(['up', '-d', 'app.db'], (out, child) => {
      for (const mark of ['begun', 'endless'])
        if (out.includes(mark) && !sent.has(mark)) {
          sent.add(mark);
          child.kill('SIGTERM');
        }
    });
    expect(signal).toBe('SIGTERM');
    expect(err).toContain('stopping before the next migration');
    expect(run('status', '-d', 'app.db', '--json').stdout).toContain('"version": 0');
  });

  it('two signals that arrive together, while it could hear neither, end it', async () => {
    folder.write(
      'migrations/001_a.mjs',
      `import { existsSync } from 'node:fs';
export function up(db) {
  db.exec('CREATE TABLE t1 (id)');
  process.stdout.write('deaf');
  while (!existsSync('sent')) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}`,
    );
    let sent = false;
    const { code } = await start(['up', '-d', 'app.db'], (out, child) => {
      if (sent || !out.includes('deaf')) return;
      sent = true;
      child.kill('SIGINT');
      child.kill('SIGTERM');
      folder.write('sent', '');
    });
    expect([130, 143]).toContain(code);
    expect(run('status', '-d', 'app.db', '--json').stdout).toContain('"version": 0');
  });

  it('continues after it was killed in the middle', async () => {
    const { signal } = await start(['up', '-d', 'app.db'], (out, child) => {
      if (out.includes('001')) child.kill('SIGKILL');
    });
    expect(signal).toBe('SIGKILL');
    expect(run('up', '-d', 'app.db').status).toBe(0);
    expect(run('status', '--check', '-d', 'app.db').status).toBe(0);
  });

  it.each(['up', 'up --quiet', 'up --json'])('finishes the run when its reader goes away: `%s`', async (line) => {
    const write = (text: string): string => `export function up() {
  process.stdout.write(${text});
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300);
}`;
    folder.write('migrations/001_a.mjs', write("'begun'"));
    folder.write('migrations/002_b.mjs', write("'.'.repeat(1_000_000)"));
    const { code } = await start([...line.split(' '), '-d', 'app.db'], (_out, child) => child.stdout?.destroy());
    expect(code).toBe(0);
    expect(run('status', '--check', '-d', 'app.db').status).toBe(0);
  });

  it('has failed when it never comes to its end', () => {
    folder.write('dunlin.config.mjs', 'await new Promise(() => {});');
    expect(run('up', '-d', 'app.db').status).toBe(1);
  });

  it('shows where a module says what is refused, and that the migration was rolled back', () => {
    folder.write(
      'migrations/002_b.mjs',
      "export function up(db) {\n  db.exec('CREATE TABLE b (x)');\n  db.exec(`\n\n    ROLLBACK`);\n}",
    );
    const { stderr } = run('up', '-d', 'app.db');
    expect(stderr).toContain('error TRANSACTION_CONTROL  migrations/002_b.mjs:3:6');
    expect(stderr).toContain('What 002_b changed was rolled back: the database is as it was before.');
    expect(stderr).not.toContain('Nothing was changed');
  });

  const ways: readonly [way: string, code: string, message: string][] = [
    ['ends the process', 'process.exit(0)', 'ended the process with process.exit(0)'],
    ['ends it with a code of its own', 'process.exit(5)', 'ended the process with process.exit(5)'],
    [
      'ends it in a timer',
      'setTimeout(() => process.exit(), 5); await new Promise((go) => setTimeout(go, 5000))',
      'ended the process with process.exit(1)',
    ],
    [
      'ends it after it has set an exit code',
      'process.exitCode = 0; process.exit()',
      'ended the process with process.exit(0)',
    ],
    [
      'fails in a timer',
      "setTimeout(() => { throw new Error('late'); }); await new Promise((go) => setTimeout(go, 5000))",
      'left running failed: late.',
    ],
    [
      'fails in a promise that nobody awaits',
      "Promise.reject(new Error('alone')); await new Promise((go) => setTimeout(go, 5000))",
      'left running failed: alone.',
    ],
    ['waits for what never comes', 'await new Promise(() => {})', 'The command did not finish'],
  ];
  it.each(ways)('has failed, rolls back and says so when a migration %s', (_, code, message) => {
    folder.write(
      'migrations/002_b.mjs',
      `export async function up(db) { await db.exec('CREATE TABLE b (x)'); ${code}; }`,
    );
    const ended = run('up', '-d', 'app.db', '--quiet');
    expect(ended.stderr).toContain('error COMMAND_NOT_FINISHED');
    expect(ended.stderr.replace(/\s+/g, ' ')).toContain(message);
    expect(ended.status).toBe(1);
    const json = run('up', '-d', 'app.db', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({
      command: 'up',
      ok: false,
      error: { code: 'COMMAND_NOT_FINISHED', message: expect.stringContaining(message) },
    });
    expect([json.stderr, json.status]).toEqual(['', 1]);
    const events = run('up', '-d', 'app.db', '--events');
    expect(JSON.parse(events.stdout.trimEnd().split('\n').at(-1)!)).toMatchObject({
      type: 'result',
      error: { code: 'COMMAND_NOT_FINISHED' },
    });
    expect(events.status).toBe(1);
    expect(run('dump', '-d', 'app.db').stdout).not.toContain('CREATE TABLE b');
  });

  it('shows where the code ended the process, or what it left running', () => {
    folder.write('migrations/002_b.mjs', 'export function up() { process.exit(0); }');
    expect(run('up', '-d', 'app.db').stderr).toContain('002_b.mjs');
    folder.write('dunlin.config.mjs', "process.exit(2); export default { database: 'app.db' };");
    const { stdout, status } = run('status', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ command: 'status', error: { code: 'COMMAND_NOT_FINISHED' } });
    expect(status).toBe(1);
  });

  it.each([
    ['sets the exit code', 'process.exitCode = 7', 0, ''],
    ['ends the process once the command has ended', "process.once('beforeExit', () => process.exit(9))", 0, ''],
    [
      'leaves something that fails once the command has ended',
      "process.once('beforeExit', () => { throw new Error('later'); })",
      1,
      'left running failed after the command had ended',
    ],
  ])('keeps its document where a migration %s', (_, code, exitCode, text) => {
    folder.write('migrations/002_b.mjs', `export function up(db) { db.exec('CREATE TABLE b (x)'); ${code}; }`);
    const { stdout, stderr, status } = run('up', '-d', 'app.db', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ ok: true });
    expect(status).toBe(exitCode);
    expect(stderr).toContain(text);
  });
});

describe('output that is no terminal', () => {
  it('has the lines of both streams, and what migrations print, in their order', () => {
    folder.remove();
    const quick = (n: number): [string, string] => [`migrations/00${n}_q.sql`, `CREATE TABLE q${n} (x);`];
    folder = new Folder({
      ...Object.fromEntries([1, 2, 3, 4].map(quick)),
      'migrations/005_code.mjs': `export function up() { console.log('said in 5'); console.error('warned in 5'); }`,
      ...Object.fromEntries([6, 7, 8].map(quick)),
    });
    const file = resolve(folder.path, 'out.txt');
    const descriptor = openSync(file, 'w');
    const stdio = ['ignore', descriptor, descriptor] as const;
    const env = { PATH: process.env['PATH'] };
    spawnSync(process.execPath, [cli, 'up', '-d', 'new.db'], { cwd: folder.path, env, stdio: [...stdio] });
    closeSync(descriptor);
    const text = readFileSync(file, 'utf8');
    const expected = [
      / 001 /,
      / 002 /,
      / 003 /,
      / 004 /,
      /said in 5/,
      /warned in 5/,
      / 005 /,
      / 006 /,
      / 008 /,
      /at version 8/,
    ];
    const places = expected.map((part) => text.search(part));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
  });

  it('has each event at once: a program may wait for it', async () => {
    folder.remove();
    folder = new Folder({
      'migrations/001_q.sql': 'CREATE TABLE q (x);',
      'migrations/002_waits.mjs': `import { existsSync } from 'node:fs';
export function up() {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; !existsSync('go'); tries++) {
    if (tries > 400) throw new Error('nobody saw the event');
    Atomics.wait(cell, 0, 0, 20);
  }
}`,
    });
    const { code } = await start(['up', '-d', 'new.db', '--events'], (out) => {
      if (/"migration:start".*"version":2/.test(out)) folder.write('go', '');
    });
    expect(code).toBe(0);
  });

  it('is complete where a migration ends the process', () => {
    folder.remove();
    folder = new Folder({
      ...Object.fromEntries([1, 2, 3].map((n) => [`migrations/00${n}_q.sql`, `CREATE TABLE q${n} (x);`])),
      'migrations/004_end.mjs': 'export function up() { process.exit(0); }',
    });
    const { status, stdout } = run('up', '-d', 'new.db');
    expect(status).toBe(1);
    expect(stdout).toMatch(/ 001 [^]* 002 [^]* 003 /);
  });
});
