import { expect, it } from 'vitest';
import { DunlinError } from '../errors/index.ts';
import { exitCodeOf, isFinding, worst } from './exit-codes.ts';

it.each([
  ['STATEMENT_FAILED', 1],
  ['USAGE', 2],
  ['CONFIG_INVALID', 2],
  ['CONFIRMATION_NEEDED', 2],
  ['URL_NOT_SQLITE', 2],
  ['NO_DRIVER', 2],
  ['DIRECTORY_NOT_FOUND', 2],
  ['DIRECTORY_NOT_A_DIRECTORY', 2],
  ['LOCKED', 75],
  ['DATABASE_LOCKED', 75],
  ['PLAN_CHANGED', 75],
  ['DECLINED', 1],
  ['CONFIRMATION_WRONG', 1],
  ['INTERRUPTED', 130],
  ['AGAINST_COMMAND_STOPPED', 130],
] as const)('%s exits with %d', (code, expected) => {
  expect(exitCodeOf(new DunlinError(code, 'm', 'h'))).toBe(expected);
});

it('anything else failed', () => expect(exitCodeOf(new Error('x'))).toBe(1));

it.each([
  ['VERSION_DUPLICATE', true],
  ['FILE_NAME_INVALID', true],
  ['SEVERAL_PROBLEMS', true],
  ['MARKER_TWICE', true],
  ['DEFINITION_INCOMPLETE', true],
  ['DIRECTORY_NOT_FOUND', false],
  ['DIRECTORY_NOT_A_DIRECTORY', false],
  ['DATABASE_NOT_SQLITE', false],
  ['USAGE', false],
] as const)('%s is something that `check` looks for: %s', (code, expected) => {
  expect(isFinding(new DunlinError(code, 'm', 'h'))).toBe(expected);
});

it('a fault is no finding', () => expect(isFinding(new Error('x'))).toBe(false));

it('the worst of several counts', () => {
  expect(worst([])).toBe(0);
  expect(worst([0, 3, 0])).toBe(3);
  expect(worst([75, 3])).toBe(75);
  expect(worst([75, 1, 2])).toBe(1);
  expect(worst([1, 130])).toBe(130);
  expect(worst([130, 143, 1])).toBe(143);
});
