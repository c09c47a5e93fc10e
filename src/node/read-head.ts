import { readSync, type Stats } from 'node:fs';
import { withFile } from './files.ts';

/** The beginning of a text file that may be overwritten. `refuse` makes the error for what is no text file. */
export function readHead(path: string, stats: Stats, refuse: (what: string) => Error): string {
  if (!stats.isFile()) throw refuse(stats.isDirectory() ? 'a folder' : 'not a regular file');
  const bytes = new Uint8Array(2048);
  const head = withFile(path, 'r', (file) => new TextDecoder().decode(bytes.subarray(0, readSync(file, bytes))));
  if (head.startsWith('SQLite format 3\0')) throw refuse('a database');
  return head;
}
