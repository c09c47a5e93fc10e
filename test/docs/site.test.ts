import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

const load = (file: string): Promise<unknown> => import(pathToFileURL(join(root, file)).href);
const { rewriteLinks } = (await load('scripts/docs/links.mjs')) as {
  rewriteLinks: (
    text: string,
    how: { page: string; repository: string; newTarget: (path: string, anchor: string) => string },
  ) => string;
};
const { readContents } = (await load('scripts/docs/contents.mjs')) as {
  readContents: (root: string) => {
    title: string;
    rows: { label: string; task: string; links: { text: string; path: string; anchor: string }[] }[];
  }[];
};
const { codePages, readCatalogues } = (await load('scripts/docs/catalogues.mjs')) as {
  readCatalogues: (root: string) => Promise<{ folder: string }[]>;
  codePages: (catalogue: unknown, pages: unknown) => { route: string; text: string }[];
};
const { readPages, siteTarget } = (await load('scripts/docs/pages.mjs')) as {
  readPages: (root: string) => { path: string; route: string }[];
  siteTarget: (
    root: string,
    pages: unknown,
    how: { catalogues: unknown; repository: string; pageAt: (route: string) => string },
  ) => (path: string, anchor: string) => string;
};

const repository = 'https://github.com/ada/notes';

// What the built site looks like to a browser is `npm run test:site`.
describe('links for the site', () => {
  const rewritten = (text: string, page = 'pages/guides/a.md'): string =>
    rewriteLinks(text, { page, repository, newTarget: (path, anchor) => `<${path}|${anchor}>` });

  it('lead where they lead on GitHub, from the folder of their page', () => {
    expect(rewritten('[a](b.md#c), [d](../../README.md), [e](#f)')).toBe(
      '[a](<pages/guides/b.md|#c>), [d](<README.md|>), [e](<pages/guides/a.md|#f>)',
    );
  });

  it('that name the repository by its address count as links to its files', () => {
    const image = 'https://raw.githubusercontent.com/ada/notes/main/docs/x.svg';
    expect(rewritten(`[![x](${image})](${repository}/blob/main/LICENSE)`)).toBe('[![x](<docs/x.svg|>)](<LICENSE|>)');
    expect(rewritten(`<source srcset="${image}"><img src="../y.svg">`)).toBe(
      '<source srcset="<docs/x.svg|>"><img src="<pages/y.svg|>">',
    );
  });

  it('to other sites and in code stay', () => {
    const text = ['[a](https://sqlite.org/x#y)', '`[b](c.md)`', '```md', '[d](e.md)', '```'].join('\n');
    expect(rewritten(text)).toBe(text);
    expect(rewritten('[`a`](b.md)')).toBe('[`a`](<pages/guides/b.md|>)');
  });

  it('lead to the page of a code, to a page, else to the file on GitHub; a file that is missing is an error', () => {
    const pages = [
      { path: 'docs/reference/errors.md', route: 'errors' },
      { path: 'docs/internals/decisions', route: 'internals/decisions/index' },
    ];
    const catalogues = [
      { folder: 'codes', page: 'docs/reference/errors.md', areas: [{ entries: [{ code: 'ROWS_LOST' }] }] },
    ];
    const target = siteTarget(root, pages, { catalogues, repository, pageAt: (route) => `/${route}` });
    expect(target('docs/reference/errors.md', '#rows_lost')).toBe('/codes/ROWS_LOST');
    expect(target('docs/reference/errors.md', '#losses')).toBe('/errors#losses');
    expect(target('docs/internals/decisions/', '')).toBe('/internals/decisions/index');
    expect(target('README.md', '#install')).toBe(`${repository}#install`);
    expect(target('LICENSE', '')).toBe(`${repository}/blob/main/LICENSE`);
    expect(() => target('src/nowhere.ts', '')).toThrow('src/nowhere.ts is linked, and does not exist');
  });
});

describe('the table of docs/README.md', () => {
  const contents = readContents(root);

  it('is read whole: every link is in a group', () => {
    expect(contents.map(({ title }) => title)).toContain('write migrations');
    const links = contents.flatMap(({ rows }) => rows.flatMap(({ links }) => links));
    expect(links).toContainEqual({ text: 'testing migrations', path: 'docs/guides/testing-migrations.md', anchor: '' });
    expect(links).toContainEqual({ text: 'contributing', path: 'CONTRIBUTING.md', anchor: '' });
    expect(links.map(({ path }) => path)).not.toContain(undefined);
  });

  it('completes a task that begins with dots', () => {
    const row = contents.flatMap(({ rows }) => rows).find(({ label }) => label === 'from a tool in JavaScript');
    expect(row?.task).toBe('move to Dunlin with the databases you have: from a tool in JavaScript');
  });
});

describe('the page of a code', () => {
  it('has its meaning, an example, the pages about it and the codes of its kind', async () => {
    const [errors] = await readCatalogues(root);
    const page = codePages(errors, readPages(root)).find(({ route }) => route === 'errors/ROWS_LOST');
    expect(page?.text).toMatch(/^# ROWS_LOST\n\nRows of a table are gone, /);
    expect(page?.text).toContain('```text\nMigration 007_tidy would lose data');
    expect(page?.text).toMatch(/^- \[Troubleshooting: .*\]\(\/docs\/guides\/troubleshooting\.md#rows_lost/m);
    expect(page?.text).toContain('[TABLE_LOST](/docs/reference/errors.md#table_lost)');
  });
});
