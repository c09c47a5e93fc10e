import { resolve } from 'node:path';
import { dunlinError, typed } from '../../errors/index.ts';
import { placeholder, shownName, type Named, type Rename, type Undecided } from '../../generate/index.ts';
import { readFormatFolder, scaffoldInFormat } from '../../node/scaffold-format.ts';
import { previewMigration, scaffoldMigration } from '../../node/scaffold.ts';
import type { GenerateOptions, GenerateResult } from '../../operations/generate.ts';
import { codeTokens, isName, isOperator, quoteIfNeeded, unquote } from '../../sql/index.ts';
import { given, type Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { askYesNo } from '../confirm.ts';
import { withRunner, type CliRunner, type Context } from '../context.ts';
import { databaseExists } from '../database-files.ts';
import { exit } from '../exit-codes.ts';
import { connectionOptions, lockTimeout } from '../global-options.ts';
import { schemaChange } from '../output/json.ts';
import { authorOf, authorOption } from '../shared-options.ts';
import { findMigrations, findMigrationsTarget, requestOf } from '../targets.ts';
import { readWantedSchema } from '../wanted-schema.ts';

export const generate: Command = {
  name: 'generate',
  summary: 'write the migration that makes a wanted schema',
  description:
    'Compares what all migrations make, pending ones too, with an .sql file or a database, and writes the next migration, UP and DOWN, for you to read and edit. It uses ALTER TABLE where SQLite can, else a rebuild with all that belongs to the table. Before it is written it runs up, down and up again on a scratch database with sample rows, and what does not stand that is not written. Nothing is guessed: a possible rename is a question, or an error without a terminal; a value that the schemas do not tell is a {value of table.column}, which has to be replaced before the file can run; if something is dropped, a line has to be deleted that says so. Does not touch the database.',
  target: 'directory',
  arguments: [{ name: '<name...>', description: 'what the migration does: add_user_roles, or "add user roles"' }],
  options: [
    { flags: '--to <schema>', description: 'the wanted schema: an .sql file or a database', completes: 'file' },
    {
      flags: '--to-command <command>',
      description:
        'the wanted schema is what this command prints as SQL, or makes as a new database at $DUNLIN_TARGET: `drizzle-kit export`',
    },
    {
      flags: '--rename <old=new>',
      description: 'a table is renamed, or with users.name=full_name a column; may be repeated',
      repeatable: true,
    },
    {
      flags: '--no-rename <name>',
      description: 'this table or column is not renamed, but dropped; may be repeated',
      repeatable: true,
    },
    {
      flags: '--fill <column=sql>',
      description: 'the values of a column, over the old row: users.age="length(name)"; may be repeated',
      repeatable: true,
    },
    { flags: '--fill-down <column=sql>', description: 'the same for the DOWN part; may be repeated', repeatable: true },
    {
      flags: '--sqlite <version>',
      description: 'the oldest SQLite that has to run it, such as 3.44 (default: the one here)',
    },
    { flags: '--with-data', description: 'also prove it on a copy of the database' },
    { flags: '--unproven', description: 'with --dry-run: print it also if its proof fails' },
    { flags: '--dry-run', description: 'print the file instead of writing it' },
    { flags: '--timestamp', description: 'number it by the UTC time, such as 20261121093000' },
    authorOption,
    lockTimeout,
    ...connectionOptions,
  ],
  examples: [
    { command: 'dunlin generate add_roles --to schema.sql', does: 'migrations/003_add_roles.sql' },
    { command: 'dunlin generate add_roles --to schema.sql --dry-run', does: 'only print it' },
    { command: `dunlin generate names --to schema.sql --rename users.name=full_name`, does: 'a column is renamed' },
    { command: `dunlin generate sync --to-command 'drizzle-kit export'`, does: 'what Drizzle declares' },
  ],
  run: async (context, args) => {
    const found = await findMigrations(context, args);
    const target = await findMigrationsTarget(context, args);
    const options = { schema: 'to', command: 'toCommand' } as const;
    const wanted = await readWantedSchema(context, args, target, options);
    if (wanted === undefined) throw args.wrong('Name the wanted schema: --to schema.sql, or --to-command');
    if (args.flag('unproven') && !args.flag('dryRun'))
      throw args.wrong('--unproven prints, and needs --dry-run: what fails its proof is not written');
    const withData = args.flag('withData');
    if (withData) databaseExists(context, target.database, 'refuse');
    const result = await withRunner(context, requestOf(target), (runner) =>
      decided(context, args, runner, { ...optionsOf(args), to: wanted.schema, withData }),
    );
    for (const note of result.notes) context.note(note);
    for (const [table, reason] of result.refusing)
      context.note(`rows of ${table} may not fit, which depends on their values: ${reason}`);
    if (result.up === '') return nothingToDo(context, wanted.name, result);
    const [failure] = result.unproven;
    if (failure !== undefined && !args.flag('unproven'))
      throw dunlinError('GENERATE_UNPROVEN', { ...failure, command: commandOf(args) });
    return write(context, args, found, wanted.name, result);
  },
};

function nothingToDo(context: Context, wanted: string, result: GenerateResult): typeof exit.done {
  if (context.mode === 'text') context.say(`The migrations make the schema of ${wanted}: there is nothing to do.`);
  else context.printDocument({ command: 'generate', ok: true, file: null, ...documentOf(result) });
  return exit.done;
}

function write(
  context: Context,
  args: Arguments,
  found: Awaited<ReturnType<typeof findMigrations>>,
  wanted: string,
  result: GenerateResult,
): typeof exit.done {
  const directory = resolve(context.cwd, found.directory);
  const migration = {
    directory,
    title: args.positional.join(' '),
    author: authorOf(context, args),
    up: result.up,
    down: result.down,
    numbering: args.flag('timestamp') ? ('timestamp' as const) : found.numbering,
    now: Date.now(),
  };
  const isDry = args.flag('dryRun');
  const other = readFormatFolder(directory, found.format);
  const written = isDry
    ? undefined
    : other === undefined
      ? scaffoldMigration(migration)
      : scaffoldInFormat(other, migration);
  if (context.mode === 'text') {
    if (written === undefined) context.stdout.write(previewMigration(migration));
    else context.print(written.file);
    if (!context.quiet) for (const line of summary(wanted, result, other?.name)) context.report(...context.fold(line));
  } else {
    const { file = null, others = [], version = null, name = null } = written ?? {};
    context.printDocument({ command: 'generate', ok: true, file, others, version, name, ...documentOf(result) });
  }
  return exit.done;
}

function summary(
  wanted: string,
  { changes, placeholders, drops, unproven }: GenerateResult,
  format?: string,
): string[] {
  const objects = changes.map(({ kind, type, name }) => `${type} ${name} ${kind}`);
  const shown = objects.length > 6 ? [...objects.slice(0, 5), `${objects.length - 5} more`] : objects;
  const made =
    placeholders.length === 0
      ? ''
      : `, with sample values for ${placeholders.length === 1 ? 'the one' : `the ${placeholders.length}`} that you have to give`;
  const keys = [...new Set(placeholders.map(({ key }) => placeholder(key)))];
  return [
    `It makes the schema of ${wanted}${shown.length === 0 ? '' : `: ${shown.join(', ')}`}.`,
    unproven.length > 0
      ? 'It failed its proof.'
      : `Proven: up, down and up again on a scratch database with sample rows${made}.`,
    ...(keys.length > 0 ? [`Next: replace ${keys.join(', ')} by SQL.`] : []),
    ...(drops.length > 0
      ? [`It drops ${drops.join(', ')}. If that is intended, delete the line {drops ${drops.join(', ')}} in it.`]
      : []),
    ...(format === undefined ? [] : [`The folder has the files of ${format}, and so has this one.`]),
    `${keys.length + drops.length > 0 ? 'Then' : 'Next:'} \`dunlin plan\` shows what \`dunlin up\` would do.`,
  ];
}

function documentOf({
  up,
  down,
  changes,
  placeholders,
  drops,
  losses,
  refusing,
  notes,
  unproven,
}: GenerateResult): Readonly<Record<string, unknown>> {
  return {
    up,
    down,
    changes: changes.map(schemaChange),
    placeholders,
    drops,
    losses,
    refusing: Object.fromEntries(refusing),
    notes,
    unproven,
  };
}

/** The command line as it was typed, without its answers, for hints. */
function commandOf(args: Arguments): string {
  const [to, command] = [args.path('to'), args.text('toCommand')];
  return [
    'dunlin generate',
    ...args.positional.map((word) => typed(word)),
    ...(to === undefined ? ['--to-command', typed(command ?? '')] : ['--to', typed(to)]),
    ...args.texts('rename').flatMap((one) => ['--rename', typed(one)]),
    ...args.texts('noRename').flatMap((one) => ['--no-rename', typed(one)]),
    ...args.texts('fill').flatMap((one) => ['--fill', typed(one)]),
    ...args.texts('fillDown').flatMap((one) => ['--fill-down', typed(one)]),
  ].join(' ');
}

function optionsOf(args: Arguments): Omit<GenerateOptions, 'to'> {
  const sqlite = args.text('sqlite');
  if (sqlite !== undefined && !/^\d+(?:\.\d+)+$/.test(sqlite))
    throw args.wrong(`--sqlite is a version such as 3.44, not "${sqlite}"`);
  return {
    ...given({ sqlite }),
    renames: args.texts('rename').map((text) => renameOf(args, text)),
    distinct: args.texts('noRename').map((text) => nameOf(text) ?? refuse(args, '--no-rename', text, 'users.name')),
    fills: fillsOf(args, 'fill'),
    downFills: fillsOf(args, 'fillDown'),
  };
}

function refuse(args: Arguments, flag: string, text: string, example: string): never {
  throw args.wrong(`${flag} is ${example}, not "${text}"`);
}

/** `users`, `users.name` or `"my table".name`; undefined if it is no name. */
function nameOf(text: string): Named | undefined {
  const [table, dot, column, ...more] = codeTokens(text);
  if (table === undefined || !isName(table) || more.length > 0) return undefined;
  if (dot === undefined) return { table: unquote(table.text) };
  if (!isOperator(dot, '.') || !isName(column)) return undefined;
  return { table: unquote(table.text), column: unquote(column!.text) };
}

function renameOf(args: Arguments, text: string): Rename {
  const at = text.lastIndexOf('=');
  const [old, to] = [nameOf(text.slice(0, Math.max(0, at))), nameOf(text.slice(at + 1))];
  if (at === -1 || old === undefined || to === undefined || to.column !== undefined)
    return refuse(args, '--rename', text, 'users.name=full_name');
  return { ...old, to: to.table };
}

function fillsOf(args: Arguments, option: 'fill' | 'fillDown'): ReadonlyMap<string, string> {
  return new Map(
    args.texts(option).map((text) => {
      const at = text.indexOf('=');
      const name = nameOf(text.slice(0, Math.max(0, at)));
      const sql = text.slice(at + 1).trim();
      if (name?.column === undefined || sql === '')
        return refuse(args, option === 'fill' ? '--fill' : '--fill-down', text, `users.age="length(name)"`);
      return [shownName(name), sql] as const;
    }),
  );
}

/** Generates; asks on a terminal whether something is renamed. Errors: `GENERATE_UNDECIDED`. */
async function decided(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  options: GenerateOptions,
): Promise<GenerateResult> {
  const result = await runner.generate(options);
  const { undecided } = result;
  if (undecided.length === 0) return result;
  if (!context.interactive)
    throw dunlinError('GENERATE_UNDECIDED', {
      undecided: undecided.map((one) => ({ name: shownName(one), candidates: one.candidates.map(quoteIfNeeded) })),
      command: commandOf(args),
    });
  const renames: Rename[] = [...(options.renames ?? [])];
  const distinct: Named[] = [...((options.distinct ?? []) as readonly Named[])];
  const [first] = undecided;
  const to = await askForName(context, first!);
  if (to === undefined) distinct.push(first!);
  else renames.push({ ...nameOnly(first!), to });
  // One answer may settle others.
  return await decided(context, args, runner, { ...options, renames, distinct });
}

async function askForName(context: Context, one: Undecided): Promise<string | undefined> {
  for (const candidate of one.candidates)
    if (await askYesNo(context, `${shownName(one)} is gone, and ${candidate} is new. Is it renamed?`)) return candidate;
  return undefined;
}

function nameOnly({ table, column }: Undecided): Named {
  return column === undefined ? { table } : { table, column };
}
