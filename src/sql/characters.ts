/** Letters, digits, `_`, `$` and everything beyond ASCII: what may continue a word. */
export const WORD = 1;
export const DIGIT = 2;
export const HEX = 4;
export const SPACE = 8;

/**
 * What each UTF-16 unit is for SQLite's tokenizer. One table for all units keeps the tokenizer's inner loops to one
 * look-up: most migrations are tokenised once per process, before the compiler has got to know the code.
 */
export const CLASS: Uint8Array = new Uint8Array(0x10000).fill(WORD, 0x80);

const ASCII: readonly (readonly [string, number])[] = [
  ['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$', WORD],
  ['0123456789', DIGIT],
  ['0123456789ABCDEFabcdef', HEX],
  ['\t\n\v\f\r ', SPACE],
];

for (const [characters, flag] of ASCII) for (const character of characters) CLASS[character.charCodeAt(0)]! |= flag;

/** Whether the character at `index` is of this class; false past the end. */
export function is(flag: number, text: string, index: number): boolean {
  return index < text.length && (CLASS[text.charCodeAt(index)]! & flag) !== 0;
}
