import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Size and hash of every file in a folder and in those below; of what is no file, that it is there. */
export function bytesIn(folder: string): Record<string, string> {
  return Object.fromEntries(
    (readdirSync(folder, { recursive: true }) as string[]).toSorted().map((name) => {
      const path = join(folder, name);
      const stats = lstatSync(path);
      if (!stats.isFile()) return [name, 'no file'];
      return [name, `${stats.size} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`];
    }),
  );
}
