import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { needsReadingCopy, mayAccess } from './side-files.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-side-files-'));
  path = join(folder, 'app.db');
  writeFileSync(path, '');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

/** This process as another user: what the system allows stays what it is, who makes files is another. */
function as(user: number | undefined, group: number = 4321): void {
  vi.spyOn(process, 'geteuid').mockReturnValue(user as number);
  vi.spyOn(process, 'getegid').mockReturnValue(group);
}

describe.skipIf(process.platform !== 'linux')('a database in WAL mode, by a user who may write it,', () => {
  it('is opened in place where everybody may write it', () => {
    chmodSync(path, 0o666);
    as(1234);
    expect(needsReadingCopy(path, 'read')).toBe(false);
  });

  it('is copied to be read where only its owner may write it, unless that is this user', () => {
    chmodSync(path, 0o644);
    as(1234);
    expect(needsReadingCopy(path, 'read')).toBe(true);
    expect(needsReadingCopy(path, 'write')).toBe(false);
    as(statSync(path).uid);
    expect(needsReadingCopy(path, 'read')).toBe(false);
  });

  it('is opened in place by its group, where new files get that group', () => {
    chmodSync(path, 0o664);
    as(1234, statSync(path).gid);
    expect(needsReadingCopy(path, 'read')).toBe(false);
    as(1234, statSync(path).gid + 1);
    expect(needsReadingCopy(path, 'read')).toBe(true);
    // With the setgid bit new files get the group of the folder, which is that of the database here.
    chmodSync(folder, 0o2775);
    expect(needsReadingCopy(path, 'read')).toBe(statSync(folder).gid !== statSync(path).gid);
  });

  it('is opened in place where the system has no users', () => {
    as(undefined);
    expect(needsReadingCopy(path, 'read')).toBe(false);
  });
});

it('what is not there may be neither read nor written', () => {
  expect([mayAccess(join(folder, 'no.db'), 'R_OK'), mayAccess(join(folder, 'no.db'), 'W_OK')]).toEqual([false, false]);
  expect(mayAccess(path, 'R_OK')).toBe(true);
});
