// The three databases' schemas, as the server finds them when it starts.
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  isDunlinError,
  migrate,
  MigrationRunner,
  type DunlinError,
  type MigrateOptions,
  type RunOptions,
  type RunResult,
  type Status,
} from 'dunlin';
import config, { type DatabaseName } from './dunlin.config.ts';

/** `migrate` does what is pending; `require` leaves that to the operator, and refuses to start before it is done. */
export type SchemaPolicy = 'migrate' | 'require';

/** Why the server does not start. The message says what the operator has to do. */
export class SchemaError extends Error {
  override readonly name: string = 'SchemaError';
  readonly database: DatabaseName;

  constructor(database: DatabaseName, message: string, cause?: DunlinError) {
    super(`${database} ${message}`, { cause });
    this.database = database;
  }
}

export const databaseNames = Object.keys(config.databases) as readonly DatabaseName[];

/** The database's file in the folder `data`. */
export function fileOf(data: string, name: DatabaseName): string {
  return join(data, basename(config.databases[name].path));
}

/** As the command line has it from the configuration, but for what is given. */
export function optionsOf(data: string, name: DatabaseName, options: RunOptions = {}): MigrateOptions {
  const { path: _, migrations = '', ...configured } = config.databases[name];
  return {
    ...configured,
    database: fileOf(data, name),
    migrations: fileURLToPath(new URL(migrations, import.meta.url)),
    // The server's own: two SQLite libraries in one process would undo each other's locks.
    driver: 'better-sqlite3',
    tool: 'knowledge server',
    ...options,
  };
}

/**
 * Brings all three databases to this release's schema, or throws a SchemaError. All are looked at before the first is
 * changed: one that is too new stops the start while the others are still what the newer release left. Says what was
 * done, by database.
 */
export async function prepareSchemas(
  data: string,
  policy: SchemaPolicy,
  options: RunOptions = {},
): Promise<readonly string[]> {
  mkdirSync(data, { recursive: true });
  for (const name of databaseNames) refuse(name, await readStatus(data, name), policy);
  const migrated: string[] = [];
  for (const name of databaseNames) {
    const { applied } = await bringUp(data, name, options);
    if (applied.length > 0) migrated.push(`${name}: ${applied.map((migration) => migration.name).join(', ')}`);
  }
  return migrated;
}

/** Where a database stands. Makes no file. */
export async function readStatus(data: string, name: DatabaseName): Promise<Status> {
  const runner = new MigrationRunner(optionsOf(data, name));
  try {
    return await runner.status();
  } finally {
    await runner.close();
  }
}

async function bringUp(data: string, name: DatabaseName, options: RunOptions): Promise<RunResult> {
  try {
    return await migrate(optionsOf(data, name, options));
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    throw new SchemaError(name, `could not be migrated: ${error.message} ${error.hint}`, error);
  }
}

function refuse(
  name: DatabaseName,
  { tooNew, tooOld, pending, problems, version }: Status,
  policy: SchemaPolicy,
): void {
  if (tooNew)
    throw new SchemaError(name, `is of a newer release (version ${version}): start that one, or a newer`, problems[0]);
  if (problems[0] !== undefined)
    throw new SchemaError(name, `is not as it should be: ${problems[0].message} ${problems[0].hint}`, problems[0]);
  if (tooOld && policy === 'require') {
    const missing = pending.map((migration) => migration.name).join(', ');
    throw new SchemaError(name, `is too old (version ${version}), it lacks ${missing}: run \`dunlin up -d ${name}\``);
  }
}
