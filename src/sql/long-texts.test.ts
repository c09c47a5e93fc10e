import { expect, it } from 'vitest';
import { random } from '../../test/support/random.ts';
import { normalize } from './normalize.ts';
import { isLong, splitStatements, tokensByStatement } from './split.ts';
import { tokenize } from './tokenize.ts';
import type { SqlStatement } from './types.ts';

const pieces: readonly string[] = [
  "INSERT INTO t VALUES (1, 'it''s; a /* text */ -- of one line');\n",
  `INSERT INTO "a;b" VALUES (x'3b3b', [c;d], \`e;f\`);\r\n`,
  `INSERT INTO t VALUES ('${'long; '.repeat(30)}\r\n');\n`,
  '-- a comment; with a semicolon\n',
  '/* a comment; with another */ ;;\n',
  'CREATE TRIGGER a AFTER INSERT ON t BEGIN DELETE FROM u; UPDATE v SET x = CASE WHEN 1 THEN 2 END; END;\n',
  'CREATE VIRTUAL TABLE f USING fts5(a, "b;c", d;e);\n',
  'EXPLAIN QUERY PLAN SELECT 1;',
  'create table "größe" (a, -- the first\n b default 1.5e3);\n',
  'SELECT :a, ?1, $b FROM \u{1f426};\n',
];

/** A text of random pieces, some of them longer than the part that is read at once. */
function longText(seed: number, end: string): string {
  const next = random(seed);
  const parts: string[] = [];
  let length = 0;
  while (length <= 1_100_000) {
    const piece = pieces[Math.floor(next() * pieces.length)]!;
    const part = next() < 0.0005 ? `INSERT INTO t VALUES ('${'x;'.repeat(100_000)}');\n` : piece;
    parts.push(part);
    length += part.length;
  }
  return parts.join('') + end;
}

const facts = ({ sql, line, column, offset, tokens }: SqlStatement): string =>
  JSON.stringify([sql, line, column, offset, tokens]);

it.each(['', 'SELECT 1', '-- the end', '/* the end', "SELECT 'the end", 'SELECT \0;', ' \n'])(
  'a long text that ends in %j is split as a short one is',
  { timeout: 60_000 },
  (end) => {
    const text = longText(end.length + 1, end);
    expect(isLong(text)).toBe(true);
    const tokens = tokenize(text);
    expect(JSON.stringify([...tokensByStatement(text, 7)].flat()) === JSON.stringify(moved(tokens, 7))).toBe(true);
    const statements = splitStatements(text);
    const expected = splitStatements(text, undefined, tokens);
    expect(statements.length).toBe(expected.length);
    expect(statements.findIndex((statement, i) => facts(statement) !== facts(expected[i]!))).toBe(-1);
    expect(normalize([...tokensByStatement(text)].flat()) === normalizeByStatement(expected)).toBe(true);
  },
);

function moved(tokens: ReturnType<typeof tokenize>, by: number): object[] {
  return tokens.map(({ kind, start, end, text }) => ({ kind, start: start + by, end: end + by, text }));
}

/** Each statement by itself: what separates two is all that is between them. */
function normalizeByStatement(statements: readonly SqlStatement[]): string {
  return statements.map(({ tokens }) => normalize(tokens)).join(' ; ');
}
