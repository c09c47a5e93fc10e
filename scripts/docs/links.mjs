import { posix } from 'node:path';

/** A fence, a code span, the target of a link or image, an attribute of HTML with a target. */
const targets =
  /^```[^]*?^```$|(?<!`)`[^`\n]+`(?!`)|\]\((?<link>[^)\s]+)\)|\b(?:src|srcset|href)="(?<attribute>[^"]+)"/gm;

/**
 * The text of a page with other targets in its links: `newTarget` gets the path of the file that a link leads to,
 * relative to the project, and the anchor with its `#`. Code and links to other sites stay; an absolute link into
 * the repository counts as one to the file.
 *
 * @param {string} text
 * @param {{ page: string, repository: string, newTarget: (path: string, anchor: string) => string }} how
 * @returns {string}
 */
export function rewriteLinks(text, { page, repository, newTarget }) {
  return text.replaceAll(targets, (whole, ...rest) => {
    const { link, attribute } = rest.at(-1);
    const target = link ?? attribute;
    if (target === undefined) return whole;
    const [place, anchor] = splitAnchor(target);
    const path = pathInRepository(place, page, repository);
    return path === undefined ? whole : whole.replace(target, () => newTarget(path, anchor));
  });
}

function splitAnchor(target) {
  const at = target.indexOf('#');
  return at === -1 ? [target, ''] : [target.slice(0, at), target.slice(at)];
}

/** @returns {string | undefined} undefined for a link to another site */
function pathInRepository(place, page, repository) {
  if (place === '') return page;
  const raw = repository.replace('https://github.com/', 'https://raw.githubusercontent.com/');
  for (const start of [
    `${repository}/blob/main/`,
    `${repository}/tree/main/`,
    `${repository}/raw/main/`,
    `${raw}/main/`,
  ])
    if (place.startsWith(start)) return place.slice(start.length);
  if (/^[a-z]+:/.test(place)) return undefined;
  if (place.startsWith('/')) return place.slice(1);
  return posix.join(posix.dirname(page), place);
}
