import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { formatVersion, maxVersion, parseFileName, slug } from '../migration/index.ts';
import { reasonOf, shownPath } from './messages.ts';
import { packageType } from './package-type.ts';
import { migrationText, type MigrationLanguage } from './scaffold-text.ts';

/** A migration to be written. */
export interface NewMigration {
  readonly directory: string;
  /** What it does: `Add user roles!` becomes the name `add_user_roles` and the description. */
  readonly title: string;
  /** Default `sql`. `ts` and `js` become `mts` and `mjs` where Node would take such a file for CommonJS. */
  readonly language?: MigrationLanguage;
  readonly author?: string | undefined;
  /** What it starts with: SQL, or the body of `up` in code. Default: nothing. */
  readonly up?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** A migration that was written. */
export interface WrittenMigration {
  readonly version: number;
  readonly name: string;
  /** `003_add_user_roles`. */
  readonly id: string;
  /** The path to show. */
  readonly file: string;
}

/**
 * Writes the next migration, ready to be filled in; creates the directory if there is none. Its version goes on as the
 * newest one did: the next number with the same padding, or the present time (UTC) after a time stamp of 14 digits.
 * Never overwrites a file.
 *
 * Errors: `MIGRATION_NAME_EMPTY`, `FILE_EXISTS`, `VERSION_TAKEN`, `VERSIONS_EXHAUSTED`, `FILE_NOT_WRITTEN`,
 * `DIRECTORY_NOT_A_DIRECTORY`.
 */
export function scaffoldMigration({
  directory,
  title,
  language: wanted = 'sql',
  author,
  up,
  now,
}: NewMigration): WrittenMigration {
  const name = slug(title);
  if (name === '') throw dunlinError('MIGRATION_NAME_EMPTY', { name: title });
  const folder = resolve(directory);
  const digits = nextVersion(prepare(folder), now);
  const id = `${digits}_${name}`;
  const language = moduleEnding(folder, wanted);
  const path = join(folder, `${id}.${language}`);
  const file = shownPath(path);
  const text = migrationText(language, { id, title, author, up, date: new Date(now).toISOString().slice(0, 10) });
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('FILE_EXISTS', { file });
    rmSync(path, { force: true }); // A full disk leaves an empty file behind.
    throw dunlinError('FILE_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
  }
  const version = Number(digits);
  // Two people on one directory, or two scripts: the file system keeps names apart, not versions.
  const other = versionedFiles(folder).find((found) => found.version === version && found.file !== `${id}.${language}`);
  if (other !== undefined) {
    rmSync(path);
    throw dunlinError('VERSION_TAKEN', { file, other: other.file });
  }
  return { version, name, id, file };
}

/**
 * The ending with which Node loads a file in a folder as an ES module: below a package.json that does not say
 * `"type": "module"`, as `npm init -y` writes it, `.ts` and `.js` are CommonJS, or are parsed twice, with a warning.
 */
export function moduleEnding<E extends MigrationLanguage | 'json'>(folder: string, wanted: E): E | 'mts' | 'mjs' {
  if (wanted !== 'ts' && wanted !== 'js') return wanted;
  const type = packageType(folder);
  if (type === undefined || type === 'module') return wanted;
  return wanted === 'ts' ? 'mts' : 'mjs';
}

/** A file with a version in a directory of migrations. */
export interface VersionedFile {
  readonly version: number;
  /** The version as the name has it: `007`. */
  readonly digits: string;
  readonly file: string;
}

function prepare(folder: string): VersionedFile | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    return versionedFiles(folder).at(-1);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw dunlinError('DIRECTORY_NOT_A_DIRECTORY', { directory: shownPath(folder) }, { cause: error });
    }
    throw dunlinError('FILE_NOT_WRITTEN', { file: shownPath(folder), reason: reasonOf(error) }, { cause: error });
  }
}

/** Those of a directory, in the order of their versions. */
export function versionedFiles(folder: string): VersionedFile[] {
  const found = readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const name = entry.isDirectory() ? undefined : parseFileName(entry.name);
    return name !== undefined && 'version' in name
      ? [{ version: name.version, digits: formatVersion(name), file: entry.name }]
      : [];
  });
  return found.sort((a, b) => a.version - b.version);
}

function nextVersion(newest: VersionedFile | undefined, now: number): string {
  if (newest === undefined) return formatVersion(1);
  if (newest.version === maxVersion) throw dunlinError('VERSIONS_EXHAUSTED', { file: newest.file });
  const stamp = new Date(now).toISOString().replace(/\D/g, '').slice(0, 14);
  // A newest file from a clock that is ahead has to stay before this one.
  if (newest.digits.length === 14 && Number(stamp) > newest.version) return stamp;
  return String(newest.version + 1).padStart(newest.digits.length, '0');
}
