import { resolve } from 'node:path';
import { shownPath } from '../node/messages.ts';
import { readSchemaFile } from '../node/schema-file.ts';
import type { Inventory } from '../schema/index.ts';
import { given, type Arguments } from './arguments.ts';
import { withRunner, type Context } from './context.ts';
import { databaseExists } from './database-files.ts';
import { findMigrationsTarget, findTarget, requestOf, type Target } from './targets.ts';

/** One side of a comparison: where its schema comes from. */
export interface SchemaSide {
  /** `version 7`, `schema.sql`, `app.db`. */
  readonly name: string;
  read(): Promise<Inventory>;
}

/**
 * Resolves an argument of the command line: a number is a version, a name in .sql a file, anything else a
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
      read: () => withRunner(context, requestOf(target), (runner) => runner.schemaAt(version)),
    };
  }
  if (isFile(text)) return fileSide(context, await findMigrationsTarget(context, args), text);
  const target = await findTarget(context, args, text);
  databaseExists(context, target.database, 'refuse');
  return { name: text, read: () => withRunner(context, requestOf(target), (runner) => runner.schema()) };
}

/** An SQL file, read with the driver and the functions of a database. */
export function fileSide(context: Context, target: Target, text: string): SchemaSide {
  const { driver, doubleQuotedStrings, extensions, functions, layout, prepare, tables } = target;
  return {
    name: text,
    read: async () => {
      const path = shownPath(resolve(context.cwd, text), context.cwd);
      return readSchemaFile(
        path,
        given({ driver: driver as never, doubleQuotedStrings, extensions, functions, layout, prepare, tables }),
      );
    },
  };
}

function isVersion(text: string): boolean {
  return /^\d+$/.test(text);
}

export function isFile(text: string): boolean {
  return /\.sql$/i.test(text);
}

function isDatabase(text: string): boolean {
  return !isVersion(text) && !isFile(text);
}
