import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/**
 * The table of docs/README.md, which lists every page by task. The site's sidebar and llms.txt are made from it.
 *
 * @param {string} root
 * @returns {{ title: string, rows: { label: string, task: string, links: { text: string, path: string, anchor: string }[] }[] }[]} `label` is what
 *   the row says, `task` the same as a whole; `path` is relative to the project
 */
export function readContents(root) {
  const groups = [];
  let begun = '';
  for (const line of readFileSync(join(root, 'docs/README.md'), 'utf8').split('\n')) {
    const [, first, second] = /^\| (.+?) \| ?(.*?) ?\|$/.exec(line) ?? [];
    const title = /^\*\*(.+)\*\*$/.exec(first ?? '')?.[1];
    if (title !== undefined) groups.push({ title, rows: [] });
    const links = [...(second ?? '').matchAll(/\[([^\]]+)\]\(([^)\s]+)\)/g)].map(([, text, link]) => ({
      text,
      path: posix.join('docs', link.replace(/#.*$/, '')),
      anchor: /#.*$/.exec(link)?.[0] ?? '',
    }));
    if (links.length === 0) continue;
    // "... from a tool in JavaScript" continues the task above.
    const label = first.replace(/^\.\.\. /, '');
    if (label === first) begun = first;
    groups.at(-1).rows.push({ label, task: label === first ? first : `${begun}: ${label}`, links });
  }
  return groups;
}

/** The task of each page that the table links, by the page's path. */
export function tasksByPage(contents) {
  const tasks = new Map();
  for (const { task, links } of contents.flatMap(({ rows }) => rows))
    for (const { path, anchor } of links) if (anchor === '' && !tasks.has(path)) tasks.set(path, task);
  return tasks;
}
