import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupInProgress } from '../../src/cli/context.ts';
import { startMeter } from '../../src/cli/start-meter.ts';
import { Folder, type Ran, type RunOptions } from './harness.ts';

// The built command line runs in a terminal here: `npm run build` comes first, as it does in `npm test`.
const cli = resolve(import.meta.dirname, '../../dist/cli/dunlin.js');
const hasScript = spawnSync('script', ['-V']).stdout?.includes('util-linux') === true;

let folder: Folder;
let seen: (BackupInProgress | 'proving' | 'stop')[];

beforeEach(() => {
  folder = new Folder({ 'migrations/001_more.sql': 'CREATE TABLE more (a);' });
  seen = [];
});
afterEach(() => folder.remove());

function fill(megabytes: number): void {
  const db = new Database(join(folder.path, 'app.db'));
  db.pragma('synchronous = OFF');
  db.exec('CREATE TABLE files (content BLOB)');
  const insert = db.prepare('INSERT INTO files VALUES (zeroblob(1000000))');
  db.transaction(() => Array.from({ length: megabytes }, () => insert.run()))();
  db.close();
}

const run = (line: string, options: RunOptions = {}): Promise<Ran> =>
  folder.run([...line.split(' '), '-d', 'app.db'], { onMeter: (what) => seen.push(what), ...options });

const started = {
  file: expect.stringMatching(/app\.db-backups\/\d{8}T\d{9}Z-[a-z0-9-]+\.db\.tmp$/),
  bytes: expect.any(Number),
  width: 70,
};

describe('the progress of a backup of a large database is shown', () => {
  it.each(['up', 'backup create', 'reset --confirm app.db'])('by `%s`, on a terminal', async (line) => {
    fill(40);
    const { code, err } = await run(line, { columns: 70 });
    expect(code).toBe(0);
    expect(seen).toEqual([started, 'proving', 'stop']);
    // The line is gone before anything else is written.
    expect(err).toMatch(/^\r\u001b\[K/);
  });

  it('until it fails', async () => {
    fill(40);
    // Somewhere in the middle of a value: the copy comes to it when half is done.
    const file = openSync(join(folder.path, 'app.db'), 'r+');
    writeSync(file, new Uint8Array(4096).fill(1), 0, 4096, 5000 * 4096);
    closeSync(file);
    const { code, err } = await run('backup create', { columns: 70, env: { NO_COLOR: '1' } });
    expect(code).not.toBe(0);
    expect(seen).toEqual([started, 'stop']);
    expect(err).toContain('\r\u001b[Kerror DATABASE_CORRUPT');
  });

  it('as one line with an estimate where there is no terminal, or with --verbose', async () => {
    fill(40);
    const line = /^ {2}backing up 40\.\d MB to app\.db-backups\/\S+-manual\.db, about 1 s\n$/;
    expect((await run('backup create')).err).toMatch(line);
    expect((await run('backup create --verbose', { columns: 200 })).err).toMatch(line);
    for (const quiet of ['--quiet', '--json'])
      expect((await run(`backup create ${quiet}`, { columns: 200 })).err).toBe('');
    expect(seen).toEqual([]);
  });

  it('and a small one is not', async () => {
    fill(1);
    expect((await run('backup create')).err).toBe('');
    await run('backup create', { columns: 70 });
    expect(seen).toEqual([]);
  });

  it('and the plan says how long others wait', async () => {
    fill(40);
    expect((await run('plan')).out).toMatch(/would back up to .* free\); writers wait about 1 s for it\n$/);
  });

  it.skipIf(!hasScript)('by a thread, while the copy blocks the process (needs `script` of util-linux)', () => {
    fill(160);
    const command = `stty cols 70; exec '${process.execPath}' '${cli}' up -d app.db`;
    const { stdout, status } = spawnSync('script', ['-qec', command, '/dev/null'], {
      cwd: folder.path,
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], TERM: 'xterm', NO_COLOR: '1' },
    });
    expect(status).toBe(0);
    const [before, after, ...more] = stdout.split('160 MB, proven');
    expect(before).toMatch(
      /\r\u001b\[K {2}backup {2}\[[#.]{10}\] {2}[ \d]\d % {2}(?:[\d.]+ k?MB of|proving) [^\r]*\r\u001b\[K/,
    );
    expect(after).toContain('app.db is at version 1');
    expect(after).not.toContain('%');
    expect(more).toEqual([]);
  });

  it('stops nothing when the thread cannot start', async () => {
    // Beside the sources there is no built thread.
    const meter = startMeter({ file: join(folder.path, 'nothing'), bytes: 1, width: 80 });
    await new Promise(setImmediate);
    meter.proving();
    meter.stop();
    meter.stop();
  });
});
