import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dunlinError, isText, must } from '../errors/index.ts';
import type { Check } from '../errors/check-options.ts';
import { readSeeds, type FormatFile, type SqlMigration } from '../migration/index.ts';
import { reasonOf, shownPath } from './messages.ts';
import { nodeHost } from './node-host.ts';

/** Where the seeds are. */
export const seedsCheck: Check = must(
  'the path of a directory or a file, or a list of them',
  (value) => isText(value) || (Array.isArray(value) && value.length > 0 && value.every(isText)),
);

/** Reads the SQL files of directories, and files that are named themselves. Errors: `SEED_REFUSED`, `FILE_UNREADABLE`. */
export function seedsAt(paths: readonly string[]): readonly SqlMigration[] {
  // Each directory in order of name, the directories as they are given.
  const seeds = paths.flatMap((path) => readSeeds(filesAt(resolve(path)), nodeHost));
  if (seeds.length > 0) return seeds;
  const shown = paths.map((path) => shownPath(resolve(path))).join(', ');
  throw dunlinError('SEED_REFUSED', {
    fact: `there is no SQL file in ${shown}`,
    way: `Write one, such as ${shown}/users.sql.`,
  });
}

function filesAt(path: string): readonly FormatFile[] {
  const shown = shownPath(path);
  try {
    if (!statSync(path).isDirectory()) return [fileAt(path)];
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => !entry.isDirectory() && /^[^.].*\.sql$/i.test(entry.name))
      .map((entry) => fileAt(join(path, entry.name)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw dunlinError('FILE_UNREADABLE', { path: shown, reason: reasonOf(error) }, { cause: error });
    const way = `Create it, or name the right one: "seeds" in dunlin.config.json, the option \`seeds\`.`;
    throw dunlinError('SEED_REFUSED', { fact: `there is no folder ${shown}`, way }, { cause: error });
  }
}

function fileAt(path: string): FormatFile {
  const shown = shownPath(path);
  const bytes = readFileSync(path);
  return { name: shown, path: shown, content: () => bytes };
}
