import type { Host } from '../bridge/index.ts';
import { normalize, tokenize } from '../sql/index.ts';

/** The checksum of code without its text. */
export const unchecked = 'unchecked';

/** A hash in its stored form, with the name of its function. */
export function hash(host: Pick<Host, 'sha256'>, text: string): string {
  return `sha256:${host.sha256(text)}`;
}

/** The checksum of a definition given as a value. */
export function definitionChecksum(host: Host, up: unknown): string {
  // A function's source is not hashed: bundlers and minifiers change it with every build of the application.
  return typeof up === 'string' ? `definition:${host.sha256(normalize(tokenize(up)))}` : unchecked;
}

const kinds: readonly string[] = ['sha256', 'definition', unchecked];

/**
 * Whether two checksums do not prove an edit. Checksums of different kinds (the part before the `:`) cannot be compared:
 * the kind changes when a file becomes part of a bundle. A recorded checksum that Dunlin did not write must be equal.
 */
export function sameChecksum(recorded: string, present: string): boolean {
  if (recorded === present) return true;
  const [a, b] = [recorded, present].map((checksum) => checksum.split(':', 1)[0]!) as [string, string];
  return a !== b && kinds.includes(a) && kinds.includes(b);
}
