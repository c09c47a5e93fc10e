import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { roomLeft, sqliteTemporaryFolder } from './temporary-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-temporary-'));
  onTestFinished(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
  });
  for (const name of ['a', 'b']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'file'), '');
});

describe.skipIf(process.platform === 'win32')('the folder of temporary files', () => {
  it.each([
    ['a', 'b', 'a'],
    ['missing', 'b', 'b'],
    ['file', 'b', 'b'],
    [undefined, 'b', 'b'],
  ])('with SQLITE_TMPDIR=%s and TMPDIR=%s is %s', (own, general, expected) => {
    vi.stubEnv('SQLITE_TMPDIR', own === undefined ? undefined : join(folder, own));
    vi.stubEnv('TMPDIR', join(folder, general));
    expect(sqliteTemporaryFolder()).toBe(join(folder, expected));
  });

  it('is nothing to speak of where it is on the disk of the database', () => {
    vi.stubEnv('SQLITE_TMPDIR', join(folder, 'a'));
    expect(roomLeft(join(folder, 'b/app.db'), 'DISK_FULL')).toBeUndefined();
  });

  it('is named for a database in memory', () => {
    vi.stubEnv('SQLITE_TMPDIR', join(folder, 'a'));
    expect(roomLeft(undefined, 'DISK_ERROR')).toBeUndefined();
    expect(roomLeft(undefined, 'DISK_FULL')).toMatch(
      /temporary files in .*a, where [\d,.]+ [kM]B are free: .*SQLITE_TMPDIR/,
    );
  });
});
