import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect, it } from 'vitest';
import { workspace } from '../concurrency/support.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';

const isRoot = process.getuid?.() === 0;
const canMount = isRoot && tryMount();
if (!canMount) process.stdout.write('backups: no file system can be mounted here, a full disk is not looked at\n');

const pending = { '001_more.sql': 'CREATE TABLE more (id INTEGER PRIMARY KEY);' };

onEveryDriver('a full disk', (open) => {
  it.skipIf(!canMount)(
    `costs nothing but the backup, at any size${canMount ? '' : ' (skipped: nothing can be mounted here)'}`,
    async () => {
      const codes = new Set<string>();
      const sizes = [0, 4, 8, 300, 996, 1000, 1004, 1008, 1012, 1016, 1020, 1032, 1100];
      for (const kilobytes of sizes) {
        const db = open();
        db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(1000000))');
        const before = db.content();
        const directory = join(db.folder, 'disk');
        mkdirSync(directory);
        // The folder and its entries need no page of a tmpfs; a size of 0 would mean none at all.
        mount(directory, `size=${Math.max(4, kilobytes)}k`);
        try {
          const room = { files: { ...nodeFiles, freeBytes: () => Number.MAX_SAFE_INTEGER } };
          const options = { backup: 'always', backups: { directory } } as const;
          // What the file system says is enough to refuse; a database that grows meanwhile finds out the hard way.
          if (kilobytes < 1000) expect((await failureOf(() => db.up(pending, options))).code).toBe('BACKUP_NO_SPACE');
          const result = await failureOf(() => db.up(pending, { ...options, host: room })).catch(() => undefined);
          codes.add(result?.code ?? 'done');
          const folders = readdirSync(directory).map((name) => join(directory, name));
          for (const folder of folders) {
            expect(leftOvers(folder)).toEqual([]);
            expect(provenBackups(folder, folder, db.variant.driver)).toHaveLength(result === undefined ? 1 : 0);
          }
          if (result === undefined) expect(db.versions()).toEqual([1]);
          else expect(db.content()).toBe(before);
          expect(db.value('PRAGMA integrity_check')).toBe('ok');
        } finally {
          // A closed connection may keep its file for a while: @photostructure/sqlite waits for the garbage collector.
          spawnSync('umount', ['-l', directory]);
        }
      }
      tried('full disk', sizes.length);
      expect([...codes]).toEqual(['BACKUP_FAILED', 'done']);
    },
  );
});

it.skipIf(!isRoot)(
  `a folder that this user may not write refuses the run${isRoot ? '' : ' (skipped: not root)'}`,
  () => {
    const { folder, migrations, remove } = workspace(pending);
    const database = join(folder, 'app.db');
    const db = new Database(database);
    db.exec('CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    db.close();
    mkdirSync(`${database}-backups`);
    for (const path of [folder, database, migrations]) {
      chmodSync(path, path === database ? 0o600 : 0o755);
      chownSync(path, 65_534, 65_534);
    }
    const worker = fileURLToPath(new URL('../concurrency/worker.mjs', import.meta.url));
    const run = (): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [worker, 'better-sqlite3', database, migrations], {
        encoding: 'utf8',
        uid: 65_534,
        gid: 65_534,
      });
    const refused = run();
    expect(refused.stderr).toContain('BACKUP_FAILED');
    expect(refused.stderr).toContain('EACCES');
    expect(readdirSync(`${database}-backups`)).toEqual([]);
    chownSync(`${database}-backups`, 65_534, 65_534);
    expect(run().stderr).toBe('');
    expect(provenBackups(`${database}-backups`)).toHaveLength(1);
    remove();
  },
);

function mount(folder: string, options: string): void {
  const { status, stderr } = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

function tryMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-mount-'));
  try {
    mount(folder, 'size=64k');
    return spawnSync('umount', [folder]).status === 0;
  } catch {
    return false;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
