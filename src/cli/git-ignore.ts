import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { reasonOf } from '../node/messages.ts';

/** What a configuration leaves on the disk that belongs to one machine: absolute paths. */
export interface UntrackedFiles {
  readonly databases: readonly string[];
  readonly backupFolders: readonly string[];
}

/**
 * The lines that a folder's .gitignore lacks for them, of what is in the folder. What SQLite and Dunlin put beside a
 * database (log, journal, lock file, backups) begins with its name and a hyphen.
 */
export function missingIgnores(folder: string, { databases, backupFolders }: UntrackedFiles): readonly string[] {
  const wanted = [
    ...databases.flatMap((path) => [path, `${path}-*`]),
    ...backupFolders.map((path) => `${path}/`),
  ].flatMap((path) => asPattern(folder, path));
  const present = readIgnore(folder)
    .split('\n')
    .map((line) => line.trim());
  return [...new Set(wanted)].filter((line) => !present.some((one) => covers(one, line)));
}

/** Appends lines to a folder's .gitignore, which is made if it is missing. Throws FILE_NOT_WRITTEN. */
export function addIgnores(folder: string, lines: readonly string[]): void {
  const text = readIgnore(folder);
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  const gap = text === '' || text.endsWith('\n') ? '' : end;
  try {
    appendFileSync(join(folder, '.gitignore'), gap + lines.map((line) => `${line}${end}`).join(''));
  } catch (error) {
    throw dunlinError('FILE_NOT_WRITTEN', { file: '.gitignore', reason: reasonOf(error) }, { cause: error });
  }
}

export function isInRepository(folder: string): boolean {
  return existsSync(join(folder, '.git')) || (dirname(folder) !== folder && isInRepository(dirname(folder)));
}

function readIgnore(folder: string): string {
  try {
    return readFileSync(join(folder, '.gitignore'), 'utf8');
  } catch {
    // Missing, or what cannot be read cannot be written either.
    return '';
  }
}

/** A path as a line of the folder's .gitignore (git-scm.com/docs/gitignore); none for what is elsewhere. */
function asPattern(folder: string, path: string): readonly string[] {
  const isFolder = path.endsWith('/');
  const name = relative(folder, path).replaceAll('\\', '/');
  if (name === '' || name.startsWith('../') || /^(?:[a-z]:|\/)/i.test(name)) return [];
  // The `*` at the end is ours.
  const escaped = name.replace(/[\\*?[](?!$)/g, '\\$&').replace(/ $/, '\\ ');
  return [`/${escaped}${isFolder ? '/' : ''}`];
}

/** Whether a line of a .gitignore leaves out what another one would: the same path, or its name in any folder. */
function covers(line: string, wanted: string): boolean {
  if (line === '' || line.startsWith('#') || line.startsWith('!')) return false;
  const pattern = line.replace(/^\*\*\//, '').replace(/^\//, '');
  const path = wanted.slice(1);
  if (pattern === path || `${pattern}/` === path || pattern === `${path}/`) return true;
  if (pattern.includes('/')) return false;
  const glob = new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return glob.test(basename(path));
}
