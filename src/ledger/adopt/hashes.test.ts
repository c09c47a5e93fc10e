import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { crc32, rustInteger, rustString, sha384, sipHash13, toHex } from './hashes.ts';

describe('sha384', () => {
  // Around the limits of a block, of 128 bytes with 17 of padding.
  it.each([0, 1, 110, 111, 112, 127, 128, 129, 1000])('is that of Node for %d characters', (length) => {
    const text = 'ß'.repeat(length % 2) + 'a'.repeat(length);
    expect(toHex(sha384(text))).toBe(createHash('sha384').update(text).digest('hex'));
  });
});

describe('crc32', () => {
  it('has its check value, in parts as well', () => {
    expect(crc32('123456789')).toBe(0xcbf43926);
    expect(crc32('6789', crc32('12345'))).toBe(0xcbf43926);
    expect(crc32('')).toBe(0);
  });
});

describe('sipHash13', () => {
  // Computed with CPython 3.11, whose hash of bytes it is under PYTHONHASHSEED=0.
  it.each([
    ['a', 4644417185603328019n],
    ['abcdefgh', 4574395652268504554n],
    ['hello world, this is a test', 10057780198858876675n],
  ])('of %s', (text, hash) => {
    expect(sipHash13(rustString(text).slice(0, -1))).toBe(hash);
  });

  it('takes what Rust hashes', () => {
    expect(rustString('a')).toEqual([0x61, 0xff]);
    expect(rustInteger(258, 4)).toEqual([2, 1, 0, 0]);
    expect(rustInteger(258, 8)).toEqual([2, 1, 0, 0, 0, 0, 0, 0]);
  });
});
