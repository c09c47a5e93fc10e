import { nameKey, quoteIfNeeded } from '../sql/index.ts';
import type { GeneratedMigration, Named } from './types.ts';

/** `users` or `users.email`, with quotes where SQL needs them. */
export function shownName({ table, column }: Named): string {
  return [table, ...(column === undefined ? [] : [column])].map(quoteIfNeeded).join('.');
}

/** The SQL that was given for a column, by its key. */
export type FillOf = (key: string) => string | undefined;

/** Finds a given value whatever the case and quotes of the names. */
export function fillOf(fills: ReadonlyMap<string, string> = new Map()): FillOf {
  const given = new Map([...fills].map(([key, sql]) => [nameKey(key.replaceAll('"', '')), sql]));
  return (key) => given.get(nameKey(key.replaceAll('"', '')));
}

/** What stands for a value. SQLite knows no braces, so the file is refused until they are replaced. */
export function placeholder(key: string): string {
  return `{value of ${key}}`;
}

/** The keys of the placeholders in a text, each once. */
export function placeholdersIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(/\{value of ((?:"(?:[^"]|"")*"|[^{}"])+)\}/g)].map((found) => found[1]!))];
}

/** The text with values in place of the placeholders. One without a value stays. */
export function fillPlaceholders(text: string, valueOf: (key: string) => string | undefined): string {
  let filled = text;
  for (const key of placeholdersIn(text)) {
    const value = valueOf(key);
    if (value !== undefined) filled = filled.replaceAll(placeholder(key), () => value);
  }
  return filled;
}

/** The UP and DOWN parts with the values of the proof. */
export function withSampleValues({ up, down, placeholders }: GeneratedMigration): { up: string; down: string } {
  const filled = (text: string, wanted: 'up' | 'down'): string =>
    fillPlaceholders(text, (key) => placeholders.find((one) => one.key === key && one.direction === wanted)?.sample);
  return { up: filled(up, 'up'), down: filled(down, 'down') };
}

/** The lines above an UP part that drops something, and the one that declares what is lost in either part. */
export function lossLines(drops: readonly string[], losses: readonly string[]): readonly string[] {
  const asked = [
    '-- What is dropped here does not come back. Delete the next line to say that this is intended.',
    `{drops ${drops.join(', ')}}`,
  ];
  return [
    ...(drops.length === 0 ? [] : asked),
    ...(losses.length === 0 ? [] : [`-- dunlin: destructive ${losses.join(', ')}`, '']),
  ];
}

/** The text without the line that asks whether what is dropped is intended, which no SQLite accepts. */
export function declareLosses(text: string): string {
  return text.replace(/^\{drops .*\n/gm, '');
}
