import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { catalogue } from '../../src/errors/index.ts';

const root = resolve(import.meta.dirname, '../..');

describe('[C14] the generated pages of docs/reference', () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-docs-'));
    const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', folder], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(status, stderr).toBe(0);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['errors.md', 'cli.md', 'api.md'])('%s is what the sources say', (page) => {
    const present = readFileSync(join(root, 'docs/reference', page), 'utf8');
    const generated = readFileSync(join(folder, page), 'utf8');
    expect(present === generated, `docs/reference/${page} is not up to date: run \`npm run docs\``).toBe(true);
  });

  it('are all that the script writes', () => {
    expect(readdirSync(folder).toSorted()).toEqual(['api.md', 'cli.md', 'errors.md']);
  });

  it('have a section for every error code', () => {
    const page = readFileSync(join(folder, 'errors.md'), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
    expect(sections.toSorted()).toEqual(Object.keys(catalogue).toSorted());
  });

  it('have the help of every command, at most 80 columns wide', () => {
    const page = readFileSync(join(folder, 'cli.md'), 'utf8');
    const blocks = [...page.matchAll(/^## (\w+)\n\n```text\n([^]*?)\n```$/gm)];
    expect(blocks.map(([, name]) => name)).toEqual(commands.map(({ name }) => name));
    for (const [, name, help = ''] of blocks) {
      expect(help).toContain(`Usage: dunlin ${name}`);
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it('have every export, each with its declaration', async () => {
    const page = readFileSync(join(folder, 'api.md'), 'utf8');
    const declared = [...page.matchAll(/^### (\w+)\n\n```ts\n(?:function|class|const|interface|type) (\w+)/gm)];
    for (const [, title, name] of declared) expect(name).toBe(title);
    const names = new Set(declared.map(([, name]) => name));
    const exported = { ...(await import('../../src/node/index.ts')), ...(await import('../../src/testing/index.ts')) };
    expect(Object.keys(exported).filter((name) => !names.has(name))).toEqual([]);
    expect(page.match(/^### /gm)).toHaveLength(declared.length);
  });
});
