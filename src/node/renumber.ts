import { lstatSync, readFileSync, renameSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import { parseFileName } from '../migration/index.ts';
import { reasonOf, shownPath } from './messages.ts';
import { isTimeStamp, nextVersion, numberedFiles, type Numbering } from './next-version.ts';
import { writeTextFile } from './write-text-file.ts';

export interface NumberedMigration {
  readonly version: number;
  readonly name: string;
  readonly file: string;
}

export interface RenumberedFile {
  readonly from: NumberedMigration;
  readonly version: number;
  /** Paths to show. */
  readonly before: string;
  readonly after: string;
  /** What in the file may still be the old version, for a message; undefined if nothing is. */
  readonly unchanged: string | undefined;
}

export interface RenumberRequest {
  readonly folder: string;
  /** By version. */
  readonly files: readonly NumberedMigration[];
  /** Other used versions: applied in databases, or in other branches. */
  readonly others: readonly number[];
  readonly numbering: Numbering | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Parses the name of a file as a migration. Errors: `RENUMBER_REFUSED`, and those of the name. */
export function numberedMigration(path: string): NumberedMigration {
  const file = basename(path);
  const parsed = parseFileName(file, shownPath(path));
  if (parsed.kind === 'invalid') throw parsed.error;
  if (parsed.kind === 'ignored')
    throw dunlinError('RENUMBER_REFUSED', { file: shownPath(path), reason: parsed.reason });
  if (!statSync(path).isFile())
    throw dunlinError('RENUMBER_REFUSED', { file: shownPath(path), reason: 'not a regular file' });
  const { version, name } = parsed;
  return { version, name, file };
}

/**
 * Renumbers files, in their order, above all others: changes the name, and the version in the text. A file that is already
 * above all others and has a unique version stays unchanged and is not in the result.
 *
 * Errors: `FILE_EXISTS`, `VERSIONS_EXHAUSTED`, `FILE_NOT_WRITTEN`.
 */
export function renumberFiles({ folder, files, others, numbering, now }: RenumberRequest): readonly RenumberedFile[] {
  const fileNames = new Set(files.map(({ file }) => file));
  const rest = numberedFiles(folder).filter(({ file }) => !fileNames.has(file));
  const width = rest.at(-1)?.digits.length ?? 3;
  let newest = [
    ...rest,
    ...others.map((version) => ({ version, digits: String(version).padStart(width, '0'), file: `version ${version}` })),
  ]
    .toSorted((a, b) => a.version - b.version)
    .at(-1);
  const done: RenumberedFile[] = [];
  for (const file of files) {
    const fits = numbering !== 'timestamp' || isTimeStamp(file.version);
    const keepsItsVersion = file.version > (newest?.version ?? 0) && fits;
    if (keepsItsVersion) {
      newest = { version: file.version, digits: /^\d+/.exec(file.file)![0], file: file.file };
      continue;
    }
    const digits = nextVersion(newest, now, numbering);
    newest = { version: Number(digits), digits, file: file.file };
    done.push(renumberFile(folder, file, digits));
  }
  return done;
}

function renumberFile(folder: string, from: NumberedMigration, digits: string): RenumberedFile {
  const version = Number(digits);
  const file = digits + from.file.slice(/^\d+/.exec(from.file)![0].length);
  const [old, path] = [join(folder, from.file), join(folder, file)];
  const text = readFileSync(old, 'utf8');
  // Do not edit a file that is not UTF-8, nor the target of a link.
  const isEditable = !lstatSync(old).isSymbolicLink() && !text.includes('\uFFFD');
  const edited: RenumberedText = isEditable ? withVersion(text, from, digits) : { text };
  const shown = { before: shownPath(old), after: shownPath(path) };
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw dunlinError('FILE_EXISTS', { file: shown.after });
  try {
    // Rename first: after a crash at any point, one file has the version, and its text is complete.
    renameSync(old, path);
    if (edited.text !== text) rewrite(old, path, edited.text);
  } catch (error) {
    throw dunlinError('FILE_NOT_WRITTEN', { file: shown.after, reason: reasonOf(error) }, { cause: error });
  }
  return { from, version, ...shown, unchanged: edited.unchanged };
}

function rewrite(old: string, path: string, text: string): void {
  try {
    writeTextFile(path, text);
  } catch (error) {
    renameSync(path, old);
    throw error;
  }
}

export interface RenumberedText {
  readonly text: string;
  /** What may be the old version; it occurs several times, so none is changed. */
  readonly unchanged?: string;
}

/** The header of an SQL file: `-- Migration: 002_add_tags`, with nothing but comments before it. */
const headerPattern = /^(\uFEFF?(?:[ \t]*(?:--.*)?\r?\n)*?[ \t]*--[ \t]*migration[ \t]*:[ \t]*)(\d+)(?=[_.\s]|$)/i;

/** `version: 2` of a definition, or `export const version = 2`. */
const versionPattern = /(\bversion\s*:\s*|\bconst\s+version\s*(?::\s*number\s*)?=\s*)(\d+)\b/g;

/** `name: '002_add_tags'`, which may repeat the number. */
const namePattern = /(\bname\s*:\s*['"`]|\bconst\s+name\s*(?::\s*string\s*)?=\s*['"`])(\d+)(?=_)/g;

function withVersion(
  text: string,
  { version, file }: { readonly version: number; readonly file: string },
  digits: string,
): RenumberedText {
  const isOwn = (found: string): boolean => Number(found) === version;
  if (/\.sql$/i.test(file))
    return {
      text: text.replace(headerPattern, (all, before: string, found: string) => (isOwn(found) ? before + digits : all)),
    };
  const places = [...text.matchAll(versionPattern)].filter(([, , found]) => isOwn(found!));
  if (places.length > 1) return { text, unchanged: `\`version: ${version}\`, ${places.length} times` };
  return {
    text: text
      .replace(versionPattern, (all, before: string, found: string) =>
        isOwn(found) ? before + String(Number(digits)) : all,
      )
      .replace(namePattern, (all, before: string, found: string) => (isOwn(found) ? before + digits : all)),
  };
}
