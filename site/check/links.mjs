import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileFor } from './serve.mjs';

/**
 * What is wrong with the links of a built page: those within the site that lead to no page or heading, and those into
 * the repository that lead to no file. No request leaves this machine.
 *
 * @param {{ root: string, folder: string, base: string, repository: string }} site
 */
export function linkChecker({ root, folder, base, repository }) {
  const ids = new Map();
  const idsOf = (file) => {
    if (!ids.has(file))
      ids.set(file, new Set([...readFileSync(file, 'utf8').matchAll(/\sid="([^"]+)"/g)].map(([, id]) => decoded(id))));
    return ids.get(file);
  };
  return (pathname) => {
    const html = readFileSync(fileFor(folder, base, pathname), 'utf8');
    const links = new Set([...html.matchAll(/<a\s[^>]*?href="([^"]+)"/g)].map(([, link]) => decoded(link)));
    return [...links].filter((link) => {
      if (link.startsWith(`${repository}/`)) {
        const [, path] = /\/(?:blob|edit|tree)\/main\/([^#]*)/.exec(link) ?? [];
        return path === undefined || !existsSync(join(root, path));
      }
      if (/^[a-z]+:/.test(link)) return false;
      const { pathname: to, hash } = new URL(link, `http://localhost${pathname}`);
      const file = fileFor(folder, base, decodeURIComponent(to));
      return file === undefined || (hash !== '' && !idsOf(file).has(decodeURIComponent(hash.slice(1))));
    });
  };
}

const decoded = (text) => text.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"');
