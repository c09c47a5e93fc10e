/** A word as it is typed in a shell: in quotes where it needs them. */
export function typed(word: string): string {
  return /^[\w./:@+-]+$/.test(word) ? word : JSON.stringify(word);
}
