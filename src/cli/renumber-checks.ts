import { basename } from 'node:path';
import { dunlinError } from '../errors/index.ts';
import {
  createRegistry,
  parseFileName,
  commonPart,
  type Migration,
  type MigrationSource,
  type SourceEntry,
} from '../migration/index.ts';
import { findDatabaseFile } from '../node/database-file.ts';
import { directorySource } from '../node/directory-source.ts';
import { nodeHost } from '../node/node-host.ts';
import { branchFiles, defaultBase } from '../node/git.ts';
import { numberedFiles } from '../node/next-version.ts';
import type { NumberedMigration } from '../node/renumber.ts';
import type { StatusEntry } from '../operations/status.ts';
import { rollbackCommand } from '../plan/index.ts';
import type { Context } from './context.ts';
import { requestOf, type Target } from './targets.ts';

/** What the base branch has. */
export interface Released {
  readonly versions: readonly number[];
  /** The files whose number it has given to another migration. They must move, even if a database has applied them. */
  readonly displaced: ReadonlySet<NumberedMigration>;
}

/**
 * The versions of the migrations that the base branch has; none without one. Throws RENUMBER_RELEASED if it has one of
 * the files, alone under its number: of two with one number, one has to get another wherever they are.
 */
export function findReleased(folder: string, files: readonly NumberedMigration[], given: string | undefined): Released {
  const displaced = new Set<NumberedMigration>();
  const base = given ?? defaultBase(folder);
  if (base === undefined) return { versions: [], displaced };
  const released = branchFiles(folder, base).flatMap((file) => {
    const parsed = parseFileName(file);
    return 'version' in parsed ? [{ version: parsed.version, name: parsed.name }] : [];
  });
  for (const migration of files) {
    const { version, name, file } = migration;
    const same = released.filter((one) => one.version === version);
    if (same.length > 0 && same.every((one) => one.name !== name)) displaced.add(migration);
    if (same.length === 1 && same[0]?.name === name)
      throw dunlinError('RENUMBER_RELEASED', {
        file: shown(folder, file),
        base,
        other: otherFile(folder, version, file),
      });
  }
  return { versions: released.map(({ version }) => version), displaced };
}

/** What a database has applied. */
export interface Applied {
  readonly versions: readonly number[];
  /** Of the files: the version under which one is recorded there. */
  readonly recorded: ReadonlyMap<NumberedMigration, number>;
}

/** What a database has applied. Throws RENUMBER_APPLIED if one of the files is among it, unless that one has to move. */
export async function findApplied(
  context: Context,
  target: Target,
  folder: string,
  files: readonly NumberedMigration[],
  { displaced }: Released,
): Promise<Applied> {
  const { path, name } = target.database;
  const recorded = new Map<NumberedMigration, number>();
  if (path === undefined || !findDatabaseFile(path, name).exists) return { versions: [], recorded };
  let versions: readonly number[] = [];
  for (const file of files) {
    const runner = await context.openRunner({ ...requestOf(target), migrations: sourceWith(folder, file) });
    try {
      const { entries } = await runner.status();
      const rows = entries.flatMap(({ applied }) => (applied === undefined ? [] : [applied]));
      versions = rows.map(({ version }) => version);
      const row = entries.find((entry) => isApplied(entry, file))?.applied;
      if (row !== undefined && displaced.has(file)) recorded.set(file, row.version);
      else if (row !== undefined)
        throw dunlinError('RENUMBER_APPLIED', {
          file: shown(folder, file.file),
          database: runner.database,
          recorded: `${row.version} ${row.name}`,
          ...findOther(folder, file, row.name),
          back: rollbackCommand(row.version, versions),
        });
    } finally {
      await runner.close();
    }
  }
  return { versions, recorded };
}

function isApplied({ state, file }: StatusEntry, { file: name }: NumberedMigration): boolean {
  return (
    file !== undefined &&
    basename(file) === name &&
    (state === 'applied' || state === 'edited' || state === 'renumbered')
  );
}

/** The migrations of the folder, where only this one has its number: two with one number cannot be read together. */
function sourceWith(folder: string, wanted: NumberedMigration): MigrationSource {
  const source = directorySource(folder);
  return {
    name: source.name,
    read: () => {
      const { entries, others } = source.read();
      const byVersion = new Map<number, SourceEntry>();
      for (const entry of entries) {
        const parsed = parseFileName(entry.name);
        if (!('version' in parsed)) continue;
        if (entry.name === wanted.file || parsed.version !== wanted.version) byVersion.set(parsed.version, entry);
      }
      return { entries: [...byVersion.values()], others };
    },
  };
}

/** The other file of that version; one that only repeats what is applied cannot be renumbered either, and is a copy. */
function findOther(
  folder: string,
  file: NumberedMigration,
  recorded: string,
): { readonly other: string | undefined; readonly copy: string | undefined } {
  const others = numberedFiles(folder).filter((one) => one.version === file.version && one.file !== file.file);
  const read = (one: NumberedMigration): Migration | undefined =>
    createRegistry(sourceWith(folder, one), nodeHost).get(one.version);
  const migration = read(file);
  const same = others.find((other) => {
    const found = read({ ...file, file: other.file });
    return migration !== undefined && found !== undefined && commonPart(migration, found) !== undefined;
  });
  const different = others.find((other) => other !== same);
  const parsed = same === undefined ? undefined : parseFileName(same.file);
  const isRecorded = parsed !== undefined && 'name' in parsed && parsed.name === recorded;
  return {
    other: different === undefined ? undefined : shown(folder, different.file),
    copy: same === undefined ? undefined : shown(folder, isRecorded ? file.file : same.file),
  };
}

function otherFile(folder: string, version: number, file: string): string | undefined {
  const other = numberedFiles(folder).find((one) => one.version === version && one.file !== file);
  return other === undefined ? undefined : shown(folder, other.file);
}

function shown(folder: string, file: string): string {
  const { name } = directorySource(folder);
  return name === '.' ? file : `${name}/${file}`;
}
