import { isPlainName, quote } from '../sql/index.ts';

/** A name as one would write it: with quotes only where it needs them. */
export function written(name: string): string {
  return isPlainName(name) ? name : quote(name);
}

export function nameList(names: readonly string[]): string {
  return names.map(written).join(', ');
}

/** The name before a constraint, if it has one. */
export function named(name: string | undefined): string {
  return name === undefined ? '' : `CONSTRAINT ${written(name)} `;
}
