import { dunlinError } from '../errors/index.ts';
import type { Value } from './types.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/**
 * Converts a value for binding: booleans become 1 and 0. Throws `VALUE_NOT_BINDABLE` for values that a driver would
 * silently convert: undefined, Date, objects, and NaN, which SQLite stores as NULL.
 */
export function toValue(x: unknown): Value {
  switch (typeof x) {
    case 'string':
      return x;
    case 'number':
      if (Number.isNaN(x)) throw refused('NaN', 'SQLite would store NULL');
      return x;
    case 'boolean':
      return x ? 1 : 0;
    case 'bigint':
      if (x < MIN || x > MAX) throw refused(`the bigint ${x}`, 'an integer of SQLite has 64 bits');
      return x;
    case 'object':
      if (x === null || x instanceof Uint8Array) return x;
      throw refused(withArticle(x), advice(x));
    default:
      throw refused(
        x === undefined ? 'undefined' : `a ${typeof x}`,
        x === undefined ? 'give null for NULL' : undefined,
      );
  }
}

function refused(given: string, advice: string | undefined): Error {
  return dunlinError('VALUE_NOT_BINDABLE', { given, advice });
}

function withArticle(x: object): string {
  const name: unknown = Array.isArray(x) ? 'array' : x.constructor?.name;
  const known = typeof name === 'string' && name !== '' && name !== 'Object' ? name : 'object';
  return `${/^[aeiou]/i.test(known) ? 'an' : 'a'} ${known}`;
}

function advice(x: object): string | undefined {
  if (x instanceof Date) return 'give date.toISOString() or date.getTime()';
  if (Array.isArray(x)) return 'give the values one by one';
  if (x instanceof ArrayBuffer || ArrayBuffer.isView(x)) return 'give a Uint8Array';
  return 'give JSON.stringify(value) to store it as JSON';
}
