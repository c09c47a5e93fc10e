import { resolve } from 'node:path';
import type { Inventory } from '../schema/index.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { databaseExists } from './database-files.ts';
import { shownPath } from './shown-path.ts';
import type { CliRunner } from './runner.ts';
import { findMigrationsTarget, findTarget, requestOf, type Target } from './targets.ts';
import { readSchemaFile } from '../node/schema-file.ts';

/** One side of a comparison: where its schema comes from. */
export interface SchemaSide {
  /** `version 7`, `schema.sql`, `app.db`. */
  readonly name: string;
  read(): Promise<Inventory>;
}

/**
 * What is meant by a word of the command line: a number is a version, what ends in .sql a file, anything else a
 * database. `beside` is the other word: a version is one of the migrations of the database there, if it is one.
 */
export async function schemaSide(context: Context, args: Arguments, text: string, beside: string): Promise<SchemaSide> {
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
        const path = shownPath(context.cwd, resolve(context.cwd, text));
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
