import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOptions, must, dunlinError, shown, type DunlinError } from '../errors/index.ts';
import type { Checks } from '../errors/check-options.ts';
import { parseFileName, type MigrationSource, type SourceContents, type SourceEntry } from '../migration/index.ts';
import { loadModule, type LoadModule } from './load-module.ts';
import { reasonOf, shownPath } from './messages.ts';
import { linkToNowhere, specialKind } from './special-files.ts';

/**
 * The migrations in a directory. It is read anew by each `read`; subdirectories are not looked into.
 *
 * Errors: `OPTION_INVALID`; from `read` `DIRECTORY_NOT_FOUND`, `DIRECTORY_NOT_A_DIRECTORY`, `FILE_UNREADABLE`, `FILE_NOT_REGULAR`.
 *
 * ```ts
 * const registry = createRegistry(directorySource(new URL('./migrations/', import.meta.url)), nodeHost);
 * ```
 *
 * @param directory a path, relative to the current directory, or a `file:` URL, as an object or a text.
 */
export function directorySource(directory: string | URL, load?: LoadModule): MigrationSource {
  const absolute = resolve(pathOf(directory));
  return { name: shownPath(absolute), read: () => readDirectory(absolute, load) };
}

function pathOf(directory: string | URL): string {
  checkOptions({ directory }, directoryCheck, ['directory']);
  if (typeof directory === 'string' && !directory.startsWith('file:')) return directory;
  try {
    return fileURLToPath(directory);
  } catch (error) {
    const problem = `\`directory\` is ${shown(String(directory))}, which is no place on this machine: ${reasonOf(error)}`;
    throw dunlinError('OPTION_INVALID', { problems: [problem] }, { cause: error });
  }
}

const directoryCheck: Checks = {
  directory: must(
    'the path of a directory, or a `file:` URL',
    (value) => value instanceof URL || (typeof value === 'string' && value !== ''),
  ),
};

function readDirectory(directory: string, load: LoadModule | undefined): SourceContents {
  const entries: SourceEntry[] = [];
  const others: string[] = [];
  const problems: DunlinError[] = [];
  // With a thousand files, putting each path together by the rules of paths takes milliseconds at each start.
  const prefix = withEnd(directory, sep);
  const shown = shownPath(directory);
  const shownPrefix = shown === '.' ? '' : withEnd(shown, '/');
  for (const found of listDirectory(directory)) {
    const entry = follow(prefix, found);
    const name = entry.isDirectory() ? `${found.name}/` : found.name;
    const { kind } = parseFileName(name);
    if (kind === 'ignored') {
      others.push(entry.isDirectory() ? firstWithin(prefix, name) : name);
      continue;
    }
    const file = prefix + name;
    const path = shownPrefix + name;
    const special = specialKind(entry);
    if (special !== undefined) {
      // Reading a pipe would wait for a writer for ever.
      problems.push(dunlinError('FILE_NOT_REGULAR', { path, kind: special }));
      continue;
    }
    try {
      const content = readContent(file);
      const isCode = kind === 'code';
      entries.push({
        name,
        path,
        content,
        ...(isCode && { load: (sync: boolean) => (load ?? loadModule)(file, sync, revision(content)) }),
      });
    } catch (error) {
      problems.push(dunlinError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error }));
    }
  }
  return { entries, others, problems };
}

/** A directory, or the first file in it that may be a migration: people copy the folders of other tools. */
function firstWithin(prefix: string, directory: string): string {
  if (directory.startsWith('.')) return directory;
  const files = namesIn(prefix + directory).filter((name) => {
    const found = parseFileName(name);
    return found.kind !== 'ignored' || found.mayBeMigration || /^(?:migration|up)\.sql$/i.test(name);
  });
  // Of a pair the name that tells more: Diesel's down.sql stands before its up.sql.
  return directory + (files.find((name) => /^(?:migration|up)\./i.test(name)) ?? files[0] ?? '');
}

/** Nothing in it is needed, so it does not matter if it cannot be read. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}

/** A directory's path as the beginning of those in it; that of the root has its separator already. */
function withEnd(path: string, separator: string): string {
  return path.endsWith(separator) ? path : path + separator;
}

/**
 * The text of a file, which Node reads in one call: at a start that takes a third less time than reading and decoding
 * the bytes. Where something was replaced because it is not UTF-8, or may have been, the bytes: what is wrong with them
 * is found later.
 */
function readContent(file: string): string | Uint8Array {
  const text = readFileSync(file, 'utf8');
  return text.includes('\uFFFD') ? readFileSync(file) : text;
}

function listDirectory(directory: string): Dirent[] {
  try {
    const found = readdirSync(directory, { withFileTypes: true });
    // File systems give their own order; code units are the same everywhere.
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const shown = shownPath(directory);
    const { code } = error as NodeJS.ErrnoException;
    const link = code === 'ENOENT' ? linkToNowhere(directory) : undefined;
    if (link !== undefined) throw dunlinError('FILE_UNREADABLE', { path: shown, reason: link }, { cause: error });
    if (code === 'ENOENT')
      throw dunlinError('DIRECTORY_NOT_FOUND', { directory: shown, absolute: directory }, { cause: error });
    if (code === 'ENOTDIR') throw dunlinError('DIRECTORY_NOT_A_DIRECTORY', { directory: shown }, { cause: error });
    throw dunlinError('FILE_UNREADABLE', { path: shown, reason: reasonOf(error) }, { cause: error });
  }
}

/** What an entry is; of a link, what it leads to. A link that leads nowhere stays a link: reading it tells why. */
function follow(prefix: string, found: Dirent): Dirent | Stats {
  if (!found.isSymbolicLink()) return found;
  try {
    return statSync(prefix + found.name);
  } catch {
    return found;
  }
}

function revision(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16);
}
