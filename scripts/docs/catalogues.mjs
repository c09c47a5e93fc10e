import { anchorOf } from './anchor.mjs';
import { errorAreas, errorsHead } from './errors.mjs';

/**
 * The lists of codes that messages print. On the site each code has a page, whose address is the code.
 *
 * `page` is where GitHub shows the list, and `folder` where the site shows its codes.
 *
 * @param {string} root
 */
export async function readCatalogues(root) {
  return [{ folder: 'errors', page: 'docs/reference/errors.md', head: errorsHead, areas: await errorAreas(root) }];
}

/** The list on the site: the meaning of each code. Examples are on the pages of the codes. */
export function cataloguePage({ page, head, areas }) {
  const sections = areas.map(({ title, entries }) => {
    const rows = entries.map(({ code, meaning }) => `| [${code}](/${page}#${anchorOf(code)}) | ${inCell(meaning)} |`);
    return `## ${title}\n\n| code | |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `${head}\nThe page of a code shows a message and its hint.\n\n${sections.join('\n')}`;
}

const inCell = (text) => text.replaceAll('\n', ' ').replaceAll('|', '\\|');

/** The page of each code: what it means, an example, and which pages say more. */
export function codePages({ folder, page, areas }, pages) {
  return areas.flatMap(({ title, source, entries }) =>
    entries.map(({ code, meaning, example }) => {
      const more = mentionsOf(
        code,
        pages.filter((one) => one.path !== page),
      );
      const others = entries
        .filter((one) => one.code !== code)
        .map((one) => `[${one.code}](/${page}#${anchorOf(one.code)})`);
      const parts = [
        `# ${code}`,
        meaning,
        `A message, and its hint:\n\n\`\`\`text\n${example}\n\`\`\``,
        ...(more.length > 0 ? [`## Read more\n\n${more.join('\n')}`] : []),
        ...(others.length > 0 ? [`**${title}:** ${others.join(' · ')}`] : []),
      ];
      return {
        path: page,
        source,
        route: `${folder}/${code}`,
        title: code,
        text: `${parts.join('\n\n')}\n`,
        task: meaning,
      };
    }),
  );
}

/** A line for each page for users that names the code: a link to the heading with the code, or to the page. */
function mentionsOf(code, pages) {
  const named = new RegExp(`\\b${code}\\b`);
  return pages
    .filter(({ path, text }) => /^docs\/(?!internals\/)/.test(path) && named.test(text))
    .map(({ path, title, text }) => {
      const heading = [...text.matchAll(/^##+ (.+)$/gm)].map(([, one]) => one).find((one) => named.test(one));
      const link = heading === undefined ? '' : `#${anchorOf(heading)}`;
      return `- [${title}${heading === undefined ? '' : `: ${heading}`}](/${path}${link})`;
    });
}
