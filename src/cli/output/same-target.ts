import { typed } from '../../errors/index.ts';
import type { Arguments } from '../arguments.ts';

/** Options that say which database and migrations are meant, and the names of those that take them. */
const options: readonly (readonly [flag: string, name: string])[] = [
  ['-d', 'database'],
  ['-m', 'migrations'],
  ['--config', 'config'],
  ['--layout', 'layout'],
  ['--table', 'table'],
];

/** What of them this command line has, as it would be typed again: `-d other.db`. */
export function targetOf(args: Arguments): readonly string[] {
  return options.flatMap(([flag, name]) => {
    const given = name === 'database' ? args.texts(name) : [args.text(name)];
    // Which of several is meant is known when its turn comes.
    const [value] = given.length === 1 ? given : [];
    return value === undefined ? [] : [asTyped(flag, value)];
  });
}

/** The same for the one of several databases that is at work. */
export function targetOn(database: string, target: readonly string[]): readonly string[] {
  return [asTyped('-d', database), ...target];
}

function asTyped(flag: string, value: string): string {
  // As a word of its own it would be taken for an option.
  return `${flag}${value.startsWith('-') ? '=' : ' '}${typed(value)}`;
}

/** Those of them that a command without a database takes. */
const forFiles = /^(?:-m|--config) /;

/**
 * A text in which every command to be typed next is about the same database as this one: without its options, what a
 * hint says would be done to the database of the configuration.
 */
export function aboutSameTarget(text: string, target: readonly string[]): string {
  if (target.length === 0) return text;
  return text.replace(/`dunlin ((?:backup )?[a-z]+)([^`]*)`/g, (command, name: string, rest: string) => {
    if (/^(?:help|init|completion|diff)$/.test(name)) return command;
    const taken = name === 'create' ? target.filter((option) => forFiles.test(option)) : target;
    const missing = taken.filter((option) => !rest.includes(` ${option.split(/[ =]/)[0]} `));
    return `\`dunlin ${[name + rest, ...missing].join(' ')}\``;
  });
}

/** The same for every hint in a document that is printed as JSON. */
export function hintsAboutSameTarget<T>(document: T, target: readonly string[]): T {
  if (target.length === 0) return document;
  const text = JSON.stringify(document, (key, value: unknown) =>
    key === 'hint' && typeof value === 'string' ? aboutSameTarget(value, target) : value,
  );
  return JSON.parse(text) as T;
}
