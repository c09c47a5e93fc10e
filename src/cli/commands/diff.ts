import { resolve } from 'node:path';
import { shownPath } from '../../node/messages.ts';
import { readSchemaFile } from '../../node/schema-file.ts';
import { compareSchemas, unloadedNotes, type Inventory } from '../../schema/index.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { CliRunner, Context } from '../context.ts';
import { databaseExists } from '../database-files.ts';
import { exit } from '../exit-codes.ts';
import { connectionOptions, lockTimeout } from '../global-options.ts';
import { schemaChange } from '../output/json.ts';
import { renderDiff } from '../output/schema-diff.ts';
import { findMigrationsTarget, findTarget, requestOf, type Target } from '../targets.ts';

export const diff: Command = {
  name: 'diff',
  summary: 'show how two schemas differ, object by object',
  description:
    'Each side is a database (a path, a URL or a name from the configuration), an .sql file, or the version of a migration: then all migrations up to it run in a scratch database; 0 is the empty schema. White space, comments, the case of keywords and needless quotes are no difference. Reads only.',
  target: 'directory',
  arguments: [
    { name: '<from>', description: 'a database, an .sql file or a version', completes: 'file' },
    { name: '<to>', description: 'the same', completes: 'file' },
  ],
  options: [{ flags: '--exit-code', description: 'exit with 3 when they differ' }, lockTimeout, ...connectionOptions],
  examples: [
    { command: 'dunlin diff 3 7', does: 'what 004 to 007 change' },
    { command: 'dunlin diff 12 app.db', does: 'what the database has that its migrations do not make' },
    { command: 'dunlin diff app.db schema.sql --exit-code', does: 'in CI: is the dump up to date?' },
  ],
  run: async (context, args) => {
    const [from = '', to = ''] = args.positional;
    const before = await schemaSide(context, args, from, to);
    const after = await schemaSide(context, args, to, from);
    const [was, is] = [await before.read(), await after.read()];
    const changes = compareSchemas(was, is);
    for (const [side, { unloaded }] of [[before, was] as const, [after, is] as const])
      for (const note of unloadedNotes(unloaded)) context.note(`${side.name}: ${note}`);
    const code = args.flag('exitCode') && changes.length > 0 ? exit.found : exit.done;
    if (context.mode !== 'text') {
      const document = { from: before.name, to: after.name, changes: changes.map(schemaChange) };
      context.printJson({ command: 'diff', ok: code === exit.done, ...document }, 2);
      return code;
    }
    context.print(...renderDiff(changes, before.name, after.name, context));
    return code;
  },
};

/** One side of a comparison: where its schema comes from. */
interface SchemaSide {
  /** `version 7`, `schema.sql`, `app.db`. */
  readonly name: string;
  read(): Promise<Inventory>;
}

/**
 * Resolves an argument of the command line: a number is a version, a name in .sql a file, anything else a
 * database. `beside` is the other word: a version is one of the migrations of the database there, if it is one.
 */
async function schemaSide(context: Context, args: Arguments, text: string, beside: string): Promise<SchemaSide> {
  if (isVersion(text)) {
    const version = args.parseVersion(text, 'The version');
    const target = isDatabase(beside)
      ? await findTarget(context, args, beside)
      : await findMigrationsTarget(context, args);
    return {
      name: `version ${version}`,
      read: () => withRunner(context, target, (runner) => runner.schemaAt(version)),
    };
  }
  if (!isDatabase(text)) {
    const { driver, extensions, functions, layout, prepare, tables } = await findMigrationsTarget(context, args);
    return {
      name: text,
      read: async () => {
        const path = shownPath(resolve(context.cwd, text), context.cwd);
        return readSchemaFile(path, {
          ...(driver === undefined ? {} : { driver: driver as never }),
          ...(layout === undefined ? {} : { layout }),
          ...(tables === undefined ? {} : { tables }),
          ...(functions === undefined ? {} : { functions }),
          ...(extensions === undefined ? {} : { extensions }),
          ...(prepare === undefined ? {} : { prepare }),
        });
      },
    };
  }
  const target = await findTarget(context, args, text);
  databaseExists(context, target.database, 'refuse');
  return { name: text, read: () => withRunner(context, target, (runner) => runner.schema()) };
}

function isVersion(text: string): boolean {
  return /^\d+$/.test(text);
}

function isDatabase(text: string): boolean {
  return !isVersion(text) && !/\.sql$/i.test(text);
}

async function withRunner<T>(context: Context, target: Target, work: (runner: CliRunner) => Promise<T>): Promise<T> {
  const runner = await context.openRunner({ tool: 'dunlin diff', ...requestOf(target) });
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}
