import { describe, expect, it } from 'vitest';
import { sameChecksum } from './checksum.ts';

describe('sameChecksum', () => {
  it.each([
    ['sha256:a', 'sha256:a', true],
    ['sha256:a', 'sha256:b', false],
    ['definition:a', 'definition:b', false],
    ['sha256:a', 'unchecked', true],
    ['unchecked', 'definition:a', true],
    ['sha256:a', 'definition:a', true],
    ['a', 'sha256:a', false],
    ['md5:a', 'sha256:a', false],
    ['', 'unchecked', false],
  ])('compares the recorded %j with %j', (recorded, present, same) => {
    expect(sameChecksum(recorded, present)).toBe(same);
  });
});
