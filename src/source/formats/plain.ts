import { readText, type FormatFile } from '../../migration/index.ts';
import {
  byCodeUnits,
  byNumber,
  lazyMigration,
  ownText,
  rewrite,
  stemOf,
  type Draft,
  type DraftFile,
  type Folder,
  type Format,
} from './format.ts';
import { partOf, linesOf, type TextRange } from './blank.ts';

/** Files without a tool's marks whose names have a number somewhere; what is in them is as in Dunlin's own files. */
interface Numbered {
  readonly file: FormatFile;
  readonly number: string;
  readonly name: string;
}

/** The number in front of a name, else the first in it: `001`, `02-x`, `patch10`, `setup_010_x`. In `add-2fa` there is none. */
function numbered(file: FormatFile): Numbered | undefined {
  const [, before, number, after] =
    /^(\D*)(\d+(?:\.\d+)*)(?:(?<=^[\d.]+)|(?=[_.\s-]|$))[_.\s-]*(.*)$/s.exec(stemOf(file.name)) ?? [];
  return number === undefined ? undefined : { file, number, name: before === '' ? after! : stemOf(file.name) };
}

const codeEnding = /\.(?:php|py|rb|go|rs|cs|java|kt|lua|pl)$/i;

function readPlain(folder: Folder): void {
  const files = folder.files.filter(({ name }) => !name.includes('/'));
  const found = files
    .filter(({ name }) => /\.sql$/i.test(name) || codeEnding.test(name))
    .flatMap((file) => numbered(file) ?? []);
  reportUnordered(folder, files);
  found.sort((a, b) => byDotted(a.number, b.number) || byCodeUnits(a.file.name, b.file.name));
  for (const { file, number, name } of found) {
    const stem = stemOf(file.name);
    const named = { key: stem, number, name, id: stem };
    if (/\.sql$/i.test(file.name)) folder.add(ownText(named, file));
    else folder.refuse(file, named, 'it is not SQL', rewrite);
  }
}

/** One file without a number is a schema or test data; where most have none, their order stands in the application. */
function reportUnordered(folder: Folder, files: readonly FormatFile[]): void {
  const sql = files.filter(({ name }) => /\.sql$/i.test(name));
  const without = sql.filter((file) => numbered(file) === undefined);
  const [first] = without;
  if (first === undefined || without.length * 2 <= sql.length) return;
  folder.report(
    `${without.length} of its ${sql.length} files have no number, such as ${first.name}`,
    'Their order is not known. Begin the name of each with the number of its place: 001_, 002_.',
  );
}

function byDotted(a: string, b: string): number {
  const [left, right] = [a.split('.'), b.split('.')];
  return (
    left.map((part, i) => byNumber(part, right[i] ?? '')).find((difference) => difference !== 0) ??
    left.length - right.length
  );
}

function draftPlain({ number, name, separator, up }: Draft): readonly DraftFile[] {
  return [{ name: `${number}${separator}${name}.sql`, text: `${up}\n` }];
}

/** Whether Dunlin's own format refuses or ignores a name that has a number. */
const odd = /^(?:0+[_.-]|\d+(?:\.sql$|-)|[^\d.][^\d]*\d)/i;

export const plain: Format = {
  name: 'plain',
  title: 'numbered SQL files',
  keyedBy: 'name',
  recognise: (files) => {
    // One odd name among others is a typing error, of which Dunlin's own format says what it is.
    const first = files.find(({ name }) => /^[^/]*\d[^/]*\.sql$/i.test(name));
    return first !== undefined && odd.test(first.name) ? first.name : undefined;
  },
  read: readPlain,
  draft: draftPlain,
};

/** Wrangler's files for D1: numbered SQL, by whose name the table knows them. */
export const d1: Format = {
  name: 'd1',
  title: 'Wrangler (D1)',
  keyedBy: 'name',
  recognise: () => undefined,
  read: readPlain,
  draft: draftPlain,
};

/** `-- name: <id>` begins a migration; a file has several. */
const heading = /^\s*--\s*name:\s*(\S.*)$/i;

export const sections: Format = {
  name: 'sections',
  title: 'sections of SQL files',
  keyedBy: 'name',
  recognise: () => undefined,
  read: (folder) => {
    const seen = new Map<string, string>();
    for (const file of folder.files.filter(({ name }) => /\.sql$/i.test(name))) {
      const source = folder.text(file);
      let open: { readonly id: string; readonly start: number } | undefined;
      const close = (end: number): void => {
        if (open === undefined) return;
        const { id, start } = open;
        if (seen.has(id))
          folder.report(`${seen.get(id)} and ${file.name} both have a section ${id}`, 'Give one of them another name.');
        seen.set(id, file.name);
        const range: TextRange = { start, end };
        folder.add(
          lazyMigration({ key: id, number: undefined, name: id, id, files: [file], back: folder.back() }, () => ({
            up: partOf(file.path, readText(file), [range]),
          })),
        );
      };
      for (const { text, start, next } of linesOf(source)) {
        const id = heading.exec(text)?.[1];
        if (id === undefined) continue;
        close(start);
        open = { id, start: next };
      }
      close(source.length);
    }
  },
};

/** `0.2/00__user_role.sql`: a directory for each release. */
export const semver: Format = {
  name: 'semver',
  title: 'directories by release',
  keyedBy: 'name',
  recognise: (files) => files.find(({ name }) => releaseFile.test(name))?.name,
  read: (folder) => {
    const found = folder.files.filter(({ name }) => releaseFile.test(name));
    const release = ({ name }: FormatFile): string => releaseFile.exec(name)![1]!;
    found.sort((a, b) => byDotted(release(a), release(b)) || byCodeUnits(a.name, b.name));
    for (const file of found) {
      const id = file.name.replace(/\.sql$/i, '');
      folder.add(ownText({ key: id, number: undefined, name: id, id }, file));
    }
    folder.explain(/^[^/]+\.sql$/i, 'not in the directory of a release');
  },
};

const releaseFile = /^v?(\d+(?:\.\d+)+)\/[^/]+\.sql$/i;
