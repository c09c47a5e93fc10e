import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { dunlinError, typed } from '../../errors/index.ts';
import { numberedFiles } from '../../node/next-version.ts';
import { type RenumberedFile, numberedMigration, renumberFiles } from '../../node/renumber.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { exit } from '../exit-codes.ts';
import { shownPath } from '../../node/messages.ts';
import { findMigrations, findUsers, type Target } from '../targets.ts';
import { findApplied, findReleased } from '../renumber-checks.ts';

export const renumber: Command = {
  name: 'renumber',
  summary: 'give a migration that no database has applied the next number',
  description:
    'For two branches that took the same number. Changes the name of the file, and the number in its header or definition. Of several files the order stays. Refuses a file that the base branch has, or that the database at hand has applied, unless the base branch has given its number to another: other databases cannot be asked. The number is higher than all in the directory, in those databases and on the base branch.',
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
    const files = paths.map(numberedMigration).toSorted((a, b) => a.version - b.version);
    const { databases, numbering } = await findUsers(context, args, folder);
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
    context.printJson({ command: 'renumber', ok: true, renumbered }, 2);
    return exit.done;
  },
};

/** What still has the old number. */
function notesAbout(done: readonly RenumberedFile[], databases: readonly Target[]): readonly string[] {
  if (done.length === 0) return ['nothing to do: no other migration has that number, and none comes after it'];
  return done.flatMap(({ after, left, from, version }) => [
    ...(left === undefined
      ? []
      : [`${after} has ${left}: where it is the number of the migration, make it ${version}`]),
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
