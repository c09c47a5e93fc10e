import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { catalogue } from '../../src/errors/index.ts';

const root = resolve(import.meta.dirname, '../..');

describe('the generated pages', () => {
  let folder: string;
  let result: { readonly status: number | null; readonly stderr: string };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dunlin-docs-'));
    result = spawnSync(process.execPath, ['scripts/docs.mjs', folder], { cwd: root, encoding: 'utf8' });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const pages = [
    'CONTRIBUTING.md',
    'SKILL.md',
    'docs/internals/acceptance.md',
    'docs/internals/architecture.md',
    'docs/reference/api.md',
    'docs/reference/cli.md',
    'docs/reference/errors.md',
    'llms.txt',
  ];

  it.each(pages)('%s is up to date', (page) => {
    const present = readFileSync(join(root, page), 'utf8');
    const generated = readFileSync(join(folder, page), 'utf8');
    expect(present === generated, `${page} is not up to date: run \`npm run docs\``).toBe(true);
  });

  it('are all that the script writes', () => {
    const written = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    expect(written.map((page) => page.replaceAll('\\', '/')).toSorted()).toEqual(
      ['docs', 'docs/internals', 'docs/reference', ...pages].toSorted(),
    );
  });

  it('are written without a complaint: every row of docs/internals/acceptance.md has a test', () => {
    expect(result).toMatchObject({ status: 0, stderr: '' });
  });

  it('have a section for every error code', () => {
    const page = readFileSync(join(folder, 'docs/reference/errors.md'), 'utf8');
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, code]) => code);
    expect(sections.toSorted()).toEqual(Object.keys(catalogue).toSorted());
  });

  it('have the help of every command, at most 80 columns wide', () => {
    const page = readFileSync(join(folder, 'docs/reference/cli.md'), 'utf8');
    const blocks = [...page.matchAll(/^## ([\w-]+)\n\n```text\n([^]*?)\n```$/gm)];
    expect(blocks.map(([, name]) => name)).toEqual(commands.map(({ name }) => name));
    for (const [, name, help = ''] of blocks) {
      expect(help).toContain(`Usage: dunlin ${name}`);
      expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    }
  });

  it('have every export, each with its declaration', async () => {
    const page = readFileSync(join(folder, 'docs/reference/api.md'), 'utf8');
    const declared = [...page.matchAll(/^### (\w+)\n\n```ts\n(?:function|class|const|interface|type) (\w+)/gm)];
    for (const [, title, name] of declared) expect(name).toBe(title);
    const names = new Set(declared.map(([, name]) => name));
    const exported = {
      ...(await import('../../src/node/index.ts')),
      ...(await import('../../src/node/testing/index.ts')),
    };
    expect(Object.keys(exported).filter((name) => !names.has(name))).toEqual([]);
    expect(page.match(/^### /gm)).toHaveLength(declared.length);
  });
});
