import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Disk, type Image } from './disk.ts';
import type { Step } from './steps.ts';

/** A folder with the file `a`, which holds `old`, and the folder `f`. */
function disk(): { disk: Disk; at: (name: string) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-disk-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'a'), 'old');
  mkdirSync(join(folder, 'f'));
  return { disk: new Disk(folder), at: (name) => join(folder, name) };
}

const shown = (image: Image): Record<string, string | null> =>
  Object.fromEntries([...image].map(([path, bytes]) => [path, bytes?.toString() ?? null]));
const none = (on: Disk): unknown => shown(on.image(() => false));
const all = (on: Disk): unknown => shown(on.image(() => true));
const write = (path: string, text: string, offset = 0): Step => ({
  kind: 'write',
  path,
  offset,
  bytes: Buffer.from(text),
});

it('a write is there for sure after a sync of its file', () => {
  const { disk: on, at } = disk();
  on.apply(write(at('a'), 'NEW'));
  expect([none(on), all(on)]).toEqual([
    { a: 'old', f: null },
    { a: 'NEW', f: null },
  ]);
  on.apply({ kind: 'sync', path: at('a') });
  expect(none(on)).toEqual(all(on));
});

it('a name is there for sure after a sync of its folder, and of the folder above where that is new', () => {
  const { disk: on, at } = disk();
  on.apply({ kind: 'folder', path: at('g') });
  on.apply({ kind: 'open', path: at('g/b'), create: true, truncate: false });
  on.apply(write(at('g/b'), 'b'));
  on.apply({ kind: 'sync', path: at('g/b') });
  expect(none(on)).toEqual({ a: 'old', f: null });
  on.apply({ kind: 'sync', path: at('g') });
  expect(none(on)).toEqual({ a: 'old', f: null });
  on.apply({ kind: 'sync', path: at('.') });
  expect(none(on)).toEqual({ a: 'old', f: null, g: null, 'g/b': 'b' });
});

it('a file is renamed as a whole, or not; its content is another matter', () => {
  const { disk: on, at } = disk();
  on.apply({ kind: 'open', path: at('t'), create: true, truncate: false });
  on.apply(write(at('t'), 'new'));
  on.apply({ kind: 'rename', path: at('t'), to: at('a') });
  expect([none(on), all(on)]).toEqual([
    { a: 'old', f: null },
    { a: 'new', f: null },
  ]);
  on.apply({ kind: 'sync', path: at('.') });
  expect(none(on)).toEqual({ a: '', f: null });
});

it('what is removed may come back until the folder is synced', () => {
  const { disk: on, at } = disk();
  on.apply({ kind: 'remove', path: at('a') });
  expect([none(on), all(on)]).toEqual([{ a: 'old', f: null }, { f: null }]);
});

it('a write may be torn between two sectors, and what is cut off does not come back', () => {
  const { disk: on, at } = disk();
  on.apply(write(at('a'), 'x'.repeat(600), 500));
  let turn = 0;
  expect(shown(on.image(() => (turn += 1) === 2))['a']).toBe(`old${'\0'.repeat(509)}${'x'.repeat(512)}`);
  on.apply({ kind: 'truncate', path: at('a'), size: 2 });
  on.apply({ kind: 'truncate', path: at('a'), size: 4 });
  expect(all(on)).toEqual({ a: 'ol\0\0', f: null });
});
