/** The characters of a word after its first: letters, digits, `_`, `$` and everything beyond ASCII. */
export const WORD = 1;
export const DIGIT = 2;
const HEX = 4;
export const SPACE = 8;

/**
 * The class of each UTF-16 unit in SQLite's tokenizer. One table makes one look-up per character: most migrations are
 * tokenised once per process, before the code is compiled.
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

// Each `endOf...` function returns the end of the token that begins at `start`, or the complement of that (a negative
// number) if SQLite reports an unrecognized token. `length` is the end of the text for SQLite.

/** 'x', "x" and `x`. A doubled mark is a mark in the text. */
export function endOfQuoted(text: string, start: number, mark: string, length: number): number {
  let end = text.indexOf(mark, start + 1);
  while (end !== -1 && text[end + 1] === mark) end = text.indexOf(mark, end + 2);
  return end === -1 || end >= length ? ~length : end + 1;
}

/** [x] */
export function endOfBracketed(text: string, start: number, length: number): number {
  const end = text.indexOf(']', start);
  return end === -1 || end >= length ? ~length : end + 1;
}

/** x'53514C': an even number of hexadecimal digits. */
export function endOfBlob(text: string, start: number, length: number): number {
  let i = start + 2;
  while (is(HEX, text, i)) i++;
  if (text[i] === "'" && (i - start) % 2 === 0) return i + 1;
  const end = text.indexOf("'", i);
  return end === -1 || end >= length ? ~length : ~(end + 1);
}

/** `:a`, `@a`, `$a`, and Tcl's `$a::b(c)`, which SQLite accepts unless it was built without it. */
export function endOfVariable(text: string, start: number, length: number): number {
  let i = start + 1;
  let named = false;
  for (; i < length; i++) {
    if (is(WORD, text, i)) {
      named = true;
    } else if (text[i] === ':' && text[i + 1] === ':') {
      i++;
    } else if (text[i] === '(' && named) {
      do i++;
      while (i < length && text[i] !== ')' && !is(SPACE, text, i));
      return text[i] === ')' ? i + 1 : ~i;
    } else {
      break;
    }
  }
  return named ? i : ~i;
}

/** Separators must be between two digits (SQLite 3.46 and later; older versions have none). */
const BAD_DECIMAL_SEPARATOR = /(?<![0-9])_|_(?![0-9])/;
const BAD_HEX_SEPARATOR = /(?<![0-9a-f])_|_(?![0-9a-f])/i;

export function endOfNumber(text: string, start: number): number {
  let i = start;
  let badSeparator = BAD_DECIMAL_SEPARATOR;
  if (text[i] === '0' && (text[i + 1] === 'x' || text[i + 1] === 'X') && is(HEX, text, i + 2)) {
    i = endOfDigits(text, i + 2, HEX);
    badSeparator = BAD_HEX_SEPARATOR;
  } else {
    i = endOfDigits(text, i, DIGIT);
    if (text[i] === '.') i = endOfDigits(text, i + 1, DIGIT);
    if (text[i] === 'e' || text[i] === 'E') {
      const exponent = text[i + 1] === '+' || text[i + 1] === '-' ? i + 2 : i + 1;
      if (is(DIGIT, text, exponent)) i = endOfDigits(text, exponent, DIGIT);
    }
  }
  if (is(WORD, text, i)) {
    while (is(WORD, text, i)) i++;
    return ~i;
  }
  const number = text.slice(start, i);
  return number.includes('_') && badSeparator.test(number) ? ~i : i;
}

function endOfDigits(text: string, start: number, digit: number): number {
  let i = start;
  while (is(digit, text, i) || text[i] === '_') i++;
  return i;
}

const OPERATORS = new Set('( ) * + , . ; % & ~ / - -> ->> < <= <> << > >= >> = == | || !='.split(' '));

/** The longest operator. SQLite does not know any other character. */
export function endOfOperator(text: string, start: number): number {
  let end = start + 1;
  while (OPERATORS.has(text.slice(start, end + 1)) && end < text.length) end++;
  return OPERATORS.has(text.slice(start, end)) ? end : ~end;
}
