import { isPlainName, quote } from '../sql/index.ts';

/** Quotes a name only if it needs quotes. */
export function quoteIfNeeded(name: string): string {
  return isPlainName(name) ? name : quote(name);
}

export function nameList(names: readonly string[]): string {
  return names.map(quoteIfNeeded).join(', ');
}

export function constraintName(name: string | undefined): string {
  return name === undefined ? '' : `CONSTRAINT ${quoteIfNeeded(name)} `;
}
