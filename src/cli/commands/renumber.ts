import { existsSync } from 'node:fs';
import { dirname, join, resolve, basename } from 'node:path';
import { dunlinError, typed } from '../../errors/index.ts';
import {
  createRegistry,
  isSquash,
  parseFileName,
  commonPart,
  type Migration,
  type MigrationSource,
  type SourceEntry,
} from '../../migration/index.ts';
import { findDatabaseFile } from '../../node/database-file.ts';
import { directorySource } from '../../node/directory-source.ts';
import type { FolderOptions } from '../../node/format-options.ts';
import { branchFiles, defaultBase } from '../../node/git.ts';
import { shownPath } from '../../node/messages.ts';
import { numberedFiles } from '../../node/next-version.ts';
import { nodeHost } from '../../node/node-host.ts';
import { numberedMigration, renumberFiles, type RenumberedFile, type NumberedMigration } from '../../node/renumber.ts';
import type { StatusEntry } from '../../operations/status.ts';
import { rollbackCommand } from '../../plan/index.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { withRunner, type Context } from '../context.ts';
import { exit } from '../exit-codes.ts';
import { findMigrations, findUsers, requestOf, type Target } from '../targets.ts';

export const renumber: Command = {
  name: 'renumber',
  summary: 'give an unapplied migration the next number',
  description:
    'For two branches that took the same number. Changes the number in the file name and in the header or definition. Several files keep their order. The new number is higher than all others in the directory, in the databases at hand and on the base branch. Refuses a file that the base branch has, or that a database at hand has applied, unless the base branch has another migration of that number. It cannot ask other databases.',
  target: 'database',
  arguments: [{ name: '<files...>', description: 'by path, or by name in the directory', completes: 'file' }],
  options: [
    {
      flags: '--base <branch>',
      description: 'the base branch (default: that of the git remote "origin", if there is one)',
    },
    { flags: '--timestamp', description: 'number them by the time in UTC' },
  ],
  examples: [
    { command: 'dunlin renumber migrations/002_add_tags.sql', does: 'migrations/003_add_tags.sql' },
    { command: 'dunlin renumber 002_add_tags.sql 003_fill_tags.sql', does: 'both, in this order' },
    { command: 'dunlin renumber 002_add_tags.sql --base origin/develop', does: 'above what that branch has' },
  ],
  run: async (context, args) => {
    const paths = await locate(context, args);
    const folder = dirname(paths[0]!);
    const { databases, numbering, format } = await findUsers(context, args, folderOf(paths[0]!));
    throwForeign(paths[0]!, format);
    const files = paths.map(numberedMigration).toSorted((a, b) => a.version - b.version);
    throwSquashed(folder, files);
    const released = findReleased(folder, files, args.path('base'));
    const applied: number[] = [];
    const notes: string[] = [];
    for (const database of databases) {
      const { versions, recorded } = await findApplied(context, database, folder, files, released);
      applied.push(...versions);
      for (const [{ file }, version] of recorded)
        notes.push(
          `${database.database.name} has applied ${file} as ${version}; this records the new number there: \`dunlin repair ${version} --accept -d ${typed(database.database.name)}\``,
        );
    }
    const done = renumberFiles({
      folder,
      files,
      others: [...released.versions, ...applied],
      numbering: args.flag('timestamp') ? 'timestamp' : numbering,
      now: Date.now(),
    });
    if (context.mode === 'text') {
      for (const { after } of done) context.print(after);
      if (databases.length === 0)
        context.note('no database is configured or named, so none was asked whether it has applied this');
      for (const note of [...notes, ...notesAbout(done, databases)]) context.note(note);
      noteOvertaken(context, folder, done, new Set([...released.versions, ...applied]));
      return exit.done;
    }
    const renumbered = done.map(({ from, version, before, after }) => {
      return { version, name: from.name, file: after, before: { version: from.version, file: before } };
    });
    context.printDocument({ command: 'renumber', ok: true, renumbered });
    return exit.done;
  },
};

/** Notes on the places that still have the old number. */
function notesAbout(done: readonly RenumberedFile[], databases: readonly Target[]): readonly string[] {
  if (done.length === 0) return ['nothing to do: no other migration has that number, and none comes after it'];
  return done.flatMap(({ after, unchanged, from, version }) => [
    ...(unchanged === undefined
      ? []
      : [`${after} has ${unchanged}: where it is the number of the migration, make it ${version}`]),
    ...(databases.some(({ destructive }) => destructive?.[from.version] !== undefined)
      ? [`\`destructive\` in the configuration names ${from.version}, which is ${version} now`]
      : []),
  ]);
}

/** Names the new migrations that came after these and come before them now. */
function noteOvertaken(
  context: Context,
  folder: string,
  done: readonly RenumberedFile[],
  known: ReadonlySet<number>,
): void {
  const moved = new Set(done.map(({ version }) => version));
  const overtaken = numberedFiles(folder).filter(
    ({ version }) =>
      !known.has(version) &&
      !moved.has(version) &&
      done.some((one) => one.from.version < version && version < one.version),
  );
  if (known.size === 0 || overtaken.length === 0) return;
  const files = overtaken.map(({ file }) => shownPath(join(folder, file), context.cwd));
  const command = `\`dunlin renumber ${files.map(typed).join(' ')}\``;
  const text = `${files.join(', ')} came after it and ${files.length === 1 ? 'comes' : 'come'} before it now; where that matters: ${command}`;
  context.note(text);
}

/** The directory of the migrations: of a format with a directory for each migration, the one above that. */
function folderOf(path: string): string {
  const folder = dirname(path);
  return /^(?:up|down|migration)\.sql$/i.test(basename(path)) ? dirname(folder) : folder;
}

/** Throws FORMAT_FOLDER for a file of another tool, which may name it in a journal, or know it by its whole name. */
function throwForeign(path: string, format: FolderOptions): void {
  const source = directorySource(folderOf(path), undefined, format);
  const tool = source.read().format?.title;
  if (tool === undefined) return;
  throw dunlinError('FORMAT_FOLDER', {
    source: source.name,
    tool,
    fact: "only Dunlin's own files can be renumbered",
    way: `An applied migration keeps its name: \`dunlin status -m ${typed(source.name)}\` shows which are. Make a new one again as ${tool} numbers it.`,
  });
}

/** Throws RENUMBER_SQUASHED for a squash, and for a file that one replaces. */
function throwSquashed(folder: string, files: readonly NumberedMigration[]): void {
  const entries = squashEntries(directorySource(folder).read().entries);
  const { squashes = [] } = createRegistry({ name: '', read: () => ({ entries, others: [] }) }, nodeHost);
  for (const { file } of files)
    for (const { squash, version, file: path } of squashes)
      if (basename(path) === file || squash!.replaces.some(({ fileName }) => fileName === file))
        throw dunlinError('RENUMBER_SQUASHED', { file: shown(folder, file), squash: path, version });
}

function squashEntries(entries: readonly SourceEntry[]): readonly SourceEntry[] {
  return entries.filter(({ content }) => content !== undefined && isSquash(Buffer.from(content).toString()));
}

/** The files, which must be in one directory. */
async function locate(context: Context, args: Arguments): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const file of new Set(args.positional)) {
    const path = resolve(context.cwd, file);
    if (existsSync(path)) paths.push(path);
    else {
      const { directory } = await findMigrations(context, args);
      const inDirectory = resolve(context.cwd, directory, file);
      if (!existsSync(inDirectory)) throw dunlinError('RENUMBER_NOT_FOUND', { file, directory });
      paths.push(inDirectory);
    }
  }
  const other = paths.find((path) => dirname(path) !== dirname(paths[0]!));
  if (other !== undefined) throw args.wrong('the files to renumber are in one directory');
  return paths;
}

/** The migrations of the base branch. */
export interface Released {
  readonly versions: readonly number[];
  /** The files whose number it has given to another migration. They must move, even if a database has applied them. */
  readonly displaced: ReadonlySet<NumberedMigration>;
}

/**
 * The versions of the migrations that the base branch has; none without one. Throws RENUMBER_RELEASED if it has one of
 * the files, alone under its number: of two with one number, one has to get another wherever they are.
 */
function findReleased(folder: string, files: readonly NumberedMigration[], given: string | undefined): Released {
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

/** The migrations that a database has applied. */
export interface Applied {
  readonly versions: readonly number[];
  /** The recorded version of each file that has another one there. */
  readonly recorded: ReadonlyMap<NumberedMigration, number>;
}

/** What a database has applied. Throws RENUMBER_APPLIED if one of the files is among it, unless that one has to move. */
async function findApplied(
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
    await withRunner(context, { ...requestOf(target), migrations: sourceWith(folder, file) }, async (runner) => {
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
    });
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
      const squashes = squashEntries(entries);
      for (const entry of entries) {
        if (squashes.includes(entry)) continue;
        const parsed = parseFileName(entry.name);
        if (!('version' in parsed)) continue;
        if (entry.name === wanted.file || parsed.version !== wanted.version) byVersion.set(parsed.version, entry);
      }
      return { entries: [...byVersion.values(), ...squashes], others };
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
