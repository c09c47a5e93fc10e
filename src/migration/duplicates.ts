import { dunlinError, isDunlinError, type DunlinError } from '../errors/index.ts';
import { unchecked } from './checksum.ts';
import { formatVersion } from './file-name.ts';
import { joinProblems, problemsOf } from './problems.ts';
import type { Migration } from './types.ts';

/** What a database or a branch has under a version that several files have. */
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

/** What each VERSION_DUPLICATE is about: reading the files, nobody knows which of them the database has. */
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

/** Whether an error, or one of those it holds, is a VERSION_DUPLICATE of which more can be told. */
export function hasDuplicates(error: DunlinError): boolean {
  return problemsOf(error).some((problem) => duplicates.has(problem));
}

/** The error of `createRegistry`, telling which of the files with the same version somebody has. */
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

/** The files that only repeat one that somebody has, or another of the group: a second number would run them twice. */
function findCopies({ group, holders }: Duplicate): readonly Copy[] {
  const kept = group.filter(({ file }) => holders.some((holder) => holder.file === file));
  const found: Copy[] = [];
  const originals: Migration[] = [...kept];
  for (const migration of group.filter((one) => !kept.includes(one))) {
    const original = originals.find((other) => partInCommon(migration, other) !== undefined);
    const part = original === undefined ? undefined : partInCommon(migration, original);
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

/** What two migrations that do the same have in common. Those that nobody has filled in yet do nothing. */
export function partInCommon(a: Migration, b: Migration): Copy['part'] | undefined {
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
