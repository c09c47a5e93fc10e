import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.ts';
import { scan, scanRest } from './tokenize.ts';
import type { Token } from './types.ts';

// Two ways lead to the same tokens: one regular expression for what nearly every file has, and a loop over the characters,
// which knows all rules of SQLite (tokenize.test.ts and split.fuzz.test.ts compare that one with SQLite).

const SEED = 20_261_130;
const isFull = process.env['DUNLIN_ROUNDS'] === 'full';
const ROUNDS = isFull ? 1_000_000 : 6_000;
const BASE = 7;

/** The tokens as the loop over the characters reads them. */
function readByCharacter(text: string): Token[] {
  const tokens: Token[] = [];
  scanRest(text, 0, BASE, tokens);
  return tokens;
}

/** Whatever begins, ends or spoils a token of some kind. */
const pieces = [
  'a',
  'x',
  'X',
  'e',
  'E',
  '_',
  '$',
  'SELECT',
  'create ',
  'virtual ',
  '"order"',
  '"größe"',
  'größe',
  'x1',
  '\u{1f426}',
  '\ufeff',
  '\uffff',
  '\x80',
  '\x7f',
  '0',
  '1',
  '12',
  '1_0',
  '0x',
  '0xF',
  '1.5',
  '.5',
  '1.',
  '1e5',
  '1E+',
  'e-5',
  "'",
  "''",
  "'a'",
  '"',
  '""',
  '`',
  '``',
  '[',
  ']',
  "x'",
  "x'0",
  "x'00'",
  "X'0g'",
  '--',
  '-',
  '->',
  '>',
  '>>',
  '/',
  '/*',
  '*/',
  '*',
  '**/',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '\t',
  '\v',
  '\f',
  '(',
  ')',
  ',',
  ';',
  '+',
  '%',
  '&',
  '~',
  '.',
  '<',
  '<=',
  '<>',
  '=',
  '==',
  '!',
  '!=',
  '|',
  '||',
  '?',
  '?1',
  ':',
  ':a',
  '::',
  '@a',
  '#',
  '\\',
  '{',
  '^',
  '\0',
  '\x01',
];

const soup = fc.array(fc.constantFrom(...pieces), { maxLength: 24 }).map((parts) => parts.join(''));
const unit = fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.integer({ min: 0, max: 0xffff }));
const units = fc.array(unit, { maxLength: 24 }).map((codes) => String.fromCharCode(...codes));

function expectSame(text: string): void {
  const [fast, slow] = [scan(text, BASE), readByCharacter(text)];
  // `toEqual` of so many texts takes longer than reading them.
  if (JSON.stringify(fast) !== JSON.stringify(slow)) expect(fast, JSON.stringify(text)).toEqual(slow);
  // The canonical form is made from the parts that the regular expression finds, or from tokens.
  if (canonical(text) !== canonical(text, slow))
    expect(canonical(text), JSON.stringify(text)).toBe(canonical(text, slow));
}

describe('a text is read alike by the regular expression and character by character', () => {
  it(`in ${ROUNDS} generated texts (seed ${SEED})`, { timeout: 600_000 }, () => {
    fc.assert(fc.property(fc.oneof(soup, soup, units), expectSame), { seed: SEED, numRuns: ROUNDS });
  });

  it('in every pair of pieces, also with one more before or behind them', { timeout: 600_000 }, () => {
    const around = isFull ? ['', ...pieces] : ['', ' ', 'a', '1', "'", '.'];
    for (const a of pieces)
      for (const b of pieces)
        for (const c of around) {
          expectSame(a + b + c);
          expectSame(c + a + b);
        }
  });

  // Where the time grew with the square of the length, each of these would take many seconds.
  it.each([
    "'",
    "''",
    "'a''b",
    '"',
    '""a',
    '`',
    '``a',
    '[',
    ']',
    "x'",
    "x'0",
    "x'00",
    '1',
    '1.',
    '1.1',
    '1e',
    '.5',
    '-',
    '--',
    '/*',
    '/**',
    '*/ /*',
    ' \v',
    'a',
    'xX',
  ])('in a long text of nothing but %j', { timeout: 20_000 }, (piece) => {
    const text = piece.repeat(Math.ceil(99_000 / piece.length));
    const [fast, slow] = [scan(text, BASE), readByCharacter(text)];
    expect(fast.length).toBe(slow.length);
    expect([fast[0], fast.at(-1), fast[fast.length >> 1]]).toEqual([slow[0], slow.at(-1), slow[slow.length >> 1]]);
  });
});
