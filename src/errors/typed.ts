/**
 * A word as it is typed in a shell, quoted if necessary. Inside double quotes a shell runs `$(...)`, so such words get single
 * quotes. Control characters can be typed in Bash and Zsh only.
 */
export function typed(word: string): string {
  if (/^[\w./:@+-]+$/.test(word)) return word;
  if (/[\p{Cc}\p{Cf}]/u.test(word)) return `$'${word.replaceAll(/['\\\p{Cc}\p{Cf}]/gu, escaped)}'`;
  return /[$`!"\\]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}

function escaped(character: string): string {
  if (character === "'" || character === '\\') return `\\${character}`;
  return `\\u${character.codePointAt(0)!.toString(16).padStart(4, '0')}`;
}
