import Database from 'better-sqlite3';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstIllegal, tokenize } from './tokenize.ts';
import { normalize } from './normalize.ts';
import { splitStatements } from './split.ts';
import type { SqlStatement } from './types.ts';

// The oracle is SQLite's own parser, asked through better-sqlite3: it prepares a text only if it is exactly one
// statement, and says which of none, one and several it found once the first one has compiled.

const SEED = 20_261_121;
const SCRIPTS = 400;
const SOUPS = 12_000;

/** A statement is a list of atoms, so that white space and comments can be put between any two of them. */
type Atoms = readonly string[];
const fixed = (text: string): string[] => text.split(' ');

const anyName = fc.constantFrom(
  '"select"',
  '[end; ]',
  '`;`',
  '"a""b;"',
  '"END"',
  'end',
  'begin',
  'replace',
  'größe',
  'x$1',
  '_',
  '"--"',
  '[/*]',
  'trigger',
  'explain',
);
const literal = fc.constantFrom(
  "';END;'",
  "'it''s; -- no comment'",
  "'/*'",
  "'\r\n;\n'",
  "''",
  "x'3b'",
  'NULL',
  '1e5',
  '.5',
  '0x3B',
  "'\u{1f426};'",
  "''''",
  '-1',
);
const value = fc.oneof(
  literal.map((text) => [text]),
  fc.tuple(literal, literal).map(([a, b]) => fixed('CASE WHEN').concat(a, fixed('IS NOT NULL THEN'), b, 'END')),
  fc
    .tuple(literal, literal)
    .map(([a, b]) => fixed('( CASE').concat(a, fixed('WHEN 1 THEN CASE WHEN 2 THEN'), b, fixed('END END )'))),
);

const bodyStatement: fc.Arbitrary<Atoms> = fc.oneof(
  value.map((v) => ['SELECT', ...v]),
  value.map((v) => ['SELECT', ...v, 'END']), // an alias named `end`
  value.map((v) => [...fixed('INSERT OR REPLACE INTO t VALUES ('), ...v, ',', ...v, ')']),
  value.map((v) => [...fixed('UPDATE t SET b ='), ...v, ...fixed('WHERE new.a')]),
  fc.constant(fixed('DELETE FROM t WHERE a = old.a')),
  fc.constant(fixed('SELECT "end" FROM w')),
  fc.constant(fixed('SELECT end , begin FROM w')),
);

const trigger: fc.Arbitrary<Atoms> = fc
  .record({
    start: fc.constantFrom('CREATE TRIGGER', 'CREATE TEMP TRIGGER', 'create temporary trigger IF NOT EXISTS'),
    name: anyName,
    event: fc.constantFrom('BEFORE UPDATE OF a ON', 'AFTER UPDATE ON', 'UPDATE ON'),
    when: fc.option(value, { nil: undefined }),
    body: fc.array(bodyStatement, { minLength: 1, maxLength: 4 }),
  })
  .map(({ start, name, event, when, body }) => [
    ...fixed(start),
    name,
    ...fixed(event),
    't',
    ...(when === undefined ? [] : ['WHEN', ...when]),
    'BEGIN',
    ...body.flatMap((atoms) => [...atoms, ';']),
    'END',
  ]);

const explainedTrigger: fc.Arbitrary<Atoms> = fc
  .tuple(fc.constantFrom('EXPLAIN', 'EXPLAIN QUERY PLAN', 'explain'), trigger)
  .map(([explain, atoms]) => [...fixed(explain), ...atoms]);

const statement: fc.Arbitrary<Atoms> = fc.oneof(
  { weight: 4, arbitrary: trigger },
  { weight: 1, arbitrary: explainedTrigger },
  { weight: 2, arbitrary: bodyStatement.filter((atoms) => !atoms.some((atom) => /^(old|new)\./.test(atom))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(anyName, value)
      .map(([n, v]) => [...fixed('CREATE TABLE'), n, '(', n, 'DEFAULT', '(', ...v, ')', ')']),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(anyName, value).map(([n, v]) => [...fixed('CREATE VIEW'), n, ...fixed('AS SELECT'), ...v]),
  },
  {
    weight: 1,
    arbitrary: anyName.map((n) => [...fixed('CREATE VIRTUAL TABLE'), n, ...fixed("USING fts5 ( a ; ( b ; ) , ';' )")]),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      ...[
        'BEGIN',
        'END',
        'VALUES ( 1 )',
        'EXPLAIN SELECT 1',
        'REINDEX',
        'SAVEPOINT end',
        'PRAGMA user_version = -1',
      ].map(fixed),
    ),
  },
);

const gap = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(' ', '\n', '\r\n', '\t', '\f', '  ') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '/* ; */',
      '-- ;END;\n',
      "/* ' */",
      '--"\r\n',
      '/**/',
      ' \uFEFF ',
      '/*/;*/',
      '--\n',
      '/* -- */',
      ' \v',
    ),
  },
);
const separator = fc.constantFrom(';', ';', ';\n', ' ;\r\n', ';;', '; ;', ';-- ;\n', '/* */;/* ; */', ';\uFEFF');

interface Script {
  readonly text: string;
  readonly statements: readonly string[];
}

const script: fc.Arbitrary<Script> = fc
  .record({
    statements: fc.array(
      statement.chain((atoms) =>
        fc.tuple(fc.constant(atoms), fc.array(gap, { minLength: atoms.length, maxLength: atoms.length })),
      ),
      { maxLength: 6 },
    ),
    separators: fc.array(separator, { minLength: 6, maxLength: 6 }),
    before: fc.constantFrom('', '\uFEFF', '\uFEFF-- ;\n', ' ', '/* ; */;', ';\n'),
    after: fc.constantFrom('', ';', ';\n', '-- ;', '/* ;', '\n'),
  })
  .map(({ statements, separators, before, after }) => {
    const texts = statements.map(([atoms, gaps]) => atoms.map((atom, i) => (i === 0 ? atom : gaps[i] + atom)).join(''));
    return {
      statements: texts,
      text: before + texts.map((t, i) => (i === 0 ? t : separators[i] + t)).join('') + after,
    };
  });

function database(): Database.Database {
  const db = new Database(':memory:');
  db.exec('CREATE TABLE t (a, b); CREATE TABLE w ("end", begin); INSERT INTO t VALUES (1, 2), (3, 4)');
  return db;
}

/** How running these texts one after the other ends. Most scripts fail somewhere, which has to be the same place. */
function outcome(texts: readonly string[]): unknown {
  const db = database();
  let error: unknown;
  try {
    for (const text of texts) db.exec(text);
  } catch (thrown) {
    error = (thrown as Error).message;
  }
  const objects = db
    .prepare<[], { name: string; sql: string }>(
      'SELECT name, sql FROM sqlite_schema UNION ALL SELECT name, sql FROM temp.sqlite_schema',
    )
    .all()
    // A comment behind a view's last token is stored when no `;` follows.
    .map((object) => [object.name, normalize(tokenize(object.sql))]);
  const contents = [objects, db.prepare('SELECT * FROM t').all()];
  const state = { error, contents, inTransaction: db.inTransaction };
  db.close();
  return state;
}

type Verdict = 'none' | 'one' | 'several' | { readonly message: string };

function verdict(db: Database.Database, sql: string): Verdict {
  try {
    db.prepare(sql);
    return 'one';
  } catch (error) {
    const { message } = error as Error;
    if (message === 'The supplied SQL string contains more than one statement') return 'several';
    if (message === 'The supplied SQL string contains no statements') return 'none';
    return { message };
  }
}

function end({ offset, sql }: SqlStatement): number {
  return offset + sql.length;
}

/** The position counted the slow way. */
function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).replace(/^\uFEFF/, '');
  return { line: before.split('\n').length, column: before.length - before.lastIndexOf('\n') };
}

/** A script with some of its characters taken out, put in, doubled or moved. */
const broken: fc.Arbitrary<string> = fc
  .tuple(
    script,
    fc.array(
      fc.record({
        at: fc.nat(400),
        remove: fc.nat(3),
        insert: fc.constantFrom(
          '',
          "'",
          '"',
          '[',
          ']',
          '`',
          '--',
          '/*',
          '*/',
          ';',
          ' END ',
          ' END;',
          '(',
          ')',
          'x',
          '\n',
          '$',
          '0',
          '_',
          ' BEGIN ',
          '\\',
          '!',
          ':',
          '.',
          ' CREATE TRIGGER ',
        ),
      }),
      { maxLength: 3 },
    ),
  )
  .map(([{ text }, edits]) =>
    edits.reduce((soup, { at, remove, insert }) => {
      const i = at % (soup.length + 1);
      return soup.slice(0, i) + insert + soup.slice(i + remove);
    }, text),
  )
  // Half of a character does not reach SQLite as it is: UTF-8 cannot say it.
  .map((text) => text.replace(/[\ud800-\udfff]/gu, '?'));

const soup: fc.Arbitrary<string> = fc
  .array(
    fc.tuple(
      fc.oneof(
        statement.map((atoms) => atoms.join(' ')),
        literal,
        anyName,
        fc.constantFrom(
          'SELECT 1',
          'CREATE',
          'TRIGGER',
          'TEMP',
          'BEGIN',
          'END',
          'CASE',
          ';',
          ';',
          ';',
          'EXPLAIN',
          '*',
          '(',
          ')',
          ',',
          '1_000',
          '1__0',
          '0x',
          '?1',
          ':a',
          '@',
          '#1',
          '!=',
          '!',
          '->>',
          '{',
          '/*',
          '--',
          '"',
          "x'0'",
        ),
      ),
      gap,
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.flat().join(''));

/** better-sqlite3 is built without Tcl's variables `$a::b` and `$a(b)`, so it has no say on them. */
function withoutTcl(text: string): string {
  return text.replace(/::+/g, ':').replace(/([$:@#][\w$\u0080-\uffff]*)\(/g, '$1 (');
}

describe('split, against the SQLite parser', () => {
  const db = database();

  it(`returns exactly the statements that were joined (${SCRIPTS} scripts, seed ${SEED})`, () => {
    fc.assert(
      fc.property(script, ({ text, statements }) => {
        const pieces = splitStatements(text);
        expect(pieces.map(({ sql }) => sql)).toEqual(statements);
        for (const { sql, offset, line, column, tokens } of pieces) {
          expect(text.slice(offset, offset + sql.length)).toBe(sql);
          expect({ line, column }).toEqual(lineAndColumn(text, offset));
          expect(tokens.every((token) => text.slice(token.start, token.end) === token.text)).toBe(true);
          expect(verdict(db, sql)).toBe('one');
        }
        expect(verdict(db, text)).toBe((['none', 'one'] as const)[statements.length] ?? 'several');
      }),
      { seed: SEED, numRuns: SCRIPTS },
    );
  });

  it(`counts as SQLite does, whatever the text (${SOUPS} texts, seed ${SEED})`, () => {
    const seen = { none: 0, one: 0, several: 0, illegal: 0 };
    fc.assert(
      fc.property(fc.oneof(broken, soup).map(withoutTcl), (text) => {
        const pieces = splitStatements(text);
        // Whether SQLite accepts what follows is known only by asking for it, so each statement in turn is the first.
        for (let i = 0; i === 0 || i < pieces.length; i++) {
          const answer = verdict(db, text.slice(i === 0 ? 0 : pieces[i]!.offset));
          if (typeof answer === 'string') {
            seen[answer]++;
            const left = pieces.length - i;
            if (answer !== ((['none', 'one'] as const)[left] ?? 'several')) {
              // better-sqlite3 looks for more statements by itself, and errs at a byte order mark or a `/*` in the end.
              // Then the parser has to say whether there is nothing more.
              expect(verdict(db, text.slice(end(pieces[i]!))) === 'none').toBe(left === 1);
            }
            if (answer !== 'none') {
              expect(verdict(db, pieces[i]!.sql)).toBe('one');
              expect(firstIllegal(pieces[i]!)).toBeUndefined();
            }
          } else {
            const unrecognized = /^unrecognized token: "(.*)"$/s.exec(answer.message)?.[1];
            if (unrecognized !== undefined) {
              seen.illegal++;
              // A bad digit separator is found late, so it need not be the first.
              const illegal = pieces[i]!.tokens.filter((token) => token.kind === 'illegal');
              expect(illegal.map((token) => token.text)).toContain(unrecognized);
            }
            break;
          }
        }
      }),
      { seed: SEED, numRuns: SOUPS },
    );
    // The comparison is worth something only if every answer came up often.
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(50);
  });

  it(`leaves the database that the whole script leaves (${SCRIPTS} scripts, seed ${SEED})`, () => {
    fc.assert(
      fc.property(script, ({ text }) => {
        const whole = outcome([text]);
        expect(outcome(splitStatements(text).map(({ sql }) => sql))).toEqual(whole);
      }),
      { seed: SEED, numRuns: SCRIPTS },
    );
  });

  it(`keeps the meaning when a statement is written again from its tokens (${SCRIPTS} scripts, seed ${SEED})`, () => {
    fc.assert(
      fc.property(script, ({ text }) => {
        const normal = normalize(tokenize(text));
        expect(normalize(tokenize(normal))).toBe(normal);
        const pieces = splitStatements(text);
        const again = splitStatements(normal);
        expect(again.length).toBe(pieces.length);
        for (const [i, { sql }] of again.entries()) expect(verdict(db, sql), sql).toBe(verdict(db, pieces[i]!.sql));
      }),
      { seed: SEED, numRuns: SCRIPTS },
    );
  });
});
