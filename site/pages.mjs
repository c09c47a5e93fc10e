// Writes what VitePress builds from: a copy of each page with links that fit the site, a page for each error code, and
// the files for agents.
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { anchorOf } from '../scripts/docs/anchor.mjs';
import { cataloguePage, codePages, readCatalogues } from '../scripts/docs/catalogues.mjs';
import { readContents } from '../scripts/docs/contents.mjs';
import { rewriteLinks } from '../scripts/docs/links.mjs';
import { llmsFull, llmsIndex } from '../scripts/docs/llms.mjs';
import { addressesOf, readPages, siteTarget } from '../scripts/docs/pages.mjs';

const root = join(import.meta.dirname, '..');
const folder = join(import.meta.dirname, 'pages');
/** What VitePress copies as it is. */
const assets = join(folder, 'public');

/** Files that pages show, rather than link to. */
const image = /\.(?:svg|png|gif|webp)$/;

export async function writePages() {
  const { repository, homepage } = addressesOf(root);
  const catalogues = await readCatalogues(root);
  const contents = readContents(root);
  const written = readPages(root);
  const pages = [
    ...written.map((page) => ({ ...page, text: shownText(page, catalogues, contents), source: sourceOf(page) })),
    ...catalogues.flatMap((catalogue) => codePages(catalogue, written)),
  ];
  const shown = anchorsOf(pages.find(({ route }) => route === 'index').text);
  /** Where links lead, in pages whose addresses begin so. */
  const targets = (start) => {
    const toPage = siteTarget(root, written, { catalogues, repository, pageAt: (route) => `${start}${route}.md` });
    return (file, anchor) => {
      if (image.test(file)) return start + copyImage(file);
      return file === 'README.md' && shown.has(anchor) ? `${start}index.md${anchor}` : toPage(file, anchor);
    };
  };

  rmSync(folder, { recursive: true, force: true });
  for (const page of pages) {
    const { path, source, route, title, text, task } = page;
    if (/^```mermaid$/m.test(text))
      throw new Error(`${path} has a Mermaid diagram, which the site cannot draw: show an SVG file`);
    const linked = (start) => rewriteLinks(text, { page: path, repository, newTarget: targets(start) });
    const edit = `${repository}/edit/main/${source}`;
    // A code is in no sidebar, so none comes before or after it.
    const isCode = !written.some((one) => one.route === route);
    const fields = {
      title,
      description: task,
      edit,
      editLink: source !== undefined,
      ...(isCode && { prev: false, next: false }),
    };
    write(`${route}.md`, `---\n${JSON.stringify(fields)}\n---\n\n${linked('/')}`);
    write(`public/${route}.md`, linked(homepage));
  }
  write('public/llms.txt', llmsIndex(root));
  write('public/llms-full.txt', llmsFull(root, { catalogues }));
}

/** The text on the site, where that differs from GitHub's. */
function shownText({ path, text }, catalogues, contents) {
  if (path === 'README.md') return homePage(text, contents);
  const catalogue = catalogues.find(({ page }) => page === path);
  return catalogue === undefined ? text : cataloguePage(catalogue);
}

/** README.md up to its first heading, how to install, and where to begin. */
function homePage(text, contents) {
  const [first, ...sections] = text.split(/^(?=## )/m);
  const install = sections.find((section) => section.startsWith('## Install')) ?? '';
  const begin = contents[0].rows.map(
    ({ task, links }) => `- ${task}: ${links.map((link) => `[${link.text}](${link.path})`).join(', ')}`,
  );
  return `${first}${install}## Begin\n\n${begin.join('\n')}\n\n[All pages by task](docs/README.md)\n`;
}

/** The file to edit, if the page is written by hand. */
const sourceOf = ({ path, text }) => (path.endsWith('.md') && !text.startsWith('<!-- GENERATED') ? path : undefined);

/** Of the headings of a text, each with its `#`. */
const anchorsOf = (text) => new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => `#${anchorOf(heading)}`));

function copyImage(file) {
  if (!existsSync(join(root, file))) throw new Error(`${file} is shown, and does not exist`);
  mkdirSync(dirname(join(assets, file)), { recursive: true });
  cpSync(join(root, file), join(assets, file));
  return file;
}

function write(file, text) {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
