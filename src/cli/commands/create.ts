import { resolve } from 'node:path';
import type { MigrationLanguage } from '../../node/scaffold-text.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { withRunner, type Context } from '../context.ts';
import { exit } from '../exit-codes.ts';
import { lockTimeout } from '../global-options.ts';
import { authorOf, authorOption } from '../shared-options.ts';
import { findMigrations, findTargets, requestOf } from '../targets.ts';
import { shownPath } from '../../node/messages.ts';
import {
  scaffoldMigration,
  scaffoldRepeatable,
  type NewMigration,
  type WrittenMigration,
} from '../../node/scaffold.ts';
import { readFormatFolder, scaffoldInFormat, type FormatFolder } from '../../node/scaffold-format.ts';
import { existsSync } from 'node:fs';
import { dunlinError, plural } from '../../errors/index.ts';
import { databaseExists } from '../database-files.ts';

const languages: readonly MigrationLanguage[] = ['sql', 'ts', 'mts', 'js', 'mjs'];

export const create: Command = {
  name: 'create',
  summary: 'create the next migration file',
  description:
    'Numbers the file after the newest one: 003 after 002, a UTC time stamp after a time stamp. An SQL file starts with a header and the UP and DOWN markers; without markers where no other SQL file has them. With --rebuild it contains the SQL that rebuilds a table as it is in the database, with its indexes and triggers, for you to edit; a code file calls db.rebuildTable().',
  target: 'directory',
  arguments: [{ name: '[name...]', description: 'what the migration does: add_user_roles, or "add user roles"' }],
  options: [
    {
      flags: '--format <ending>',
      description: 'sql (the default), ts, mts, js or mjs; ts and js become mts and mjs in a CommonJS package',
      completes: languages,
    },
    { flags: '--rebuild <table>', description: 'write the rebuild of this table; default name: rebuild_<table>' },
    { ...lockTimeout, description: `with --rebuild: ${lockTimeout.description}` },
    {
      flags: '--repeatable',
      description: 'a migration that runs again whenever it changes, for views and triggers: R__<name>.sql',
    },
    {
      flags: '--timestamp',
      description:
        'number it by the UTC time, such as 20261121093000 (always: "numbering": "timestamp" in the configuration)',
    },
    authorOption,
  ],
  examples: [
    { command: 'dunlin create add_user_roles', does: 'migrations/002_add_user_roles.sql' },
    { command: 'dunlin create "split names" --format ts', does: 'migrations/003_split_names.ts' },
    { command: 'dunlin create --rebuild users', does: 'all that the rebuild of a table needs' },
    { command: 'dunlin create --repeatable active_users', does: 'migrations/R__active_users.sql' },
    { command: 'dunlin create audit -d graph', does: 'in the directory of the database "graph"' },
  ],
  run: async (context, args) => {
    const language = args.oneOf('format', languages) ?? 'sql';
    const table = args.text('rebuild');
    const isRepeatable = args.flag('repeatable');
    if (isRepeatable && (table !== undefined || language !== 'sql'))
      throw dunlinError('OPTIONS_CONFLICT', {
        first: 'repeatable',
        second: table === undefined ? 'format' : 'rebuild',
        reason: 'A repeatable migration is SQL that can run twice.',
      });
    const found = await findMigrations(context, args);
    const directory = resolve(context.cwd, found.directory);
    const numbering = args.flag('timestamp') ? 'timestamp' : found.numbering;
    const author = authorOf(context, args);
    const named = args.positional.join(' ');
    const title = named === '' && table !== undefined ? `rebuild ${table}` : named;
    const up = table === undefined ? undefined : await rebuildStart(context, args, table, language);
    const migration = { directory, title, language, author, up, numbering, now: Date.now() };
    const other = readFormatFolder(directory, found.format);
    const written = isRepeatable
      ? repeatable(migration, other)
      : other === undefined
        ? scaffoldMigration(migration)
        : scaffoldInFormat(other, migration);
    if (context.mode === 'text') {
      // Only the file's name is on standard output: `$EDITOR "$(dunlin create x)"`.
      context.print(written.file);
      const write =
        table === undefined
          ? language === 'sql'
            ? 'write the SQL into it'
            : 'write its up and down'
          : `change the definition of ${table} in it`;
      const then = isRepeatable ? ' so that it can run twice,' : '';
      const undo = written.others.length === 0 ? '' : ` and what undoes it into ${written.others.join(', ')},`;
      const next = `Next: ${write},${then}${undo} then \`dunlin plan\` shows what \`dunlin up\` would do.`;
      if (!context.quiet) context.report(...context.fold(next));
    } else {
      const { file, others, version, name } = written;
      context.printDocument({ command: 'create', ok: true, file, others, version, name });
    }
    return exit.done;
  },
};

/** In Dunlin's own format and in Flyway's. */
function repeatable(migration: NewMigration, other: FormatFolder | undefined): WrittenMigration {
  if (other === undefined || other.name === 'flyway') return scaffoldRepeatable(migration, other === undefined);
  throw dunlinError('FORMAT_FOLDER', {
    source: shownPath(migration.directory),
    tool: other.name,
    fact: 'that tool has no repeatable migrations',
    way: 'Leave out `--repeatable`: a view can be dropped and made again in an ordinary migration.',
  });
}

/** The text of a migration that rebuilds a table as the database has it now: SQL, or the body of `up`. */
async function rebuildStart(
  context: Context,
  args: Arguments,
  table: string,
  language: MigrationLanguage,
): Promise<string> {
  const [target, second] = await findTargets(context, args);
  if (target === undefined || second !== undefined)
    throw dunlinError('OPTION_INVALID', {
      problems: ['--rebuild reads one database, and there are several here: name one with -d'],
    });
  databaseExists(context, target.database, 'refuse');
  return await withRunner(context, requestOf(target), async (runner) => {
    const sql = await runner.rebuildScript(table);
    // The first migration has no directory yet.
    const isFirst = !existsSync(resolve(context.cwd, target.migrations));
    const { pending } = isFirst ? { pending: [] } : await runner.status();
    if (pending.length > 0)
      context.note(
        `${plural(pending.length, 'migration')} pending: the text is that of ${table} as ${runner.database} has it now`,
      );
    return language === 'sql' ? sql : rebuildCall(table);
  });
}

function rebuildCall(table: string): string {
  return [
    `db.rebuildTable(${JSON.stringify(table)}, (table) => {`,
    `  // table.changeColumn('name', { type: 'TEXT', notNull: true });`,
    '});',
  ].join('\n');
}
