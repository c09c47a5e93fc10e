import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { dunlinError, isDunlinError, thrownReason } from '../errors/index.ts';
import type { RunOptions } from '../options.ts';
import { checkConfig } from './config-check.ts';
import { parseDatabase } from './database-url.ts';
import { locateExtension } from './extension-path.ts';

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
}

/** A configuration with one database: what `DatabaseConfig` has, with the path as `database`. */
export interface SingleConfig extends ConfigRunOptions {
  /** Left out, it must come from `--database` or the environment. */
  readonly database?: string;
  /** Default `migrations`. */
  readonly migrations?: string;
  readonly driver?: string;
  readonly dump?: string;
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
  readonly options: ConfigRunOptions;
}

/** A configuration file, read, checked and with its paths made absolute. */
export interface Configuration {
  /** The path of the file. */
  readonly file: string;
  /** In the order of the file. */
  readonly databases: readonly ConfiguredDatabase[];
  /** Whether it is the form with several databases, by name. */
  readonly many: boolean;
  readonly default: string | undefined;
}

/** The names that are looked for, in the current directory only. */
const configNames: readonly string[] = ['ts', 'mts', 'mjs', 'js', 'json'].map((ending) => `dunlin.config.${ending}`);

/** The directory's configuration file; undefined for none. Throws CONFIG_AMBIGUOUS for more than one. */
export function findConfig(cwd: string): string | undefined {
  const found = configNames.filter((name) => existsSync(resolve(cwd, name)));
  if (found.length > 1) throw dunlinError('CONFIG_AMBIGUOUS', { files: found });
  return found[0] === undefined ? undefined : resolve(cwd, found[0]);
}

/**
 * Loads the configuration: `file` if given, else the one in `cwd`, else undefined.
 * Throws CONFIG_NOT_FOUND, CONFIG_AMBIGUOUS, CONFIG_UNREADABLE, or CONFIG_INVALID with every problem named.
 */
export async function loadConfig(cwd: string, file?: string): Promise<Configuration | undefined> {
  const path = file === undefined ? findConfig(cwd) : resolve(cwd, file);
  if (path === undefined) return undefined;
  const shown = file ?? basename(path);
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) throw dunlinError('CONFIG_NOT_FOUND', { file: shown });
  if (stats.isDirectory()) throw dunlinError('CONFIG_UNREADABLE', { file: shown, reason: 'it is a folder' });
  const config = await readConfig(path, shown);
  const problems = checkConfig(config);
  if (problems.length > 0) throw dunlinError('CONFIG_INVALID', { file: shown, problems });
  return normalise(path, config as Config);
}

async function readConfig(path: string, shown: string): Promise<unknown> {
  try {
    if (path.endsWith('.json')) return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, ''));
    // Loaded only for a configuration that is code: reading JSON needs no module loader.
    const { loadModule } = await import('./load-module.ts');
    const module = (await loadModule(path, false)) as { readonly default?: unknown };
    return module.default ?? module;
  } catch (error) {
    if (isDunlinError(error)) throw error;
    const reason = thrownReason(error).replace(/\.$/, '');
    throw dunlinError('CONFIG_UNREADABLE', { file: shown, reason }, { cause: error });
  }
}

function normalise(file: string, config: Config): Configuration {
  const base = dirname(file);
  if (!('databases' in config)) {
    return { file, databases: [configured(base, undefined, config.database, config)], many: false, default: undefined };
  }
  const databases = Object.entries(config.databases).map(([name, one]) =>
    configured(base, name, one.path, { ...one, migrations: one.migrations ?? `migrations/${name}` }),
  );
  return { file, databases, many: true, default: config.default };
}

function configured(
  base: string,
  name: string | undefined,
  path: string | undefined,
  config: DatabaseConfig | SingleConfig,
): ConfiguredDatabase {
  const {
    path: _path,
    database: _database,
    migrations,
    driver,
    dump,
    ...rest
  } = config as DatabaseConfig & SingleConfig;
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
    options,
  };
}
