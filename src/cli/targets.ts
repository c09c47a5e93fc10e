import { existsSync, realpathSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { closest, dunlinError } from '../errors/index.ts';
import { loadConfig, migrationsIn, type Configuration, type ConfiguredDatabase } from '../node/config.ts';
import { DatabaseLocation, parseDatabase } from '../node/database-url.ts';
import { readEnvironment, type Environment } from '../node/env.ts';
import { locateExtension } from '../node/driver.ts';
import type { FolderOptions } from '../node/format-options.ts';
import type { Numbering } from '../node/next-version.ts';
import type { LayoutName } from '../ledger/types.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { given, type Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { databaseFiles } from './database-files.ts';
import type { RunnerRequest } from '../node/create-runner.ts';
import { shownPath } from '../node/messages.ts';
import { prepareWithKey } from '../node/database-key.ts';

export interface Target extends Omit<RunnerRequest, 'access' | 'migrations'> {
  readonly migrations: string;
  /** Its name in the configuration. */
  readonly name: string | undefined;
  /** The file that a dump of its schema is kept in. */
  readonly dump: string | undefined;
  /** What the configuration says of `dunlin dev` on it. */
  readonly development: boolean | undefined;
}

const backupModes = ['always', 'risky', 'off'] as const;
const layouts: readonly LayoutName[] = ['standard', 'filename', 'semver'];

/** What a runner is made from: without what only the command line uses. */
export function requestOf({ name: _name, dump: _dump, development: _development, ...request }: Target): RunnerRequest {
  return request;
}

/** The databases that the flags, else the environment, else the configuration name. Throws for none. */
export async function findTargets(context: Context, args: Arguments): Promise<readonly Target[]> {
  const all = await settings(context, args);
  // If the command line names the database, notes about DATABASE_URL do not matter.
  if (args.texts('database').length === 0) for (const note of all.environment.notes) context.note(note);
  const chosen = choose(all);
  if (chosen.length === 0) {
    throw dunlinError('DATABASE_NOT_GIVEN', { candidates: databaseFiles(context.cwd).slice(0, 5) });
  }
  if (chosen.length > 1 && args.path('dump') !== undefined)
    throw dunlinError('OPTIONS_CONFLICT', {
      first: '--dump',
      second: args.flag('all') ? '--all' : 'several databases',
      reason: 'One file cannot hold the schemas of several. Say `dump` for each database in the configuration.',
    });
  return chosen.map(targetsOf(all));
}

/** The database that a word of the command line names: a name from the configuration, a path or a URL. */
export async function findTarget(context: Context, args: Arguments, text: string): Promise<Target> {
  const all = await settings(context, args);
  return targetsOf(all)(byFlag(all, text));
}

/** For commands without a database: the migrations and options of the one that is configured, or chosen by `-d`. */
export async function findMigrationsTarget(context: Context, args: Arguments): Promise<Target> {
  const all = await settings(context, args);
  const [name] = args.texts('database');
  const one = name === undefined ? (byConfig(all)[0] ?? unconfigured) : byFlag(all, name);
  return targetsOf(all)({ ...one, location: one.location ?? parseDatabase(':memory:') });
}

/** Makes a target of a database: what the flags say comes before what the configuration says. */
function targetsOf(all: Settings): (database: LocatedDatabase) => Target {
  const { args, environment } = all;
  const { cwd } = all.context;
  const prepareKey = encryptionKey(environment);
  const table = tableName(args);
  const layout = args.oneOf('layout', layouts);
  const lockTimeoutMs = args.milliseconds('lockTimeout');
  const driver = args.text('driver');
  const backup = args.negated('backup') ? 'off' : args.oneOf('backup', backupModes);
  const folder = args.path('backupDir');
  // That of a rehearsal is a file.
  const keep = args.command === 'rehearse' ? undefined : args.count('keep');
  const dump = args.path('dump');
  const extensions = args.texts('extension').map((path) => locateExtension(cwd, path));
  return ({ name, location, migrations, seeds, driver: configured, dump: kept, options }) => {
    // Only this driver can open an encrypted file by its path.
    const used = driver ?? configured ?? (prepareKey === undefined ? undefined : 'better-sqlite3-multiple-ciphers');
    const directory = folder === undefined ? undefined : resolve(cwd, folder);
    return {
      name,
      dump: args.negated('dump') ? undefined : (dump ?? kept),
      development: developmentOf(all, location),
      ...options,
      database: location,
      migrations: migrationsDirectory(all, migrations),
      seeds: seeds ?? [resolve(cwd, 'seeds')],
      ...given({
        driver: used,
        extensions: extensions.length === 0 ? undefined : [...(options.extensions ?? []), ...extensions],
        prepare: prepareKey && inTurn(prepareKey, options.prepare),
        layout,
        tables: table === undefined ? undefined : { ...options.tables, migrations: table },
        lockTimeoutMs,
        backup,
        backups:
          directory === undefined && keep === undefined
            ? undefined
            : { ...options.backups, ...given({ directory, keep }) },
      }),
    };
  };
}

/** A database that the configuration has is perhaps without a path: only its migrations and options. */
interface LocatedDatabase extends ConfiguredDatabase {
  readonly location: DatabaseLocation;
}

function isLocated(database: ConfiguredDatabase): database is LocatedDatabase {
  return database.location !== undefined;
}

type Prepare = NonNullable<RunOptions['prepare']>;

/** Sets the key from the environment on each connection; undefined without a key. */
function encryptionKey({ variables }: Environment): Prepare | undefined {
  const isSet = ['DATABASE_KEY', 'DATABASE_KEY_COMMAND'].some((name) => (variables[name] ?? '') !== '');
  return isSet ? prepareWithKey(variables) : undefined;
}

/** The key first: without it nothing can be read. */
function inTurn(first: Prepare, second: Prepare | undefined): Prepare {
  return (connection, info) => {
    first(connection, info);
    second?.(connection, info);
  };
}

/** Checks it here, so that the error names the option of the command line. */
function tableName(args: Arguments): string | undefined {
  const table = args.text('table');
  if (table === '') throw args.wrong('--table needs the name of a table, not ""');
  if (table !== undefined && /^sqlite_/i.test(table))
    throw args.wrong(`--table cannot be "${table}": SQLite keeps names that begin with sqlite_ for its own tables`);
  return table;
}

/** Where `create` writes a migration, and how it is numbered: the same rules, but no database is needed. */
export async function findMigrations(
  context: Context,
  args: Arguments,
): Promise<{ readonly directory: string; readonly numbering: Numbering | undefined; readonly format: FolderOptions }> {
  const all = await settings(context, args);
  const { config, environment } = all;
  const [name] = args.texts('database');
  const isGiven = args.path('migrations') !== undefined || environment.migrations !== undefined;
  // With several databases, one has to be chosen only for its directory.
  const needsNoDatabase = isGiven && config?.many === true;
  const one = name !== undefined ? byFlag(all, name) : needsNoDatabase ? undefined : byConfig(all)[0];
  const directory = migrationsDirectory(all, one?.migrations);
  return { directory, numbering: one?.numbering, format: { format: one?.options.format } };
}

export interface DirectoryUsers {
  /** The databases that the flags or the environment name, else those of the configuration with that directory. */
  readonly databases: readonly Target[];
  readonly numbering: Numbering | undefined;
  readonly format: FolderOptions;
}

/** The databases that use a directory of migrations, perhaps none. */
export async function findUsers(context: Context, args: Arguments, directory: string): Promise<DirectoryUsers> {
  const all = await settings(context, args);
  const users = (all.config?.databases ?? []).filter((one) =>
    isSamePath(resolve(context.cwd, migrationsDirectory(all, one.migrations)), directory),
  );
  const isNamed = args.texts('database').length > 0 || all.environment.database !== undefined;
  const chosen = isNamed ? choose(all) : users.filter(isLocated);
  const toTarget = targetsOf(all);
  const migrations = shownPath(directory, context.cwd);
  const numbering = [...chosen, ...users].find((one) => one.numbering !== undefined)?.numbering;
  const format = users.find(({ options }) => options.format !== undefined)?.options.format;
  return { databases: chosen.map((one) => ({ ...toTarget(one), migrations })), numbering, format: { format } };
}

/** Whether two paths lead to one file or folder, perhaps by a link. */
export function isSamePath(path: string, other: string): boolean {
  return path === other || (existsSync(path) && existsSync(other) && realpathSync(path) === realpathSync(other));
}

/** What says which databases there are: the command line, the configuration, the environment. */
interface Settings {
  readonly context: Context;
  readonly args: Arguments;
  readonly config: Configuration | undefined;
  readonly environment: Environment;
}

async function settings(context: Context, args: Arguments): Promise<Settings> {
  const config = await configuration(context, args);
  // A `.env` beside a configuration that was found above counts too: in that folder it would.
  const above = config !== undefined && isAbove(context, args, config) ? dirname(config.file) : undefined;
  return { context, args, config, environment: readEnvironment(context.env, context.cwd, above) };
}

/** The configuration, with the paths as messages show them. */
async function configuration(context: Context, args: Arguments): Promise<Configuration | undefined> {
  const { cwd } = context;
  const config = await loadConfig(cwd, args.path('config'));
  if (config === undefined) return undefined;
  if (isAbove(context, args, config)) context.note(`the configuration is ${config.shown}`);
  const databases = config.databases.map((one) =>
    one.location === undefined && one.dump === undefined
      ? one
      : { ...one, location: one.location && shown(cwd, one.location), dump: one.dump && shownPath(one.dump, cwd) },
  );
  return { ...config, databases };
}

/** A location with the name that messages use for a path from the configuration. */
function shown(cwd: string, { given, path, name, readOnly }: DatabaseLocation): DatabaseLocation {
  return new DatabaseLocation(given, path, path === undefined ? name : shownPath(path, cwd), readOnly);
}

/** Whether the configuration was found in a folder above. */
function isAbove({ cwd }: Context, args: Arguments, config: Configuration): boolean {
  return args.path('config') === undefined && dirname(config.file) !== cwd;
}

function choose(all: Settings): readonly LocatedDatabase[] {
  const { context, args, config, environment } = all;
  const named = args.texts('database');
  if (args.flag('all') && takesAll(args)) {
    if (named.length > 0) {
      throw dunlinError('OPTIONS_CONFLICT', {
        first: '--all',
        second: '--database',
        reason: '--all takes every database of the configuration.',
      });
    }
    if (config === undefined) throw dunlinError('CONFIG_NEEDED', { option: '--all', directory: context.cwd });
    return config.databases.filter(isLocated);
  }
  if (named.length > 0) return named.map((name) => byFlag(all, name));
  if (environment.database !== undefined) return [byPath(all, environment.database)];
  return byConfig(all).filter(isLocated);
}

/** Whether --all means all databases: for `down` and `backup verify` it means something else; the others take one database. */
function takesAll({ command }: Arguments): boolean {
  return !['down', 'backup verify', 'create', 'dump'].includes(command);
}

/** The only database of the configuration, or its default one; none without a configuration. */
function byConfig({ args, config }: Settings): readonly ConfiguredDatabase[] {
  const databases = config?.databases ?? [];
  if (config === undefined || databases.length <= 1) return databases;
  const one = databases.find((database) => database.name === config.default);
  if (one !== undefined) return [one];
  throw dunlinError('DATABASE_NOT_CHOSEN', { names: names(config), file: config.shown, all: takesAll(args) });
}

/** The database that a flag or an argument names. */
function byFlag(all: Settings, text: string): LocatedDatabase {
  const { context, config } = all;
  const found = config?.databases.filter(isLocated).find((database) => database.name === text);
  if (found !== undefined) return found;
  // "settigns" is a typo, not a new file of that name.
  const bare = /^[a-z0-9][a-z0-9_-]*$/i.test(text);
  if (bare && config !== undefined && config.many && !existsSync(resolve(context.cwd, text))) {
    throw dunlinError('DATABASE_NAME_UNKNOWN', {
      name: text,
      names: names(config),
      file: config.shown,
      suggestion: closest(text, names(config)),
    });
  }
  return byPath(all, text);
}

const unconfigured: ConfiguredDatabase = { options: {} };

/** A database by path keeps the settings that the configuration has for it. */
function byPath({ context, config }: Settings, text: string): LocatedDatabase {
  const location = parseDatabase(text, context.cwd);
  const same = config?.databases.find((one) => isSameDatabase(one, location));
  const settings = same ?? (config?.many === false ? config.databases[0] : undefined);
  return { ...(settings ?? unconfigured), location };
}

function isSameDatabase({ location }: ConfiguredDatabase, { path }: DatabaseLocation): boolean {
  return path !== undefined && location?.path !== undefined && isSamePath(location.path, path);
}

/** What the configuration says of this file, under any of its names; of another file it says nothing. */
function developmentOf({ config }: Settings, location: DatabaseLocation): boolean | undefined {
  const said = config?.databases.filter((one) => isSameDatabase(one, location)).map(({ development }) => development);
  return said?.includes(false) === true ? false : said?.find((one) => one !== undefined);
}

function names(config: Configuration): string[] {
  return config.databases.map((database) => database.name ?? '');
}

function migrationsDirectory({ context, args, environment }: Settings, configured: string | undefined): string {
  const { cwd } = context;
  const directory = args.path('migrations') ?? environment.migrations ?? configured;
  if (directory !== undefined) return shownPath(resolve(cwd, directory), cwd);
  return migrationsIn(cwd);
}
