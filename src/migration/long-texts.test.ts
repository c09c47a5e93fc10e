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
