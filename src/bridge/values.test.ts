import { describe, expect, it } from 'vitest';
import { toValue } from './values.ts';

class Money {
  readonly amount = 1;
}

describe('toValue', () => {
  it('accepts what SQLite stores', () => {
    const bytes = new Uint8Array([1]);
    for (const value of [null, 0, -0.5, Infinity, 2n ** 63n - 1n, -(2n ** 63n), '', 'x', bytes])
      expect(toValue(value)).toBe(value);
    const buffer = Buffer.from('x');
    expect(toValue(buffer)).toBe(buffer);
  });

  it('makes 1 and 0 of booleans', () => {
    expect([toValue(true), toValue(false)]).toEqual([1, 0]);
  });

  it.each([
    [undefined, 'Undefined cannot be bound to a statement.', 'give null for NULL'],
    [NaN, 'NaN cannot be bound to a statement.', 'SQLite would store NULL'],
    [2n ** 63n, `The bigint ${2n ** 63n} cannot be bound to a statement.`, '64 bits'],
    [-(2n ** 63n) - 1n, `The bigint ${-(2n ** 63n) - 1n} cannot be bound to a statement.`, '64 bits'],
    [new Date(0), 'A Date cannot be bound to a statement.', 'date.toISOString()'],
    [[1], 'An array cannot be bound to a statement.', 'one by one'],
    [{}, 'An object cannot be bound to a statement.', 'JSON.stringify'],
    [Object.create(null), 'An object cannot be bound to a statement.', 'JSON.stringify'],
    [new Money(), 'A Money cannot be bound to a statement.', 'JSON.stringify'],
    [new ArrayBuffer(1), 'An ArrayBuffer cannot be bound to a statement.', 'Uint8Array'],
    [new Float64Array(1), 'A Float64Array cannot be bound to a statement.', 'Uint8Array'],
    [Symbol('x'), 'A symbol cannot be bound to a statement.', 'Bind null'],
    [() => 1, 'A function cannot be bound to a statement.', 'Bind null'],
  ])('refuses %s', (value, message, advice) => {
    try {
      toValue(value);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'VALUE_NOT_BINDABLE', message, hint: expect.stringContaining(advice) });
    }
  });
});
