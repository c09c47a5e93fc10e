import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { unchecked } from './checksum.ts';
import { formatVersion } from './file-name.ts';
import { joinProblems, problemsOf } from './problems.ts';
import type { Migration } from './types.ts';

/** The migration that a database or a branch has under a duplicate version. */
export interface VersionHolder {
  /** `app.db`, `origin/main`. */
  readonly name: string;
  readonly isDatabase: boolean;
  /** The path of the file that it has; undefined if it has none of them. */
  readonly file: string | undefined;
  /** The migration that it has instead. */
  readonly other?: string | undefined;
}

interface Duplicate {
  readonly group: readonly Migration[];
  /** The next free version. */
  readonly free: string;
  readonly source: string;
  readonly holders: readonly VersionHolder[];
}

/** The details of each VERSION_DUPLICATE. Which file the database has is not known yet when the files are read. */
const duplicates = new WeakMap<DunlinError, Duplicate>();

/** An error for each version that more than one migration has. */
export function findDuplicates(sorted: readonly Migration[], source: string): DunlinError[] {
  const twice = new Set(
    sorted.filter((migration, i) => migration.version === sorted[i - 1]?.version).map((migration) => migration.version),
  );
  const free = nextVersion(sorted.at(-1));
  return [...twice]
    .map((version) => sorted.filter((migration) => migration.version === version))
    .map((group) => duplicateError({ group, free, source, holders: [] }));
}

/** Whether an error is, or contains, a VERSION_DUPLICATE to which `withHolders` can add details. */
export function hasDuplicates(error: DunlinError): boolean {
  return problemsOf(error).some((problem) => duplicates.has(problem));
}

/** Adds to the error of `createRegistry` which of the files with one version a database or a branch has. */
export function withHolders(
  error: DunlinError,
  holderOf: (group: readonly Migration[]) => VersionHolder | undefined,
): DunlinError {
  let where = '';
  const problems = problemsOf(error).map((problem) => {
    const duplicate = duplicates.get(problem);
    const holder = duplicate === undefined ? undefined : holderOf(duplicate.group);
    if (duplicate === undefined || holder === undefined) return problem;
    where = duplicate.source;
    return duplicateError({ ...duplicate, holders: [...duplicate.holders, holder] });
  });
  return where === '' ? error : (joinProblems(where, problems) ?? error);
}

function duplicateError(duplicate: Duplicate): DunlinError {
  const { group, free, holders } = duplicate;
  const [{ version, name }] = group as readonly [Migration];
  const files = group.map(({ file }) => file);
  const sameName = group.every((migration) => migration.name === name);
  const facts = { version, files, free, sameName, holders, copies: findCopies(duplicate) };
  const error = dunlinError('VERSION_DUPLICATE', facts, { migration: { version, name } });
  duplicates.set(error, duplicate);
  return error;
}

/** The files with the same text as a holder's file, or as another of the group: with a new version they would run twice. */
function findCopies({ group, holders }: Duplicate): readonly Copy[] {
  const kept = group.filter(({ file }) => holders.some((holder) => holder.file === file));
  const found: Copy[] = [];
  const originals: Migration[] = [...kept];
  for (const migration of group.filter((one) => !kept.includes(one))) {
    const original = originals.find((other) => commonPart(migration, other) !== undefined);
    const part = original === undefined ? undefined : commonPart(migration, original);
    if (original === undefined || part === undefined) originals.push(migration);
    else found.push({ file: migration.file, of: original.file, part });
  }
  return found;
}

interface Copy {
  readonly file: string;
  readonly of: string;
  readonly part: 'all' | 'up';
}

/** Which part of two migrations is the same. Unfilled migrations have no part in common. */
export function commonPart(a: Migration, b: Migration): Copy['part'] | undefined {
  if (a.kind !== b.kind) return undefined;
  if (a.kind === 'code') return a.textHash === b.textHash && a.checksum !== unchecked ? 'all' : undefined;
  try {
    if (a.content.up.statements.length === 0 || a.checksum !== b.checksum) return undefined;
    return a.textHash === b.textHash ? 'all' : 'up';
  } catch (error) {
    if (isDunlinError(error)) return undefined;
    throw error;
  }
}

function nextVersion(newest: Migration | undefined): string {
  if (newest === undefined) return formatVersion(1);
  return String(newest.version + 1).padStart(formatVersion(newest).length, '0');
}
