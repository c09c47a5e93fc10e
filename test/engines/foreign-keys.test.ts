import { describe, expect, it } from 'vitest';
import { LOCAL, type DatabaseBridge } from '../../src/bridge/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { recordBridge } from '../../src/testing/index.ts';
import { failureOf, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { lackingBridge } from '../support/lacking-bridge.ts';

const family = `CREATE TABLE parents (id INTEGER PRIMARY KEY, name TEXT);
  CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
  INSERT INTO parents (name) VALUES ('a'), ('b');
  INSERT INTO children (parent) VALUES (1), (2);`;

/** The recipe of sqlite.org/lang_altertable.html, section 7. */
const byHand = `CREATE TABLE parents_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  INSERT INTO parents_new SELECT * FROM parents;
  DROP TABLE parents;
  ALTER TABLE parents_new RENAME TO parents;`;

const inCode = defineMigration({
  up: (db: MigrationDatabase) =>
    void db.rebuildTable('parents', (table) => table.changeColumn('name', { notNull: true })),
});

const off = { backup: 'off' } as const;
const state = (db: TestDatabase): unknown =>
  db.rows('SELECT (SELECT count(*) FROM parents) AS parents, (SELECT count(*) FROM children) AS children');
const whole = [{ parents: 2, children: 2 }];

function familyDatabase(): TestDatabase {
  const db = openTestDatabase();
  db.exec(family);
  return db;
}

describe('a bridge that says that foreign keys are off while they are on', () => {
  const wrap = (bridge: DatabaseBridge): DatabaseBridge =>
    lackingBridge(bridge, { ...LOCAL, foreignKeys: 'always-on' }, true);

  it.each<[string, MigrationsGiven]>([
    ['a rebuild by hand', { '001_rebuild.sql': byHand }],
    ['a rebuild in code', { '001_rebuild.js': inCode }],
    [
      'a DROP after others',
      { '001_a.sql': 'CREATE TABLE a (x)', '002_drop.sql': '-- dunlin: destructive parents\nDROP TABLE parents;' },
    ],
    ['a DELETE', { '001_delete.sql': 'DELETE FROM parents WHERE id = 1;' }],
    ['a changed key', { '001_update.sql': 'UPDATE parents SET id = id + 10;' }],
    ['a replaced row', { '001_replace.sql': "INSERT OR REPLACE INTO parents VALUES (1, 'c');" }],
  ])('is found out before it costs rows: %s', async (_, migrations) => {
    const db = familyDatabase();
    const error = await failureOf(() => db.up(migrations, { ...off, wrap }));
    expect(error.code).toBe('FOREIGN_KEYS_STAY_ON');
    expect(state(db)).toEqual(whole);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'dunlin\\_%' ESCAPE '\\'")).toEqual([]);
  });

  it('is found out where the run itself makes the tables', async () => {
    const db = openTestDatabase();
    const error = await failureOf(() =>
      db.up({ '001_family.sql': family, '002_rebuild.sql': byHand }, { ...off, wrap }),
    );
    expect(error.code).toBe('FOREIGN_KEYS_STAY_ON');
  });
});

describe('the proof that foreign keys are off', () => {
  it('counts no table of its own, and leaves none', async () => {
    const db = familyDatabase();
    await db.up({ '001_rebuild.sql': byHand }, off);
    expect(state(db)).toEqual(whole);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name LIKE 'dunlin%'")).toEqual([]);
    expect((await db.runner({ '001_rebuild.sql': byHand }).status()).drift).toEqual([]);
  });

  const proofs = async (before: string, migrations: MigrationsGiven): Promise<number> => {
    const db = openTestDatabase();
    db.exec(before);
    let requests: readonly { readonly sql: string }[] = [];
    const wrap = (bridge: DatabaseBridge): DatabaseBridge => {
      const recorded = recordBridge(bridge);
      requests = recorded.requests;
      return recorded;
    };
    await db.up(migrations, { ...off, wrap });
    return requests.filter(({ sql }) => sql.includes('dunlin_proof')).length;
  };

  it('is made once where rows may go and a table has an action, and takes three requests', async () => {
    expect(await proofs(family, { '001_rebuild.sql': byHand, '002_delete.sql': 'DELETE FROM children;' })).toBe(2);
  });

  it.each<[string, string, MigrationsGiven]>([
    [
      'no table has an action',
      'CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id))',
      { '001_d.sql': 'DELETE FROM p;' },
    ],
    ['nothing removes rows', family, { '001_t.sql': 'CREATE TABLE t (a)', '002_i.sql': 'INSERT INTO t VALUES (1);' }],
    ['foreign keys are on anyway', family, { '001_on.sql': '-- dunlin: foreign-keys on\nDELETE FROM children;' }],
  ])('is not made where %s', async (_, before, migrations) => {
    expect(await proofs(before, migrations)).toBe(0);
  });
});

describe.each(['always-on', 'shared'] as const)('an engine whose foreign keys are %s', (foreignKeys) => {
  const wrap = (bridge: DatabaseBridge): DatabaseBridge =>
    lackingBridge(bridge, { ...LOCAL, foreignKeys, snapshot: 'none' });
  const setup = { ...off, wrap };

  it('refuses to drop a table that others refer to, and names the way out', async () => {
    const db = familyDatabase();
    const error = await failureOf(() => db.up({ '001_rebuild.sql': byHand }, setup));
    expect(error.code).toBe('FOREIGN_KEYS_DROP');
    expect(error.hint).toContain('This engine keeps foreign keys on. Copy the rows of children');
    expect(state(db)).toEqual(whole);
  });

  it('runs the way out', async () => {
    const db = familyDatabase();
    const way = `CREATE TABLE kept AS SELECT * FROM children;
      DROP TABLE children;
      ${byHand}
      CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parents (id) ON DELETE CASCADE);
      INSERT INTO children SELECT * FROM kept;
      DROP TABLE kept;`;
    await db.up({ '001_rebuild.sql': way }, setup);
    expect(state(db)).toEqual(whole);
    expect(db.rows('PRAGMA foreign_keys')).toEqual([{ foreign_keys: 1 }]);
  });

  it('counts the rows that an action removes', async () => {
    const db = familyDatabase();
    const error = await failureOf(() =>
      db.up({ '001_replace.sql': "INSERT OR REPLACE INTO parents VALUES (1, 'c');" }, setup),
    );
    expect(error.code).toBe('ROWS_LOST');
    expect(state(db)).toEqual(whole);
  });

  it('runs several migrations in one transaction, and the plan says that foreign keys are enforced', async () => {
    const db = familyDatabase();
    const migrations = { '001_a.sql': 'CREATE TABLE a (x)', '002_b.sql': 'CREATE TABLE b (x)' };
    const plan = await db.runner(migrations, setup).plan();
    expect(plan.steps.map(({ group, foreignKeys: on }) => [group, on])).toEqual([
      [1, true],
      [1, true],
    ]);
    expect((await db.up(migrations, { ...setup, atomic: 'run' })).applied).toHaveLength(2);
  });
});
