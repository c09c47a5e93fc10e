import { describe, expect, it } from 'vitest';
import type { MigrationDatabase } from '../../src/index.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { failureOf, openTestDatabase } from '../support/databases.ts';
import { runnerOn, squashed } from './support.ts';

const a = 'CREATE TABLE a (x);';
const b = 'CREATE TABLE b (x);';
const c = 'CREATE TABLE c (x);';
const plain: Readonly<Record<string, string>> = { '001_a.sql': a, '002_b.sql': b, '003_c.sql': c };
const refusal = async (files: MigrationsGiven, to: number): Promise<string> => {
  const { code, message } = await failureOf(() => squashed(files, to));
  return `${code}: ${message}`;
};

describe('a squash is refused', () => {
  it('of versions that are not there', async () => {
    for (const to of [9, 0])
      expect(await refusal(plain, to)).toBe(
        `VERSION_UNKNOWN: There is no migration ${to}; the last ones are 001_a, 002_b, 003_c.`,
      );
    // @ts-expect-error -- not everybody has the compiler
    expect((await failureOf(() => runnerOn(openTestDatabase(), plain).squash({}))).code).toBe('OPTION_INVALID');
  });

  it('below another squash', async () => {
    const { fileName, text } = await squashed(plain, 2);
    const files = { ...plain, [fileName]: text };
    const refused = 'SQUASH_REFUSED: The migrations up to';
    expect(await refusal(files, 1)).toBe(
      `${refused} 1 cannot be squashed: 002_squash.sql is a squash up to 2 already.`,
    );
    const error = await failureOf(() => squashed(files, 2));
    expect(error.message).toBe(
      'The migrations up to 2 cannot be squashed: 002_squash.sql is a squash up to 2 already.',
    );
    expect(error.hint).toBe('Nothing was written. To make it again, delete it first.');
    expect((await squashed(files, 3)).text).toBe((await squashed(plain, 3)).text);
  });

  it('in the folder of another tool', async () => {
    const files = { '00001_a.sql': '-- +goose Up\nCREATE TABLE a (x);\n-- +goose Down\nDROP TABLE a;' };
    const { message } = await failureOf(() => squashed(files, 1, { format: 'goose' }));
    expect(message).toBe(
      'The migrations up to 1 cannot be squashed: the given record is a folder of goose, which would run the file in every database.',
    );
  });

  it('where a database has other files than these', async () => {
    const db = openTestDatabase();
    await db.up(plain);
    const edited = runnerOn(db, { ...plain, '002_b.sql': 'CREATE TABLE b (y);' });
    expect((await failureOf(() => edited.squash({ to: 3 }))).code).toBe('MIGRATION_EDITED');
    const renumbered = runnerOn(db, { '001_a.sql': a, '003_c.sql': c, '004_b.sql': b });
    expect((await failureOf(() => renumbered.squash({ to: 4 }))).code).toBe('MIGRATION_RENUMBERED');
    // That the database is newer says nothing about the files.
    expect((await runnerOn(db, { '001_a.sql': a, '002_b.sql': b }).squash({ to: 2 })).replaces).toHaveLength(2);
  });

  it.each([
    ['the time', `INSERT INTO a VALUES (datetime('now'))`],
    ['the time, by a default', 'CREATE TABLE t (at TEXT DEFAULT CURRENT_TIMESTAMP); INSERT INTO t DEFAULT VALUES'],
    ['chance', 'INSERT INTO a VALUES (random())'],
    ['the date', `INSERT INTO a VALUES ('on ' || date('now'))`],
  ])('of rows that depend on %s', async (_, sql) => {
    const message = await refusal({ ...plain, '004_d.sql': sql }, 4);
    expect(message).toMatch(
      /^SQUASH_REFUSED: The migrations up to 4 cannot be squashed: what they insert depends on the time, or on chance: table [at] has the row \(1, .*\)(?: instead of \(1, .*\)|, with the date of today)\.$/,
    );
  });

  it.each([
    [`INSERT INTO a VALUES (strftime('%Y', 'now'))`, "004_d writes into table a, which has rows, with 'now'"],
    ['INSERT INTO a VALUES (unixepoch() / 86400)', '004_d writes into table a, which has rows, with unixepoch'],
    [`REPLACE INTO a VALUES (strftime('%Y'))`, '004_d writes into table a, which has rows, with strftime'],
    ['INSERT INTO a VALUES (random() IS NULL)', '004_d writes into table a, which has rows, with random'],
    [
      `INSERT INTO a VALUES (1); UPDATE a SET x = substr(CURRENT_TIMESTAMP, 1, 4); ALTER TABLE a RENAME TO e`,
      '004_d writes into table e, which has rows, with CURRENT_TIMESTAMP',
    ],
    [
      `CREATE TABLE t (x, y DEFAULT (CAST(julianday('now') AS INT))); INSERT INTO t (x) VALUES (1)`,
      "table t has the default of y in a row, with 'now'",
    ],
  ])('of rows with a part of the time, or chance: %s', async (sql, difference) => {
    expect(await refusal({ ...plain, '004_d.sql': sql }, 4)).toBe(
      `SQUASH_REFUSED: The migrations up to 4 cannot be squashed: what they insert depends on the time, or on chance: ${difference}.`,
    );
  });

  it('not where the time or chance leaves no row, or is a word', async () => {
    const sql = `CREATE TABLE t (x, y DEFAULT (strftime('%Y', 'now'))); INSERT INTO t VALUES ('now', 5);
ALTER TABLE b RENAME TO f; INSERT INTO a SELECT date('now') FROM c; INSERT INTO t VALUES (date('2026-01-01'), strftime('%Y', '2020-01-01'));`;
    expect((await squashed({ ...plain, '004_d.sql': sql }, 4)).rows).toEqual([{ table: 't', rows: 2 }]);
  });

  it('of a schema that code makes with the date, or with another time in each run', async () => {
    const madeWith = (moment: () => string) => ({
      ...plain,
      '004_d.ts': { up: (db: MigrationDatabase): void => db.exec(`CREATE TABLE t (x DEFAULT '${moment()}')`) },
    });
    const today = await refusal(
      madeWith(() => new Date().toISOString().slice(0, 10)),
      4,
    );
    expect(today).toContain('chance: this has the date of today: CREATE TABLE t (x DEFAULT');
    let runs = 0;
    expect(
      await refusal(
        madeWith(() => String((runs += 1))),
        4,
      ),
    ).toContain('chance: table t differs.');
  });

  it('of a text in the schema that git would change', async () => {
    const sql = `CREATE VIEW v AS SELECT 'a\r\nb' AS x`;
    expect(await refusal({ ...plain, '004_d.sql': sql }, 4)).toBe(
      'SQUASH_REFUSED: The migrations up to 4 cannot be squashed: the text of the view v has a carriage return, which git and editors change in a file.',
    );
    // Outside of strings and names they are line ends.
    expect((await squashed({ ...plain, '004_d.sql': 'CREATE VIEW v AS\r\nSELECT 1' }, 4)).text).not.toContain('\r');
  });

  it('not of rows with the date of today in a text', async () => {
    const today = new Date().toISOString().slice(0, 10);
    const files = { ...plain, '004_d.sql': `INSERT INTO a VALUES ('${today}')` };
    expect((await squashed(files, 4)).rows).toEqual([{ table: 'a', rows: 1 }]);
  });

  it('of code that makes another number of rows each time', async () => {
    let runs = 0;
    const up = (db: MigrationDatabase): void => {
      runs += 1;
      for (let i = 0; i < runs; i++) db.run('INSERT INTO a VALUES (1)');
    };
    expect(await refusal({ ...plain, '004_d.ts': { up } }, 4)).toContain('table a has 2 rows instead of 1.');
  });

  it.each([
    ['PRAGMA journal_mode = WAL', 'journal_mode = wal'],
    ['PRAGMA page_size = 8192; VACUUM', 'page_size = 8192'],
  ])('of what sets how the file is stored: %s', async (sql, what) => {
    expect(await refusal({ ...plain, '004_d.sql': `-- dunlin: no-transaction\n${sql};` }, 4)).toBe(
      `SQUASH_REFUSED: The migrations up to 4 cannot be squashed: they set how the file is stored, which a squash cannot do in its transaction (${what}).`,
    );
  });

  it.each([
    [
      'an index that does not keep its text',
      `CREATE VIRTUAL TABLE s USING fts5(t, content=''); INSERT INTO s (rowid, t) VALUES (1, 'word')`,
      'the full-text index s has rows, and does not keep their text',
    ],
    [
      'an index that does not keep its text, in a short option',
      `CREATE VIRTUAL TABLE s USING fts5(t, cont=''); INSERT INTO s (rowid, t) VALUES (1, 'word')`,
      'the full-text index s has rows, and does not keep their text',
    ],
    [
      'an index that keeps a part of its text',
      `CREATE VIRTUAL TABLE s USING fts5(t, u UNINDEXED, content='', contentless_unindexed=1); INSERT INTO s (rowid, t) VALUES (1, 'word')`,
      'the full-text index s has rows, and does not keep their text',
    ],
    [
      'rows with a locale',
      `CREATE VIRTUAL TABLE s USING fts5(t, u, locale=1); INSERT INTO s VALUES ('a', fts5_locale('en', 'word'))`,
      'rows of the full-text index s have a locale (fts5_locale), which it does not give back',
    ],
    [
      'a full-text index that does not fit',
      `CREATE VIRTUAL TABLE s USING fts5(x, content='a'); INSERT INTO s (rowid, x) VALUES (1, 'word')`,
      'the full-text index s does not match a, whose text it indexes',
    ],
    [
      'a module whose rows are not known',
      `CREATE VIRTUAL TABLE s USING geopoly(); INSERT INTO s (_shape) VALUES ('[[0,0],[1,0],[0,1],[0,0]]')`,
      'the virtual table s has rows, and how the module geopoly takes them is not known',
    ],
  ])('of %s', async (_, sql, reason) => {
    expect(await refusal({ ...plain, '004_d.sql': sql }, 4)).toBe(
      `SQUASH_REFUSED: The migrations up to 4 cannot be squashed: ${reason}.`,
    );
  });

  it('of rows that no INSERT can make again', async () => {
    const files = {
      '001_a.sql': `CREATE TABLE a (x); INSERT INTO a VALUES ('1');`,
      '002_b.sql': `PRAGMA ignore_check_constraints = ON;
CREATE TABLE b (x CHECK (x > 1)); INSERT INTO b VALUES (1);`,
    };
    expect(await refusal(files, 2)).toBe(
      'SQUASH_REFUSED: The migrations up to 2 cannot be squashed: one file of statements does not make the same: Migration 002_squash failed at statement 4 (line 14): CHECK constraint failed: x > 1.',
    );
  });

  it('of a sequence that the rows themselves would set', async () => {
    const files = {
      '001_a.sql': `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (5); DELETE FROM sqlite_sequence;`,
    };
    expect(await refusal(files, 1)).toContain('does not make the same: table sqlite_sequence has 1 row instead of 0.');
  });

  it('of migrations that fail', async () => {
    expect(await refusal({ ...plain, '004_d.sql': 'DROP TABLE nothing;' }, 4)).toContain('REPLAY_FAILED');
  });
});

it('a squash of nothing says so, and is applied', async () => {
  const files = { '001_a.sql': a, '002_b.sql': '-- dunlin: destructive\nDROP TABLE a;', '003_c.sql': c };
  const { fileName, text } = await squashed(files, 2);
  expect(text).toContain('-- These migrations leave nothing behind.\n');
  const db = openTestDatabase();
  expect((await db.up({ ...files, [fileName]: text })).applied.map(({ version }) => version)).toEqual([2, 3]);
  expect(db.versions()).toEqual([1, 2, 3]);
});

describe('a squash that was changed', () => {
  const made = async (): Promise<readonly [string, string]> => {
    const { fileName, text } = await squashed(plain, 2);
    return [fileName, text];
  };
  const problemOf = async (files: MigrationsGiven): Promise<string> => {
    const { code, message } = await failureOf(() => openTestDatabase().up(files));
    return `${code}: ${message}`;
  };

  it('is refused, and comments may change', async () => {
    const [name, text] = await made();
    expect(await problemOf({ ...plain, [name]: text.replace('TABLE b (x)', 'TABLE b (x, y)') })).toBe(
      'SQUASH_CHANGED: 002_squash.sql was edited: its statements do not have the checksum in its first line.',
    );
    const db = openTestDatabase();
    const other = `${text.replaceAll('\n', '\r\n')}-- a comment`;
    expect((await db.up({ ...plain, [name]: other })).to).toBe(3);
    const { problems } = await runnerOn(db, { ...plain, [name]: `${text}DROP TABLE a;` }).check({ rounds: true });
    expect(problems.map(({ code }) => code)).toEqual(['SQUASH_CHANGED']);
  });

  it('is refused if a file that it replaces was edited, in new databases and in those before that file', async () => {
    const [name, text] = await made();
    const files = { ...plain, [name]: text, '002_b.sql': 'CREATE TABLE b (y);' };
    const message =
      'SQUASH_CHANGED: 002_b.sql was edited since 002_squash.sql was made: its checksum is not the one there.';
    expect(await problemOf(files)).toBe(message);
    const db = openTestDatabase();
    await db.up(plain, {}, { to: 1 });
    expect((await failureOf(() => db.up(files))).message).toBe(message.slice('SQUASH_CHANGED: '.length));
    const broken = await failureOf(() => db.up({ ...files, '002_b.sql': '-- === DOWN MIGRATION ===' }));
    expect(broken.code).not.toBe('SQUASH_CHANGED');
  });

  it('is refused if a file was added among them, and a database rolls back all the same', async () => {
    const spaced = {
      '010_a.sql': `-- === UP ===\n${a}\n-- === DOWN ===\nDROP TABLE a;`,
      '020_b.sql': b,
      '030_c.sql': c,
    };
    const squash = await squashed(spaced, 20);
    const added = { ...spaced, [squash.fileName]: squash.text, '015_late.sql': 'CREATE TABLE late (x);' };
    expect(await problemOf(added)).toBe(
      'SQUASH_CHANGED: 015_late.sql is not among the migrations that 020_squash.sql replaces, and comes before their last one, 20: new databases would not get it.',
    );
    const db = openTestDatabase();
    await db.up(spaced, {}, { to: 10 });
    expect((await failureOf(() => db.up(added))).code).toBe('SQUASH_CHANGED');
    await db.down(added);
    expect(db.versions()).toEqual([]);
  });

  it.each([
    ['-- dunlin: squash\n', 'line 1 does not end with the checksum of the statements below'],
    [`-- dunlin: squash sha256:${'0'.repeat(64)}\n`, 'line 1 is not followed by the migrations that it replaces'],
    [
      `-- dunlin: squash sha256:${'0'.repeat(64)}\n-- dunlin: replaces 001_a.sql\n`,
      'line 2 does not have the name of a migration and its checksum',
    ],
    [
      `-- dunlin: squash unchecked\n-- dunlin: replaces 001_a.sql unchecked\n-- dunlin: replaces 001_b.sql unchecked\n`,
      'line 3 does not have a higher version than the line above',
    ],
    [
      `-- dunlin: squash unchecked\n-- dunlin: replaces 001_a.sql unchecked\nSELECT 1;`,
      'line 2 ends the list of the replaced migrations with version 1, and the file has version 2',
    ],
  ])('is refused by its first lines %#', async (text, fact) => {
    expect(await problemOf({ '002_squash.sql': text })).toBe(
      `SQUASH_INVALID: 002_squash.sql is a squash by its first line, and ${fact}.`,
    );
  });

  it('is no squash with another first line, and is refused as a migration', async () => {
    const [name, text] = await made();
    expect(await problemOf({ '003_c.sql': c, [name]: `-- first\n${text}` })).toMatch(
      /^DIRECTIVE_INVALID: 002_squash.sql:2:1: the directive `squash` stands in the first lines of a squash only/,
    );
    expect(await problemOf({ '003_c.sql': `-- dunlin: replaces 002_b.sql unchecked\n${c}` })).toContain(
      'DIRECTIVE_INVALID',
    );
    expect(await problemOf({ '002_squash.sql': `${text}-- dunlin: squash` })).toContain('DIRECTIVE_INVALID');
  });

  it('has its number alone', async () => {
    const [name, text] = await made();
    expect(await problemOf({ ...plain, [name]: text, '2_other.sql': text })).toContain('VERSION_DUPLICATE');
  });

  it.each([
    ['a table', 'CREATE TABLE b (x, y);', 'table b differs'],
    ['a row', "CREATE TABLE b (x); INSERT INTO b VALUES ('more');", 'table b has 1 row instead of 0'],
    ['a number', 'CREATE TABLE b (x); PRAGMA user_version = 4;', 'it has what this makes: PRAGMA user_version = 4;'],
  ])('is found by `check` if it makes other than the files: %s', async (_, sql, difference) => {
    const [name, text] = await made();
    const other = await squashed({ ...plain, '002_b.sql': sql }, 2);
    const db = openTestDatabase();
    const { problems } = await runnerOn(db, { ...plain, [name]: forge(other.text, text) }).check({ replay: true });
    expect(problems.map(({ message }) => message)).toEqual([
      `002_squash.sql does not make what the migrations up to 2 make: ${difference}.`,
    ]);
  });

  it('is found by `check` if its triggers fire in another order', async () => {
    const [one, two] = ['one', 'two'].map((name) => `CREATE TRIGGER ${name} AFTER INSERT ON a BEGIN SELECT 1; END;`);
    const numbered = { '001_a.sql': a, '002_b.sql': `${one}${two}` };
    const { fileName, text } = await squashed(numbered, 2);
    const other = await squashed({ ...numbered, '002_b.sql': `${two}${one}` }, 2);
    const { problems } = await runnerOn(openTestDatabase(), {
      ...numbered,
      [fileName]: forge(other.text, text),
    }).check({ replay: true });
    expect(problems.map(({ message }) => message)).toEqual([
      `002_squash.sql does not make what the migrations up to 2 make: it makes this in another order, which triggers fire in: ${one}.`,
    ]);
  });

  it('is found by `check` if it cannot be run, or lacks what the files make', async () => {
    const numbered = { ...plain, '002_b.sql': `${b} PRAGMA user_version = ${'4'.repeat(1)};` };
    const { fileName, text } = await squashed(numbered, 2);
    const bad = await squashed({ ...plain, '002_b.sql': 'CREATE TABLE b (x); CREATE VIEW v AS SELECT x FROM b;' }, 2);
    const check = async (squash: string): Promise<readonly string[]> =>
      (await runnerOn(openTestDatabase(), { ...numbered, [fileName]: squash }).check({ rounds: true })).problems.map(
        ({ message }) => message,
      );
    expect(await check(forge(bad.text, text))).toEqual([
      '002_squash.sql does not make what the migrations up to 2 make: view v is there, and should not be.',
    ]);
    expect(await check(forge((await squashed(plain, 2)).text, text))).toEqual([
      '002_squash.sql does not make what the migrations up to 2 make: it lacks what this makes: PRAGMA user_version = 4;; it has what this makes: PRAGMA user_version = 0;.',
    ]);
    const broken = { ...plain, '002_b.sql': 'CREATE TABLE a (x);' };
    const files = await squashed({ '001_a.sql': b, '002_b.sql': a }, 2);
    const { problems } = await runnerOn(openTestDatabase(), {
      ...broken,
      [fileName]: forge(files.text, (await squashed({ '001_a.sql': a, '002_b.sql': b }, 2)).text),
    }).check({ replay: true });
    expect(problems.map(({ code }) => code)).toEqual(['SQUASH_CHANGED']);
  });
});

/** The statements of one squash with the names of the migrations, and their checksums, of another. */
function forge(statements: string, named: string): string {
  const lines = named.split('\n').filter((line) => line.startsWith('-- dunlin: replaces'));
  const [first, ...rest] = statements.split('\n').filter((line) => !line.startsWith('-- dunlin: replaces'));
  return [first, ...lines, ...rest].join('\n');
}
