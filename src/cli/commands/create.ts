import { resolve } from 'node:path';
import type { MigrationLanguage } from '../../node/scaffold-text.ts';
import type { Command } from '../command.ts';
import { exit } from '../exit-codes.ts';
import { findMigrations } from '../targets.ts';

const languages: readonly MigrationLanguage[] = ['sql', 'ts', 'mts', 'js', 'mjs'];

export const create: Command = {
  name: 'create',
  summary: 'write the next migration file',
  description:
    'The number continues the directory: 003 after 002, a time stamp after a time stamp. An SQL file gets the header and the UP and DOWN markers.',
  target: 'directory',
  arguments: [{ name: '<name...>', description: 'what it does: add_user_roles, or "add user roles"' }],
  options: [
    { flags: '--format <ending>', description: 'sql (the default), ts, mts, js or mjs', completes: languages },
    { flags: '--author <name>', description: 'for the header (default: GIT_AUTHOR_NAME, else the user)' },
  ],
  examples: [
    { command: 'dunlin create add_user_roles', does: 'migrations/002_add_user_roles.sql' },
    { command: 'dunlin create "split names" --format ts', does: 'migrations/003_split_names.ts' },
    { command: 'dunlin create audit -d graph', does: 'in the directory of the database "graph"' },
  ],
  run: async (context, args) => {
    const { env } = context;
    const language = args.oneOf('format', languages) ?? 'sql';
    const directory = resolve(context.cwd, await findMigrations(context, args));
    const author = args.text('author') ?? env['GIT_AUTHOR_NAME'] ?? env['USER'] ?? env['USERNAME'];
    const { scaffoldMigration } = await import('../../node/scaffold.ts');
    const written = scaffoldMigration({
      directory,
      title: args.positional.join(' '),
      language,
      author,
      now: Date.now(),
    });
    if (context.mode === 'text') {
      // Only the file's name is on standard output: `$EDITOR "$(dunlin create x)"`.
      context.print(written.file);
      const write = language === 'sql' ? 'write the SQL into it' : 'write its up and down';
      const next = `Next: ${write}, then \`dunlin plan\` shows what \`dunlin up\` would do.`;
      if (!context.quiet) context.report(...context.fold(next));
    } else {
      const { file, version, name } = written;
      context.printJson({ command: 'create', ok: true, file, version, name }, 2);
    }
    return exit.done;
  },
};
