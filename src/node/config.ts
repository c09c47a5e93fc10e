import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { checkConfig, copyConfig } from './config-check.ts';
import { parseDatabase, type DatabaseLocation } from './database-url.ts';
import { locateExtension } from './driver.ts';
import type { FolderOptions } from './format-options.ts';
import { loadModule } from './load-module.ts';
import type { Numbering } from './next-version.ts';
import { unreadableReason } from './special-files.ts';

/** The options of a run that a configuration may set for a database. */
export type ConfigRunOptions = FolderOptions & Omit<RunOptions, 'logger' | 'onEvent' | 'signal' | 'tool'>;

/** One database of the configuration. Relative paths count from the configuration file. */
export interface DatabaseConfig extends ConfigRunOptions {
  /** The database file, or an `sqlite:` or `file:` URL. */
  readonly path: string;
  /** The directory of its migrations. Default `migrations/<name of the database>`. */
  readonly migrations?: string;
  /** Directories of seeds, or files, for `dunlin seed`. Default `seeds/<name of the database>`. */
  readonly seeds?: string | readonly string[];
  /** The SQLite library that opens it. Default: the first that is installed. */
  readonly driver?: string;
  /** A file in which the command line keeps a dump of the schema: `schema.sql`, or a diagram by its ending. */
  readonly dump?: string;
  /**
   * How `dunlin create` and `dunlin renumber` number migrations: `sequential` for the next number, `timestamp` for the
   * time in UTC. Default: as the newest migration.
   */
  readonly numbering?: Numbering;
  /** Whether `dunlin dev` may work on it without asking: true for a database whose rows you can lose, false for no other. */
  readonly development?: boolean;
}

/** A configuration with one database: what `DatabaseConfig` has, with the path as `database`. */
export interface SingleConfig extends Omit<DatabaseConfig, 'path'> {
  /** Without it, `--database` or the environment must name it. */
  readonly database?: string;
  /** Default `migrations`, else `db/migrations` if there is one. */
  readonly migrations?: string;
  /** Default `seeds`. */
  readonly seeds?: string | readonly string[];
}

/** A configuration with several databases, by name. */
export interface ManyConfig {
  readonly databases: Readonly<Record<string, DatabaseConfig>>;
  /** The database of a command that names none. Without it, commands need `--database` or `--all`. */
  readonly default?: string;
}

export type Config = SingleConfig | ManyConfig;

/**
 * Types the configuration in `dunlin.config.ts` and returns it unchanged.
 *
 * ```ts
 * export default defineConfig({
 *   databases: {
 *     settings: { path: 'data/settings.db', migrations: 'migrations/settings' },
 *     graph: { path: 'data/graph.db', migrations: 'migrations/graph' },
 *   },
 * });
 * ```
 */
export function defineConfig(config: Config): Config {
  return config;
}

/** One database of a loaded configuration: paths are absolute. */
export interface ConfiguredDatabase {
  /** Undefined in a configuration with a single, unnamed database. */
  readonly name?: string | undefined;
  readonly location?: DatabaseLocation | undefined;
  readonly migrations?: string | undefined;
  readonly seeds?: readonly string[] | undefined;
  readonly driver?: string | undefined;
  readonly dump?: string | undefined;
  readonly numbering?: Numbering | undefined;
  readonly development?: boolean | undefined;
  readonly options: ConfigRunOptions;
}

/** A configuration that was read and checked, with absolute paths. */
export interface Configuration {
  readonly file: string;
  /** The path as messages show it. */
  readonly shown: string;
  /** In the order of the file. */
  readonly databases: readonly ConfiguredDatabase[];
  /** Whether it has several databases, by name. */
  readonly many: boolean;
  readonly default: string | undefined;
}

const configNames: readonly string[] = ['ts', 'mts', 'mjs', 'js', 'json'].map((ending) => `dunlin.config.${ending}`);

/**
 * The configuration file for a folder: its own, else that of the nearest folder above, up to the repository's root.
 * Undefined for none. Throws CONFIG_AMBIGUOUS if that folder has more than one.
 */
export function findConfig(cwd: string): string | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const found = configIn(folder, cwd);
    if (found !== undefined) return found;
    if (existsSync(join(folder, '.git')) || !mayHold(dirname(folder), folder)) return undefined;
  }
}

/** A folder's own configuration file; undefined for none. Throws CONFIG_AMBIGUOUS with the paths from `cwd`. */
export function configIn(folder: string, cwd: string = folder): string | undefined {
  const found = configNames.map((name) => join(folder, name)).filter(isThere);
  if (found.length > 1) throw dunlinError('CONFIG_AMBIGUOUS', { files: found.map((file) => shownFrom(cwd, file)) });
  return found[0];
}

/** Whether a folder above may have a configuration. A folder that all users can write, such as /tmp, is not trusted. */
function mayHold(parent: string, folder: string): boolean {
  if (parent === folder) return false;
  const stats = statSync(parent, { throwIfNoEntry: false });
  return process.platform === 'win32' || (stats !== undefined && (stats.mode & 0o002) === 0);
}

/** The path from a folder to a file in it or above, as it would be typed. */
export function shownFrom(cwd: string, file: string): string {
  return relative(cwd, file).replaceAll('\\', '/');
}

/** Whether there is a file or a broken link: without that configuration, another database could be migrated. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Loads the configuration: `file` if given, else the one for `cwd` (see `findConfig`), else undefined.
 * Throws CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS, CONFIG_UNREADABLE, or CONFIG_INVALID with every problem named.
 */
export async function loadConfig(cwd: string, file?: string): Promise<Configuration | undefined> {
  const path = file === undefined ? findConfig(cwd) : resolve(cwd, file);
  if (path === undefined) return undefined;
  const shown = file ?? shownFrom(cwd, path);
  if (!isThere(path)) throw dunlinError('CONFIG_NOT_FOUND', { file: shown });
  const reason = unreadableReason(path);
  if (reason !== undefined) throw dunlinError('CONFIG_UNREADABLE', { file: shown, reason });
  const { config, problems: unread } = copyConfig(await readConfig(path, shown));
  const problems = unread.length > 0 ? unread : checkConfig(config);
  if (problems.length > 0) throw dunlinError('CONFIG_INVALID', { file: shown, problems });
  return normalise(path, shown, config as Config);
}

async function readConfig(path: string, shown: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    const module = (await loadModule(path, false)) as { readonly default?: unknown };
    // Await it inside the `try`: the promise may reject.
    return await ('default' in module ? module.default : module);
  } catch (error) {
    if (isDunlinError(error)) throw error;
    const reason = thrownReason(error).replace(/\.$/, '');
    throw dunlinError('CONFIG_UNREADABLE', { file: shown, reason }, { cause: error });
  }
}

function normalise(file: string, shown: string, config: Config): Configuration {
  const base = dirname(file);
  if (!('databases' in config)) {
    const one = configured(base, undefined, config.database, {
      ...config,
      migrations: config.migrations ?? migrationsIn(base),
    });
    return { file, shown, databases: [one], many: false, default: undefined };
  }
  const databases = Object.entries(config.databases).map(([name, one]) =>
    configured(base, name, one.path, {
      ...one,
      migrations: one.migrations ?? `migrations/${name}`,
      seeds: one.seeds ?? `seeds/${name}`,
    }),
  );
  return { file, shown, databases, many: true, default: config.default };
}

export function migrationsIn(folder: string): string {
  const isOther = !existsSync(join(folder, 'migrations')) && existsSync(join(folder, 'db/migrations'));
  return isOther ? 'db/migrations' : 'migrations';
}

function configured(
  base: string,
  name: string | undefined,
  path: string | undefined,
  config: DatabaseConfig | SingleConfig,
): ConfiguredDatabase {
  const {
    $schema: _schema,
    path: _path,
    database: _database,
    migrations,
    seeds,
    driver,
    dump,
    numbering,
    development,
    ...rest
  } = config as DatabaseConfig & SingleConfig & { readonly $schema?: string };
  const directory = rest.backups?.directory;
  const options = {
    ...rest,
    ...(directory === undefined ? {} : { backups: { ...rest.backups, directory: resolve(base, directory) } }),
    ...(rest.extensions === undefined ? {} : { extensions: rest.extensions.map((one) => locateExtension(base, one)) }),
  };
  return {
    name,
    location: path === undefined ? undefined : parseDatabase(path, base),
    migrations: migrations === undefined ? undefined : resolve(base, migrations),
    seeds: seeds === undefined ? undefined : [seeds].flat().map((one) => resolve(base, one)),
    driver,
    dump: dump === undefined ? undefined : resolve(base, dump),
    numbering,
    development,
    options,
  };
}
