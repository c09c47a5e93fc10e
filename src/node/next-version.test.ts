import { describe, expect, it } from 'vitest';
import { isTimeStamp, nextVersion } from './next-version.ts';

const now = Date.UTC(2026, 10, 21, 9, 30);
const after = (digits: string): string =>
  nextVersion({ version: Number(digits), digits, file: `${digits}_x.sql` }, now);

describe('a time stamp', () => {
  it.each([
    [20_261_121_093_000, true],
    [20_261_121_093_060, true],
    [7, false],
    [20_261_121, false],
    [2_026_112_109_300, false],
    [202_611_210_930_001, false],
  ])('%d: %s', (version, expected) => {
    expect(isTimeStamp(version)).toBe(expected);
  });

  it.each([
    ['20250101000000', '20261121093000'],
    ['20261121093000', '20261121093001'],
    ['20270101000000', '20270101000001'],
    ['00000000000007', '00000000000008'],
    ['202611210930001', '202611210930002'],
    ['007', '008'],
  ])('is what comes after %s where that is one: %s', (newest, next) => {
    expect(after(newest)).toBe(next);
  });
});
