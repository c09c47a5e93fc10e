import { dunlinError, type DunlinError } from '../errors/index.ts';
import type { IgnoredFile, Registry } from '../migration/index.ts';

/**
 * Notes about files that are ignored: those that may be meant as migrations, because an application would go on without
 * them. Where there is no migration at all, and for `all`, every file.
 */
export function ignoredNotes({ migrations, ignored }: Registry, all: boolean = false): readonly string[] {
  const told = all || migrations.length === 0 ? ignored : ignored.filter(({ mayBeMigration }) => mayBeMigration);
  return byReason(told).map(
    ([reason, files]) => `${named(files, 3)} ${files.length === 1 ? 'is' : 'are'} ignored: ${reason}`,
  );
}

/** A directory of which nothing is taken, although files in it may be meant as migrations: the wrong one, or another tool's. */
export function unrecognisedProblems({ migrations, ignored, source }: Registry): readonly DunlinError[] {
  const files = ignored.filter(({ mayBeMigration }) => mayBeMigration);
  if (migrations.length > 0 || files.length === 0) return [];
  const [first] = files as [IgnoredFile];
  const facts = { source, files: files.map(({ file }) => file), first: first.file, reason: first.reason };
  return [dunlinError('MIGRATIONS_UNRECOGNISED', facts)];
}

function byReason(files: readonly IgnoredFile[]): readonly (readonly [reason: string, files: readonly string[]])[] {
  const reasons = new Map<string, string[]>();
  for (const { file, reason } of files) reasons.set(reason, [...(reasons.get(reason) ?? []), file]);
  return [...reasons];
}

/** Up to `most` of the files by name, and how many more there are. */
function named(files: readonly string[], most: number): string {
  const shown = files.length > most ? [...files.slice(0, most - 1), `${files.length - most + 1} more`] : files;
  return shown.length === 1 ? shown[0]! : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)!}`;
}
