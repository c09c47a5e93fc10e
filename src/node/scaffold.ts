import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { hasOwnMarker, isSquash, repeatableFolder, repeatableVersion, slug } from '../migration/index.ts';
import { directorySource } from './directory-source.ts';
import { reasonOf, shownPath } from './messages.ts';
import { nextVersion, numberedFiles, type Numbering, type NumberedFile } from './next-version.ts';
import { packageType } from './package-type.ts';
import { brokenLinkReason } from './special-files.ts';
import { migrationText, oneLine, unmarkedText, type MigrationLanguage, type TemplateValues } from './scaffold-text.ts';

export interface NewMigration {
  readonly directory: string;
  /** What it does: `Add user roles!` becomes the name `add_user_roles` and the description. */
  readonly title: string;
  /** Default `sql`. `ts` and `js` become `mts` and `mjs` where Node would treat such a file as CommonJS. */
  readonly language?: MigrationLanguage;
  readonly author?: string | undefined;
  /** Its first content: SQL, or the body of `up` in code. Default: empty. */
  readonly up?: string | undefined;
  /** The SQL of its DOWN part. Default: empty. */
  readonly down?: string | undefined;
  /** Default: as the newest one in the directory. */
  readonly numbering?: Numbering | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface WrittenMigration {
  readonly version: number;
  readonly name: string;
  /** `003_add_user_roles`. */
  readonly id: string;
  /** The path to show. */
  readonly file: string;
  /** The other files of it: that of the DOWN part, in a format with pairs. */
  readonly others: readonly string[];
}

/**
 * Creates the next migration from the template, and a missing directory. Its version is higher than all others: the next
 * number with the same padding, or the current time (UTC) for `numbering: 'timestamp'` and after a time stamp of 14
 * digits. It never overwrites a file. Where the other SQL files have no markers, it has none either.
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
  down,
  numbering,
  now,
}: NewMigration): WrittenMigration {
  const name = slug(title);
  if (name === '') throw dunlinError('MIGRATION_NAME_EMPTY', { name: title });
  const folder = resolve(directory);
  const digits = nextVersion(prepare(folder), now, numbering);
  const id = `${digits}_${name}`;
  const language = moduleEnding(folder, wanted);
  const path = join(folder, `${id}.${language}`);
  const file = shownPath(path);
  const facts = { id, title, author, up, down, date: dateOf(now) };
  const text = textIn(folder, language, facts);
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('FILE_EXISTS', { file });
    rmSync(path, { force: true }); // A full disk leaves an empty file behind.
    throw dunlinError('FILE_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
  }
  const version = Number(digits);
  // Another process may have created the same version under another name meanwhile.
  const other = numberedFiles(folder).find((found) => found.version === version && found.file !== `${id}.${language}`);
  if (other !== undefined) {
    rmSync(path);
    throw dunlinError('VERSION_TAKEN', { file, other: other.file });
  }
  return { version, name, id, file, others: [] };
}

/** The text that `scaffoldMigration` would write. Creates nothing. */
export function previewMigration({ directory, title, author, up, down, numbering, now }: NewMigration): string {
  const folder = resolve(directory);
  const newest = existsSync(folder) ? numberedFiles(folder).at(-1) : undefined;
  const id = `${nextVersion(newest, now, numbering)}_${slug(title)}`;
  return textIn(folder, 'sql', { id, title, author, up, down, date: dateOf(now) });
}

/** Without markers where no other SQL file has them; a DOWN part needs one. */
function textIn(folder: string, language: MigrationLanguage, facts: TemplateValues): string {
  return language === 'sql' && facts.down === undefined && isUnmarked(folder)
    ? unmarkedText(facts)
    : migrationText(language, facts);
}

/** `2026-11-21` */
function dateOf(now: number): string {
  return new Date(now).toISOString().slice(0, 10);
}

/**
 * Creates a repeatable migration: in the folder `repeatable` if there is one, else as `R__name.sql`. It never overwrites a
 * file. Errors: those of `scaffoldMigration`.
 */
export function scaffoldRepeatable(
  { directory, title }: Pick<NewMigration, 'directory' | 'title'>,
  isOwnFormat: boolean,
): WrittenMigration {
  const name = slug(title);
  if (name === '') throw dunlinError('MIGRATION_NAME_EMPTY', { name: title });
  const folder = resolve(directory);
  prepare(folder);
  const isFolder = isOwnFormat && existsSync(join(folder, repeatableFolder));
  const path = isFolder ? join(folder, repeatableFolder, `${name}.sql`) : join(folder, `R__${name}.sql`);
  const file = shownPath(path);
  const text = `-- Description: ${oneLine(title)}\n\n`;
  try {
    writeFileSync(path, text, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('FILE_EXISTS', { file });
    throw dunlinError('FILE_NOT_WRITTEN', { file, reason: reasonOf(error) }, { cause: error });
  }
  return { version: repeatableVersion, name, id: `R__${name}`, file, others: [] };
}

/**
 * The ending with which Node loads a file as an ES module. Below a package.json without `"type": "module"`, such as
 * `npm init -y` writes, `.ts` and `.js` are CommonJS, or Node parses them twice, with a warning.
 */
export function moduleEnding<E extends MigrationLanguage | 'json'>(folder: string, wanted: E): E | 'mts' | 'mjs' {
  if (wanted !== 'ts' && wanted !== 'js') return wanted;
  const type = packageType(folder);
  if (type === undefined || type === 'module') return wanted;
  return wanted === 'ts' ? 'mts' : 'mjs';
}

/**
 * Whether the directory has SQL, and none with Dunlin's markers: the files of a tool that takes a whole file as UP. It
 * would run a DOWN part as well.
 */
function isUnmarked(folder: string): boolean {
  const texts = directorySource(folder, undefined, { format: 'dunlin' })
    .read()
    .entries.filter(({ name }) => name.endsWith('.sql'))
    .map(({ content }) => String(content))
    // A squash has no markers, whatever the files that it replaces had.
    .filter((text) => text.trim() !== '' && !isSquash(text));
  return texts.length > 0 && !texts.some(hasOwnMarker);
}

function prepare(folder: string): NumberedFile | undefined {
  try {
    mkdirSync(folder, { recursive: true });
    return numberedFiles(folder).at(-1);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' || code === 'ENOTDIR') {
      throw dunlinError('DIRECTORY_NOT_A_DIRECTORY', { directory: shownPath(folder) }, { cause: error });
    }
    throw dunlinError(
      'FILE_NOT_WRITTEN',
      { file: shownPath(folder), reason: brokenLinkReason(folder) ?? reasonOf(error) },
      { cause: error },
    );
  }
}
