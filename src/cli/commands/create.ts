import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { dunlinError } from '../../errors/index.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { migrationFile, nextVersion, slug, type Format } from '../new-migration.ts';
import { findMigrations } from '../targets.ts';

const formats: readonly Format[] = ['sql', 'ts', 'mts', 'js', 'mjs'];

export const create: Command = {
  name: 'create',
  summary: 'write the next migration file',
  description:
    'The number continues the directory: 003 after 002, a time where times are used. An SQL file gets the header and the UP and DOWN markers.',
  target: 'directory',
  arguments: [{ name: '<name...>', description: 'what it does: add_user_roles, or "add user roles"' }],
  options: [
    { flags: '--format <ending>', description: 'sql (the default), ts, mts, js or mjs', completes: formats },
    { flags: '--forward-only', description: 'an SQL file without DOWN part and markers' },
    { flags: '--timestamp', description: 'number it with the time (UTC) instead' },
    { flags: '--author <name>', description: 'for the header (default: GIT_AUTHOR_NAME, else the user)' },
  ],
  examples: [
    { command: 'dunlin create add_user_roles', does: 'migrations/002_add_user_roles.sql' },
    { command: 'dunlin create "split names" --format ts', does: 'migrations/003_split_names.ts' },
    { command: 'dunlin create audit -d graph', does: 'in the directory of the database "graph"' },
  ],
  run: async (context, args) => {
    const text = args.positional.join(' ');
    const slugged = slug(text);
    if (slugged === '') throw dunlinError('MIGRATION_NAME_EMPTY', { name: text });
    const format = args.oneOf('format', formats) ?? 'sql';
    const directory = await findMigrations(context, args);
    const folder = resolve(context.cwd, directory);
    await mkdir(folder, { recursive: true });

    const now = new Date();
    const version = nextVersion(await readdir(folder), { timestamp: args.flag('timestamp'), now });
    // Somebody who typed the number as well gets it once.
    const name = slugged.replace(new RegExp(`^0*${Number(version)}_(?=.)`), '');
    const { env } = context;
    const author = args.text('author') ?? env['GIT_AUTHOR_NAME'] ?? env['USER'] ?? env['USERNAME'] ?? '';
    const content = migrationFile({ version, name, format, author, date: now, forwardOnly: args.flag('forwardOnly'), description: text });
    const file = join(directory, `${version}_${name}.${format}`);
    try {
      // Never over a file that somebody made a moment ago.
      await writeFile(resolve(context.cwd, file), content, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw dunlinError('FILE_EXISTS', { file });
      throw error;
    }
    if (context.mode === 'text') context.print(file);
    else context.printJson({ command: 'create', ok: true, file, version: Number(version), name }, 2);
    return exit.done;
  },
};
