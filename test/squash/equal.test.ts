import { beforeAll, describe, expect, it } from 'vitest';
import type { MigrationDatabase } from '../../src/index.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { failureOf, openTestDatabase, variants, type TestDatabase } from '../support/databases.ts';
import { filesAbove, filesTo } from './history.ts';
import { runnerOn, squashed, stateOf } from './support.ts';

let squash: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  const runner = new MigrationRunner({ database: ':memory:', migrations: filesTo(7) });
  const { fileName, text } = await runner.squash({ to: 6 });
  squash = { [fileName]: text };
  await runner.close();
});

describe('a squash of migrations 1 to 6, beside their files', () => {
  it.each(variants)(
    'makes new databases that are equal to those that ran the files ($driver, $api)',
    async (variant) => {
      const [old, made] = [openTestDatabase(variant), openTestDatabase(variant)];
      await old.up(filesTo(7));
      const { applied } = await made.up(filesTo(7, squash));
      expect(applied.map(({ version, name }) => `${version} ${name}`)).toEqual(['6 squash', '7 after']);
      expect(stateOf(made)).toEqual(stateOf(old));
      expect(made.attempts()).toEqual(['run up ok', '6 up ok', '7 up ok']);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7])('lets a database at version %i continue with the files', async (start) => {
    const variant = variants[start % variants.length]!;
    const [old, between] = [openTestDatabase(variant), openTestDatabase(variant)];
    await old.up(filesTo(7));
    await between.up(filesTo(start));
    const { applied } = await between.up(filesTo(7, squash));
    expect(applied.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6, 7].filter((version) => version > start));
    expect(stateOf(between)).toEqual(stateOf(old));
  });
});

describe.each(['better-sqlite3', 'node:sqlite'] as const)('a database made by a squash (%s)', (driver) => {
  it('has no drift, and every check passes', async () => {
    const db = openTestDatabase({ driver, api: 'sync' });
    const runner = runnerOn(db, filesTo(7, squash));
    await runner.up();
    const { problems, pending, entries, drift, rounds } = await runner.check({ rounds: true, replay: true });
    expect({ problems, pending, drift, found: rounds?.problems }).toEqual({
      problems: [],
      pending: [],
      drift: [],
      found: [],
    });
    expect(entries.map(({ version, state, file }) => `${version} ${state} ${file}`)).toEqual(
      Object.keys(filesTo(7)).map((file, i) => `${i + 1} applied ${file}`),
    );
  });

  it('needs no files of what it replaces, and an older one between them does', async () => {
    const open = (): TestDatabase => openTestDatabase({ driver, api: 'sync' });
    const [made, older, between] = [open(), open(), open()];
    const only = filesAbove(6, squash);
    await older.up(filesTo(6));
    await between.up(filesTo(3));
    await made.up(only);
    await older.up(only);
    const rows = 'SELECT version, name, checksum, schema_version FROM schema_migrations ORDER BY version';
    expect(made.rows(rows)).toEqual(older.rows(rows));
    for (const db of [made, older]) {
      const { problems, pending, entries, rounds } = await runnerOn(db, only).check({ rounds: true, replay: true });
      expect({ problems, pending, found: rounds?.problems }).toEqual({ problems: [], pending: [], found: [] });
      expect(entries.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'applied'));
    }
    const error = await failureOf(() => between.up(only));
    expect(error.code).toBe('SQUASH_FILES_GONE');
    expect(error.message).toBe(
      'app.db needs 3 migrations of those that 006_squash.sql replaces, and their files are gone: 004_code.ts, 005_search.sql, 006_drop.sql.',
    );
    expect(between.versions()).toEqual([1, 2, 3]);
  });
});

describe('a database made by a squash has the behaviour of the others', () => {
  it('triggers fire in the order in which they were created', async () => {
    const logged = (name: string, when: string): string =>
      `CREATE TRIGGER ${name} ${when} ON t BEGIN INSERT INTO log VALUES ('${name}'); END;`;
    const files = {
      '001_t.sql': `CREATE TABLE t (x); CREATE TABLE log (what); ${logged('b_first', 'AFTER INSERT')} ${logged('d', 'BEFORE UPDATE')}`,
      '002_a.sql': `${logged('a_second', 'AFTER INSERT')} ${logged('c', 'UPDATE OF x')} ${logged('z', 'DELETE')}
CREATE VIEW v AS SELECT x FROM t;
CREATE TRIGGER y INSTEAD OF INSERT ON v BEGIN INSERT INTO t VALUES (new.x); END;
CREATE TRIGGER e INSTEAD OF INSERT ON v BEGIN INSERT INTO log VALUES ('e'); END;`,
    };
    const { fileName, text } = await squashed(files, 2);
    const [old, made] = [openTestDatabase(), openTestDatabase()];
    await old.up(files);
    await made.up({ [fileName]: text });
    for (const db of [old, made]) db.exec('INSERT INTO v VALUES (1); UPDATE t SET x = 2; DELETE FROM t;');
    expect(made.column('SELECT what FROM log ORDER BY rowid')).toEqual(['e', 'a_second', 'b_first', 'c', 'd', 'z']);
    expect(made.rows('SELECT * FROM log')).toEqual(old.rows('SELECT * FROM log'));
    const dumps = [old, made].map((db) => runnerOn(db, files).dump({ tracking: false }));
    expect(await dumps[0]).toBe(await dumps[1]);
  });

  it.each([
    [
      'the language of a text',
      `CREATE VIRTUAL TABLE f USING fts4(b, languageid="lid"); INSERT INTO f (b, lid) VALUES ('one', 5), ('two', 0);`,
      `SELECT rowid, lid FROM f WHERE f MATCH 'one' AND lid = 5`,
      [{ rowid: 1, lid: 5 }],
    ],
    [
      'an index with locales, which no row has',
      `CREATE VIRTUAL TABLE f USING fts5(b, locale=1); INSERT INTO f (b) VALUES ('one');`,
      `SELECT b FROM f WHERE f MATCH 'one'`,
      [{ b: 'one' }],
    ],
    [
      'statistics that a migration has written',
      `CREATE TABLE t (x); CREATE INDEX i ON t (x); INSERT INTO t VALUES (1), (2); ANALYZE;
UPDATE sqlite_stat1 SET stat = '1000000 2'; INSERT INTO t VALUES (3);`,
      `SELECT * FROM sqlite_stat1 WHERE tbl = 't'`,
      [{ tbl: 't', idx: 'i', stat: '1000000 2' }],
    ],
    [
      'statistics of an empty database',
      `CREATE TABLE t (x); CREATE INDEX i ON t (x); ANALYZE; INSERT INTO t VALUES (3);`,
      `SELECT * FROM sqlite_stat1 WHERE tbl = 't'`,
      [],
    ],
  ])('with %s', async (_, sql, query, rows) => {
    const files = { '001_a.sql': sql };
    const { fileName, text } = await squashed(files, 1);
    const [old, made] = [openTestDatabase(), openTestDatabase()];
    await old.up(files);
    await made.up({ [fileName]: text });
    expect(old.rows(query)).toEqual(rows);
    expect(made.rows(query)).toEqual(rows);
  });

  it('with a number in the header that the migrations set to 0, in a file that has another', async () => {
    const set = 'PRAGMA user_version = 5;';
    for (const [number, second] of [
      [0, 'PRAGMA user_version = 0;'],
      [0, { up: (db: MigrationDatabase): void => db.exec('PRAGMA user_version = 0') }],
      [7, undefined],
    ] as const) {
      const file = typeof second === 'object' ? '002_b.ts' : '002_b.sql';
      const files = {
        '001_a.sql': `CREATE TABLE a (x); ${second === undefined ? '' : set}`,
        [file]: second ?? 'PRAGMA user_version;',
      };
      const { fileName, text } = await squashed(files, 2);
      const made = openTestDatabase();
      made.exec('PRAGMA user_version = 7');
      await made.up({ [fileName]: text });
      expect(made.value('PRAGMA user_version')).toBe(number);
    }
  });

  it('with more columns than half a result has', async () => {
    const names = Array.from({ length: 1999 }, (_, i) => `c${i}`);
    const values = names.map((_, i) => `'${i}'`).join();
    const files = { '001_a.sql': `CREATE TABLE t (${names.join()}); INSERT INTO t VALUES (${values});` };
    const { fileName, text } = await squashed(files, 1);
    const made = openTestDatabase();
    await made.up({ [fileName]: text });
    expect(made.rows('SELECT c0, c998, c999, c1998 FROM t')).toEqual([
      { c0: '0', c998: '998', c999: '999', c1998: '1998' },
    ]);
  });

  it.each([
    ['of the file', '-- dunlin: together 003\n', {}],
    ['of the option', '', { together: [[2, 3]] }],
  ])('where the squash ends with a set %s', async (_, head, options) => {
    const files = {
      '001_a.sql': 'CREATE TABLE a (x);',
      '002_b.sql': `${head}CREATE TABLE b (x);`,
      '003_c.sql': 'CREATE TABLE c (x);',
      '004_d.sql': 'CREATE TABLE d (x);',
    };
    const { fileName, text } = await squashed(files, 3, options);
    const all = { ...files, [fileName]: text };
    for (const goal of [{}, { to: 3 }]) {
      const db = openTestDatabase();
      const { problems, rounds } = await runnerOn(db, all, options).check({ rounds: true, replay: true });
      expect([...problems, ...(rounds?.problems ?? [])]).toEqual([]);
      const { applied } = await db.up(all, options, goal);
      expect(applied.map(({ name }) => name)).toEqual(goal.to === 3 ? ['squash'] : ['squash', 'd']);
      expect(db.versions().slice(0, 3)).toEqual([1, 2, 3]);
    }
  });
});
