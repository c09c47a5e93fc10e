import { typed } from '../../errors/index.ts';
import type { Arguments } from '../arguments.ts';

/** What a command in a hint needs so that it can be typed as it stands. */
export interface Invocation {
  /** `dunlin`, or `npx dunlin` where the shell does not find it. */
  readonly launcher: string;
  /** The options of this command line that name the database and the migrations: `-d other.db`. */
  readonly target: readonly string[];
}

/** The options that name the database and the migrations, each with its name in `Arguments`. */
const targetOptions: readonly (readonly [flag: string, name: string])[] = [
  ['-d', 'database'],
  ['-m', 'migrations'],
  ['--config', 'config'],
  ['--layout', 'layout'],
  ['--table', 'table'],
];

/** Those of them that this command line has, as they are typed. */
export function targetOf(args: Arguments): readonly string[] {
  // `init` writes them into the configuration.
  if (args.command === 'init') return [];
  return targetOptions.flatMap(([flag, name]) => {
    const given = name === 'database' ? args.texts(name) : [args.text(name)];
    // With several databases, `targetOn` adds the one at work.
    const [value] = given.length === 1 ? given : [];
    return value === undefined ? [] : [asTyped(flag, value)];
  });
}

/** The same for one of several databases. */
export function targetOn(database: string, target: readonly string[]): readonly string[] {
  return [asTyped('-d', database), ...target];
}

function asTyped(flag: string, value: string): string {
  if (!value.startsWith('-')) return `${flag} ${typed(value)}`;
  // A value with a hyphen in front would be taken for an option. What has a short flag is a path.
  return flag.startsWith('--') ? `${flag}=${typed(value)}` : `${flag} ${typed(`./${value}`)}`;
}

/** The target options of a command that opens no database. */
const forFiles = /^(?:-m|--config) /;

/**
 * Completes every `dunlin ...` in a text, so that it starts this program and works on the database of this command line.
 * Without the target options it would work on the database of the configuration.
 */
export function completeCommands(text: string, invocation: Invocation): string {
  return text.replace(/`dunlin ((?:backup )?[a-z]+)([^`]*)`/g, (_, name: string, rest: string) => {
    const { launcher, target } = invocation;
    // `dunlin up [options]` is the usage of a command.
    if (rest.includes('[')) return `\`${launcher} ${name}${rest}\``;
    const taken = /^(?:help|init|completion|diff)$/.test(name)
      ? []
      : name === 'create'
        ? target.filter((option) => forFiles.test(option))
        : target;
    const missing = taken.filter((option) => !rest.includes(` ${option.split(/[ =]/)[0]} `));
    return `\`${launcher} ${[name + rest, ...missing].join(' ')}\``;
  });
}

/** The same for the hints and notes of a document that is printed as JSON. */
export function completeHints<T>(document: T, invocation: Invocation): T {
  const text = JSON.stringify(document, (key, value: unknown) => {
    if (key === 'hint' && typeof value === 'string') return completeCommands(value, invocation);
    if (key === 'notes' && Array.isArray(value))
      return value.map((note: unknown) => (typeof note === 'string' ? completeCommands(note, invocation) : note));
    return value;
  });
  return JSON.parse(text) as T;
}
