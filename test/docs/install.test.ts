import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './markdown.ts';

const pages = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

/** What a page says to install that has native parts, with the line it stands in. */
function drivers(text: string): readonly { readonly name: string; readonly line: string }[] {
  return text.split('\n').flatMap((line) =>
    [...line.matchAll(/npm install (?:-\S+ )*((?:better-sqlite3|@photostructure\/sqlite)[^\s`,;]*)/g)].map(
      ([, name]) => ({
        name: name!,
        line,
      }),
    ),
  );
}

/** better-sqlite3 13 needs Node 22.14 and @photostructure/sqlite 2 Node 22: on Node 20 they crash or cannot be installed. */
const fitsNode20 = /^(?:better-sqlite3(?:-multiple-ciphers)?@12|@photostructure\/sqlite@1)$/;

describe('what the pages say to install', () => {
  it.each(pages)('%s names a version that runs on Node 20', (page) => {
    const text = readFileSync(join(root, page), 'utf8');
    // Beside one that does, a page may name another for newer versions of Node.
    const named = drivers(text);
    const unfit = named.filter(({ name }) => !fitsNode20.test(name));
    const without = unfit.filter(({ name }) => !named.some((other) => other.name.startsWith(`${name}@`)));
    expect(without).toEqual([]);
  });

  it('is looked for: a command without a version is seen', () => {
    expect(drivers('Type `npm install better-sqlite3`, or')).toEqual([
      { name: 'better-sqlite3', line: 'Type `npm install better-sqlite3`, or' },
    ]);
    expect(drivers('`npm install -D @photostructure/sqlite@2`').map(({ name }) => name)).toEqual([
      '@photostructure/sqlite@2',
    ]);
    expect(pages.flatMap((page) => drivers(readFileSync(join(root, page), 'utf8'))).length).toBeGreaterThan(4);
  });
});
