import type { Command, OptionSpec } from './command.ts';

export const generalOptions: readonly OptionSpec[] = [
  { flags: '--json', description: 'print one JSON document' },
  { flags: '-q, --quiet', description: 'print nothing but errors' },
  { flags: '-v, --verbose', description: 'print more: every statement of a plan, the causes of errors' },
  { flags: '--no-color', description: 'no colours (like NO_COLOR; FORCE_COLOR forces them)' },
];

/** Options of commands that look for migrations; they may stand before the command as well. */
export const directoryOptions: readonly OptionSpec[] = [
  {
    flags: '-d, --database <path|url|name>',
    description: 'a path, an sqlite: or file: URL, or a name from the configuration; may be repeated',
    completes: 'database',
    repeatable: true,
  },
  {
    flags: '-m, --migrations <directory>',
    description: 'where the migrations are (default: migrations)',
    completes: 'directory',
  },
  {
    flags: '--config <file>',
    description: 'the configuration file (default: dunlin.config.* here or above)',
    completes: 'file',
  },
];

/** For every command that may meet a locked database: its error names this option. */
export const lockTimeout: OptionSpec = {
  flags: '--lock-timeout <time>',
  description: 'how long to wait for other processes: 30, 30s, 500ms, 2m (default: 30s)',
};

export const connectionOptions: readonly OptionSpec[] = [
  {
    flags: '--driver <name>',
    description: 'the SQLite library that opens the file',
    completes: [
      'node:sqlite',
      '@photostructure/sqlite',
      'better-sqlite3',
      'better-sqlite3-multiple-ciphers',
      'bun:sqlite',
    ],
  },
  {
    flags: '--extension <path>',
    description: 'an extension of SQLite that the schema needs; may be repeated',
    completes: 'file',
    repeatable: true,
  },
  {
    flags: '--layout <name>',
    description: 'how the tracking table looks: standard, filename or semver',
    completes: ['standard', 'filename', 'semver'],
  },
  { flags: '--table <name>', description: 'the name of the tracking table (default: schema_migrations)' },
];

const databaseOptions: readonly OptionSpec[] = [
  ...directoryOptions,
  { flags: '--all', description: 'every database of the configuration, one after the other' },
  { flags: '-y, --yes', description: 'answer questions with yes' },
  { flags: '--events', description: 'print each event as a line of JSON, the document last' },
  lockTimeout,
  ...connectionOptions,
];

/** The options that a command has besides its own; its own win where both have the same name (`down --all`). */
export function inheritedOptions(command: Command): readonly OptionSpec[] {
  const target =
    command.target === 'database' ? databaseOptions : command.target === 'directory' ? directoryOptions : [];
  const own = new Set(command.options.map((option) => longName(option.flags)));
  return [...target, ...generalOptions].filter((option) => !own.has(longName(option.flags)));
}

/** `--steps` of `-n, --steps <count>`. */
export function longName(flags: string): string {
  return /--[a-z][a-z-]*/.exec(flags)![0];
}
