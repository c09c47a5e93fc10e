import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { slug, type FormatName, type SourceContents } from '../migration/index.ts';
import { draftMigration, hasStamps } from '../source/index.ts';
import { directorySource } from './directory-source.ts';
import type { FolderOptions } from './format-options.ts';
import { reasonOf, shownPath } from './messages.ts';
import { nextVersion, type NumberedFile } from './next-version.ts';
import type { NewMigration, WrittenMigration } from './scaffold.ts';

/** What a folder in another tool's format has; undefined for Dunlin's own, and for one that is not there yet. */
export function readFormatFolder(directory: string, { format }: FolderOptions): FormatFolder | undefined {
  if (!existsSync(directory))
    return format === undefined || format === 'dunlin' ? undefined : { name: format, entries: [] };
  const contents = directorySource(directory, undefined, { format }).read();
  return contents.format === undefined ? undefined : { name: contents.format.name, entries: contents.entries };
}

/** A folder in another tool's format. */
export interface FormatFolder {
  readonly name: FormatName;
  readonly entries: SourceContents['entries'];
}

/**
 * Creates the next migration in another tool's format. It never overwrites a file.
 *
 * Errors: those of `scaffoldMigration`, and `FORMAT_FOLDER` where Dunlin cannot write such a file.
 */
export function scaffoldInFormat(
  { name: format, entries }: FormatFolder,
  { directory, title, language = 'sql', up = '', down = '', numbering, now }: NewMigration,
): WrittenMigration {
  const name = slug(title);
  if (name === '') throw dunlinError('MIGRATION_NAME_EMPTY', { name: title });
  const folder = resolve(directory);
  const newest = entries.findLast(({ origin }) => origin?.number !== undefined)?.origin;
  const isStamp = hasStamps(format);
  const digits = nextVersion(numberOf(newest?.number), now, isStamp ? 'timestamp' : numbering);
  const files = draftMigration(shownPath(folder), format, newest, {
    number: digits,
    name,
    up,
    down: down === '' ? '' : `${down}\n`,
    ending: language,
  });
  const written: string[] = [];
  for (const file of files) {
    const path = join(folder, file.name);
    try {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text, { flag: 'wx' });
    } catch (error) {
      for (const one of written) rmSync(one);
      if ((error as NodeJS.ErrnoException).code === 'EEXIST')
        throw dunlinError('FILE_EXISTS', { file: shownPath(path) });
      throw dunlinError('FILE_NOT_WRITTEN', { file: shownPath(path), reason: reasonOf(error) }, { cause: error });
    }
    written.push(path);
  }
  const [file, ...others] = written.map((path) => shownPath(path));
  return { version: Number(digits), name, id: `${digits}_${name}`, file: file!, others };
}

/** Of a dotted or longer version only the first 14 digits, after which the next one comes. */
function numberOf(number: string | undefined): NumberedFile | undefined {
  const digits = /^\d{1,14}/.exec(number ?? '')?.[0];
  return digits === undefined ? undefined : { version: Number(digits), digits, file: number! };
}
