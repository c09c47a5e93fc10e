import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from './markdown.ts';
import { findRetired, retiredWords } from './retired-words.ts';

/**
 * What is still to be reworded: how often a file has each word. It must only shrink:
 * `UPDATE_WORDS=1 npx vitest run --project unit test/docs/retired-words.test.ts` writes it, unless a word has become
 * more frequent.
 */
type Counts = Record<string, Record<string, number>>;
const list = join(import.meta.dirname, 'retired-words.json');

/** Pages that are generated: their sources are read instead. And what has the words on purpose. */
const leftOut =
  /^(?:docs\/reference\/(?:api|cli|errors)\.md|docs\/internals\/acceptance\.md|test\/errors\/texts\.snapshot\.md|test\/docs\/retired-words.*|test\/golden\/.*|test\/fixtures\/.*)$/;

const files = [
  ...['src', 'docs', 'test', 'scripts', 'bench', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      `${folder}/${file}`.replaceAll('\\', '/'),
    ),
  ),
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
]
  .filter((file) => /\.(?:ts|mjs|md|txt|sql|yml)$/.test(file) && !leftOut.test(file))
  .toSorted();

const found = files.flatMap((file) =>
  findRetired(readFileSync(join(root, file), 'utf8')).map((one) => ({ ...one, file })),
);
const present = count(found.map(({ file, word }) => ({ file, word: word.word })));
const allowed = readCounts();
if (process.env['UPDATE_WORDS'] !== undefined && grown().length === 0)
  writeFileSync(list, `${JSON.stringify(present, null, 2)}\n`);

function readCounts(): Counts {
  return existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as Counts) : {};
}

function count(words: readonly { readonly file: string; readonly word: string }[]): Counts {
  const counts: Counts = {};
  for (const { file, word } of words) {
    const ofFile = (counts[file] ??= {});
    ofFile[word] = (ofFile[word] ?? 0) + 1;
  }
  return counts;
}

/** The words that the project has more often than the list allows, with both numbers. */
function grown(): string[] {
  const total = (counts: Counts, word: string): number =>
    Object.values(counts).reduce((sum, ofFile) => sum + (ofFile[word] ?? 0), 0);
  return retiredWords
    .map(({ word }) => ({ word, now: total(present, word), before: total(allowed, word) }))
    .filter(({ now, before }) => now > before)
    .map(({ word, now, before }) => `${word}: ${now}, allowed ${before}`);
}

describe('the retired words', () => {
  it('are in no file, except where the list allows a number of them', () => {
    const over = found.filter(({ file, word }) => present[file]![word.word]! > (readCounts()[file]?.[word.word] ?? 0));
    expect(over.map(({ file, line, word }) => `${file}:${line}: "${word.word}", write: ${word.instead}`)).toEqual([]);
  });

  it('are not allowed where they are gone', () => {
    const needless = Object.entries(readCounts()).flatMap(([file, words]) =>
      Object.entries(words)
        .filter(([word, number]) => (present[file]?.[word] ?? 0) < number)
        .map(([word, number]) => `${file}: "${word}" ${present[file]?.[word] ?? 0} times, allowed ${number}`),
    );
    expect(needless, 'UPDATE_WORDS=1 npx vitest run --project unit test/docs/retired-words.test.ts').toEqual([]);
  });

  it('have become no more', () => {
    expect(grown()).toEqual([]);
  });

  it.each([
    ['a connection that was handed in', ['handed in']],
    ['What a failure takes back', ['take back']],
    ['DATABASE_URL is passed over', ['pass over']],
    ['the error that tells of it', ['tell of']],
    ['is told as an error', ['told']],
    ['await journey.next(context)', ['journey']],
    ['up and down with made-up rows', ['made-up']],
    ['holds it against a portrait', ['portrait']],
    ['keep house', ['house']],
    ['    house: RetentionOptions,', ['house']],
    ['// Whoever reads the file', ['whoever']],
    ['   * Who compresses holds the lock.', ['Who ... does']],
    ['// Of what is gone nothing is known.', ['Of what ...']],
    ['it is none of ours', ['is none of']],
    ['if the loss is meant', ['meant']],
    ['the run goes on', ['go on']],
    ['export class Performer {', ['a retired name']],
    // What only looks like one.
    ['manifest.portrait.flaws, { portrait }: Manifest, portrait: {', []],
    ['CREATE TABLE hall (house TEXT, PRIMARY KEY (house, name))', []],
    ['a lone carriage return', []],
    ['rows that can be told apart', []],
    ['a table that is made up of two', []],
    ['Passing a function is fine', []],
    ['| Who marks a dead run interrupted? | `src/ledger` |', []],
    ['// Who holds it? The log says so.', []],
    ['is none of them; there is none of this name', []],
    ['the line goes on the first row', []],
    ['what the tables hold, and those who read them', []],
  ])('%s', (line, words) => {
    expect(findRetired(line).map(({ word }) => word.word)).toEqual(words);
  });
});
