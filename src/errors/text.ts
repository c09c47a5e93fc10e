/**
 * The text of one error code. `meaning` is the paragraph of the reference page; `message` states the facts;
 * `hint` says what to do next, with a command where there is one.
 */
export interface ErrorText<Facts> {
  readonly meaning: string;
  readonly message: (facts: Facts) => string;
  readonly hint: (facts: Facts) => string;
}

/** Numbers in messages are grouped the same way everywhere, whatever the machine's locale. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** "1 row", "2 rows". */
export function plural(n: number, one: string, many: string = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** "12 kB", "3 MB". */
export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${count(Math.ceil(bytes / 1000))} kB` : `${count(Math.ceil(bytes / 1_000_000))} MB`;
}

/** Ends a sentence whose last words come from elsewhere: adds a period, unless there is one. */
export function ended(words: string): string {
  const text = words.trimEnd();
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/*
 * How an entry is written (explicit types, because declarations are emitted file by file):
 *
 *   export const runTexts = {
 *     LOCKED: {
 *       meaning: 'Another process is migrating.',
 *       message: (f: { database: string }): string => `${f.database} is being migrated by another process.`,
 *       hint: (): string => 'Nothing was changed. Try again.',
 *     },
 *   };
 */
