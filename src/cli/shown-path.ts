import { relative } from 'node:path';

/** A path as messages show it: relative where that is shorter to read. */
export function shownPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
