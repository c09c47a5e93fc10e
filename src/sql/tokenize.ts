import {
  CLASS,
  DIGIT,
  is,
  SPACE,
  WORD,
  endOfBlob,
  endOfBracketed,
  endOfNumber,
  endOfOperator,
  endOfQuoted,
  endOfVariable,
} from './token-ends.ts';
import type { SqlStatement, Token, TokenKind } from './types.ts';

const VERTICAL_TAB = 0x0b;
const DOLLAR = 0x24;
const APOSTROPHE = 0x27;
const BYTE_ORDER_MARK = 0xfeff;

/**
 * All tokens of a text, comments included, white space left out. The rules are those of SQLite's own tokenizer
 * (sqlite3GetToken in tokenize.c), its oddities included.
 */
export function tokenize(text: string): Token[] {
  return scan(text, 0);
}

/** The tokens of a text without its comments. */
export function codeTokens(text: string): readonly Token[] {
  return tokenize(text).filter(({ kind }) => kind !== 'comment');
}

/** The first token for which SQLite reports "unrecognized token". */
export function firstIllegal(statement: SqlStatement): Token | undefined {
  return statement.tokens.find((token) => token.kind === 'illegal');
}

/** Whether a statement has a variable, or a token for which SQLite reports "unrecognized token". */
export function hasOddToken({ tokens }: SqlStatement): boolean {
  for (let i = 0; i < tokens.length; i++) {
    const { kind } = tokens[i]!;
    if (kind === 'illegal' || kind === 'variable') return true;
  }
  return false;
}

/** As `tokenize`, for a text that begins at `base` in its file. */
export function scan(text: string, base: number): Token[] {
  const tokens: Token[] = [];
  const end = mayMatch(text) ? scanCommon(text, base, tokens) : 0;
  if (end < text.length) scanRest(text, end, base, tokens);
  return tokens;
}

/** The tokens of a text, with the white space and comments between them, if all of them are common. */
export function commonParts(text: string): readonly string[] | undefined {
  const parts = mayMatch(text) ? (text.match(COMMON) ?? []) : [];
  return parts.join('').length === text.length ? parts : undefined;
}

function mayMatch(text: string): boolean {
  return text.length <= longest && !text.includes('\0');
}

/** The regular expression engine may run out of backtracking space for a longer text. */
const longest = 100_000;

/**
 * Matches white space and the tokens of nearly every file. It does not match tokens with longer rules (variables,
 * hexadecimal numbers, separators of digits) and invalid ones. Each alternative takes linear time, even if it fails:
 * `(?!')` prevents an unclosed quote from ending at a doubled one.
 */
const COMMON = new RegExp(
  [
    /[\t\n\f\r ][\t-\r ]*/, //                                                        white space
    /(?![xX]')[A-Za-z_\x80-\ufefe\uff00-\uffff][\w$\x80-\uffff]*/, //                  words
    /[(),;*+%&~]/,
    /'[^']*(?:''[^']*)*'(?!')/,
    /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w$.\x80-\uffff])/,
    /--[^\n]*/,
    /"[^"]*(?:""[^"]*)*"(?!")/,
    /\.(?!\d)/,
    /-(?:>>?)?|<[=<>]?|>[=>]?|\|\|?|==?|!=|\/(?!\*)/,
    /\/\*[^]*?\*\//,
    /`[^`]*(?:``[^`]*)*`(?!`)/,
    /\[[^\]]*\]/,
    /[xX]'(?:[0-9A-Fa-f]{2})*'/,
    /\?\d*/,
    /\ufeff/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gy',
);

/** What a token of `COMMON` is, by its first character; beyond ASCII all are words. */
const KIND_OF_FIRST: readonly (TokenKind | 'space' | undefined)[] = Array.from({ length: 0x80 }, (_, code) => {
  if ((CLASS[code]! & SPACE) !== 0) return 'space';
  if ((CLASS[code]! & DIGIT) !== 0) return 'number';
  if ((CLASS[code]! & WORD) !== 0) return 'word';
  const character = String.fromCharCode(code);
  if (character === "'") return 'string';
  if ('"`['.includes(character)) return 'quoted';
  return character === '?' ? 'variable' : 'operator';
});

/**
 * Reads a text up to the first uncommon token, and returns its offset. A process reads a migration once, so a loop over
 * its characters would run interpreted; a regular expression is compiled.
 */
function scanCommon(text: string, base: number, tokens: Token[]): number {
  let start = base;
  for (const part of text.match(COMMON) ?? []) {
    const end = start + part.length;
    const kind = kindOf(part);
    if (kind !== 'space') tokens.push({ kind, start, end, text: part });
    start = end;
  }
  return start - base;
}

/** What a part of a common text is. */
export function kindOf(part: string): TokenKind | 'space' {
  const first = part.charCodeAt(0);
  const kind = first < 0x80 ? KIND_OF_FIRST[first]! : first === BYTE_ORDER_MARK ? 'space' : 'word';
  if (kind === 'operator')
    return part.length > 1 && (part.startsWith('--') || part.startsWith('/*')) ? 'comment' : kind;
  return kind === 'word' && part.endsWith("'") ? 'blob' : kind;
}

/** Reads any text character by character, from the token at `from`. */
export function scanRest(text: string, from: number, base: number, tokens: Token[]): void {
  // SQLite silently ignores the text after the first NUL. Here that rest is one illegal token, so that no part of a file
  // is lost.
  const nul = text.indexOf('\0');
  const length = nul === -1 ? text.length : nul;
  let i = from;
  while (i < length) {
    const start = i;
    const code = text.charCodeAt(i++);
    const flags = CLASS[code]!;
    // A vertical tab is white space only after other white space; SQLite refuses it where a token could begin.
    if ((flags & SPACE) !== 0 && code !== VERTICAL_TAB) {
      while (i < length && (CLASS[text.charCodeAt(i)]! & SPACE) !== 0) i++;
      continue;
    }
    // White space where a token could begin, but a part of the word behind a letter.
    if (code === BYTE_ORDER_MARK) continue;
    let kind: TokenKind = 'word';
    if ((flags & (WORD | DIGIT)) === WORD && code !== DOLLAR) {
      while (i < length && (CLASS[text.charCodeAt(i)]! & WORD) !== 0) i++;
      if (text[i] === "'" && i === start + 1 && (text[start] === 'x' || text[start] === 'X')) {
        kind = 'blob';
        i = endOfBlob(text, start, length);
      }
    } else {
      switch (text[start]) {
        case '(':
        case ')':
        case ',':
        case ';':
          kind = 'operator';
          break;
        case "'":
        case '"':
        case '`':
          kind = code === APOSTROPHE ? 'string' : 'quoted';
          i = endOfQuoted(text, start, text[start]!, length);
          break;
        case '[':
          kind = 'quoted';
          i = endOfBracketed(text, start, length);
          break;
        case '$':
        case '@':
        case '#':
        case ':':
          kind = 'variable';
          i = endOfVariable(text, start, length);
          break;
        case '?':
          kind = 'variable';
          while (is(DIGIT, text, i)) i++;
          break;
        default:
          if ((flags & DIGIT) !== 0 || (text[start] === '.' && is(DIGIT, text, i))) {
            kind = 'number';
            i = endOfNumber(text, start);
          } else if (text[start] === '-' && text[i] === '-') {
            kind = 'comment';
            i = text.indexOf('\n', i);
            if (i === -1 || i > length) i = length;
          } else if (text[start] === '/' && text[i] === '*' && i + 1 < length) {
            // An unclosed comment is legal and ends with the text. But `/*` as the last two characters is not a comment.
            kind = 'comment';
            i = text.indexOf('*/', i + 1) + 2;
            if (i === 1 || i > length) i = length;
          } else {
            kind = 'operator';
            i = endOfOperator(text, start);
          }
      }
    }
    if (i < 0) {
      kind = 'illegal';
      i = ~i;
    }
    tokens.push({ kind, start: base + start, end: base + i, text: text.slice(start, i) });
  }
  if (nul !== -1) tokens.push({ kind: 'illegal', start: base + nul, end: base + text.length, text: text.slice(nul) });
}
