import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readContents } from './contents.mjs';
import { rewriteLinks } from './links.mjs';
import { addressesOf, readPages, siteTarget } from './pages.mjs';

/** The group of docs/README.md that users can leave out. */
const forContributors = 'change Dunlin';

const head = ({ description, engines }, homepage) => `# Dunlin

> ${description} A TypeScript library that an application runs when it starts, and a command line.

- A migration happens completely or not at all. A failed one is rolled back, and the next run continues there.
- A migration that would lose rows, values or objects which it does not declare as lost is refused.
- \`npm install dunlin\`; Node ${engines.node}; the command is \`npx dunlin\`.
- Every error has a code. The page of a code is errors/<CODE>.md, such as [ROWS_LOST](${homepage}errors/ROWS_LOST.md).
`;

/** llms.txt, in the form of llmstxt.org: every page of docs/README.md, with the task that it is for. */
export function llmsIndex(root) {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { repository, homepage } = addressesOf(root);
  const pages = readPages(root);
  const titles = new Map(pages.map(({ path, title }) => [path, title]));
  const target = siteTarget(root, pages, { repository, pageAt: (route) => `${homepage}${route}.md` });
  const sections = readContents(root).map(({ title, rows }) => {
    const lines = rows.flatMap(({ task, links }) =>
      links.map(({ text, path, anchor }) => {
        const title = anchor === '' ? titles.get(path.replace(/\/$/, '')) : undefined;
        return `- [${title ?? capitalised(text)}](${target(path, anchor)}): ${task}`;
      }),
    );
    return `## ${title === forContributors ? 'Optional' : capitalised(title)}\n\n${lines.join('\n')}\n`;
  });
  return `${head(manifest, homepage)}\n${sections.join('\n')}`;
}

/** Every page for users in one text, in the order of docs/README.md. */
export function llmsFull(root, { catalogues }) {
  const groups = readContents(root).filter(({ title }) => title !== forContributors);
  const paths = new Set([
    'README.md',
    ...groups.flatMap(({ rows }) => rows.flatMap(({ links }) => links.map(({ path }) => path))),
  ]);
  const pages = readPages(root);
  const { repository, homepage } = addressesOf(root);
  const newTarget = siteTarget(root, pages, { catalogues, repository, pageAt: (route) => `${homepage}${route}.md` });
  const listed = [...paths].flatMap((path) => pages.filter((page) => page.path === path));
  return listed
    .map(({ path, text }) => {
      const shown = rewriteLinks(text, { page: path, repository, newTarget });
      return `${shown.replace(/^<!-- GENERATED[^]*?-->\n+/, '').trimEnd()}\n`;
    })
    .join('\n---\n\n');
}

const capitalised = (text) => text.charAt(0).toUpperCase() + text.slice(1);
