import { expect, it } from 'vitest';
import { namesIn } from './names-in.ts';
import { splitStatements } from './split.ts';

const found = (expression: string): string[] => {
  const { tokens } = splitStatements(`SELECT ${expression}`)[0]!;
  return namesIn(tokens.slice(1)).map(({ text }) => text);
};

it.each([
  ['a', ['a']],
  ['t.a', ['t.a']],
  ['main.t.a', ['main.t.a']],
  ['"t" . [a b] + `c`', ['"t".[a b]', '`c`']],
  ['upper(a) || b', ['a', 'b']],
  ['count(*)', []],
  ['*', []],
  ['t.*', []],
  [`'a' || 1 || x'00' || ?1 || :b`, []],
  ['CASE WHEN a IS NOT NULL THEN b ELSE c END', ['a', 'b', 'c', 'END']],
  ['a COLLATE nocase', ['a', 'nocase']],
  ['CAST(a AS integer)', ['a', 'integer']],
  ['a IN (b, c) AND d BETWEEN e AND f', ['a', 'b', 'c', 'd', 'e', 'f']],
  ['date, desc, key', ['date', 'desc', 'key']],
  ['date(a)', ['a']],
  ['"date"', ['"date"']],
  ['"count"(a)', ['a']],
  // Behind a dot a keyword is a name.
  ['t.end, t.select', ['t.end', 't.select']],
])('%s has the names %j', (expression, names) => {
  expect(found(expression)).toEqual(names);
});

it('returns the position of each name', () => {
  const { tokens } = splitStatements('SELECT lower(t.a) = b')[0]!;
  expect(namesIn(tokens)).toEqual([
    { text: 't.a', first: 3, last: 5 },
    { text: 'b', first: 8, last: 8 },
  ]);
});

it('finds no name in nothing', () => {
  expect(namesIn([])).toEqual([]);
});
