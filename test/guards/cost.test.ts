import { beforeAll, describe, expect, it } from 'vitest';
import type { RunOptions } from '../../src/lock/run-options.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createRegistry } from '../../src/migration/index.ts';
import { MigrationRunner } from '../../src/runner/runner.ts';
import { toSource } from '../../src/source/index.ts';
import { recordBridge } from '../../src/testing/index.ts';
import { connect, numbered, open, type Connection } from './support.ts';

/** Applies migrations on a recorded bridge: what was asked, all of it and for each migration. */
function record(
  connection: Connection,
  migrations: readonly string[],
  options: RunOptions = {},
): { all: string[]; each: string[][] } {
  const bridge = recordBridge(connection.bridge);
  const registry = createRegistry(toSource(numbered(migrations) as never), nodeHost);
  const parts = { bridge: () => bridge, registry: () => registry, host: nodeHost, database: 'app.db', owned: false };
  // On a slow machine a run would become a long one, and be committed in parts.
  new MigrationRunner(parts, { commit: 'run', ...options }).upSync();
  const all = bridge.requests.map((request) => request.sql);
  const each: string[][] = [];
  for (const sql of all) {
    if (sql.startsWith('SAVEPOINT')) each.push([]);
    each.at(-1)?.push(sql);
  }
  return { all, each };
}

const counts = (asked: readonly string[]): string[] => asked.filter((sql) => /count\(\*\)/i.test(sql));
const countedTables = (asked: readonly string[]): string[] =>
  counts(asked).map((sql) => /FROM main\."(.*)"/.exec(sql)?.[1] ?? sql);
const readsSchema = (asked: readonly string[]): string[] =>
  asked.filter((sql) => /\bFROM (?:main\.|temp\.)?sqlite_(?:schema|master)/i.test(sql));

const additive = (n: number): string => `
  CREATE TABLE t${n} (id INTEGER PRIMARY KEY, name TEXT NOT NULL, parent INTEGER);
  CREATE INDEX t${n}_name ON t${n} (name);
  ALTER TABLE t${n} ADD COLUMN note TEXT;
  INSERT INTO t${n} (name) VALUES ('a'), ('b');
`;
const histories = (length: number): string[] => Array.from({ length }, (_, index) => additive(index + 1));

describe('guards on a fresh database', () => {
  let thousand: ReturnType<typeof record>;
  beforeAll(() => {
    thousand = record(connect('better-sqlite3'), histories(1000));
  });

  it('count nothing and check no foreign key in 1,000 additive migrations', () => {
    expect(thousand.each).toHaveLength(1000);
    expect(counts(thousand.all)).toEqual([]);
    expect(thousand.all.filter((sql) => /foreign_key_check|EXPLAIN/i.test(sql))).toEqual([]);
  });

  it('read the schema as often for 1,000 migrations as for ten', () => {
    const ten = record(open(), histories(10));
    expect(readsSchema(thousand.all)).toHaveLength(readsSchema(ten.all).length);
    expect(readsSchema(ten.all).length).toBeLessThanOrEqual(10);
  });

  it('ask as much for the thousandth migration as for the tenth', () => {
    const shape = (asked: readonly string[]): string[] =>
      asked.map((sql) => sql.trim().split(/\s+/).slice(0, 2).join(' '));
    expect(shape(thousand.each[998] ?? [])).toEqual(shape(thousand.each[9] ?? []));
    expect(thousand.each[998]).toHaveLength(6);
  });

  it('guard a table of the same run from when it holds rows', () => {
    const rebuild = 'CREATE TABLE n (id INTEGER PRIMARY KEY); DROP TABLE t1; ALTER TABLE n RENAME TO t1;';
    expect(() => record(open(), [additive(1), rebuild])).toThrow(/t1: 2 rows before, 0 after/);
    const empty = record(open(), [additive(1).replace(/INSERT.*;/, ''), rebuild]);
    expect(counts(empty.all)).toEqual([]);
  });
});

describe('guards on an existing database', () => {
  const existing = (n: number): string =>
    Array.from(
      { length: n },
      (_, i) => `CREATE TABLE old${i} (id INTEGER PRIMARY KEY, v TEXT); INSERT INTO old${i} VALUES (1, 'x'), (2, 'y');`,
    ).join('');

  it('count nothing for additive migrations', () => {
    const more = `ALTER TABLE old1 ADD COLUMN w TEXT; INSERT INTO old1 (v) VALUES ('z'); UPDATE old2 SET v = upper(v); ALTER TABLE old3 RENAME TO older;`;
    const asked = record(open('better-sqlite3', existing(200)), [...histories(3), more, additive(9)]);
    expect(counts(asked.all)).toEqual([]);
  });

  it('count one table of 200 when one is rebuilt, once where its copy is proven to be whole', () => {
    const rebuild = `CREATE TABLE n (id INTEGER PRIMARY KEY, v TEXT NOT NULL); INSERT INTO n SELECT * FROM old7; DROP TABLE old7; ALTER TABLE n RENAME TO old7;`;
    const asked = record(open('better-sqlite3', existing(200)), [additive(1), rebuild, additive(2)]);
    expect(countedTables(asked.all)).toEqual(['old7']);
    expect(counts(asked.each[1] ?? [])).toHaveLength(1);
  });

  it('look at what triggers can reach only, and count it once a migration', () => {
    const trigger = `CREATE TRIGGER sweep AFTER INSERT ON old1 BEGIN DELETE FROM old2 WHERE id > 100; END;`;
    const asked = record(open('better-sqlite3', existing(200) + trigger), [
      `INSERT INTO old1 (v) VALUES ('a'); INSERT INTO old1 (v) VALUES ('b');`,
      `INSERT INTO old1 (v) VALUES ('c');`,
      `INSERT INTO old5 (v) VALUES ('d');`,
    ]);
    // The figure after one migration is the figure before the next.
    expect(asked.each.map(countedTables)).toEqual([['old1', 'old2', 'old1', 'old2'], ['old1', 'old2'], []]);
  });

  it('are not alarmed by the word DELETE in a trigger that deletes nothing', () => {
    const search = `CREATE VIRTUAL TABLE f USING fts5 (v, content = 'old1', content_rowid = 'id');
      CREATE TRIGGER old1_gone AFTER DELETE ON old1 BEGIN INSERT INTO f (f, rowid, v) VALUES ('delete', old.id, old.v); END;
      CREATE TRIGGER old1_tidy AFTER INSERT ON old1 BEGIN UPDATE old1 SET v = replace(new.v, 'a', 'b') WHERE id = new.id; END;`;
    const asked = record(open('better-sqlite3', existing(5) + search), [
      `INSERT INTO old1 (v) VALUES ('a'); UPDATE old1 SET v = 'q';`,
    ]);
    expect(counts(asked.all)).toEqual([]);
  });

  it('check the foreign keys of written children and of a changed parent’s children once after, and before unless they are known', () => {
    const family = `CREATE TABLE p (id INTEGER PRIMARY KEY, v); CREATE TABLE c (p_id REFERENCES p); CREATE TABLE d (p_id REFERENCES p); INSERT INTO p VALUES (1, 1);`;
    const asked = record(open('better-sqlite3', family), [
      `INSERT INTO c VALUES (1); INSERT INTO c VALUES (NULL);`,
      `INSERT INTO p VALUES (2, 2);`,
      `DELETE FROM p WHERE id = 2;`,
    ]);
    const checks = asked.each.map((sql) => sql.filter((one) => one.includes('pragma_foreign_key_check')).length);
    // After the first migration those of c are known, until a row is added that may be a parent.
    expect(checks).toEqual([2, 0, 4]);
    expect(asked.all.filter((sql) => /(?<!SELECT 1 )FROM main\."(?!schema_migration)/.test(sql))).toEqual([]);
  });

  it('leave the figures of other tables known when one is deleted from', () => {
    const trigger = `CREATE TABLE r (k UNIQUE ON CONFLICT REPLACE); INSERT INTO r VALUES (1);`;
    const asked = record(open('better-sqlite3', trigger), [
      `INSERT INTO r VALUES (2);`,
      `INSERT INTO r VALUES (3);`,
      `DELETE FROM r;`,
      `INSERT INTO r VALUES (4);`,
    ]);
    expect(asked.each.map((sql) => countedTables(sql).length)).toEqual([2, 1, 0, 2]);
  });
});
