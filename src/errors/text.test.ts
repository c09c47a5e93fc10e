import { expect, it } from 'vitest';
import { count } from './text.ts';

it.each([
  0,
  7,
  999,
  1000,
  12_345,
  999_999,
  1_000_000,
  1_234_567_890,
  Number.MAX_SAFE_INTEGER,
  -1,
  -999,
  -1000,
  -1_234_567,
])('%d is grouped as the locale en-US does', (n) => {
  expect(count(n)).toBe(n.toLocaleString('en-US'));
});
