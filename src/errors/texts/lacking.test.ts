import { expect, it } from 'vitest';
import { doubleQuotesHint, lackingHint } from './lacking.ts';

it.each([
  ['no such function: slug', 'the function slug'],
  ['unknown function: slug()', 'the function slug'],
  ['no such collation sequence: de', 'the collation de'],
  ['no such module: vec0', 'the module vec0'],
  ['no such tokenizer: letters', 'the tokenizer letters'],
  ['non-deterministic use of slug() in an index', 'that the schema calls, slug,'],
  ['wrong number of arguments to function slug()', 'that the schema calls, slug,'],
  ['non-deterministic functions prohibited in index expressions', 'that the schema calls is registered'],
])('what the connection lacks is named: %s', (reason, words) => {
  expect(lackingHint(reason)).toContain(words);
});

it('nothing is lacking for another reason', () => {
  expect(lackingHint('disk I/O error')).toBeUndefined();
  expect(doubleQuotesHint('no such column: a')).toBeUndefined();
});

it('a text in double quotes is written in single ones', () => {
  const reason = `no such column: "it's" - should this be a string literal in single-quotes?`;
  expect(doubleQuotesHint(reason)).toContain(`write 'it''s' for "it's"`);
});
