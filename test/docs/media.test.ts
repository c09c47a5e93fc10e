import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

// These tests look at dist: `npm run build` comes first, as it does in `npm test`.

const media = join(root, 'docs/media');
const pictures = readdirSync(media);
const textOf = (name: string): string => readFileSync(join(media, name), 'utf8');

describe('the pictures of the README', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-media-'));
    const { status, stderr } = spawnSync(process.execPath, ['scripts/media.mjs', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are those that the script draws', () => {
    expect(readdirSync(folder)).toEqual(pictures);
  });

  it.each(pictures)('%s shows what the commands print and the package says today', (name) => {
    const drawn = readFileSync(join(folder, name), 'utf8');
    expect(drawn === textOf(name), `${name} is not up to date: run \`npm run docs:media\``).toBe(true);
  });

  it.each(pictures)('%s has a title, and neither a script nor an address to load from', (name) => {
    expect(textOf(name)).toMatch(/<title[^>]*>[^<]+<\/title>/);
    expect(textOf(name)).not.toMatch(/<script|\bon\w+="|href=|url\((?!#)|@import/);
  });

  it('show the loss, what to type, and that nothing happened', () => {
    for (const name of ['refused-rebuild.svg', 'refused-rebuild-still.svg']) {
      // The animation shows what is typed letter by letter.
      const text = textOf(name).replaceAll(/<\/text><text class="bold"[^>]*>/g, '');
      for (const shown of [
        '31,884 rows before, 28,342 after',
        'was rolled back: nothing is lost',
        '-- dunlin: destructive notes',
        '1 applied, 1 pending',
      ])
        expect(text).toContain(shown);
    }
  });

  it('stand still for readers who want that', () => {
    expect(textOf('refused-rebuild.svg')).toContain(
      '@media (prefers-reduced-motion:reduce){*{animation:none!important}}',
    );
    expect(textOf('refused-rebuild-still.svg')).not.toMatch(/animation|@keyframes/);
  });
});
