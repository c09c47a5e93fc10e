import { basename, dirname } from 'node:path';
import { dunlinError, refOf, type DunlinError } from '../errors/index.ts';
import {
  createRegistry,
  parseFileName,
  type Migration,
  type Registry,
  type SourceContents,
  type SourceEntry,
  type SqlMigration,
  type VersionHolder,
} from '../migration/index.ts';
import { isReplaced, readable } from '../plan/index.ts';
import { readFormat, type FormatOptions } from '../source/index.ts';
import { directorySource } from './directory-source.ts';
import { readBase, type CommittedFile, type GitBase } from './git.ts';
import { nodeHost } from './node-host.ts';

export interface BaseComparison {
  readonly problems: readonly DunlinError[];
  /** Which of several files with one version the base branch has. */
  readonly holderOf: (group: readonly Migration[]) => VersionHolder | undefined;
}

/**
 * Compares the migrations in a folder with those of the base branch, which may be released. A new migration's version must
 * be unused there and higher than all others; released migrations must be unchanged.
 *
 * Errors: those of `readBase`, and of reading the folder.
 */
export function compareWithBase(folder: string, ref: string, options: FormatOptions = {}): BaseComparison {
  const contents = directorySource(folder, undefined, options).read();
  const base = readBase(folder, ref);
  const parseFiles =
    contents.format === undefined
      ? parseDunlinFiles
      : parserForFormat(folder, { ...options, format: contents.format.name });
  const workingTree =
    contents.format === undefined
      ? contents.entries.flatMap((entry) => parseOneFile(entry) ?? [])
      : migrationsOf(contents);
  const squashes = contents.entries.flatMap((entry) => registryOfFile(entry)?.squashes ?? []);
  const branches = {
    workingTree,
    baseBranch: parseFiles(base.files),
    mergeBase: parseFiles(base.mergeBase),
    squashes,
  };
  return {
    problems: findProblems(folder, branches, base),
    holderOf: (group) => {
      const names = new Set(base.files.map(({ name }) => name));
      const file = group.find((migration) => names.has(basename(migration.file)))?.file;
      return file === undefined ? undefined : { name: ref, isDatabase: false, file };
    },
  };
}

/** The migrations that are compared. */
interface Branches {
  /** Those of the folder as it is now, committed or not. */
  readonly workingTree: readonly Migration[];
  /** Those of the base branch, which may be released. */
  readonly baseBranch: readonly Migration[];
  /** Those of the newest commit that both branches have. */
  readonly mergeBase: readonly Migration[];
  /** The squashes of the folder. The files that they replace may be deleted. */
  readonly squashes: readonly SqlMigration[];
}

function findProblems(
  folder: string,
  { workingTree, baseBranch, mergeBase, squashes }: Branches,
  base: GitBase,
): readonly DunlinError[] {
  const mine = workingTree.filter(({ file }) => !base.symlinks.has(basename(file)));
  const shown = (file: string): string => displayPath(mine, folder, file);
  const pairs = baseBranch.map((theirs) => ({ theirs, here: mine.find((one) => isSame(one, theirs)) }));
  const gone = pairs.filter(
    ({ theirs, here }) =>
      here === undefined &&
      mergeBase.some((old) => isSame(old, theirs)) &&
      readable(() => isReplaced(theirs, { squashes })) !== true,
  );
  // A migration of the common ancestor that the base branch has deleted is not new.
  const added = mine.filter((one) => ![...baseBranch, ...mergeBase].some((other) => isSame(one, other)));
  const renamed = gone.flatMap(({ theirs }) => {
    const found = added.filter((one) => hasSameText(one, theirs));
    const to = found.find(({ name }) => name === theirs.name) ?? (found.length === 1 ? found[0] : undefined);
    return to === undefined ? [] : [{ theirs, to }];
  });
  const newest = baseBranch.at(-1);
  // Where versions are positions in the folder, a migration may have another one in each branch.
  const newestHere = mine.find((one) => newest !== undefined && isSame(one, newest))?.version ?? newest?.version ?? 0;
  const common = { base: base.ref };
  const found: (readonly [version: number, error: DunlinError])[] = [];
  const report = (migration: Migration, error: DunlinError): void => {
    found.push([migration.version, error.with({ migration: refOf(migration) })]);
  };
  for (const { theirs, here } of pairs) {
    // A file that only the base branch has changed since is not an edit of this branch.
    const old = mergeBase.find((one) => isSame(one, theirs));
    if (here === undefined || hasSameText(here, theirs) || (old !== undefined && hasSameText(here, old))) continue;
    report(here, dunlinError('BASE_EDITED', { ...common, file: here.file, ...gitFolder(here.file) }));
  }
  for (const { theirs } of gone) {
    const to = renamed.find((one) => one.theirs === theirs)?.to;
    const file = shown(theirs.file);
    report(
      theirs,
      to === undefined
        ? dunlinError('BASE_DELETED', { ...common, file, ...gitFolder(file) })
        : dunlinError('BASE_RENAMED', { ...common, file, to: to.file }),
    );
  }
  for (const one of added) {
    if (renamed.some(({ to }) => to === one)) continue;
    const facts = { ...common, file: one.file, isForeign: one.origin !== undefined };
    const other = baseBranch.find((theirs) => hasSameVersion(theirs, one));
    if (other !== undefined)
      report(one, dunlinError('BASE_VERSION_TAKEN', { ...facts, version: one.version, other: other.id }));
    else if (newest !== undefined && one.version < newestHere)
      report(one, dunlinError('BASE_OUT_OF_ORDER', { ...facts, newest: newest.id }));
  }
  return found.toSorted(([a], [b]) => a - b).map(([, error]) => error);
}

/** A parser of committed files in another tool's format. Problems of the files are ignored: they are not this branch's. */
function parserForFormat(
  folder: string,
  options: FormatOptions,
): (files: readonly CommittedFile[]) => readonly Migration[] {
  return (committed) => {
    const files = committed.map(({ name, content }) => ({ name, path: name, content: () => content }));
    const contents = readFormat(folder, files, options);
    return contents === undefined ? [] : migrationsOf(contents);
  };
}

function migrationsOf(contents: SourceContents): readonly Migration[] {
  const { entries, format } = contents;
  return createRegistry({ name: '', read: () => ({ entries, others: [], format }) }, nodeHost).migrations;
}

function parseDunlinFiles(files: readonly CommittedFile[]): readonly Migration[] {
  const migrations = files.flatMap(({ name, content }) => parseOneFile({ name, path: name, content }) ?? []);
  return migrations.toSorted((a, b) => a.version - b.version);
}

/** Parses one file on its own, so that a wrong file does not affect the others. */
function parseOneFile(entry: SourceEntry): Migration | undefined {
  return registryOfFile(entry)?.migrations[0];
}

function registryOfFile({ name, path, content }: SourceEntry): Registry | undefined {
  const parsed = parseFileName(name);
  if (parsed.kind !== 'sql' && parsed.kind !== 'code') return undefined;
  // Only texts are compared, so no code may run.
  const entry = { name, path, content, ...(parsed.kind === 'code' && { load: (): never => refuseToLoad(path) }) };
  try {
    return createRegistry({ name: path, read: () => ({ entries: [entry], others: [] }) }, nodeHost);
  } catch {
    return undefined;
  }
}

function refuseToLoad(path: string): never {
  throw new TypeError(`${path} is compared, not loaded`);
}

/**
 * Whether another migration of the base branch has the version of one. A format without version numbers counts its files,
 * so equal versions are no conflict there.
 */
function hasSameVersion(theirs: Migration, one: Migration): boolean {
  const hasOrdinalVersion = one.origin !== undefined && one.name === one.id;
  return !hasOrdinalVersion && theirs.version === one.version;
}

function isSame(a: Migration, b: Migration): boolean {
  if (a.origin !== undefined) return a.id === b.id;
  return a.version === b.version && a.name === b.name;
}

/** Compares checksums, which ignore comments and line endings; compares whole texts if one cannot be parsed. */
function hasSameText(a: Migration, b: Migration): boolean {
  if (a.textHash === b.textHash) return true;
  try {
    return a.checksum === b.checksum;
  } catch {
    return false;
  }
}

/** The path of a missing file, in the form of the existing files' paths. */
function displayPath(mine: readonly Migration[], folder: string, file: string): string {
  const beside = mine[0]?.file;
  const shown = beside === undefined ? folder : beside.includes('/') ? dirname(beside) : '';
  return shown === '' ? file : `${shown}/${file}`;
}

/** The folder to run git in for a file outside the current directory. */
function gitFolder(file: string): { readonly folder: string | undefined } {
  return { folder: /^(?:\/|[A-Za-z]:)/.test(file) ? dirname(file) : undefined };
}
