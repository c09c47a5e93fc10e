import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { dumpOf, hasCommandLine, loaders, schemaOf } from './support.ts';

/** One schema with everything that a dump or its loader may stumble over. */
const traps = [
  `CREATE TABLE plain (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT NOT NULL DEFAULT 'it''s; -- no comment', b DECIMAL(10, 2))`,
  `CREATE TABLE "order; by" ("select" TEXT, [a b] INTEGER, \`c"d\` BLOB, "Ä" UNIQUE)`,
  `CREATE TABLE strict_one (id INTEGER PRIMARY KEY, v ANY) STRICT`,
  `CREATE TABLE pairs (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID, STRICT`.replace('a, b,', 'a TEXT, b INT,'),
  `CREATE TABLE computed (a INTEGER, twice AS (a * 2), kept INTEGER GENERATED ALWAYS AS (a + 1) STORED) -- the end`,
  `CREATE TABLE child (id INTEGER PRIMARY KEY, up REFERENCES later ON DELETE CASCADE, self REFERENCES child (id))`,
  `CREATE TABLE later (id INTEGER PRIMARY KEY)`,
  `CREATE TABLE copied AS SELECT 1 AS one, 'x' AS "two words"`,
  `CREATE TABLE old_name (a, b)`,
  `ALTER TABLE old_name RENAME TO new_name`,
  `ALTER TABLE new_name ADD COLUMN c TEXT DEFAULT 'z'`,
  `ALTER TABLE new_name RENAME COLUMN a TO first`,
  `CREATE INDEX plain_a ON plain (a COLLATE NOCASE DESC) WHERE a IS NOT NULL -- partial\n`,
  `CREATE UNIQUE INDEX "weird ""index" ON "order; by" (lower("select"), [a b])`,
  `CREATE VIEW on_view AS SELECT * FROM z_view`,
  `CREATE VIEW z_view (x) AS SELECT a FROM plain -- a comment at the end`,
  `CREATE VIEW broken AS SELECT missing FROM nowhere`,
  `CREATE VIEW never_closed AS SELECT 1 AS one /* and no end`,
  `CREATE TRIGGER plain_log AFTER INSERT ON plain WHEN new.a <> ';' BEGIN
     INSERT INTO new_name (first) VALUES (CASE WHEN new.b > 1 THEN ';' ELSE 'END;' END);
     DELETE FROM nowhere; -- it is made elsewhere
   END`,
  `CREATE TRIGGER view_insert INSTEAD OF INSERT ON on_view BEGIN SELECT 1; END`,
  `CREATE VIRTUAL TABLE words USING fts5 (a, content='plain', content_rowid='id')`,
  `CREATE VIRTUAL TABLE by_view USING fts4 (content="z_view")`,
  `CREATE VIRTUAL TABLE boxes USING rtree (id, x0, x1)`,
  `INSERT INTO new_name (first) VALUES (1)`,
  `ANALYZE`,
  `PRAGMA user_version = 42`,
  `PRAGMA application_id = 1234567`,
];

const migrations = {
  '001_plain.sql': `-- Schema-Version: 1.0.0
-- === UP MIGRATION ===
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT);
-- === DOWN MIGRATION ===
DROP TABLE notes;`,
  '002_index.sql': 'CREATE INDEX notes_text ON notes (text);',
};

function fill(db: TestDatabase, statements: readonly string[] = traps): void {
  // One by one and without a semicolon: that is how a comment comes to stand at the end of a stored text.
  for (const sql of statements) db.bridge.query(sql, []);
}

onEveryDriver('a dump', (open, variant) => {
  for (const [name, load] of Object.entries(loaders))
    it.skipIf(name.includes('command line') && !hasCommandLine)(
      `loads into an equal schema with ${name}, and is the same again`,
      async () => {
        const db = open();
        fill(db);
        const runner = db.runner({});
        const text = await dumpOf(runner, variant);
        const path = join(db.folder, 'loaded.db');
        expect(load(text, path)).toBe('');
        const loaded = db.connect(path);
        // What was never closed is closed now: the semicolon would be in the comment otherwise.
        const closed = schemaOf(db.bridge).map((line) => line.replace('/* and no end', '/* and no end */'));
        expect(schemaOf(loaded)).toEqual(closed);
        db.close();
        const again = openTestDatabase(variant);
        void again.bridge.script(text);
        expect(await dumpOf(again.runner({}), variant)).toBe(text);
      },
    );

  it('of a migrated database is the start of another one', async () => {
    const db = open();
    await db.up(migrations);
    const text = await dumpOf(db.runner(migrations), variant);
    const other = openTestDatabase(variant);
    void other.bridge.script(text);
    const runner = other.runner(migrations);
    const status = await runner.check();
    expect(status).toMatchObject({ version: 2, label: '1.0.0', pending: [], problems: [], tooOld: false });
    expect(status.entries.map((entry) => entry.state)).toEqual(['applied', 'applied']);
    expect((await other.up(migrations)).applied).toEqual([]);
    expect(other.attempts()).toEqual([]);
    // It is known when the rows came to be, and not to lie in the future.
    const [row] = other.rows('SELECT applied_at FROM schema_migrations');
    expect(Math.abs(Date.now() - Date.parse(String(row?.['applied_at'])))).toBeLessThan(600_000);
    const more = { ...migrations, '003_more.sql': 'CREATE TABLE more (a);' };
    expect((await other.up(more)).applied.map(({ version }) => version)).toEqual([3]);
    expect(await dumpOf(other.runner(more), variant)).not.toBe(text);
  });
});

describe('a dump', () => {
  it('does not depend on how the schema was made', () => {
    const [one, other] = [openTestDatabase(), openTestDatabase()];
    const statements = [
      'CREATE TABLE b (a)',
      'CREATE TABLE a (b)',
      'CREATE INDEX b_a ON b (a)',
      'CREATE INDEX a_b ON a (b)',
      'CREATE VIEW w AS SELECT 1',
      'CREATE VIEW v AS SELECT * FROM w',
      'CREATE TRIGGER y AFTER INSERT ON a BEGIN SELECT 1; END',
      'CREATE TRIGGER x AFTER UPDATE ON a BEGIN SELECT 1; END',
    ];
    fill(one, statements);
    fill(other, [
      'CREATE TABLE gone (a)',
      ...[1, 0, 3, 2, 5, 4, 7, 6].map((i) => statements[i]!),
      'DROP TABLE gone',
      'INSERT INTO a VALUES (1)',
      'VACUUM',
    ]);
    expect(other.runner({}).dumpSync()).toBe(one.runner({}).dumpSync());
  });

  it('keeps the order of triggers that fire at the same moment', () => {
    const db = openTestDatabase();
    const triggers = ['y', 'x'].map((name) => `CREATE TRIGGER ${name} AFTER INSERT ON a BEGIN SELECT 1; END`);
    fill(db, ['CREATE TABLE a (b)', ...triggers]);
    expect(db.runner({}).dumpSync()).toContain(triggers.map((sql) => `${sql};`).join('\n\n'));
  });

  it('does not depend on the time, the machine or the line ends of the migrations', async () => {
    const [one, other] = [openTestDatabase(), openTestDatabase()];
    await one.up(migrations);
    const windows = Object.fromEntries(
      Object.entries(migrations).map(([name, text]) => [name, text.replaceAll('\n', '\r\n')]),
    );
    await other.up(windows, { host: { hostname: 'elsewhere' } }, { steps: 1 });
    await other.up(windows);
    expect(other.runner(migrations).dumpSync()).toBe(one.runner(migrations).dumpSync());
  });

  it('does not depend on the version of Dunlin that made the attempt log', async () => {
    const [one, other] = [openTestDatabase(), openTestDatabase()];
    await one.up(migrations);
    await other.up(migrations);
    other.exec(`DROP TABLE schema_migration_attempts; CREATE TABLE schema_migration_attempts (id INTEGER PRIMARY KEY, run_id TEXT NOT NULL, version INTEGER, name TEXT, direction TEXT NOT NULL, status TEXT NOT NULL, started_at TEXT NOT NULL, finished_at TEXT, statement INTEGER, error_code TEXT, error TEXT, backup TEXT, host TEXT, pid INTEGER);
      ALTER TABLE schema_migration_attempts ADD COLUMN tool TEXT`);
    expect(other.runner(migrations).dumpSync()).toBe(one.runner(migrations).dumpSync());
  });

  it('keeps another encoding', () => {
    const db = openTestDatabase();
    fill(db, [`PRAGMA encoding = 'UTF-16le'`, `CREATE TABLE t (a DEFAULT 'ä')`]);
    const other = openTestDatabase();
    void other.bridge.script(db.runner({}).dumpSync());
    expect(schemaOf(other.bridge)).toEqual(schemaOf(db.bridge));
  });

  it('works inside a transaction of the application, and leaves it open', () => {
    const db = openTestDatabase();
    db.exec('BEGIN; CREATE TABLE t (a);');
    expect(db.runner({}).dumpSync()).toContain('CREATE TABLE t (a);');
    expect(db.bridge.inTransaction?.()).toBe(true);
    db.exec('ROLLBACK');
  });

  it('of an empty database is empty', () => {
    const text = openTestDatabase().runner({}).dumpSync();
    expect(text).toBe(
      '-- A database schema, written by `dunlin dump`. Into a new database:  sqlite3 -bail new.db < schema.sql\n\nBEGIN;\n\nCOMMIT;\n',
    );
  });

  it.skipIf(!hasCommandLine)('that does not load leaves nothing', () => {
    const db = openTestDatabase();
    fill(db, ['CREATE TABLE a (x)', 'CREATE TABLE b (x)']);
    const path = join(db.folder, 'other.db');
    const there = db.connect(path);
    void there.script('CREATE TABLE b (x)');
    const before = schemaOf(there);
    expect(loaders['the sqlite3 command line']!(db.runner({}).dumpSync(), path)).toContain('already exists');
    expect(schemaOf(there)).toEqual(before);
  });

  it.skipIf(!hasCommandLine)('keeps names in double quotes that SQLite took for strings', () => {
    const db = openTestDatabase();
    const load = loaders['the sqlite3 command line']!;
    const old = `.dbconfig dqs_ddl on\nCREATE TABLE t (a DEFAULT "x" CHECK (a <> "y")); CREATE INDEX i ON t (a) WHERE a > "z";`;
    expect(load(old, db.path)).toBe('');
    const text = db.runner({}).dumpSync();
    const path = join(db.folder, 'other.db');
    expect(load(`.dbconfig dqs_ddl on\n${text}`, path)).toBe('');
    expect(schemaOf(db.connect(path))).toEqual(schemaOf(db.bridge));
    expect(loaders['better-sqlite3']!(text, join(db.folder, 'refused.db'))).toContain('no such column');
  });

  it('has the tables under their configured names', async () => {
    const tables = { migrations: 'my "applied" one', attempts: 'Log' };
    const db = openTestDatabase();
    await db.up(migrations, { tables });
    const other = openTestDatabase();
    void other.bridge.script(db.runner(migrations, { tables }).dumpSync());
    expect(other.runner(migrations, { tables }).checkSync()).toMatchObject({ pending: [], problems: [] });
    expect(db.runner(migrations, { tables }).dumpSync({ format: 'mermaid' })).not.toContain('Log');
  });

  it('leaves out indexes and triggers on shadow tables, which belong to their module', () => {
    const db = openTestDatabase();
    fill(db, ['CREATE VIRTUAL TABLE f USING fts5 (a)', 'CREATE INDEX mine ON f_content (c0)']);
    const text = db.runner({}).dumpSync();
    expect(text).not.toContain('f_content');
  });

  it('fires no trigger on the tracking table', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    fill(db, [
      'CREATE TABLE seen (v)',
      'CREATE TRIGGER watch AFTER INSERT ON schema_migrations BEGIN INSERT INTO seen VALUES (new.version); END',
    ]);
    const other = openTestDatabase();
    void other.bridge.script(db.runner(migrations).dumpSync());
    expect(other.rows('SELECT * FROM seen')).toEqual([]);
    expect(schemaOf(other.bridge)).toEqual(schemaOf(db.bridge));
  });

  it('is a failure where the tracking table is damaged, and is not without it', async () => {
    const db = openTestDatabase();
    await db.up(migrations);
    db.exec(`UPDATE schema_migrations SET applied_at = 'never' WHERE version = 2`);
    expect(() => db.runner(migrations).dumpSync()).toThrow(/applied_at/);
    const text = db.runner(migrations).dumpSync({ tracking: false });
    expect(text).toContain('CREATE TABLE notes');
    expect(text).not.toContain('schema_migrations');
  });
});

describe.each(['filename', 'semver'] as const)('the tracking table in the layout %s', (layout) => {
  it('comes along with its rows', async () => {
    const db = openTestDatabase();
    const labelled = { ...migrations, '003_three.sql': '-- Schema-Version: 1.2.0\nCREATE TABLE three (a);' };
    await db.up(labelled, { layout });
    const text = db.runner(labelled, { layout }).dumpSync();
    const other = openTestDatabase();
    void other.bridge.script(text);
    const runner = other.runner(labelled, { layout });
    expect(runner.checkSync()).toMatchObject({ version: 3, pending: [], problems: [] });
    expect(runner.dumpSync()).toBe(text);
    if (layout === 'semver') expect(other.value('SELECT version FROM schema_version')).toBe('1.2.0');
    expect(schemaOf(other.bridge)).toEqual(schemaOf(db.bridge));
  });

  it('is in the order of the versions, however they were applied', async () => {
    const [db, other] = [openTestDatabase(), openTestDatabase()];
    const { '002_index.sql': second, ...first } = migrations;
    const late = { ...first, '003_late.sql': 'CREATE TABLE late (a);' };
    await db.up(late, { layout });
    const all = { ...late, '002_index.sql': second };
    await db.up(all, { layout, outOfOrder: 'allow' });
    await other.up(all, { layout });
    expect(db.runner(all, { layout }).dumpSync()).toBe(other.runner(all, { layout }).dumpSync());
  });
});

it('a schema_version of the application keeps its columns', async () => {
  const db = openTestDatabase();
  fill(db, ['CREATE TABLE schema_version (version TEXT)', `INSERT INTO schema_version VALUES ('0.9.0')`]);
  const one = { '001_one.sql': '-- Schema-Version: 1.0.0\nCREATE TABLE one (a);' };
  await db.up(one, { layout: 'semver' });
  const other = openTestDatabase();
  void other.bridge.script(db.runner(one, { layout: 'semver' }).dumpSync());
  expect(other.rows('SELECT * FROM schema_version')).toEqual([{ version: '1.0.0' }]);
  expect(other.runner(one, { layout: 'semver' }).checkSync().problems).toEqual([]);
});
