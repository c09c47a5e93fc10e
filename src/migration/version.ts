/** The highest version: 15 digits are the most that a JavaScript number always holds exactly. */
export const maxVersion = 999_999_999_999_999;

/** The digits of versions that begin a numbering. */
const width = 3;

/**
 * A version as people know it: the digits of the file's name (`002`, `20261121093000`), or, of a bare number, at least
 * three digits.
 */
export function formatVersion(of: number | { readonly id: string }): string {
  if (typeof of === 'number') return String(of).padStart(width, '0');
  return /^\d+/.exec(of.id)?.[0] ?? of.id;
}
