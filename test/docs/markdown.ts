import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

export const root: string = resolve(import.meta.dirname, '../..');

const { anchorOf } = (await import(pathToFileURL(join(root, 'scripts/docs/anchor.mjs')).href)) as {
  anchorOf: (heading: string) => string;
};

/** A fenced block of a page. */
export interface Block {
  readonly language: string;
  readonly text: string;
  /** Where it stands: `README.md:26`. */
  readonly at: string;
}

/** The fenced blocks of a page, in order. */
export function blocksOf(page: string, ...languages: readonly string[]): Block[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n([^]*?)^```$/gm)]
    .map((match) => ({
      language: match[1] ?? '',
      text: match[2] ?? '',
      at: `${page}:${text.slice(0, match.index).split('\n').length}`,
    }))
    .filter(({ language }) => languages.includes(language));
}

/** What stands on a page for one who carries it out, in order. */
export interface Part extends Block {
  /** A fenced block, or a comment that only its source shows. */
  readonly kind: 'block' | 'comment';
  /** The file that the paragraph above names last, if it ends with a colon: "`migrations/001_notes.sql`:". */
  readonly file: string | undefined;
  /** Where its text begins in the page. */
  readonly offset: number;
}

export function partsOf(page: string): Part[] {
  const text = readFileSync(join(root, page), 'utf8');
  const found = text.matchAll(/^(?:```(?<language>\w*)\n(?<code>[^]*?)^```|<!-- (?<comment>[^]*?)\s*-->)$/gm);
  return [...found].map(({ 0: whole, groups, index }): Part => {
    const { language = '', code, comment = '' } = groups ?? {};
    const above = text.slice(0, index).trimEnd().split('\n\n').at(-1) ?? '';
    return {
      kind: code === undefined ? 'comment' : 'block',
      language,
      text: code ?? comment,
      file: above.endsWith(':') ? [...above.matchAll(/`([\w./-]+\.[a-z]+)`/g)].at(-1)?.[1] : undefined,
      offset: index + whole.indexOf('\n') + 1,
      at: `${page}:${text.slice(0, index).split('\n').length}`,
    };
  });
}

/** Every page that people read: those at the root, and docs. */
export function allPages(): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' }).map((file) =>
    `docs/${file}`.replaceAll('\\', '/'),
  );
  return [...readdirSync(root), ...docs].filter((file) => file.endsWith('.md')).toSorted();
}

/** The anchors of a page, as they are made from its headings. */
export function anchorsOf(page: string): Set<string> {
  const text = readFileSync(join(root, page), 'utf8').replaceAll(/^```[^]*?^```$/gm, '');
  const headings = [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading);
  return new Set(headings.map(anchorOf));
}
