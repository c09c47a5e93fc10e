import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Packed } from '../bridge/index.ts';
import { nodeFiles as files } from './files.ts';

const hasStrace = spawnSync('strace', ['-V']).status === 0;
let folder: string;
const at = (name: string): string => join(folder, name);
const like = (): string => {
  if (!existsSync(at('like'))) writeFileSync(at('like'), '', { mode: 0o600 });
  return at('like');
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'dunlin-files-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('nodeFiles', () => {
  it('reads what exists', () => {
    expect(files.stat(at('none'))).toBeUndefined();
    expect(files.list(at('none'))).toEqual([]);
    writeFileSync(at('a'), 'abc');
    expect(files.stat(at('a'))).toMatchObject({ bytes: 3, modifiedAt: statSync(at('a')).mtimeMs });
    expect(files.list(folder)).toEqual(['a']);
    expect(files.read(at('a'))).toBe('abc');
    expect(files.freeBytes(folder)).toBeGreaterThan(0);
    expect(files.sha256(at('a'))).toBe(createHash('sha256').update('abc').digest('hex'));
  });

  it('makes folders, also where there is one', () => {
    files.makeFolder(at('x/y/z'), like());
    files.makeFolder(at('x/y/z'), like());
    expect(statSync(at('x')).mode & 0o777).toBe(0o700);
  });

  it.each([
    [0o775, 0o664, 0o775],
    [0o2775, 0o660, 0o2770],
    [0o3777, 0o666, 0o3777],
    [0o777, 0o644, 0o755],
    [0o777, 0o600, 0o700],
    [0o770, 0o666, 0o770],
    [0o700, 0o666, 0o700],
    [0o1777, 0o644, 0o755],
    [0o777, 0o622, 0o700],
  ])('makes a folder beside one of mode %o, for a file of mode %o, with mode %o', (beside, file, expected) => {
    mkdirSync(at('data'));
    writeFileSync(at('data/app.db'), '');
    chmodSync(at('data/app.db'), file);
    chmodSync(at('data'), beside);
    files.makeFolder(at('data/x/y'), at('data/app.db'));
    for (const made of ['data/x', 'data/x/y'])
      expect((statSync(at(made)).mode & 0o7777).toString(8)).toBe(expected.toString(8));
  });

  it('makes and writes new files only', () => {
    files.create(at('a'), like());
    expect(() => files.create(at('a'), like())).toThrow(/EEXIST/);
    expect(() => files.write(at('a'), 'x', like())).toThrow(/EEXIST/);
    files.write(at('b'), 'text', like());
    expect(readFileSync(at('b'), 'utf8')).toBe('text');
    files.write(at('c'), 'text', at('none'));
    expect(statSync(at('c')).mode & 0o777).toBe(0o600);
    writeFileSync(at('fixed'), '', { mode: 0o444 });
    files.create(at('d'), at('fixed'));
    expect(statSync(at('d')).mode & 0o777).toBe(0o644);
  });

  it.skipIf(process.platform === 'win32')('says of a folder, or one in it, that it is a link to nowhere', () => {
    symlinkSync('nowhere', at('link'));
    for (const path of [at('link'), at('link/in')]) {
      expect(() => files.list(path)).toThrow(/link cannot be used: it is a symbolic link to nowhere/);
      expect(() => files.makeFolder(path, like())).toThrow(/link cannot be used: it is a symbolic link to nowhere/);
    }
  });

  it.skipIf(process.platform === 'win32')('waits for nobody to write into a pipe', () => {
    spawnSync('mkfifo', [at('pipe')]);
    for (const read of [
      () => files.read(at('pipe')),
      () => files.sha256(at('pipe')),
      () => files.copy(at('pipe'), at('copy'), like()),
      () => files.sha256Packed(at('pipe'), { packing: 'gzip', pieces: [1] }),
    ])
      expect(read).toThrow(/not a regular file/);
    expect(existsSync(at('copy'))).toBe(false);
  });

  it.each([0, 100, 512, 513, 4096, (4 << 20) - 1, (4 << 20) + 5])('writes %i bytes over another file', (size) => {
    const bytes = randomBytes(size);
    writeFileSync(at('a'), bytes);
    writeFileSync(at('b'), 'x'.repeat(10_000), { mode: 0o640 });
    const { ino, mode } = statSync(at('b'));
    files.overwrite(at('a'), at('b'));
    expect(readFileSync(at('b')).equals(bytes)).toBe(true);
    expect(statSync(at('b'))).toMatchObject({ ino, mode });
    expect(() => files.overwrite(at('a'), at('none'))).toThrow(/ENOENT/);
  });

  it.skipIf(!hasStrace)('writes the beginning last, when the rest is on the disk', () => {
    writeFileSync(at('a'), randomBytes(10_000));
    writeFileSync(at('b'), 'x'.repeat(20_000));
    const script = `import { nodeFiles } from ${JSON.stringify(join(import.meta.dirname, 'files.ts'))};`;
    writeFileSync(
      at('run.mts'),
      `${script} nodeFiles.overwrite(${JSON.stringify(at('a'))}, ${JSON.stringify(at('b'))});`,
    );
    const built = at('run.mjs');
    const root = join(import.meta.dirname, '../..');
    const bundle = ['--bundle', '--platform=node', '--format=esm', '--log-level=error', `--outfile=${built}`];
    expect(spawnSync(join(root, 'node_modules/esbuild/bin/esbuild'), [at('run.mts'), ...bundle]).status).toBe(0);
    const calls = ['-f', '-e', 'trace=ftruncate,pwrite64,write,fsync', '-P', at('b'), process.execPath, built];
    const { stderr } = spawnSync('strace', calls, { encoding: 'utf8' });
    const seen = [...stderr.matchAll(/\b(ftruncate|pwrite64|fsync)\(\d+(?:, ".*"\.\.\., (\d+), (\d+)|, (\d+))?\)/g)];
    expect(
      seen.map(([, call, bytes = '', offset = '', length = '']) => `${call} ${bytes}${length} ${offset}`.trim()),
    ).toEqual(['ftruncate 0', 'fsync', 'pwrite64 9488 512', 'fsync', 'pwrite64 512 0', 'fsync']);
  });

  it('removes no folder, and says so', () => {
    mkdirSync(at('folder'));
    expect(() => files.remove(at('folder'))).toThrow(/EISDIR|EPERM/);
  });

  it('syncs, renames and removes', () => {
    files.create(at('a'), like());
    files.sync(at('a'));
    files.syncFolder(folder);
    files.rename(at('a'), at('b'));
    expect(() => files.rename(at('a'), at('b'))).toThrow(/ENOENT/);
    files.remove(at('b'));
    files.remove(at('b'));
    expect(existsSync(at('b'))).toBe(false);
  });

  it.each([0, 1, (4 << 20) - 1, 4 << 20, (9 << 20) + 5])('packs and unpacks %i bytes, as gunzip does', (size) => {
    const bytes = size > 5 << 20 ? Buffer.alloc(size, 'abcd') : randomBytes(size);
    writeFileSync(at('plain'), bytes);
    const pieces = files.pack(at('plain'), at('packed.gz'), like(), 'gzip');
    expect(pieces).toHaveLength(Math.ceil(size / (4 << 20)));
    const packed: Packed = { packing: 'gzip', pieces };
    expect(files.sha256Packed(at('packed.gz'), packed)).toBe(files.sha256(at('plain')));
    files.unpack(at('packed.gz'), at('again'), like(), packed);
    expect(readFileSync(at('again')).equals(bytes)).toBe(true);
    if (size > 0) expect(gunzipSync(readFileSync(at('packed.gz'))).equals(bytes)).toBe(true);
    if (size > 0 && spawnSync('gunzip', ['--version']).status === 0)
      expect(spawnSync('gunzip', ['-c', at('packed.gz')], { maxBuffer: 1 << 26 }).stdout.equals(bytes)).toBe(true);
  });

  it.skipIf(files.packing() === 'gzip')('packs with zstd where Node has it', () => {
    writeFileSync(at('plain'), 'x'.repeat(10_000));
    const pieces = files.pack(at('plain'), at('p.zst'), like(), 'zstd');
    files.unpack(at('p.zst'), at('again'), like(), { packing: 'zstd', pieces });
    expect(readFileSync(at('again'), 'utf8')).toBe('x'.repeat(10_000));
  });

  it.skipIf(files.packing() === 'zstd')('says that this Node has no zstd', () => {
    writeFileSync(at('p.zst'), 'abc');
    expect(() => files.sha256Packed(at('p.zst'), { packing: 'zstd', pieces: [3] })).toThrow(/no zstd/);
  });

  it('notices a packed file that is too short, too long or damaged, and leaves nothing', () => {
    writeFileSync(at('plain'), randomBytes(5 << 20));
    const pieces = files.pack(at('plain'), at('p'), like(), 'gzip');
    const packed: Packed = { packing: 'gzip', pieces };
    const whole = readFileSync(at('p'));
    truncateSync(at('p'), whole.length - 1);
    expect(() => files.sha256Packed(at('p'), packed)).toThrow(/shorter/);
    writeFileSync(at('p'), Buffer.concat([whole, Buffer.from('x')]));
    expect(() => files.unpack(at('p'), at('again'), like(), packed)).toThrow(/longer/);
    whole.fill(0, 100, 200);
    writeFileSync(at('p'), whole);
    expect(() => files.unpack(at('p'), at('again'), like(), packed)).toThrow(/incorrect|invalid/);
    expect(readdirSync(folder).toSorted()).toEqual(['like', 'p', 'plain']);
  });

  it('copies', () => {
    writeFileSync(at('a'), randomBytes(5 << 20));
    files.copy(at('a'), at('b'), like());
    expect(readFileSync(at('b')).equals(readFileSync(at('a')))).toBe(true);
    mkdirSync(at('d'));
    expect(() => files.copy(at('d'), at('e'), like())).toThrow(/not a regular file/);
    expect(existsSync(at('e'))).toBe(false);
  });
});
