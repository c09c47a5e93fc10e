import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/errors/index.ts';
import { root } from './markdown.ts';

const { addressesOf, readPages } = (await import(pathToFileURL(join(root, 'scripts/docs/pages.mjs')).href)) as {
  addressesOf: (root: string) => { homepage: string; repository: string };
  readPages: (root: string) => { route: string }[];
};
const { homepage, repository } = addressesOf(root);
/** The addresses of the site, without their ending. */
const addresses = new Set([
  ...readPages(root).map(({ route }) => `${homepage}${route}`),
  ...Object.keys(catalogue).map((code) => `${homepage}errors/${code}`),
  `${homepage}llms`,
]);

// guide.test.ts runs its commands; reference.test.ts notices what `npm run docs` would write anew.
describe('what agents read:', () => {
  const skill = readFileSync(join(root, 'SKILL.md'), 'utf8');
  const index = readFileSync(join(root, 'llms.txt'), 'utf8');

  it('SKILL.md begins with a name and with when to use it', () => {
    const [, name, description = ''] = /^---\nname: (.+)\ndescription: (.+)\n---\n\n# /.exec(skill) ?? [];
    expect(name).toBe('dunlin');
    expect(description).toMatch(/\bUse it when\b/);
    // A colon and a space would be YAML.
    expect(description).not.toMatch(/: /);
    expect(description.length).toBeLessThanOrEqual(1024);
  });

  it('SKILL.md is short', () => {
    expect(skill.split('\n').length - 1).toBeLessThanOrEqual(150);
  });

  it('SKILL.md names no code that does not exist', () => {
    const codes = [...skill.matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, code = '']) => code);
    expect(codes.length).toBeGreaterThan(10);
    expect(codes.filter((code) => !(code in catalogue || code === 'DATABASE_PATH'))).toEqual([]);
  });

  it('llms.txt has a title, a summary, and sections of links with what each page is for', () => {
    expect(index).toMatch(/^# Dunlin\n\n> .+\n\n(?:- .+\n)+\n## /);
    const lines = index.slice(index.indexOf('\n## ')).split('\n');
    const others = lines.filter((line) => !/^$|^## .+$|^- \[[^\]]+\]\(\S+\): .+$/.test(line));
    expect(others).toEqual([]);
    expect(lines.filter((line) => line.startsWith('## ')).at(-1)).toBe('## Optional');
  });

  it.each([
    ['SKILL.md', skill],
    ['llms.txt', index],
  ])('%s leads to pages of the site, or to GitHub', (_, text) => {
    const links = [...text.matchAll(/https?:\/\/[^\s)]+/g)].map(([link]) => link.replace(/\.(?:md|txt)$/, ''));
    expect(links).not.toEqual([]);
    expect(links.filter((link) => !addresses.has(link) && !link.startsWith(repository))).toEqual([]);
  });
});
