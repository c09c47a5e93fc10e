import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { random } from '../../test/support/random.ts';
import { sha256 } from './sha256.ts';

// The vectors of FIPS 180-2, appendix B, and the empty text.
it.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('the published vector %#', (text, hash) => {
  expect(sha256(text)).toBe(hash);
});

it('random texts have the hash of node:crypto, at every length around the ends of blocks', () => {
  const next = random(26);
  const character = (): string => String.fromCodePoint([0, 9, 65, 0xe9, 0x20ac, 0x1f600][Math.floor(next() * 6)]!);
  for (let length = 0; length < 300; length++) {
    const text = Array.from({ length }, character).join('');
    expect(sha256(text), JSON.stringify(text)).toBe(createHash('sha256').update(text).digest('hex'));
  }
});
