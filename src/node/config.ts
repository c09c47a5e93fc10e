import { existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import process from 'node:process';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import type { RunOptions } from '../lock/run-options.ts';
import { checkConfig } from './config-check.ts';
import { copyConfig } from './config-copy.ts';
import { parseDatabase } from './database-url.ts';
import { locateExtension } from './driver.ts';
import type { Numbering } from './next-version.ts';
import { whyNoFile } from './special-files.ts';

/** The options of a run that a configuration may set for a database. */
export type ConfigRunOptions = Pick<
  RunOptions,
  | 'layout'
  | 'tables'
  | 'outOfOrder'
  | 'otherTool'
  | 'emptyMigrations'
  | 'drift'
  | 'atomic'
  | 'commit'
  | 'destructive'
  | 'together'
  | 'guards'
  | 'verify'
  | 'backup'
  | 'backups'
  | 'lockTimeoutMs'
  | 'functions'
  | 'extensions'
  | 'prepare'
>;

/** One database of the configuration. Relative paths count from the configuration file. */
export interface DatabaseConfig extends ConfigRunOptions {
  /** The database file, or an `sqlite:` or `file:` URL. */
  readonly path: string;
  /** The directory of its migrations. Default `migrations/<name of the database>`. */
  readonly migrations?: string;
  /** The SQLite library that opens it. Default: the first that is there. */
  readonly driver?: string;
  /** A file that the command line keeps a dump of the schema in: `schema.sql`, or a diagram by its ending. */
  readonly dump?: string;
  /**
   * How `dunlin create` and `dunlin renumber` number migrations: `sequential` for the next number, `timestamp` for the
   * time in UTC. Default: as the newest migration.
   */
  readonly numbering?: Numbering;
}

/** A configuration with one database: what `DatabaseConfig` has, with the path as `database`. */
export interface SingleConfig extends ConfigRunOptions {
  /** Left out, it must come from `--database` or the environment. */
  readonly database?: string;
  /** Default `migrations`, else `db/migrations` if there is one. */
  readonly migrations?: string;
  readonly driver?: string;
  readonly dump?: string;
  readonly numbering?: Numbering;
}

/** A configuration with several databases, by name. */
export interface ManyConfig {
  readonly databases: Readonly<Record<string, DatabaseConfig>>;
  /** The one that commands use when none is named. Without it they ask, or take `--all`. */
  readonly default?: string;
}

export type Config = SingleConfig | ManyConfig;

/**
 * Types the configuration in `dunlin.config.ts`; returns it as it is.
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
  readonly name: string | undefined;
  readonly path: string | undefined;
  readonly migrations: string | undefined;
  readonly driver: string | undefined;
  readonly dump: string | undefined;
  readonly numbering: Numbering | undefined;
  readonly options: ConfigRunOptions;
}

/** A configuration file, read, checked and with its paths made absolute. */
export interface Configuration {
  /** The path of the file. */
  readonly file: string;
  /** The path as messages show it. */
  readonly shown: string;
  /** In the order of the file. */
  readonly databases: readonly ConfiguredDatabase[];
  /** Whether it is the form with several databases, by name. */
  readonly many: boolean;
  readonly default: string | undefined;
}

const configNames: readonly string[] = ['ts', 'mts', 'mjs', 'js', 'json'].map((ending) => `dunlin.config.${ending}`);

/**
 * The configuration file that holds in a folder: its own, else that of the nearest folder above, up to the folder of the
 * repository. Undefined for none. Throws CONFIG_AMBIGUOUS where that folder has more than one.
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

/** Whether a folder above may hold a configuration. One that everybody can write to, as /tmp, may hold anybody's code. */
function mayHold(parent: string, folder: string): boolean {
  if (parent === folder) return false;
  const stats = statSync(parent, { throwIfNoEntry: false });
  return process.platform === 'win32' || (stats !== undefined && (stats.mode & 0o002) === 0);
}

/** The path from a folder to a file in it or above, as it would be typed. */
export function shownFrom(cwd: string, file: string): string {
  return relative(cwd, file).replaceAll('\\', '/');
}

/** A link to nowhere is there: without the configuration another database could be meant. */
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Loads the configuration: `file` if given, else the one that holds in `cwd` (see `findConfig`), else undefined.
 * Throws CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS, CONFIG_UNREADABLE, or CONFIG_INVALID with every problem named.
 */
export async function loadConfig(cwd: string, file?: string): Promise<Configuration | undefined> {
  const path = file === undefined ? findConfig(cwd) : resolve(cwd, file);
  if (path === undefined) return undefined;
  const shown = file ?? shownFrom(cwd, path);
  if (!isThere(path)) throw dunlinError('CONFIG_NOT_FOUND', { file: shown });
  const reason = whyNoFile(path);
  if (reason !== undefined) throw dunlinError('CONFIG_UNREADABLE', { file: shown, reason });
  const { config, problems: unread } = copyConfig(await readConfig(path, shown));
  const problems = unread.length > 0 ? unread : checkConfig(config);
  if (problems.length > 0) throw dunlinError('CONFIG_INVALID', { file: shown, problems });
  return normalise(path, shown, config as Config);
}

async function readConfig(path: string, shown: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    // Loaded only for a configuration that is code: reading JSON needs no module loader.
    const { loadModule } = await import('./load-module.ts');
    const module = (await loadModule(path, false)) as { readonly default?: unknown };
    // Awaited here: it may be a promise that fails.
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
    configured(base, name, one.path, { ...one, migrations: one.migrations ?? `migrations/${name}` }),
  );
  return { file, shown, databases, many: true, default: config.default };
}

/** Where the migrations of a folder are if nothing says so. */
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
    driver,
    dump,
    numbering,
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
    path: path === undefined ? undefined : (parseDatabase(path, base).path ?? ':memory:'),
    migrations: migrations === undefined ? undefined : resolve(base, migrations),
    driver,
    dump: dump === undefined ? undefined : resolve(base, dump),
    numbering,
    options,
  };
}
