import { expect, it } from 'vitest';
import { DunlinError } from '../errors/index.ts';
import { exitCodeOf, worst } from './exit-codes.ts';

it.each([
  ['STATEMENT_FAILED', 1],
  ['USAGE', 2],
  ['CONFIG_INVALID', 2],
  ['CONFIRMATION_NEEDED', 2],
  ['URL_NOT_SQLITE', 2],
  ['NO_DRIVER', 2],
  ['LOCKED', 75],
  ['DATABASE_LOCKED', 75],
  ['DECLINED', 1],
  ['CONFIRMATION_WRONG', 1],
  ['INTERRUPTED', 130],
])('%s exits with %d', (code, expected) => {
  expect(exitCodeOf(new DunlinError(code, 'm', 'h'))).toBe(expected);
});

it('anything else failed', () => expect(exitCodeOf(new Error('x'))).toBe(1));

it('the worst of several counts', () => {
  expect(worst([])).toBe(0);
  expect(worst([0, 3, 0])).toBe(3);
  expect(worst([75, 3])).toBe(75);
  expect(worst([75, 1, 2])).toBe(1);
  expect(worst([1, 130])).toBe(130);
});
