import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs';
import { resolve, sep } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { checkOptions, must, dunlinError, shown, type DunlinError } from '../errors/index.ts';
import type { Checks } from '../errors/check-options.ts';
import {
  parseFileName,
  parseRepeatableName,
  repeatableFolder,
  type FormatFile,
  type MigrationSource,
  type SourceContents,
  type SourceEntry,
} from '../migration/index.ts';
import { readFormat, type FormatOptions } from '../source/index.ts';
import { loadModule, type LoadModule } from './load-module.ts';
import { reasonOf, shownPath } from './messages.ts';
import { brokenLinkReason, specialKind } from './special-files.ts';

/**
 * A source of the migrations in a directory. Each `read` reads it again: in Dunlin's own format without subdirectories,
 * in another tool's format as that tool does. Without `format` it is recognised by the files.
 *
 * Errors: `OPTION_INVALID`; from `read` `DIRECTORY_NOT_FOUND`, `DIRECTORY_NOT_A_DIRECTORY`, `FILE_UNREADABLE`, `FILE_NOT_REGULAR`,
 * `FORMAT_FILE`, `FORMAT_FOLDER`.
 *
 * ```ts
 * const registry = createRegistry(directorySource(new URL('./migrations/', import.meta.url)), nodeHost);
 * ```
 *
 * @param directory a path, relative to the current directory, or a `file:` URL, as an object or a text.
 */
export function directorySource(
  directory: string | URL,
  load: LoadModule = loadModule,
  options: FormatOptions = {},
): MigrationSource {
  const absolute = directoryPath(directory);
  const read = (): SourceContents => {
    const listed = listDirectory(absolute);
    return readAsFormat(absolute, listed, load, options) ?? readOwn(absolute, listed, load);
  };
  return { name: shownPath(absolute), read };
}

/** Errors: `OPTION_INVALID`. */
export function directoryPath(directory: string | URL): string {
  return resolve(pathOf(directory));
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

/** Undefined for Dunlin's own format. */
function readAsFormat(
  directory: string,
  listed: readonly Dirent[],
  load: LoadModule,
  options: FormatOptions,
): SourceContents | undefined {
  if (options.format === 'dunlin') return undefined;
  // In a folder whose names are all Dunlin's usual ones, only the first file's text can show another tool.
  if (
    options.format === undefined &&
    listed.every((one) => (one.isFile() ? usual.test(one.name) : one.name === repeatableFolder))
  ) {
    const first = filesWithin(
      directory,
      listed.filter(({ name }) => /^\d.*\.(?:sql|m?[jt]s)$/.test(name)).slice(0, 1),
      load,
      [],
    );
    if (readFormat(shownPath(directory), first, options) === undefined) return undefined;
  }
  const unreadable: DunlinError[] = [];
  const files = filesWithin(directory, listed, load, unreadable);
  const contents = readFormat(shownPath(directory), files, options);
  return contents && { ...contents, problems: [...unreadable, ...(contents.problems ?? [])] };
}

/** The names of nearly all of Dunlin's own files, in which no format differs. */
const usual = /^(?:0*[1-9]\d{0,13}_[a-z][a-z0-9_]*(?<!_up|_down)\.(?:sql|ts|mts|js|mjs)|R__\w+\.sql|README\.md|\..*)$/;

/** The deepest folder that a tool looks into: `deploy/sub/x.sql`. */
const deepest = 3;

/** The files of a directory and of those in it, by name. Hidden ones and installed packages are left out. */
function filesWithin(
  directory: string,
  listed: readonly Dirent[],
  load: LoadModule,
  unreadable: DunlinError[],
): readonly FormatFile[] {
  const files: FormatFile[] = [];
  const shown = shownPath(directory);
  const add = (prefix: string, found: readonly Dirent[], depth: number): void => {
    for (const one of found) {
      if (one.name.startsWith('.') || one.name === 'node_modules') continue;
      const name = prefix + one.name;
      const path = withEnd(directory, sep) + name;
      const entry = follow(withEnd(directory, sep) + prefix, one);
      if (!entry.isDirectory())
        files.push(formatFile(name, path, shown === '.' ? name : withEnd(shown, '/') + name, entry, load));
      else if (depth < deepest) add(`${name}/`, listedIn(path, unreadable), depth + 1);
    }
  };
  add('', listed, 1);
  return files;
}

function formatFile(name: string, file: string, path: string, entry: Dirent | Stats, load: LoadModule): FormatFile {
  let content: string | Uint8Array | undefined;
  const read = (): string | Uint8Array => (content ??= readRegular(file, path, entry));
  return {
    name,
    path,
    content: read,
    load: (sync) => load(file, sync, revision(read())),
    library: async (wanted) => (await import(pathToFileURL(createRequire(file).resolve(wanted)).href)) as unknown,
  };
}

/** The entries of a directory within. One that cannot be read matters only if its files may be migrations. */
function listedIn(directory: string, unreadable: DunlinError[]): readonly Dirent[] {
  try {
    return sorted(readdirSync(directory, { withFileTypes: true }));
  } catch (error) {
    unreadable.push(unreadableError(shownPath(directory), error));
    return [];
  }
}

function readOwn(directory: string, listed: readonly Dirent[], load: LoadModule): SourceContents {
  const entries: SourceEntry[] = [];
  const others: string[] = [];
  const problems: DunlinError[] = [];
  // With a thousand files, putting each path together by the rules of paths takes milliseconds at each start.
  const prefix = withEnd(directory, sep);
  const shown = shownPath(directory);
  const shownPrefix = shown === '.' ? '' : withEnd(shown, '/');
  const add = (found: Dirent, within: string): void => {
    const entry = follow(prefix + within, found);
    const name = `${within}${found.name}${entry.isDirectory() ? '/' : ''}`;
    if (isRepeatableFolder(name)) {
      for (const one of listedIn(prefix + name, problems)) add(one, name);
      return;
    }
    const { kind } = parseRepeatableName(name) ?? parseFileName(name);
    if (kind === 'ignored') {
      others.push(entry.isDirectory() ? firstWithin(prefix, name) : name);
      return;
    }
    const file = prefix + name;
    const path = shownPrefix + name;
    try {
      const content = readRegular(file, path, entry);
      const isCode = kind === 'code';
      entries.push({
        name,
        path,
        content,
        ...(isCode && { load: (sync: boolean) => load(file, sync, revision(content)) }),
      });
    } catch (error) {
      problems.push(error as DunlinError);
    }
  };
  for (const found of listed) add(found, '');
  return { entries, others, problems };
}

/** Also with a folder in it, and with other letters: what is wrong with their files is said file by file. */
function isRepeatableFolder(name: string): boolean {
  return name.toLowerCase().startsWith(`${repeatableFolder}/`) && name.endsWith('/');
}

/** A directory, or the first file in it that may be a migration, as in the folders of other tools. */
function firstWithin(prefix: string, directory: string): string {
  if (directory.startsWith('.')) return directory;
  const files = namesIn(prefix + directory).filter((name) => {
    const found = parseFileName(name);
    return found.kind !== 'ignored' || found.mayBeMigration || /^(?:migration|up)\.sql$/i.test(name);
  });
  // Prefer the better known file of a pair: Diesel's down.sql sorts before its up.sql.
  return directory + (files.find((name) => /^(?:migration|up)\./i.test(name)) ?? files[0] ?? '');
}

/** Its files are only for a note, so ignore a folder that cannot be read. */
function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch {
    return [];
  }
}

/** A directory's path with a separator at the end, which the root's path has already. */
function withEnd(path: string, separator: string): string {
  return path.endsWith(separator) ? path : path + separator;
}

/**
 * Reads a file as text, which takes Node a third less time than reading and decoding bytes. If the text contains a
 * replacement character, it may not be UTF-8; then it returns the bytes, which are checked later.
 */
function readContent(file: string): string | Uint8Array {
  const text = readFileSync(file, 'utf8');
  return text.includes('\uFFFD') ? readFileSync(file) : text;
}

function readRegular(file: string, path: string, entry: Dirent | Stats): string | Uint8Array {
  const special = specialKind(entry);
  // Reading a pipe would wait for a writer for ever.
  if (special !== undefined) throw dunlinError('FILE_NOT_REGULAR', { path, kind: special });
  try {
    return readContent(file);
  } catch (error) {
    throw unreadableError(path, error);
  }
}

function unreadableError(path: string, error: unknown): DunlinError {
  return dunlinError('FILE_UNREADABLE', { path, reason: reasonOf(error) }, { cause: error });
}

function listDirectory(directory: string): Dirent[] {
  try {
    return sorted(readdirSync(directory, { withFileTypes: true }));
  } catch (error) {
    const shown = shownPath(directory);
    const { code } = error as NodeJS.ErrnoException;
    const link = code === 'ENOENT' ? brokenLinkReason(directory) : undefined;
    if (link !== undefined) throw dunlinError('FILE_UNREADABLE', { path: shown, reason: link }, { cause: error });
    if (code === 'ENOENT')
      throw dunlinError('DIRECTORY_NOT_FOUND', { directory: shown, absolute: directory }, { cause: error });
    if (code === 'ENOTDIR') throw dunlinError('DIRECTORY_NOT_A_DIRECTORY', { directory: shown }, { cause: error });
    throw unreadableError(shown, error);
  }
}

/** File systems have various orders; sort by code units. */
function sorted(found: Dirent[]): Dirent[] {
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The kind of an entry, or of a link's target. A broken link stays a link: reading it reports why. */
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
