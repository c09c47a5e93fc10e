import { join } from 'node:path';
import { anchorOf } from '../../scripts/docs/anchor.mjs';
import { readContents } from '../../scripts/docs/contents.mjs';
import { addressesOf, readPages, siteTarget } from '../../scripts/docs/pages.mjs';
import { searchOptions } from './search.mjs';

const root = join(import.meta.dirname, '../..');
const { repository, homepage } = addressesOf(root);

export default {
  title: 'Dunlin',
  description: 'Schema migrations for SQLite: whole or not at all, nothing lost unless declared.',
  lang: 'en',
  base: new URL(homepage).pathname,
  srcDir: 'pages',
  srcExclude: ['public/**'],
  outDir: 'dist',
  cleanUrls: true,
  // The page of the library is one file.
  vite: { build: { chunkSizeWarningLimit: 1000 } },
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  markdown: {
    // As on GitHub.
    anchor: { slugify: anchorOf },
    toc: { slugify: anchorOf },
  },
  themeConfig: {
    outline: [2, 3],
    nav: [
      { text: 'Pages by task', link: '/contents' },
      { text: 'Commands', link: '/reference/cli' },
      { text: 'Library', link: '/reference/api' },
      { text: 'Errors', link: '/reference/errors' },
    ],
    sidebar: sidebar(),
    socialLinks: [{ icon: 'github', link: repository }],
    editLink: { pattern: ({ frontmatter }) => frontmatter.edit, text: 'Edit this page' },
    search: { provider: 'local', options: searchOptions },
    externalLinkIcon: true,
    notFound: {
      title: 'There is no page at this address',
      quote: 'An error has a page at errors/ and its code. The search finds the others.',
      linkText: 'Begin',
    },
  },
};

/** The groups of docs/README.md. A row with several pages is a group of its own, closed at first. */
function sidebar() {
  const target = siteTarget(root, readPages(root), {
    repository,
    pageAt: (route) => `/${route}`.replace(/\/index$/, '/'),
  });
  return readContents(root).map(({ title, rows }) => ({
    text: capitalised(title),
    collapsed: false,
    items: rows.flatMap(({ label, links }) => {
      const items = links.map(({ text, path, anchor }) => ({
        text: capitalised(text.replaceAll('`', '')),
        link: target(path, anchor),
      }));
      return items.length > 3 ? [{ text: capitalised(label), collapsed: true, items }] : items;
    }),
  }));
}

function capitalised(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
