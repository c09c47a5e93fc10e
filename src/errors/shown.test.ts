import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { shown } from './shown.ts';
import { thrownReason } from './thrown.ts';

const circle: Record<string, unknown> = {};
circle['self'] = circle;
const throwing = {
  get message(): string {
    throw new Error('no');
  },
};

describe('shown', () => {
  it.each<[unknown, string]>([
    ['30s', '"30s"'],
    ['a\n'.repeat(30), `"${'a\\n'.repeat(12)}a\\…`],
    [Number.NaN, 'NaN'],
    [-1, '-1'],
    [7n, '7n'],
    [undefined, 'undefined'],
    [null, 'null'],
    [true, 'true'],
    [Symbol('s'), 'Symbol(s)'],
    [() => 1, 'a function'],
    [['a', 1], '["a",1]'],
    [{ info: () => 1, n: Number.NaN, big: 1n }, '{"info":"a function","n":"NaN","big":"1…'],
    [runInNewContext('({ a: 1 })'), '{"a":1}'],
    [Object.create(null), '{}'],
    [Promise.resolve(1), 'a promise'],
    [new Map(), 'an object of class Map'],
    [new Date(0), 'an object of class Date'],
    [circle, 'an object'],
    [Object.create(Object.create(Object.create(null))), 'an object'],
  ])('%#', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe('thrownReason', () => {
  it.each<[unknown, string]>([
    [new Error('broken'), 'broken'],
    ['broken', 'broken'],
    [{ message: 'broken' }, 'broken'],
    [new TypeError(), 'TypeError without a message'],
    [undefined, 'it threw undefined'],
    [null, 'it threw null'],
    ['', 'it threw ""'],
    [0, 'it threw 0'],
    [Object.create(null), 'it threw {}'],
    [{ code: 7 }, 'it threw {"code":7}'],
    [throwing, 'it threw an object that cannot be looked at'],
  ])('%#', (value, text) => {
    expect(thrownReason(value)).toBe(text);
  });
});
