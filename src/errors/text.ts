/**
 * Numbers in messages are grouped the same way everywhere, whatever the machine's locale. By hand, because the first
 * `toLocaleString` of a process takes ten milliseconds.
 */
export function count(n: number): string {
  return String(n).replace(/\B(?=(?:\d{3})+$)/g, ',');
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
