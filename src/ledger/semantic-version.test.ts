import { describe, expect, it } from 'vitest';
import { compareSemver, isSemver } from './semantic-version.ts';

describe('semantic versions', () => {
  it.each(['0.0.0', '1.1.0', '10.20.30', '1.0.0-rc.1', '1.0.0-0.3.7', '1.0.0-x-y-z.--', '1.0.0+build.5', '1.0.0-a+b'])(
    '%s is one',
    (text) => {
      expect(isSemver(text)).toBe(true);
    },
  );

  it.each([
    '',
    '1',
    '1.1',
    '1.1.1.1',
    'v1.0.0',
    '01.0.0',
    '1.0.0-',
    '1.0.0-01',
    '1.0.0+',
    ' 1.0.0',
    '1.0.0\n',
    '1.a.0',
    '-1.0.0',
  ])('%j is none', (text) => {
    expect(isSemver(text)).toBe(false);
  });

  it('orders them as section 11 says', () => {
    // The example of the specification, and numbers that text would order otherwise.
    const ascending = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.0.9',
      '1.0.10',
      '1.2.0',
      '1.10.0',
      '2.0.0',
      '10.0.0',
    ];
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries())
        expect(Math.sign(compareSemver(a, b)), `${a} and ${b}`).toBe(Math.sign(i - j));
    }
  });

  it('does not count build metadata', () => {
    expect(compareSemver('1.0.0+a', '1.0.0+b')).toBe(0);
    expect(compareSemver('1.0.0-rc.1+a', '1.0.0-rc.1')).toBe(0);
  });
});
