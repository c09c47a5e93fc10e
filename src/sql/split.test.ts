import { describe, expect, it } from 'vitest';
import { canonical } from './canonical.ts';
import { freeTokens, knownForm, splitStatements } from './split.ts';

const pieces = (text: string): string[] => splitStatements(text).map(({ sql }) => sql);

describe('splitStatements', () => {
  it.each(['', ' \r\n', ';', ' ;; ; ', '-- only a comment', '/* never closed ;', '\uFEFF', '\uFEFF-- a\n;'])(
    'finds no statement in %j',
    (text) => {
      expect(splitStatements(text)).toEqual([]);
    },
  );

  it('removes the `;`, which the last statement does not need', () => {
    expect(pieces('SELECT 1; SELECT 2')).toEqual(['SELECT 1', 'SELECT 2']);
    expect(pieces('SELECT 1;; ;SELECT 2;')).toEqual(['SELECT 1', 'SELECT 2']);
  });

  it('keeps comments within a statement, not before or after it', () => {
    expect(pieces('/* a */ SELECT /* ; */ 1 -- ;\n, 2 -- end\n;')).toEqual(['SELECT /* ; */ 1 -- ;\n, 2']);
  });

  it('leaves comments out of the tokens', () => {
    expect(splitStatements('SELECT /* b */ 1')[0]?.tokens.map(({ text }) => text)).toEqual(['SELECT', '1']);
  });

  it.each(["SELECT ';'", 'SELECT ";"', 'SELECT [;]', 'SELECT `;`', "SELECT ';''; '", "SELECT '-- ;'", 'SELECT "/*;"'])(
    'does not split %s',
    (sql) => {
      expect(pieces(`${sql};SELECT 2`)).toEqual([sql, 'SELECT 2']);
    },
  );

  it.each([
    'CREATE TRIGGER a AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END',
    'create temp trigger a AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; END',
    'CREATE TEMPORARY TRIGGER IF NOT EXISTS a INSERT ON t BEGIN SELECT 1; END',
    'CREATE /* x */ TRIGGER a INSERT ON t BEGIN SELECT CASE 1 WHEN 1 THEN CASE 2 WHEN 2 THEN 3 END END; SELECT 2; END',
    "CREATE TRIGGER a INSERT ON t BEGIN SELECT ';END;'; -- ;END;\nSELECT 1; /* ; */ END",
    'CREATE TRIGGER a INSERT ON t BEGIN SELECT "END"; SELECT [END]; SELECT `END`; END',
    'CREATE TRIGGER a INSERT ON t BEGIN SELECT 1 END; SELECT end; END',
    'CREATE TRIGGER begin UPDATE OF end ON begin WHEN new.end BEGIN SELECT 1; END',
    'EXPLAIN CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; END',
    'EXPLAIN QUERY PLAN CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; END',
  ])('keeps a trigger whole: %s', (sql) => {
    expect(pieces(`${sql};SELECT 2`)).toEqual([sql, 'SELECT 2']);
    expect(pieces(sql)).toEqual([sql]);
  });

  it('ends a broken trigger without a BEGIN at its first `;`', () => {
    expect(pieces('CREATE TRIGGER a; SELECT 1; SELECT 2')).toEqual(['CREATE TRIGGER a', 'SELECT 1', 'SELECT 2']);
  });

  it('takes a trigger without its END to the end of the text, as the parser would', () => {
    expect(pieces('CREATE TRIGGER a INSERT ON t BEGIN SELECT 1; SELECT 2;')).toHaveLength(1);
  });

  it('splits a text that only looks like a trigger', () => {
    expect(pieces('CREATE TABLE trigger (begin); SELECT 1; END')).toEqual([
      'CREATE TABLE trigger (begin)',
      'SELECT 1',
      'END',
    ]);
    expect(pieces('CREATE "TRIGGER" a BEGIN SELECT 1; END')).toEqual(['CREATE "TRIGGER" a BEGIN SELECT 1', 'END']);
    expect(pieces('BEGIN; SELECT 1; END')).toEqual(['BEGIN', 'SELECT 1', 'END']);
  });

  it('keeps the arguments of a virtual table whole', () => {
    const sql = 'CREATE VIRTUAL TABLE v USING module(a; b (;) c)';
    expect(pieces(`${sql}; SELECT 1`)).toEqual([sql, 'SELECT 1']);
    expect(pieces('CREATE VIRTUAL TABLE v USING fts5; SELECT (1')).toEqual([
      'CREATE VIRTUAL TABLE v USING fts5',
      'SELECT (1',
    ]);
  });

  it('splits a broken script of many statements in linear time', () => {
    const script = `CREATE VIRTUAL TABLE v USING m(a;${'INSERT INTO t VALUES (1);'.repeat(100_000)}`;
    // If each statement looked through the rest again, this would never end.
    expect(splitStatements(script)).toHaveLength(1);
  });

  it('keeps an unterminated quote as a part of its statement', () => {
    expect(pieces("SELECT 1; SELECT 'a; SELECT 2")).toEqual(['SELECT 1', "SELECT 'a; SELECT 2"]);
  });
});

describe('positions', () => {
  const positions = (text: string): string[] =>
    splitStatements(text).map(({ line, column, offset }) => `${line}:${column} @${offset}`);

  it('are those of the first token', () => {
    expect(positions('-- c\n  SELECT 1;\nSELECT 2; SELECT 3')).toEqual(['2:3 @7', '3:1 @17', '3:11 @27']);
  });

  it('count a CRLF as one line end, and a lone carriage return as none', () => {
    expect(positions('SELECT 1;\r\n\r\nSELECT 2;\rSELECT 3')).toEqual(['1:1 @0', '3:1 @13', '3:11 @23']);
  });

  it('count lines within statements, strings and comments', () => {
    expect(positions("SELECT\n'\n';/*\n*/SELECT 2")).toEqual(['1:1 @0', '4:3 @16']);
  });

  it('give a byte order mark no column', () => {
    expect(positions('\uFEFFSELECT 1;\nSELECT 2')).toEqual(['1:1 @1', '2:1 @11']);
    expect(positions('\n\uFEFFSELECT 1')).toEqual(['2:2 @2']);
    expect(splitStatements('\uFEFFSELECT 1', { line: 1, column: 1, offset: 0 })[0]).toMatchObject({
      column: 1,
      offset: 1,
    });
  });

  it('are shifted by where the text begins', () => {
    const file = '-- header\n-- UP: SELECT 1;\nSELECT 2;';
    const part = file.indexOf('SELECT 1');
    const statements = splitStatements(file.slice(part), { line: 2, column: 8, offset: part });
    expect(statements.map(({ line, column, offset }) => ({ line, column, offset }))).toEqual([
      { line: 2, column: 8, offset: part },
      { line: 3, column: 1, offset: file.indexOf('SELECT 2') },
    ]);
    for (const { tokens } of statements) {
      for (const token of tokens) expect(file.slice(token.start, token.end)).toBe(token.text);
    }
  });
});

it('a a statement reads its tokens again after they were freed', () => {
  const texts = [
    "\ufeffSELECT 1; -- a\n\n  /* b */ INSERT INTO t VALUES (x'00', 1e5) -- c\n, (2);",
    'CREATE TRIGGER a BEGIN SELECT 1; END;',
  ];
  for (const text of texts) {
    for (const statement of splitStatements(text, { line: 3, column: 1, offset: 40 })) {
      const before = statement.tokens;
      freeTokens(statement);
      expect(knownForm(statement)).toBe(statement.sql.startsWith('CREATE') ? canonical(statement.sql) : undefined);
      expect(statement.tokens).not.toBe(before);
      expect(statement.tokens).toEqual(before);
    }
  }
});

it('a statement that was not split from a text keeps its tokens', () => {
  const [split] = splitStatements('CREATE TABLE t (a)');
  const { line, column, offset, sql, tokens } = split!;
  const made = { line, column, offset, sql, tokens };
  freeTokens(made);
  expect(made.tokens).toBe(tokens);
  expect(knownForm(made)).toBeUndefined();
});
