import { expect, it } from 'vitest';
import { tokenize } from '../sql/index.ts';
import { findComments } from './script.ts';
import { parseSql } from './sql-migration.ts';

/** Where the time to read a text grows with the square of its length, one of this size takes minutes. */
const size = 800_000;
const times = (text: string): string => text.repeat(Math.ceil(size / text.length));

const verify = (text: string): string =>
  `-- === UP MIGRATION ===\nCREATE TABLE t (x);\n-- === DOWN MIGRATION ===\n-- === VERIFY ===\n${text}SELECT 1;\n`;

it.each([
  ['block comments in one line', `CREATE TABLE t (x); ${times('/* a */ ')}`],
  ['block comments without a space between them', `${times('/**/')}CREATE TABLE t (x);`],
  ['comments within a statement', `CREATE TABLE t (x ${times('/* a */ ')});`],
  ['comments above a verification query', verify(times('/* a */ '))],
  ['line comments above a verification query', verify(times('-- a\n'))],
  ['banners that are no markers', `${times('-- == tables ==\n')}CREATE TABLE t (x);`],
  ['a banner without an end', `-- ==${times(' ')}x\nCREATE TABLE t (x);`],
  ['a directive with much space in it', `-- dunlin: destructive a,${times(' ')}b\nCREATE TABLE t (x);`],
  ['a comment with much space in it', verify(`-- a${times(' ')}b\n`)],
  ['a ruler within a comment', verify(`-- a${times('-')}b\n`)],
  ['a block comment with much space in it', verify(`/* a${times(' ')}b\n * c */\n`)],
  ['much space below a comment', verify(`-- a\n${times(' ')}`)],
])('%s are read in a time that grows with the text', { timeout: 60_000 }, (_what, text) => {
  const { up } = parseSql(text, { file: '001_a.sql' });
  expect(up.statements).toHaveLength(1);
  expect(up.statements[0]!.sql).toMatch(/^CREATE TABLE t \(x/);
});

it.each([
  ['-- a', true],
  ['   \t-- a', true],
  ['\n-- a', true],
  ['\uFEFF-- a', true],
  ['/* b */ -- a', false],
  ['/* b\n*/ -- a', false],
  ["SELECT 'b\n' -- a", false],
  ['SELECT 1; -- a', false],
  ['SELECT 1;\n \r\n\t -- a', true],
  ['SELECT 1;\r-- a', false],
])('%j: its comment is the first thing of its line: %s', (text, isFirst) => {
  const found = findComments(text, tokenize(text)).at(-1);
  expect(found).toMatchObject({ text: '-- a', isFirst, isLine: isFirst });
});

/** With this before it, a text is too long for its tokens to be in memory together. */
const filler = "INSERT INTO t VALUES ('a; b');\n".repeat(34_000);
const line = 34_001;

it.each([
  ["SELECT 'a", 'QUOTE_UNTERMINATED'],
  ['SELECT 1; /* a', 'COMMENT_UNTERMINATED'],
  ['SELECT \\;', 'CHARACTER_ILLEGAL'],
  ["SELECT 'a\0", 'NUL_CHARACTER'],
  ['-- === UP MIGRATION ===\n-- === DOWN MIGRATION ===', 'SQL_BEFORE_MARKER'],
  ['-- === DWN MIGRATION ===', 'MARKER_UNKNOWN'],
  ['-- dunlin: destrutive', 'DIRECTIVE_UNKNOWN'],
])('a long text with %j has the problem that a short one has', (text, code) => {
  const problem = (start: string): unknown => {
    try {
      parseSql(`${start}${text}`, { file: '001_a.sql' });
    } catch (error) {
      return error;
    }
    return undefined;
  };
  const at = code === 'SQL_BEFORE_MARKER' ? 1 : line;
  expect(problem(filler)).toMatchObject({ code, location: { line: at } });
  expect(problem("INSERT INTO t VALUES ('a; b');\n")).toMatchObject({ code, location: { line: Math.min(at, 2) } });
});

it('a long text has the parts, comments and directives of a short one', () => {
  const text = (many: string): string =>
    `-- Author: a\n\n-- === UP MIGRATION ===\n-- dunlin: destructive\n${many}SELECT 1;\n-- === DOWN MIGRATION ===\n${many}-- === VERIFY ===\n-- one\nSELECT 1;`;
  const [long, short] = [filler, ''].map((many) => parseSql(text(many), { file: '001_a.sql' }));
  expect(long!.up.statements).toHaveLength(34_001);
  expect(long!.down!.statements).toHaveLength(34_000);
  expect(long!.up.statements.at(-1)).toMatchObject({ sql: 'SELECT 1', line: 34_005, column: 1 });
  for (const key of ['header', 'directives'] as const) expect(long![key]).toEqual(short![key]);
  expect(long!.verify).toMatchObject([{ name: 'one' }]);
});
