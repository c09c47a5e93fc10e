import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dunlinError, isText, must, thrownReason, type Check } from '../../errors/index.ts';
import { reasonOf } from '../messages.ts';
import { seedsAt } from '../seed-files.ts';

/** SQL, the path or `file:` URL of an `.sql` file or of a directory of them, or a function that gets the database. */
export type Seed<Connection> = string | URL | ((database: Connection) => void | Promise<void>);

/** SQL that becomes a part of the template. */
export interface SeedText {
  /** For messages. */
  readonly name: string;
  readonly sql: string;
}

const isSeed = (value: unknown): boolean => isText(value) || value instanceof URL || typeof value === 'function';

export const seedCheck: Check = must(
  'SQL, the path of an .sql file or of a directory of them, a function that gets the database, or a list of these',
  (value) => (Array.isArray(value) ? value : [value]).every(isSeed),
);

/** One, or the files of a directory in order of name, as `dunlin seed` runs them. Errors: `SEED_FAILED`, `SEED_REFUSED`. */
export function toSeedTexts(seed: string | URL, number: number): readonly SeedText[] {
  if (!isFolder(seed)) return [toSeedText(seed, number)];
  const path = seed instanceof URL ? fileURLToPath(seed) : seed;
  return seedsAt([path]).map(({ file, text }) => ({ name: file, sql: text }));
}

/** SQL may be too long for a path. */
function isFolder(seed: string | URL): boolean {
  try {
    return statSync(seed).isDirectory();
  } catch {
    return false;
  }
}

function toSeedText(seed: string | URL, number: number): SeedText {
  const isPath = seed instanceof URL || /^[^;\n]+\.sql$/i.test(seed);
  if (!isPath) return { name: `${number}`, sql: seed };
  try {
    const path = typeof seed === 'string' && !seed.startsWith('file:') ? seed : fileURLToPath(seed);
    return { name: path, sql: readFileSync(path, 'utf8') };
  } catch (error) {
    throw dunlinError('SEED_FAILED', { seed: String(seed), reason: reasonOf(error) }, { cause: error });
  }
}

/** Errors: `SEED_FAILED`. */
export function plantSeed(
  database: { exec(sql: string): unknown },
  isOpen: () => boolean,
  { name, sql }: SeedText,
): void {
  try {
    database.exec(sql);
  } catch (error) {
    throw dunlinError('SEED_FAILED', { seed: name, reason: thrownReason(error) }, { cause: error });
  }
  if (isOpen()) throw dunlinError('SEED_FAILED', { seed: name, reason: 'it leaves a transaction open' });
}
