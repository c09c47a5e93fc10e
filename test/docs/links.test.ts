import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';
import { allPages, anchorsOf, root } from './markdown.ts';

const pages = allPages();
const examples = readdirSync(join(root, 'examples'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.md'))
  .map((file) => posix.join('examples', file.replaceAll('\\', '/')));
const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

const manifest = JSON.parse(textOf('package.json')) as {
  readonly repository: { readonly url: string };
  readonly homepage: string;
  readonly bugs: { readonly url: string };
};
const repository = manifest.repository.url.replace(/^git\+(.*)\.git$/, '$1');
/** Where a file is read, and where a folder is. */
const pagesOfRepository = [`${repository}/blob/main/`, `${repository}/tree/main/`] as const;
/** Where a picture is loaded from. */
const filesOfRepository = `${repository.replace('//github.com/', '//raw.githubusercontent.com/')}/main/`;

describe('the pages', () => {
  it('lead to files and headings that exist', () => {
    const broken = [...pages, ...examples].flatMap((page) =>
      linksOf(page)
        .filter((link) => !leadsSomewhere(page, link))
        .map((link) => `${page}: ${link}`),
    );
    expect(broken).toEqual([]);
  });

  it('that npm shows as well lead to the repository by its address in package.json', () => {
    expect(repository).toMatch(/^https:\/\/github\.com\/[\w-]+\/[\w-]+$/);
    expect(manifest.bugs.url).toBe(`${repository}/issues`);
    const addresses = addressesOf('README.md').filter((link) => !link.startsWith('#'));
    const known = [...pagesOfRepository, filesOfRepository, manifest.homepage];
    expect(addresses.filter((link) => !known.some((base) => link.startsWith(base)))).toEqual([]);
    // A picture is shown only from where the file itself is, and a page only where it is rendered.
    const isPicture = (link: string): boolean => link.endsWith('.svg');
    expect(addresses.filter((link) => isPicture(link) !== link.startsWith(filesOfRepository))).toEqual([]);
    const isFolder = (link: string): boolean =>
      existsSync(join(root, link)) && statSync(join(root, link)).isDirectory();
    const [files, folders] = pagesOfRepository;
    for (const link of addresses)
      if (link.startsWith(files) || link.startsWith(folders))
        expect(link.startsWith(folders), link).toBe(isFolder(withinProject(link, 'README.md').replace(/#.*$/, '')));
  });

  it('that sources, scripts and tests mention exist', () => {
    const files = ['src', 'scripts', 'test', 'bench', 'examples'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
    );
    const mentions = [...files, '.oxlintrc.json', 'package.json']
      .filter((file) => /\.(?:ts|mjs|json)$/.test(file))
      .flatMap((file) =>
        [...textOf(file).matchAll(/\bdocs\/[\w/.-]+\.md\b/g)].map(([page]) => `${file.replaceAll('\\', '/')}: ${page}`),
      );
    expect(mentions.length).toBeGreaterThan(20);
    expect(mentions.filter((mention) => !pages.includes(mention.replace(/^.*: /, '')))).toEqual([]);
  });

  it('lie in a folder by their job, and stand in the index', () => {
    const job =
      /^docs\/(?:tutorials|guides|guides\/coming-from|reference|explanation|internals|internals\/decisions)\/[\w-]+\.md$/;
    const placed = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(placed.filter((page) => !job.test(page))).toEqual([]);
    const index = new Set(linksOf('docs/README.md').map((link) => posix.join('docs', link)));
    expect(placed.filter((page) => !page.includes('/decisions/') && !index.has(page))).toEqual([]);
  });

  it('of the guides begin with the task, and show how within five lines', () => {
    const slow = pages
      .filter((page) => page.startsWith('docs/guides/'))
      .filter((page) => {
        const seen = textOf(page).replaceAll(/^<!--[^]*?-->\n/gm, '');
        const [, task = '', ...lines] = seen.split('\n').filter((line) => !/^(?:```.*)?$/.test(line));
        return !(task.startsWith('To ') && /\bdunlin [a-z]|\w\(/.test([task, ...lines].slice(0, 4).join('\n')));
      });
    expect(slow).toEqual([]);
  });

  it('are all reached from the README', () => {
    const reached = new Set(['README.md']);
    // A set that grows while it is read is read to its end.
    for (const page of reached) {
      for (const link of linksOf(page)) {
        const to = posix.join(dirname(page), link.replace(/#.*$/, '') || posix.basename(page));
        if (pages.includes(to)) reached.add(to);
        else if (pages.some((other) => dirname(other) === to.replace(/\/$/, '')))
          for (const other of pages) if (dirname(other) === to.replace(/\/$/, '')) reached.add(other);
      }
    }
    expect(pages.filter((page) => !reached.has(page))).toEqual([]);
  });

  it('show every command in use', () => {
    const guides = pages
      .filter((page) => page !== 'docs/reference/cli.md')
      .map(textOf)
      .join('\n');
    const unseen = commands.filter(({ name }) => !new RegExp(`\\bdunlin ${name}\\b`).test(guides));
    expect(unseen.map(({ name }) => name)).toEqual([]);
  });

  it('name no command and no option that does not exist', () => {
    const names = new Set([...commands.map(({ name }) => name), 'help']);
    const guides = pages.filter((page) => page !== 'docs/reference/cli.md');
    const named = guides.flatMap((page) =>
      [...written(page).matchAll(/(?:npx dunlin|`dunlin) ([a-z][a-z-]*)/g)].map(([, name = '']) => name),
    );
    expect(named.filter((name) => !names.has(name))).toEqual([]);
    const reference = textOf('docs/reference/cli.md');
    const options = guides.flatMap((page) =>
      [...written(page).matchAll(/dunlin [a-z]+[^`\n#]*?(?<= )(--[a-z-]+)/g)].map(([, option = '']) => option),
    );
    expect(options.filter((option) => !reference.includes(option))).toEqual([]);
  });
});

/** A page without what terminals show: that is run (story.ts), slips included. */
function written(page: string): string {
  return textOf(page).replaceAll(/^```console\n[^]*?^```$/gm, '');
}

/** The links of a page that stay within the project, as paths from the page. */
function linksOf(page: string): string[] {
  return addressesOf(page)
    .map((link) => withinProject(link, page))
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** Everything that a page links to or shows; code has no links. */
function addressesOf(page: string): string[] {
  const text = textOf(page)
    .replaceAll(/^```[^]*?^```$/gm, '')
    .replaceAll(/(?<!\[)`[^`\n]*`/g, '');
  const found = text.matchAll(/\]\((?<link>[^)\s]+)\)|\b(?:src|srcset|href)="(?<attribute>[^"]+)"/g);
  return [...found].map(({ groups }) => groups?.['link'] ?? groups?.['attribute'] ?? '');
}

/** The path from the page, of an address of this repository. */
function withinProject(link: string, page: string): string {
  const base = [...pagesOfRepository, filesOfRepository].find((one) => link.startsWith(one));
  return base === undefined ? link : posix.relative(dirname(page), link.slice(base.length));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const to = path === '' ? page : posix.join(dirname(page), path);
  if (!existsSync(join(root, to))) return false;
  return anchor === undefined || anchorsOf(to).has(anchor);
}
