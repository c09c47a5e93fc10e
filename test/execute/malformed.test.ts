import { expect, it } from 'vitest';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const up = (sql: string): string => `-- === UP ===\n${sql}\n-- === DOWN ===\nSELECT 1;\n`;

onEveryDriver('a plan of SQL that cannot be read', (open) => {
  it.each([
    ['a misspelt word', 'CREATE TABEL t (x);', 'near "TABEL": syntax error', 2, 8],
    ['a list that is not closed', 'CREATE TABLE a (x);\nCREATE TABLE n (x', 'incomplete input', 3, 1],
    ['a clause in the wrong place', 'UPDATE t WHERE x = 1 SET x = 2;', 'near "WHERE": syntax error', 2, 10],
    [
      'a trigger',
      'CREATE TRIGGER r AFTER INSERT ON t BEGIN UPDTE t SET x = 1; END;',
      'near "UPDTE": syntax error',
      2,
      42,
    ],
  ])('names %s, as the run does', async (_, sql, reason, line, column) => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    const files = { '001_t.sql': 'CREATE TABLE old (x);', '303_x.sql': up(sql) };
    const before = db.files();
    const { problems, steps } = await db.runner(files).plan();
    expect(problems.map(({ code }) => code)).toEqual(['STATEMENT_MALFORMED']);
    expect(problems[0]!.message).toContain(reason);
    expect(problems[0]).toMatchObject({ migration: { version: 303 }, location: { file: '303_x.sql', line, column } });
    expect(steps).toHaveLength(2);
    expect(db.files()).toEqual(before);
    const failure = await failureOf(() => db.up(files));
    expect(failure).toMatchObject({ code: 'STATEMENT_FAILED', location: problems[0]!.location });
    expect(failure.message).toContain(reason);
  });

  it('says nothing of what depends on the schema, or on what runs before', async () => {
    const db = open();
    const files = {
      '001_t.sql': 'CREATE TABLE t (x); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT x FROM t;',
      '002_u.sql': 'ALTER TABLE t RENAME COLUMN x TO "near";\nUPDATE t SET "near" = 2;\nSELECT * FROM v;',
      '003_v.sql':
        'PRAGMA foreign_keys = ON; PRAGMA user_version = 7; CREATE TABLE w (y CHECK (y > 0)); EXPLAIN SELECT 1;',
      '004_w.sql': up('-- a comment first\nINSERT INTO w VALUES (1); CREATE INDEX i ON w (y) WHERE y > 1;'),
    };
    expect((await db.runner(files).plan()).problems).toEqual([]);
    expect(db.value('PRAGMA user_version')).toBe(0);
    expect((await db.up(files)).applied).toHaveLength(4);
    // What is wrong with the schema is not certain before what comes first has run.
    expect((await db.runner({ ...files, '005_x.sql': 'INSERT INTO nowhere VALUES (1);' }).plan()).problems).toEqual([]);
  });

  it('names what cannot be read in a DOWN part, and each migration once', async () => {
    const db = open();
    const down = { '001_a.sql': '-- === UP ===\nCREATE TABLE a (x);\n-- === DOWN ===\nDORP TABLE a;\nDORP TABLE b;\n' };
    await db.up(down);
    const { problems } = await db.runner(down).plan({ direction: 'down' });
    expect(problems.map(({ location }) => location?.line)).toEqual([4]);
    const two = { ...down, '002_b.sql': 'CREATE TABEL b (x);', '003_c.sql': 'CREATE TABEL c (x);' };
    expect((await db.runner(two).plan()).problems.map(({ migration }) => migration?.version)).toEqual([2, 3]);
  });
});
