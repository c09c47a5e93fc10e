import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readContents, tasksByPage } from './contents.mjs';

/** Where a page is on the site, if that does not follow from its path. */
const routes = {
  'README.md': 'index',
  'docs/README.md': 'contents',
  'docs/internals/decisions': 'internals/decisions/index',
};

/**
 * Every page that people read: the Markdown files at the root, in `docs` and of the examples, and the list of the
 * decisions, which on GitHub is a folder.
 *
 * @param {string} root
 * @returns {{ path: string, route: string, title: string, text: string, task: string | undefined }[]}
 */
export function readPages(root) {
  const below = (folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`.replaceAll('\\', '/'))
      .filter((file) => file.endsWith('.md') && !file.includes('/node_modules/'));
  const paths = [
    ...readdirSync(root).filter((file) => file.endsWith('.md')),
    ...below('docs'),
    ...below('examples').filter((file) => file.endsWith('/README.md')),
  ];
  const tasks = tasksByPage(readContents(root));
  const page = (path, text) => ({ path, route: routeOf(path), title: titleOf(text), text, task: tasks.get(path) });
  const pages = paths.toSorted().map((path) => page(path, withoutFrontmatter(readFileSync(join(root, path), 'utf8'))));
  return [...pages, page('docs/internals/decisions', listOfDecisions(pages))];
}

const routeOf = (path) =>
  routes[path] ??
  path
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .replace(/^[A-Z]+$/, (name) => name.toLowerCase());

const withoutFrontmatter = (text) => text.replace(/^---\n[^]*?\n---\n+/, '');

const titleOf = (text) => /^# (.+)$/m.exec(text)[1];

function listOfDecisions(pages) {
  const decisions = pages.filter(({ path }) => path.startsWith('docs/internals/decisions/'));
  const lines = decisions.map(({ path, title }) => `- [${title}](decisions/${path.split('/').at(-1)})`);
  return `# Decisions\n\nWhy Dunlin is as it is.\n\n${lines.join('\n')}\n`;
}

/** The address of the repository and that of the site, which ends with a slash. */
export function addressesOf(root) {
  const { repository, homepage } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return { repository: repository.url.replace(/^git\+/, '').replace(/\.git$/, ''), homepage };
}

/**
 * Where a link to a file of the project leads on the site: to its page, else to the file on GitHub. A link to one code
 * of a catalogue leads to the page of the code. `pageAt` makes the address of a page.
 *
 * @param {string} root
 * @param {{ path: string, route: string }[]} pages
 * @param {{ catalogues?: { folder: string, page: string, areas: { entries: { code: string }[] }[] }[], repository: string,
 *   pageAt: (route: string) => string }} how
 * @returns {(path: string, anchor: string) => string}
 */
export function siteTarget(root, pages, { catalogues = [], repository, pageAt }) {
  const routesByPath = new Map(pages.map(({ path, route }) => [path, route]));
  return (path, anchor) => {
    const file = path.replace(/\/$/, '');
    const catalogue = catalogues.find(({ page }) => page === file);
    const code = anchor.slice(1).toUpperCase();
    if (catalogue?.areas.some(({ entries }) => entries.some((entry) => entry.code === code)))
      return pageAt(`${catalogue.folder}/${code}`);
    // The site shows the beginning of README.md; its headings are on GitHub.
    if (file === 'README.md' && anchor !== '') return repository + anchor;
    const route = routesByPath.get(file);
    if (route !== undefined) return pageAt(route) + anchor;
    if (!existsSync(join(root, file))) throw new Error(`${path} is linked, and does not exist`);
    return `${repository}/blob/main/${file}${anchor}`;
  };
}
