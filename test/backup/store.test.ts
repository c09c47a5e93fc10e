import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { applyRetention, type RetentionResult } from '../../src/backup/index.ts';
import { runSync } from '../../src/bridge/index.ts';
import { nodeFiles } from '../../src/node/files.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { list, store, versionsOf } from '../support/backup-store.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { ThirdLoop } from '../support/third-loop.ts';

it('finds no backups and nothing to clean up in a missing folder', () => {
  const one = store(0);
  expect(list(one)).toEqual([]);
  one.keep({});
  expect(existsSync(one.place.folder)).toBe(false);
});

it('with nothing to do it takes no lock and leaves no file', () => {
  const one = store(1);
  one.keep({});
  expect(readdirSync(one.place.folder)).toHaveLength(2);
});

it('the newest is plain, the others are compressed, the rest is gone', () => {
  const one = store(6);
  one.keep({ keep: 3 });
  expect(one.names()).toEqual([
    expect.stringMatching(/4\.db\.(gz|zst)$/),
    expect.stringMatching(/5\.db\.(gz|zst)$/),
    expect.stringMatching(/6\.db$/),
  ]);
  const all = provenBackups(one.place.folder);
  expect(all).toHaveLength(3);
  expect(leftOvers(one.place.folder)).toEqual([]);
  expect(list(one).map(({ id, file }) => [id, file])).toEqual(all.map(({ id, file }) => [id, file]));
  // Twice is as good as once.
  const before = readdirSync(one.place.folder);
  one.keep({ keep: 3 });
  expect(readdirSync(one.place.folder)).toEqual(before);
});

it('without compression all stay plain; what is compressed stays so', () => {
  const one = store(3);
  one.keep({ compress: false });
  expect(one.names().every((name) => name.endsWith('.db'))).toBe(true);
  one.keep({});
  one.keep({ compress: false });
  expect(one.names().filter((name) => name.endsWith('.db'))).toHaveLength(1);
});

it('what is needed stays', () => {
  const one = store(5);
  const oldest = list(one).at(-1)!.id;
  one.keep({ keep: 2 }, [oldest]);
  expect(versionsOf(one.names())).toEqual([1, 4, 5]);
});

it('a damaged one is not compressed: the plain file may be better than nothing', () => {
  const one = store(2);
  const { file } = list(one).at(-1)!;
  const bytes = readFileSync(file);
  bytes.fill(7, 9000, 9010);
  writeFileSync(file, bytes);
  one.keep({});
  expect(one.names().every((name) => name.endsWith('.db'))).toBe(true);
  expect(leftOvers(one.place.folder)).toEqual([]);
});

it('one without a good manifest is neither counted nor removed, and never the newest good one', () => {
  const one = store(4);
  const [newest, second, third] = list(one);
  rmSync(newest!.file.replace(/db$/, 'json'));
  writeFileSync(second!.file.replace(/db$/, 'json'), '{');
  cpSync(list(one).at(-1)!.file.replace(/db$/, 'json'), third!.file.replace(/db$/, 'json'));
  expect(list(one).map(({ manifest }) => (typeof manifest === 'string' ? manifest : 'good'))).toEqual([
    'it has no manifest',
    'its manifest is no JSON',
    'its manifest is of another backup',
    'good',
  ]);
  one.keep({ keep: 1 });
  expect(versionsOf(one.names())).toEqual([1, 2, 3, 4]);
});

it('reports a manifest that cannot be read', () => {
  const one = store(1);
  const { file } = list(one)[0]!;
  rmSync(file.replace(/db$/, 'json'));
  mkdirSync(file.replace(/db$/, 'json'));
  expect(list(one)[0]!.manifest).toBe('its manifest cannot be read: it is not a regular file');
});

it('of a compressed backup whose compressed file is missing, the plain one is as good', () => {
  const one = store(2);
  const [, older] = list(one);
  const plain = readFileSync(older!.file);
  one.keep({});
  const packed = list(one)[1]!.file;
  expect(packed).not.toBe(older!.file);
  rmSync(packed);
  writeFileSync(older!.file, plain);
  expect(list(one)[1]).toMatchObject({ file: older!.file, manifest: { packed: null } });
  one.keep({});
  expect(provenBackups(one.place.folder)).toHaveLength(2);
  expect(list(one)[1]!.file).toBe(packed);
});

it('removes what killed processes have left: at once if nothing else can have made it, else after a day', () => {
  const one = store(2);
  one.keep({});
  const { folder } = one.place;
  const older = list(one)[1]!;
  const superfluous = `${older.id}.db`;
  const gone = '20200101T000000000Z-manual';
  const restoring = `${gone}.restoring-1`;
  const theirs = ['notes.json', 'export.restoring', 'photos.packing'];
  for (const name of [superfluous, `${gone}.db.gz.packing`, `${gone}.json`, restoring, ...theirs])
    writeFileSync(join(folder, name), 'x');
  // The simulated clock is in the future; these are as young as can be.
  for (const name of [`${gone}.json`, restoring]) utimesSync(join(folder, name), 2_000_000_000, 2_000_000_000);
  one.keep({});
  expect(leftOvers(folder).toSorted()).toEqual([`${gone}.json`, restoring, ...theirs].toSorted());
  expect(existsSync(join(folder, superfluous))).toBe(false);
  for (const name of leftOvers(folder)) utimesSync(join(folder, name), 1_000_000_000, 1_000_000_000);
  one.keep({});
  expect(leftOvers(folder).toSorted()).toEqual(theirs.toSorted());
  expect(provenBackups(folder)).toHaveLength(2);
});

it('does nothing while another process holds the retention lock', () => {
  const one = store(3);
  writeFileSync(join(one.place.folder, 'housekeeping.lock'), '');
  const other = one.db.connect(join(one.place.folder, 'housekeeping.lock'));
  void other.script('BEGIN IMMEDIATE');
  const before = one.names();
  one.keep({ keep: 1 });
  expect(one.names()).toEqual(before);
  void other.script('ROLLBACK');
  one.keep({ keep: 1 });
  expect(one.names()).toHaveLength(1);
});

it('two locks are not made at once', () => {
  const one = store(2);
  let faults = 0;
  for (let at = 1; at < 40; at++) {
    rmSync(join(one.place.folder, 'housekeeping.lock'), { force: true });
    try {
      one.keep({ compress: false, keep: 1 }, [list(one).at(-1)!.id], { kind: 'errno', at, code: 'EEXIST', done: true });
    } catch (error) {
      expect((error as { code?: string }).code).toBe('EEXIST');
      faults += 1;
    }
  }
  expect(faults).toBeGreaterThan(0);
  expect(list(one)).toHaveLength(2);
});

it('changes nothing without a second connection', () => {
  const one = store(3);
  const { openSecond: _, ...rest } = one.db.bridge;
  const before = one.names();
  new ThirdLoop(rest, undefined).run(applyRetention(one.place, { keep: 1 }, 1, new Set()));
  expect(one.names()).toEqual(before);
});

it('keeps what it may not remove or compress, removes the rest, and says why', () => {
  const one = store(4);
  const ids = list(one).map((backup) => backup.id);
  const refused = Object.assign(new Error('EPERM: operation not permitted, unlink'), {
    code: 'EPERM',
    syscall: 'unlink',
  });
  const remove = (path: string): void => {
    if (path.includes(ids[2]!)) throw refused;
    nodeFiles.remove(path);
  };
  const host = { ...nodeHost, files: { ...nodeFiles, remove } };
  const op = applyRetention(one.place, { keep: 1, compress: false }, 100_000, new Set());
  let done: RetentionResult | undefined;
  expect(() => (done = runSync(op, one.db.bridge, host))).not.toThrow();
  const { removed, refusal } = done!;
  expect(removed.map(({ id }) => id)).toEqual([ids[1], ids[3]]);
  expect(refusal).toBe(refused.message);
  expect(list(one).map(({ id }) => id)).toEqual([ids[0], ids[2]]);
});

it('does nothing if it may not write the lock file: SQLite would report it as locked', () => {
  const one = store(3);
  const mayWrite = (path: string): boolean => !path.endsWith('.lock');
  writeFileSync(join(one.place.folder, 'housekeeping.lock'), '');
  const host = { ...nodeHost, files: { ...nodeFiles, mayWrite } };
  const { removed, refusal } = runSync(applyRetention(one.place, { keep: 1 }, 1, new Set()), one.db.bridge, host);
  expect(removed).toEqual([]);
  expect(refusal).toMatch(/may not write .*housekeeping\.lock$/);
  expect(one.names()).toHaveLength(3);
});
