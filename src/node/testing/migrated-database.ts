import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bridgeFor } from '../../drivers/index.ts';
import { checkOptions, isText, must, oneOf, text, versionCheck } from '../../errors/index.ts';
import type { Checks } from '../../errors/check-options.ts';
import type { RunOptions } from '../../lock/run-options.ts';
import { defaultLockTimeoutMs } from '../../lock/index.ts';
import { checkRunOptions } from '../../runner/index.ts';
import { formatChecks, type FolderOptions } from '../format-options.ts';
import { connectionSetup } from '../open-database.ts';
import { migrationsCheck, type MigrateOptions } from '../open-session.ts';
import { buildTemplate } from './build-template.ts';
import { driverCheck, driverOf, type DriverClass, type TestConnection } from './driver-class.ts';
import { seedCheck, toSeedTexts, type Seed } from './seed.ts';
import { defaultCacheFolder, TemplateCache } from './template-cache.ts';
import { keyOf, type Recipe } from './template-key.ts';
import { writeNew, writeTemporary } from './test-files.ts';

/** Which migrations a database for a test has, what is in it, and where it is. */
export interface MigratedDatabaseOptions<Connection extends object = object>
  extends Omit<RunOptions, 'backup' | 'backups' | 'signal'>, FolderOptions {
  /** As for `migrate`. */
  readonly migrations: MigrateOptions['migrations'];
  /** The version to stop at; 0 for an empty database. Default: all migrations run. */
  readonly at?: number;
  /**
   * SQL, the path or `file:` URL of an `.sql` file or of a directory of them, a function that gets the database, or a list
   * of these. SQL becomes a part of the template. A function runs on each database, after all SQL.
   */
  readonly seed?: Seed<Connection> | readonly Seed<Connection>[];
  /** `sample`: up to three rows in every table that the seed leaves empty, valid for the schema. The same each time. */
  readonly rows?: 'sample';
  /**
   * Default: in memory, or a temporary file with a driver that cannot read a database from memory (node:sqlite before
   * Node 24, \@photostructure/sqlite). `true`: a temporary file, removed when the database is closed or the process
   * exits. A path: that file, which must not exist, and stays.
   */
  readonly file?: string | true;
  /** Files that the migrations read or import besides their own directory: a change of one makes a new template. */
  readonly dependsOn?: readonly (string | URL)[];
  /** Where templates are kept. Default: `.cache/dunlin` in the nearest `node_modules`; without one, in memory only. */
  readonly cache?: string;
}

const pathCheck = (value: unknown): boolean => isText(value) || value instanceof URL;

const checks: Checks = {
  migrations: migrationsCheck,
  at: versionCheck,
  seed: seedCheck,
  rows: oneOf('sample'),
  file: must('the path of a file that does not exist, or true', (value) => isText(value) || value === true),
  dependsOn: must('a list of paths', (value) => Array.isArray(value) && value.every(pathCheck)),
  cache: text,
  ...formatChecks,
};

/**
 * Opens a migrated database for one test, on a connection of the class that is given. The migrations run once: the result is
 * kept as a template, and each database is a copy of it, which takes about a millisecond. A change of the migrations, the
 * options, Dunlin or SQLite makes a new template. Safe for parallel processes and threads, with any test runner.
 *
 * ```ts
 * import Database from 'better-sqlite3';
 * import { migratedDatabase } from 'dunlin/testing';
 *
 * const db = await migratedDatabase(Database, { migrations: 'migrations' });
 * ```
 *
 * A migration in code counts by its file and the files that it imports by relative or absolute paths. What it reads
 * otherwise, name in `dependsOn`. With an import whose file is computed, a template is for the process only. Functions, and instances of classes, in options and migrations have a template for the process only,
 * and should be defined once, outside of the tests.
 *
 * Errors: those of `migrate`; `HANDLE_UNKNOWN`, `SEED_FAILED`, `SAMPLE_ROWS_FAILED`, `DATABASE_EXISTS`,
 * `TEMPLATE_UNUSABLE` for an encrypted database or attached files.
 */
export async function migratedDatabase<Connection extends object>(
  driver: DriverClass<Connection>,
  options: MigratedDatabaseOptions<Connection>,
): Promise<Connection> {
  checkOptions({ driver }, { driver: driverCheck }, ['driver']);
  checkRunOptions(options, checks, ['migrations']);
  const { migrations, at, seed, rows, file, dependsOn = [], cache = defaultCacheFolder(), ...run } = options;
  const seeds = seed === undefined ? [] : [seed].flat();
  const recipe: Recipe = {
    driver: driverOf(driver),
    migrations,
    at,
    rows,
    seeds: seeds.flatMap((one, i) => (typeof one === 'function' ? [] : toSeedTexts(one, i + 1))),
    dependsOn: dependsOn.map(toPath),
    run,
  };
  const bytes = await templateOf(recipe, cache === undefined ? undefined : new TemplateCache(resolve(cache)));
  const connection = openCopy({ bytes, recipe, file });
  try {
    for (const one of seeds) if (typeof one === 'function') await one(connection as unknown as Connection);
  } catch (error) {
    connection.close();
    throw error;
  }
  return connection as unknown as Connection;
}

function toPath(file: string | URL): string {
  return resolve(file instanceof URL ? fileURLToPath(file) : file);
}

/** The templates that this thread has used, by key, the newest last. */
const templates = new Map<string, Promise<Uint8Array>>();
const maxTemplates = 32;

async function templateOf(recipe: Recipe, cache: TemplateCache | undefined): Promise<Uint8Array> {
  const { key, isLasting } = await keyOf(recipe);
  const known = templates.get(key);
  if (known !== undefined) return await known;
  const found = cache === undefined || !isLasting ? buildTemplate(recipe) : findOrBuild(recipe, key, cache);
  templates.set(key, found);
  for (const oldest of templates.keys()) if (templates.size > maxTemplates) templates.delete(oldest);
  let isCurrent = false;
  try {
    const bytes = await found;
    isCurrent = await isStill(key, recipe);
    return bytes;
  } finally {
    if (!isCurrent) templates.delete(key);
  }
}

async function findOrBuild(recipe: Recipe, key: string, cache: TemplateCache): Promise<Uint8Array> {
  const found = cache.read(key);
  if (found !== undefined) return found;
  const timeout = recipe.run.lockTimeoutMs ?? defaultLockTimeoutMs;
  return await cache.exclusively(key, recipe.driver, timeout, async () => {
    const made = cache.read(key);
    if (made !== undefined) return made;
    const bytes = await buildTemplate(recipe);
    if (await isStill(key, recipe)) cache.write(key, bytes);
    return bytes;
  });
}

/** Whether no file was edited meanwhile: the template may have been made of the new text. */
async function isStill(key: string, recipe: Recipe): Promise<boolean> {
  return (await keyOf(recipe)).key === key;
}

function openCopy({
  bytes,
  recipe,
  file,
}: {
  bytes: Uint8Array;
  recipe: Recipe;
  file: string | true | undefined;
}): TestConnection {
  const setup = connectionSetup(recipe.run);
  const { openBytes, openFile } = recipe.driver;
  const open = (path: string): TestConnection => openFile(path, setup);
  const connection =
    typeof file === 'string'
      ? open(writeNew(file, bytes))
      : file === undefined && openBytes !== undefined
        ? openBytes(inRollbackMode(bytes), setup)
        : writeTemporary(bytes, open);
  const bridge = bridgeFor(connection);
  for (const [name, fn] of Object.entries(recipe.run.functions ?? {})) bridge.registerFunction?.(name, fn);
  return connection;
}

/** A database in memory cannot be in WAL mode (sqlite.org/c3ref/deserialize.html): byte 18 and 19 say in which it is. */
function inRollbackMode(bytes: Uint8Array): Uint8Array {
  if (bytes[18] !== 2) return bytes;
  const copy = Uint8Array.from(bytes);
  copy[18] = 1;
  copy[19] = 1;
  return copy;
}
