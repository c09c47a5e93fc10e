import { describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { withStrings } from '../../src/check/index.ts';
import { MigrationRunner, type DriverName, type MigrationDatabase, type QuotedString } from '../../src/node/index.ts';
import { failureOf } from '../support/databases.ts';
import { random, seed } from '../support/random.ts';

const drivers: readonly DriverName[] = ['better-sqlite3', '@photostructure/sqlite'];

type Files = Readonly<Record<string, string>>;

async function find(migrations: Files, driver: DriverName = 'better-sqlite3'): Promise<readonly QuotedString[]> {
  const runner = new MigrationRunner({ database: ':memory:', driver, migrations });
  try {
    return await runner.quotedStrings();
  } finally {
    await runner.close();
  }
}

/** The files as they are after the rewrite. */
async function fixed(migrations: Files, driver?: DriverName): Promise<Files> {
  const strings = await find(migrations, driver);
  const of = (name: string): readonly QuotedString[] => strings.filter(({ file }) => file.endsWith(name));
  return Object.fromEntries(Object.entries(migrations).map(([name, text]) => [name, withStrings(text, of(name))]));
}

/** One file with `T` before each text in double quotes that is a string: as it is written, and as it should be. */
function marked(text: string): { readonly given: string; readonly intended: string } {
  const token = /T("(?:[^"]|"")*")/g;
  const single = (quoted: string): string => `'${quoted.slice(1, -1).replaceAll('""', '"').replaceAll("'", "''")}'`;
  return {
    given: text.replace(token, '$1'),
    intended: text.replace(token, (_, quoted: string) => single(quoted)),
  };
}

const t = 'CREATE TABLE t (id INTEGER PRIMARY KEY, "name" TEXT UNIQUE, state TEXT);\n';

/** What a text in double quotes may be in, and the names that are none. */
const cases: readonly (readonly [where: string, sql: string])[] = [
  ['VALUES, also where a column has that name', `${t}INSERT INTO t ("name", "state") VALUES (T"name", T"open")`],
  ['WHERE, where a column has another of the names', `${t}UPDATE t SET "state" = T"x" WHERE "name" <> T"y"`],
  ['an apostrophe and doubled quotes', `${t}INSERT INTO t (state) VALUES (T"it's"), (T"a""b"), (T"")`],
  ['two lines', `${t}INSERT INTO t (state) VALUES (T"one\n\ttwo")`],
  ['ON CONFLICT', `${t}INSERT INTO t ("name") VALUES (T"name") ON CONFLICT ("name") DO UPDATE SET state = T"twice"`],
  ['a subquery with the column', `${t}SELECT T"name", (SELECT max("name") FROM t) FROM (SELECT 1)`],
  ['a name before the string', `${t}SELECT "name" FROM t WHERE EXISTS (SELECT 1) UNION ALL SELECT T"name"`],
  [
    'quoted functions, tables and aliases',
    `${t}SELECT "upper"(T"x") AS "x" FROM "main"."t" AS "a" WHERE "a"."name" = T"y"`,
  ],
  ['CHECK, and not DEFAULT', `CREATE TABLE u ("a" TEXT DEFAULT "a" CHECK ("a" <> T"none"), CHECK ("a" <> T"b"))`],
  ['a generated column', `CREATE TABLE u (a TEXT, b TEXT AS ("a" || T"!"))`],
  ['a CHECK of an added column', `${t}ALTER TABLE t ADD COLUMN "c" TEXT CHECK ("c" <> T"no" AND "name" <> T"x")`],
  ['an index', `${t}CREATE INDEX i ON t ("state" || T"x") WHERE "state" = T"open"`],
  ['a view', `${t}CREATE VIEW v AS SELECT "id", T"text" AS x FROM t WHERE "state" = T"open"`],
  ['a view of a view', `${t}CREATE VIEW v AS SELECT T"p" AS x;\nCREATE VIEW w AS SELECT "x", T"p" FROM v`],
  ['a view that uses a later table', `CREATE VIEW v AS SELECT "a", T"b" FROM u;\nCREATE TABLE u (a)`],
  [
    'a view whose column comes later',
    `${t}CREATE VIEW v AS SELECT "later", T"x" FROM t;\nALTER TABLE t ADD COLUMN later`,
  ],
  [
    'a view that breaks a later statement',
    `${t}CREATE VIEW v AS SELECT T"x" FROM t;\nALTER TABLE t RENAME TO s;\nINSERT INTO s (state) VALUES (T"x")`,
  ],
  [
    'two triggers of one statement',
    `${t}CREATE TRIGGER a AFTER INSERT ON t BEGIN UPDATE t SET "state" = T"x"; END;
CREATE TRIGGER b AFTER INSERT ON t WHEN NEW."name" = T"x" BEGIN SELECT RAISE(IGNORE) WHERE T"x" = T"y"; END;
INSERT INTO t ("name") VALUES (T"x")`,
  ],
  [
    'a trigger of a view',
    `${t}CREATE VIEW v AS SELECT T"q" AS q, "name" FROM t;
CREATE TRIGGER g INSTEAD OF DELETE ON v BEGIN DELETE FROM t WHERE "name" = T"q"; END`,
  ],
  ['a SELECT before ON CONFLICT', `${t}INSERT INTO t ("name") SELECT T"name" WHERE 1 ON CONFLICT ("name") DO NOTHING`],
  ['the name of a function', `${t}SELECT T"upper", "upper"(T"upper") FROM t`],
  ['a view that is dropped again', `${t}CREATE VIEW v AS SELECT T"x" FROM t;\nDROP VIEW v;\nDROP TABLE t`],
  ['a SELECT in VALUES', `${t}INSERT INTO t (state) VALUES (T"x"), ((SELECT "name" FROM t WHERE state = T"y"))`],
  ['RETURNING', `${t}REPLACE INTO t (state) VALUES (T"state"), (upper(T"b")) RETURNING "name", T"b"`],
  [
    'a transaction of the file',
    `BEGIN;\n${t}INSERT INTO t (state) VALUES (T"x");\nCOMMIT;\nINSERT INTO t (state) VALUES (T"y")`,
  ],
  ['a string before an alias in quotes', `${t}SELECT T"x" 'y' FROM t`],
  [
    'all parts',
    `-- === UP MIGRATION ===
${t}INSERT INTO t (state) VALUES (T"a");
-- === DOWN MIGRATION ===
DELETE FROM t WHERE "state" = T"a";
DROP TABLE t;
-- === VERIFY ===
SELECT count(*) = 1 FROM t WHERE "state" = T"a";
`,
  ],
  ['nothing', `${t}CREATE VIEW v AS SELECT "name" FROM t;\nINSERT INTO t ("name") SELECT "state" FROM t`],
];

describe.each(drivers)('the strings in double quotes (%s)', (driver) => {
  it.each(cases)('are found in %s', async (_, text) => {
    const { given, intended } = marked(text);
    expect(await fixed({ '001_a.sql': given }, driver)).toEqual({ '001_a.sql': intended });
    expect(await find({ '001_a.sql': intended }, driver)).toEqual([]);
  });
});

describe('the strings in double quotes', () => {
  it('have their place in the file', async () => {
    const strings = await find({ '001_a.sql': t, '002_b.sql': `\nUPDATE t\n  SET state = "it's";\n` });
    expect(strings).toEqual([
      {
        migration: { version: 2, name: 'b' },
        part: 'up',
        file: '002_b.sql',
        line: 3,
        column: 15,
        offset: 24,
        before: `"it's"`,
        after: `'it''s'`,
      },
    ]);
  });

  it('stay apart from a literal behind them', async () => {
    expect(await fixed({ '001_a.sql': `SELECT "x"'y'` })).toEqual({ '001_a.sql': `SELECT 'x' 'y'` });
  });

  it('are found after migrations that lose what they do not declare, and in sets', async () => {
    const { given, intended } = marked('-- dunlin: together 3\nDROP TABLE t;\nSELECT T"x"');
    const files = { '001_a.sql': `${t}INSERT INTO t DEFAULT VALUES`, '003_c.sql': t };
    expect((await fixed({ ...files, '002_b.sql': given }))['002_b.sql']).toBe(intended);
  });

  it('are found where a statement ends the transaction', async () => {
    const text = `${t}INSERT INTO t (id, state) VALUES (1, T"x");\nCREATE VIEW v AS SELECT T"y"`;
    const { given } = marked(text);
    const failing = `${given};\nINSERT OR ROLLBACK INTO t (id) VALUES (1)`;
    expect(await failureOf(() => find({ '001_a.sql': failing }))).toMatchObject({ code: 'REPLAY_FAILED' });
  });

  it.each([
    ['a column that is missing', `${t}SELECT nme FROM t`],
    ['a qualified column that is missing', `${t}SELECT t."nme" FROM t`],
    ['an index of a column that is missing', `${t}CREATE INDEX i ON t ("nme")`],
    ['another error that a string causes', `${t}SELECT count("x" OVER ()) FROM t`],
    ['a string where SQLite takes none', `${t}INSERT INTO t (name) VALUES (1) ON CONFLICT ("nme") DO NOTHING`],
  ])('are not taken for %s', async (_, text) => {
    const error = await failureOf(() => find({ '001_a.sql': text }));
    expect(error.code).toBe('REPLAY_FAILED');
  });

  it('of migrations in code are an error of their own', async () => {
    const runner = new MigrationRunner({
      database: ':memory:',
      migrations: { '001_a.ts': { up: (db: MigrationDatabase) => void db.exec(`SELECT "x"`) } },
    });
    const error = await failureOf(() => runner.quotedStrings());
    expect(error).toMatchObject({ code: 'REPLAY_FAILED' });
    await runner.close();
  });
});

const words = ['open', 'state', 'name', "it's", 'a"b', 'two words', 'id', 'title', 'É'];
const tables = { notes: ['id', 'state', 'two words'], users: ['id', 'name', 'a"b'] } as const;

/** A migration with strings and names quoted at random: as it is written, and as it should be. */
function generate(next: () => number): { readonly given: string; readonly intended: string } {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)]!;
  const name = (word: string): string =>
    /^[a-z]+$/.test(word) && next() < 0.3 ? word : pick([`"${word.replaceAll('"', '""')}"`, `[${word}]`]);
  /** A string that no column hides. */
  const text = (columns: readonly string[]): string => {
    const word = pick(words.filter((one) => !columns.includes(one)));
    return next() < 0.3 ? `'${word.replaceAll("'", "''")}'` : `T"${word.replaceAll('"', '""')}"`;
  };
  const statement = (index: number): string => {
    const table = pick(['notes', 'users'] as const);
    const columns: readonly string[] = tables[table];
    const column = (): string => name(pick(columns.slice(1)));
    const where = (): string =>
      pick([`${column()} <> ${text(columns)}`, `${text(columns)} IN (${column()}, ${text(columns)})`]);
    const set = (): string => `UPDATE ${name(table)} SET ${column()} = ${text(columns)} WHERE ${where()}`;
    const insert = (): string => `INSERT INTO ${name(table)} (${column()}) VALUES (${text([])}), (${text([])})`;
    return pick([
      set,
      insert,
      () => `CREATE VIEW v${index} AS SELECT ${column()}, ${text(columns)} AS x FROM ${name(table)} WHERE ${where()}`,
      () =>
        `CREATE TRIGGER g${index} AFTER UPDATE ON ${name(table)} WHEN NEW.${column()} = ${text([])} BEGIN ${insert()}; END`,
      () => `CREATE INDEX i${index} ON ${name(table)} (${column()}) WHERE ${column()} = ${text(columns)}`,
      () => `CREATE TABLE t${index} (a TEXT DEFAULT 'b' CHECK ("a" <> ${text(['a'])}))`,
      () => `ALTER TABLE ${name(table)} ADD COLUMN c${index} TEXT CHECK (${where()} OR ${text(columns)} > 0 OR 1)`,
      () =>
        `INSERT INTO notes (state) SELECT ${text([...tables.users, 'state'])} FROM ${name('users')} WHERE name = ${text(tables.users)}`,
    ])();
  };
  return marked(Array.from({ length: 6 }, (_, index) => `${statement(index)};\n`).join(''));
}

const schema = Object.entries(tables)
  .map(([table, [id, ...rest]]) => {
    const columns = rest.map((one) => `"${one.replaceAll('"', '""')}" TEXT`);
    return `CREATE TABLE ${table} (${id} INTEGER PRIMARY KEY, ${columns.join(', ')});\nINSERT INTO ${table} DEFAULT VALUES;\n`;
  })
  .join('');

it('generated files are rewritten as intended, and do what they did', async () => {
  const next = random(seed);
  let found = 0;
  for (let round = 0; round < 24; round++) {
    const { given, intended } = generate(next);
    const files = { '001_schema.sql': schema, '002_given.sql': given };
    const driver = drivers[round % drivers.length]!;
    const result = await fixed(files, driver);
    expect(result).toEqual({ ...files, '002_given.sql': intended });
    if (given !== intended) found++;
    const before = new DatabaseSync(':memory:', { enableDoubleQuotedStringLiterals: true });
    const after = new BetterSqlite3(':memory:');
    before.exec(schema + given);
    after.exec(schema + result['002_given.sql']!);
    for (const table of ['notes', 'users']) {
      const rows = `SELECT * FROM ${table} ORDER BY id`;
      expect(after.prepare(rows).all()).toEqual(
        before
          .prepare(rows)
          .all()
          .map((row) => ({ ...(row as object) })),
      );
    }
    before.close();
    after.close();
  }
  expect(found).toBeGreaterThan(20);
});
