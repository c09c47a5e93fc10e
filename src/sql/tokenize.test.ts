import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { firstIllegal, tokenize } from './tokenize.ts';
import { splitStatements } from './split.ts';

/** Each token as `kind text`. */
function read(sql: string): string[] {
  return tokenize(sql).map(({ kind, text }) => `${kind} ${text}`);
}

describe('tokenize', () => {
  it('gives kind, position and text, without the white space', () => {
    expect(tokenize(' a\n= 1')).toEqual([
      { kind: 'word', start: 1, end: 2, text: 'a' },
      { kind: 'operator', start: 3, end: 4, text: '=' },
      { kind: 'number', start: 5, end: 6, text: '1' },
    ]);
  });

  it.each(['', ' \t\r\n\f', '\uFEFF', '\uFEFF \uFEFF'])('finds nothing in %j', (text) => {
    expect(tokenize(text)).toEqual([]);
  });

  it('reads words, with digits, underscores, dollars and everything beyond ASCII', () => {
    expect(read('SELECT _a1 x$y größe 表 \u{1f426} xyz X')).toEqual(
      ['SELECT', '_a1', 'x$y', 'größe', '表', '\u{1f426}', 'xyz', 'X'].map((word) => `word ${word}`),
    );
  });

  it('treats a byte order mark as white space only where a token can begin', () => {
    expect(read('\uFEFFCOMMIT')).toEqual(['word COMMIT']);
    expect(read('COMMIT\uFEFF')).toEqual(['word COMMIT\uFEFF']);
    expect(read('1 \uFEFF+')).toEqual(['number 1', 'operator +']);
  });

  it('treats a vertical tab as white space only after other white space', () => {
    expect(read('a \vb')).toEqual(['word a', 'word b']);
    expect(read('a\vb')).toEqual(['word a', 'illegal \v', 'word b']);
  });

  it('reads the three kinds of quoted identifiers', () => {
    expect(read('"a""b" `c``d` [e"f] "" []')).toEqual([
      'quoted "a""b"',
      'quoted `c``d`',
      'quoted [e"f]',
      'quoted ""',
      'quoted []',
    ]);
  });

  it('reads strings and blobs', () => {
    expect(read("'it''s' '' '\n;' x'00fF' X''")).toEqual([
      "string 'it''s'",
      "string ''",
      "string '\n;'",
      "blob x'00fF'",
      "blob X''",
    ]);
    expect(read("xy'0'")).toEqual(['word xy', "string '0'"]);
  });

  it.each([
    '0',
    '12',
    '1.5',
    '1.',
    '.5',
    '1e5',
    '1E+5',
    '1.5e-10',
    '.5e1',
    '1.e1',
    '0x1F',
    '0XfF',
    '1_000',
    '1_0.0_1e1_0',
    '0xF_F',
  ])('reads the number %s', (number) => {
    expect(read(number)).toEqual([`number ${number}`]);
    expect(() => new Database(':memory:').prepare(`SELECT ${number}`)).not.toThrow();
  });

  it.each([
    '1a',
    '1e',
    '1e+',
    '0x',
    '0xg',
    '1__0',
    '1_',
    '1_.5',
    '1_e5',
    '1._5',
    '1$',
    '12größe',
    '0x1_',
    "x'0'",
    "x'0g'",
    '@',
    '#',
    ':',
    '$',
    '!',
    '\\',
    '{',
    '^',
    ']',
    '\x01',
  ])('finds, like SQLite, no token in %j', (text) => {
    const illegal = tokenize(text).find((token) => token.kind === 'illegal');
    expect(illegal).toBeDefined();
    expect(() => new Database(':memory:').prepare(`SELECT ${text}`)).toThrow(`unrecognized token: "${illegal!.text}"`);
  });

  it.each(["'a", '"a', '`a', '[a', "'a''", "x'00", "x'0 ;"])(
    'takes the unterminated %s to the end of the text',
    (text) => {
      expect(read(`${text} ; b`)).toEqual([`illegal ${text} ; b`]);
    },
  );

  it('continues after an invalid blob that ends', () => {
    expect(read("x'0g' 1")).toEqual(["illegal x'0g'", 'number 1']);
  });

  it('reads variables', () => {
    expect(read('? ?12 :a @b1 $c #1 $a::b $a::b(c) :größe')).toEqual(
      ['?', '?12', ':a', '@b1', '$c', '#1', '$a::b', '$a::b(c)', ':größe'].map((text) => `variable ${text}`),
    );
    expect(read('$a(b c)')).toEqual(['illegal $a(b', 'word c', 'operator )']);
    expect(read('$a(b')).toEqual(['illegal $a(b']);
    expect(read(': a')).toEqual(['illegal :', 'word a']);
  });

  it('reads the longest operator', () => {
    const operators = '( ) * + , . ; % & ~ / - -> ->> < <= <> << > >= >> = == | || !='.split(' ');
    for (const operator of operators) expect(read(operator)).toEqual([`operator ${operator}`]);
    expect(read('->>>')).toEqual(['operator ->>', 'operator >']);
    expect(read('|||')).toEqual(['operator ||', 'operator |']);
    expect(read('a.b')).toEqual(['word a', 'operator .', 'word b']);
    expect(read('!x')).toEqual(['illegal !', 'word x']);
  });

  it('reads comments, and a block comment that never ends', () => {
    expect(read('a--b\r\nc')).toEqual(['word a', 'comment --b\r', 'word c']);
    expect(read('a--b')).toEqual(['word a', 'comment --b']);
    expect(read('/**/a/*/;*/b')).toEqual(['comment /**/', 'word a', 'comment /*/;*/', 'word b']);
    expect(read('a /* b ;')).toEqual(['word a', 'comment /* b ;']);
  });

  it('does not end a line comment at a lone carriage return', () => {
    expect(read('--a\rb\nc')).toEqual(['comment --a\rb', 'word c']);
  });

  it('reads `/*` at the very end as two operators, as SQLite does', () => {
    expect(read('a /*')).toEqual(['word a', 'operator /', 'operator *']);
  });

  it('takes everything from a NUL on for one illegal token, also within a comment or a string', () => {
    expect(read('a\0; b')).toEqual(['word a', 'illegal \0; b']);
    expect(read('a --\0\nb')).toEqual(['word a', 'comment --', 'illegal \0\nb']);
    expect(read('a /*\0*/b')).toEqual(['word a', 'operator /', 'operator *', 'illegal \0*/b']);
    expect(read('a /* \0*/b')).toEqual(['word a', 'comment /* ', 'illegal \0*/b']);
    for (const quoted of ["'a\0'", '"a\0"', '[a\0]', "x'00\0'"]) {
      expect(read(quoted)).toEqual([`illegal ${quoted.split('\0')[0]}`, `illegal \0${quoted.split('\0')[1]}`]);
    }
  });
});

describe('firstIllegal', () => {
  it('returns the first token that SQLite refuses', () => {
    const [fine, bad] = splitStatements("SELECT 1; SELECT 'a");
    expect(firstIllegal(fine!)).toBeUndefined();
    expect(firstIllegal(bad!)).toMatchObject({ text: "'a", start: 17 });
  });
});
