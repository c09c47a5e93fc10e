import { expect, it } from 'vitest';
import type { MigrationRecord } from '../../src/source/index.ts';
import {
  failureOf,
  onEveryDriver,
  openTestDatabase,
  type RunnerSetup,
  type TestDatabase,
} from '../support/databases.ts';
import type { ReapplyOptions } from '../../src/operations/index.ts';
import type { RunResult } from '../../src/lock/run-options.ts';

const text = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

const a = text('CREATE TABLE a (id INTEGER PRIMARY KEY, x TEXT);', 'DROP TABLE a;');
const b = text('CREATE TABLE b (id INTEGER PRIMARY KEY, y TEXT);', 'DROP TABLE b;');
const c = text('CREATE TABLE c (id INTEGER PRIMARY KEY);', 'DROP TABLE c;');
const all: MigrationRecord = { '001_a.sql': a, '002_b.sql': b, '003_c.sql': c };

async function reapply(
  db: TestDatabase,
  migrations: MigrationRecord,
  options?: ReapplyOptions,
  setup?: RunnerSetup,
): Promise<RunResult> {
  const runner = db.runner(migrations, setup);
  return db.variant.api === 'sync' ? runner.reapplySync(options) : await runner.reapply(options);
}

const moves = ({ applied }: RunResult): string[] => applied.map(({ direction, name }) => `${direction} ${name}`);
const tables = (db: TestDatabase): unknown[] =>
  db.column("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 's*' ORDER BY 1");

onEveryDriver('reapply', (open) => {
  it('applies what is pending, and then does nothing', async () => {
    const db = open();
    expect(moves(await reapply(db, all))).toEqual(['up a', 'up b', 'up c']);
    expect(moves(await reapply(db, all))).toEqual([]);
  });

  it('applies the newest migration again after an edit, by the DOWN part that was recorded', async () => {
    const db = open();
    await db.up(all);
    db.exec("INSERT INTO a VALUES (1, 'kept')");
    const edited = { ...all, '003_c.sql': text('CREATE TABLE d (id INTEGER PRIMARY KEY, z);', 'DROP TABLE d;') };
    expect(moves(await reapply(db, edited))).toEqual(['down c', 'up c']);
    expect(tables(db)).toEqual(['a', 'b', 'd']);
    expect(db.column('SELECT x FROM a')).toEqual(['kept']);
  });

  it('rolls back to an older migration that was edited, and up again', async () => {
    const db = open();
    await db.up(all);
    const edited = { ...all, '002_b.sql': b.replace('y TEXT', 'y TEXT, w') };
    expect(moves(await reapply(db, edited))).toEqual(['down c', 'down b', 'up b', 'up c']);
    expect(db.versions()).toEqual([1, 2, 3]);
  });

  it('rolls back what has no file any more, and applies what has become another migration', async () => {
    const db = open();
    await db.up(all);
    const { '003_c.sql': _, ...less } = all;
    expect(moves(await reapply(db, less))).toEqual(['down c']);
    const other = { '001_a.sql': a, '002_e.sql': text('CREATE TABLE e (id);', 'DROP TABLE e;') };
    expect(moves(await reapply(db, other))).toEqual(['down b', 'up e']);
    expect(tables(db)).toEqual(['a', 'e']);
  });

  it('puts a migration that arrives below applied ones into its place', async () => {
    const db = open();
    const { '002_b.sql': _, ...less } = all;
    await db.up(less);
    expect(moves(await reapply(db, all))).toEqual(['down c', 'up b', 'up c']);
    await db.down(all, {}, { to: 1 });
    await db.up(less);
    expect(moves(await reapply(db, all, {}, { outOfOrder: 'allow' }))).toEqual(['up b']);
  });

  it('follows a migration to another number', async () => {
    const db = open();
    await db.up({ '001_a.sql': a, '002_b.sql': b });
    const moved = { '001_a.sql': a, '002_c.sql': c, '003_b.sql': b };
    expect(moves(await reapply(db, moved))).toEqual(['down b', 'up c', 'up b']);
    expect(db.versions()).toEqual([1, 2, 3]);
  });

  it('rolls back a whole set of which one migration was edited', async () => {
    const db = open();
    const together = [[2, 3]];
    await db.up(all, { together });
    const edited = { ...all, '003_c.sql': c.replace('(id', '(z, id') };
    expect(moves(await reapply(db, edited, {}, { together }))).toEqual(['down c', 'down b', 'up b', 'up c']);
  });

  it('leaves all as it was when the new text fails', async () => {
    const db = open();
    await db.up(all);
    db.exec("INSERT INTO b VALUES (1, 'kept')");
    const content = db.content();
    const edited = { ...all, '002_b.sql': text('CREATE TABLE b (id, nope nope nope(;', '') };
    const failed = await failureOf(() => reapply(db, { ...all, '002_b.sql': text('SELECT nope;', 'SELECT 1;') }));
    expect(failed.code).toBe('STATEMENT_FAILED');
    expect((await failureOf(() => reapply(db, edited))).code).not.toBe('REAPPLY_LOSES');
    expect(db.content()).toBe(content);
    expect(db.versions()).toEqual([1, 2, 3]);
  });

  it('refuses an edit that has left nothing to run', async () => {
    const db = open();
    await db.up(all);
    const failed = await failureOf(() => reapply(db, { ...all, '003_c.sql': text('', '') }));
    expect(failed.code).toBe('EMPTY_MIGRATION');
    expect(tables(db)).toEqual(['a', 'b', 'c']);
  });

  it('loses no value unless that is accepted', async () => {
    const db = open();
    await db.up(all);
    db.exec("INSERT INTO c VALUES (1), (2); INSERT INTO b VALUES (1, 'x')");
    const content = db.content();
    const edited = { ...all, '003_c.sql': c.replace('(id', '(z, id') };
    const failed = await failureOf(() => reapply(db, edited));
    expect(failed.code).toBe('REAPPLY_LOSES');
    expect(failed.message).toBe('Applying 003_c again would lose data of app.db: c: 2 rows before, 0 after.');
    expect(db.content()).toBe(content);
    expect(db.column('SELECT name FROM sqlite_temp_schema')).toEqual([]);
    expect(moves(await reapply(db, edited, { losses: 'accept' }))).toEqual(['down c', 'up c']);
    expect(db.column('SELECT count(*) FROM c')).toEqual([0]);
    expect(db.column('SELECT y FROM b')).toEqual(['x']);
  });

  it('loses only what was accepted', async () => {
    const db = open();
    await db.up(all);
    db.exec("INSERT INTO c VALUES (1); INSERT INTO b VALUES (1, 'x')");
    const edited = { ...all, '003_c.sql': c.replace('(id', '(z, id') };
    const shown = await failureOf(() => reapply(db, edited));
    // Another row, another table, another migration.
    db.exec('INSERT INTO c VALUES (2)');
    const more = await failureOf(() => reapply(db, edited, { losses: shown }));
    expect(more.message).toContain('c: 2 rows before, 0 after.');
    const older = { ...edited, '002_b.sql': b.replace('y TEXT', 'y TEXT, w') };
    const both = await failureOf(() => reapply(db, older, { losses: more }));
    expect(both.message).toContain('Applying 002_b; 003_c again would lose data of app.db: ');
    const { '003_c.sql': _, ...gone } = edited;
    expect((await failureOf(() => reapply(db, gone, { losses: more }))).message).toContain('Rolling back 3 c');
    expect(db.column('SELECT id FROM c')).toEqual([1, 2]);
    expect(moves(await reapply(db, edited, { losses: more }))).toEqual(['down c', 'up c']);
    expect(db.column('SELECT y FROM b')).toEqual(['x']);
    expect(db.column('SELECT name FROM sqlite_temp_schema')).toEqual([]);
    const failed = await failureOf(() => reapply(db, edited, { losses: 'ask' as 'error' }));
    expect(failed.code).toBe('OPTION_INVALID');
    expect((await failureOf(() => reapply(db, edited, { losses: failed }))).code).toBe('OPTION_INVALID');
  });
});

it.each([
  ['a table that is gone', text('CREATE TABLE z (id);', 'DROP TABLE z;'), 'r: 2 rows before, and the table is gone'],
  ['fewer rows', text('CREATE TABLE r (id INTEGER PRIMARY KEY, v, w);', ''), 'r: 2 rows before, 0 after'],
  [
    'a column',
    text('CREATE TABLE r (id INTEGER PRIMARY KEY); INSERT INTO r VALUES (1), (2);', ''),
    'r.v: 1 value, and the column is gone',
  ],
  [
    'the values of a column that has its default again',
    text("CREATE TABLE r (id INTEGER PRIMARY KEY, v DEFAULT 'd'); INSERT INTO r (id) VALUES (1), (2);", ''),
    'r.v: 1 value of before is gone',
  ],
  [
    'values that other rows have now',
    text("CREATE TABLE r (id INTEGER PRIMARY KEY, v); INSERT INTO r VALUES (2, 'own'), (1, NULL);", ''),
    'r.v: 1 value of before is gone',
  ],
])('counts %s', async (_, edited, line) => {
  const db = openTestDatabase();
  await db.up({ '001_r.sql': text('CREATE TABLE r (id INTEGER PRIMARY KEY, v);', 'DROP TABLE r;') });
  db.exec("INSERT INTO r VALUES (1, 'own'), (2, NULL)");
  const failed = await failureOf(() => reapply(db, { '001_r.sql': edited }));
  expect(failed.message).toBe(`Applying 001_r again would lose data of app.db: ${line}.`);
});

it.each([
  ['a table with another name', 'ALTER TABLE t RENAME TO u2;', 'ALTER TABLE u2 RENAME TO t;'],
  ['a column with another name', 'ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME COLUMN v TO w;', ''],
  ['a column in place of NULL', "ALTER TABLE t RENAME TO u; UPDATE u SET n = 'set' WHERE n IS NULL;", ''],
  [
    'another position',
    'CREATE TABLE u (v, n, id INTEGER PRIMARY KEY); INSERT INTO u SELECT v, n, id FROM t; DROP TABLE t;',
    '',
  ],
])('counts as no loss %s', async (_, up, down) => {
  const db = openTestDatabase();
  const t = { '001_t.sql': 'CREATE TABLE t (id INTEGER PRIMARY KEY, v, n, g AS (v || 1), s AS (id) STORED);' };
  const plain = { '001_t.sql': t['001_t.sql'].replace(', g AS (v || 1), s AS (id) STORED', '') };
  const files = up.startsWith('CREATE') ? plain : t;
  await db.up({ ...files, '002_u.sql': text('ALTER TABLE t RENAME TO u;', 'ALTER TABLE u RENAME TO t;') });
  db.exec("INSERT INTO u (id, v, n) VALUES (1, 'own', NULL), (2, 2.0, NULL), (3, x'00', NULL)");
  await reapply(db, { ...files, '002_u.sql': text(up, down) });
  expect(db.versions()).toEqual([1, 2]);
});

it('counts each of several values, and finds rows by their values where the key has another name', async () => {
  const db = openTestDatabase();
  const rows = (columns: string, values = ''): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (${columns});${values}`, 'DROP TABLE r;'),
  });
  await db.up(rows('id INTEGER PRIMARY KEY, v'));
  db.exec("INSERT INTO r VALUES (1, 'one'), (2, 'two')");
  const other = rows('id INTEGER PRIMARY KEY, v, w', 'INSERT INTO r (id) VALUES (1), (2);');
  expect((await failureOf(() => reapply(db, other))).message).toContain('r.v: 2 values of before are gone');
  await reapply(db, rows('key INTEGER PRIMARY KEY, v', "INSERT INTO r VALUES (1, 'one'), (2, 'two');"));
  expect(db.column('SELECT key FROM r')).toEqual([1, 2]);
});

it.each([
  ['a table whose columns are the key', 'u, p, PRIMARY KEY (u, p)', '(1, 1), (2, 2)', '(1, 2), (2, 1)', 2],
  ['a table without a key', 'item, price', "('a', 1), ('b', 2)", "('a', 2), ('b', 1)", 2],
  ['a key that may be NULL', 'k UNIQUE, v', "('a', 1), ('b', 2)", "('a', 2), ('b', 1)", 2],
  ['a row with NULL that another has', 'k, v', "('a', NULL), ('a', 1)", "('a', 1), ('b', 2)", 1],
])('counts whole rows of %s', async (_, columns, values, other, lost) => {
  const db = openTestDatabase();
  const rows = (list: string, seeds: string): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (${list}); INSERT INTO r VALUES ${seeds};`, 'DROP TABLE r;'),
  });
  await db.up(rows(columns, values));
  const failed = await failureOf(() => reapply(db, rows(columns, other)));
  expect(failed.message).toMatch(new RegExp(`: r(\\.\\w)?: ${lost} \\w+ of before (are|is) gone\\.$`));
  await reapply(db, rows(`added, ${columns}`, values.replaceAll('(', '(0, ')));
});

it.each([
  [
    'a key',
    'id INTEGER PRIMARY KEY, v',
    "(1, 'a'), (2, 'b')",
    'sid INTEGER PRIMARY KEY, v',
    "(1, 'b'), (2, 'a')",
    'id',
  ],
  ['a column', 'item, price', "('a', 1), ('b', 2)", 'item, cost', "('a', 2), ('b', 1)", 'price'],
  ['two columns', 'a, b', '(1, 1), (2, 2)', 'c, d', '(1, 2), (2, 1)', 'b'],
])('counts the rows of %s with another name', async (_, columns, values, to, other, column) => {
  const db = openTestDatabase();
  const rows = (list: string, seeds: string): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (${list}); INSERT INTO r VALUES ${seeds};`, 'DROP TABLE r;'),
  });
  await db.up(rows(columns, values));
  const failed = await failureOf(() => reapply(db, rows(to, other)));
  expect(failed.message).toContain(`: r.${column}: 2 values, and the column is gone.`);
  await reapply(db, rows(to, values));
  expect(db.column('SELECT count(*) FROM r')).toEqual([2]);
});

it('takes no new table for two that are gone', async () => {
  const db = openTestDatabase();
  const two = 'CREATE TABLE a (v); CREATE TABLE b (v); INSERT INTO a VALUES (1); INSERT INTO b VALUES (1);';
  await db.up({ '001_r.sql': text(two, 'DROP TABLE a; DROP TABLE b;') });
  const one = { '001_r.sql': text('CREATE TABLE c (v); INSERT INTO c VALUES (1);', '') };
  expect((await failureOf(() => reapply(db, one))).message).toContain(': b: 1 row before, and the table is gone.');
});

it('reads texts beyond a NUL character', async () => {
  const db = openTestDatabase();
  const rows = (value: string): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (k PRIMARY KEY, v); INSERT INTO r VALUES (1, ${value});`, 'DROP TABLE r;'),
  });
  await db.up(rows("'ab' || char(0) || 'secret'"));
  for (const other of ["'ab' || char(0)", "'ab'", "CAST('ab' || char(0) || 'secret' AS BLOB)"])
    expect((await failureOf(() => reapply(db, rows(other)))).message).toContain('r.v: 1 value of before is gone');
  await reapply(db, rows("'ab' || char(0) || 'secret' /**/ || ''"));
  expect(db.column('SELECT length(CAST(v AS BLOB)) FROM r')).toEqual([9]);
});

it('compares tables without a key', async () => {
  const db = openTestDatabase();
  const rows = text('CREATE TABLE r (v);', 'DROP TABLE r;');
  await db.up({ '001_r.sql': rows });
  db.exec("INSERT INTO r VALUES ('same'), ('same')");
  const again = (values: string): MigrationRecord => ({
    '001_r.sql': rows.replace('(v);', `(v); INSERT INTO r VALUES ${values};`),
  });
  expect((await failureOf(() => reapply(db, again("('same'), ('other')")))).message).toContain(
    'r.v: 1 value of before is gone',
  );
  await reapply(db, again("('same'), ('other'), ('same')"));
  expect(db.column('SELECT count(*) FROM r')).toEqual([3]);
});

const unread = 'f: nothing can read the values of this virtual table, and what it stores is not as before';

it.each([
  ['full text', 'fts5 (v)', "(rowid, v) VALUES (1, 'text')", 'f: 1 row before, 0 after'],
  ['full text of another version', 'fts4 (v)', "(docid, v) VALUES (1, 'text')", 'f: 1 row before, 0 after'],
  ['rectangles', 'rtree (id, a, b)', 'VALUES (1, 2, 3)', 'f: 1 row before, 0 after'],
  ['text without content', "fts5 (v, content = '')", "(rowid, v) VALUES (1, 'text')", unread],
  ['text that cannot be scanned', "fts5 (v, content = '', columnsize = 0)", "(rowid, v) VALUES (1, 'text')", unread],
])('compares virtual tables: %s', async (_, module, values, line) => {
  const db = openTestDatabase();
  const make = (more: string): MigrationRecord => ({
    '001_f.sql': text(`CREATE VIRTUAL TABLE f USING ${module};${more}`, 'DROP TABLE f;'),
    '002_t.sql': text('CREATE TABLE t (id);', 'DROP TABLE t;'),
  });
  await db.up(make(''));
  db.exec(`INSERT INTO f ${values}`);
  const failed = await failureOf(() => reapply(db, make(' CREATE TABLE u (id);')));
  expect(failed.message).toBe(`Applying 001_f; 002_t again would lose data of app.db: ${line}.`);
  expect(db.column('SELECT name FROM sqlite_temp_schema')).toEqual([]);
  const edited = { ...make(''), '002_t.sql': text('CREATE TABLE t (no);', 'DROP TABLE t;') };
  expect(moves(await reapply(db, edited))).toEqual(['down t', 'up t']);
});

it('does not take the tables of f_x for those of f', async () => {
  const db = openTestDatabase();
  const make = (values: string): MigrationRecord => ({
    '001_f.sql': "CREATE VIRTUAL TABLE f USING fts5 (v, content = '');",
    '002_x.sql': text(`CREATE VIRTUAL TABLE f_x USING fts5 (v); INSERT INTO f_x VALUES ${values};`, 'DROP TABLE f_x;'),
  });
  await db.up(make("('one')"));
  db.exec("INSERT INTO f (rowid, v) VALUES (1, 'text')");
  expect(moves(await reapply(db, make("('one'), ('two')")))).toEqual(['down x', 'up x']);
});

it('follows a virtual table to another name, and asks about one that cannot be read', async () => {
  const db = openTestDatabase();
  const first = { '001_f.sql': text('CREATE VIRTUAL TABLE f USING fts5 (v);', 'DROP TABLE f;') };
  const named = (up: string): MigrationRecord => ({ ...first, '002_g.sql': text(up, 'ALTER TABLE g RENAME TO f;') });
  await db.up(named('ALTER TABLE f RENAME TO g;'));
  db.exec("INSERT INTO g VALUES ('text')");
  const other = named('ALTER TABLE f RENAME TO h; CREATE TABLE g2 (x);');
  expect(moves(await reapply(db, other))).toEqual(['down g', 'up g']);
  db.exec("CREATE TABLE t (id); CREATE VIRTUAL TABLE words USING fts5vocab ('nope', 'row')");
  const third = { ...other, '003_t.sql': text('CREATE TABLE z (id);', 'DROP TABLE z;') };
  await db.up(third);
  const edited = { ...third, '003_t.sql': text('CREATE TABLE z (no);', 'DROP TABLE z;') };
  expect((await failureOf(() => reapply(db, edited))).message).toContain(
    ': words: nothing can read the values of this virtual table here.',
  );
});

it('asks about a virtual table that cannot be read any more', async () => {
  const db = openTestDatabase();
  const make = (content: string): MigrationRecord => ({
    '001_d.sql': 'CREATE TABLE d (v);',
    '002_f.sql': text(`CREATE VIRTUAL TABLE f USING fts5 (v, content = '${content}');`, 'DROP TABLE f;'),
  });
  await db.up(make('d'));
  db.exec("INSERT INTO d VALUES ('text'); INSERT INTO f (f) VALUES ('rebuild')");
  expect((await failureOf(() => reapply(db, make('nope')))).message).toContain(
    ': f: 1 row before, and nothing can read the virtual table now.',
  );
});

it('asks before what no migration made goes with a table', async () => {
  const db = openTestDatabase();
  const make = (columns: string, more = ''): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (${columns}); CREATE INDEX own ON r (v);${more}`, 'DROP TABLE r;'),
  });
  await db.up(make('v'));
  const trigger = 'CREATE TRIGGER tr AFTER INSERT ON r BEGIN SELECT 1; END;';
  db.exec(`CREATE INDEX hand ON r (v); ${trigger} CREATE TABLE extra (x); INSERT INTO extra VALUES (1)`);
  const message = async (files: MigrationRecord): Promise<string> =>
    (await failureOf(() => reapply(db, files))).message;
  expect(await message(make('v, w'))).toContain(
    ': index hand on r: no migration made it, and it is gone; trigger tr on r: no migration made it, and it is gone.',
  );
  expect(await message(make('v, w', `CREATE INDEX hand ON r (w); ${trigger}`))).toContain(
    ': index hand on r: no migration made it, and it is different now.',
  );
  db.exec('DROP INDEX own; ALTER TABLE r ADD COLUMN x');
  const kept = `CREATE INDEX hand ON r (v); ${trigger}`;
  expect(await message(make('v, w', kept))).toContain(': table r: it was changed by hand, and it is different now.');
  expect(moves(await reapply(db, make('v, x', kept)))).toEqual(['down r', 'up r']);
  expect(moves(await reapply(db, make('v, x, y', kept)))).toEqual(['down r', 'up r']);
});

it('takes all for made by hand where no schema is recorded', async () => {
  const db = openTestDatabase();
  const make = (id: string): MigrationRecord => ({ '001_r.sql': text(`CREATE TABLE r (${id});`, 'DROP TABLE r;') });
  await db.up(make('id'));
  db.exec('CREATE INDEX hand ON r (id); UPDATE schema_migration_attempts SET schema = NULL');
  expect((await failureOf(() => reapply(db, make('id, v')))).message).toContain(
    ': index hand on r: no migration made it',
  );
});

it('gives no AUTOINCREMENT id a second time', async () => {
  const db = openTestDatabase();
  const id = 'id INTEGER PRIMARY KEY AUTOINCREMENT';
  const make = (up: string, down = 'DROP TABLE r;'): MigrationRecord => ({ '001_r.sql': text(up, down) });
  await db.up(make(`CREATE TABLE r (${id});`));
  db.exec('INSERT INTO r VALUES (3); DELETE FROM r');
  const message = async (up: string): Promise<string> => (await failureOf(() => reapply(db, make(up)))).message;
  const given = ': r: AUTOINCREMENT has given ids up to 3, and ';
  expect(await message('CREATE TABLE r (id INTEGER PRIMARY KEY);')).toContain(`${given}r is without it now.`);
  expect(await message('CREATE TABLE s (x);')).toContain(`${given}the table is gone.`);
  const { notes } = await reapply(db, make(`CREATE TABLE r (${id}, v); INSERT INTO r VALUES (1, 'seed');`));
  expect(notes).toEqual(['the AUTOINCREMENT sequence of r was set back to 3, as before']);
  db.exec("INSERT INTO r (v) VALUES ('next')");
  expect(db.column('SELECT id FROM r')).toEqual([1, 4]);
  await reapply(db, make(`CREATE TABLE s (${id}, v); INSERT INTO s VALUES (1, 'seed'), (4, 'next');`, 'DROP TABLE s;'));
  expect(db.column('SELECT seq FROM sqlite_sequence')).toEqual([4]);
  db.exec('DELETE FROM s');
  await reapply(db, make(`CREATE TABLE s (${id}, w);`, 'ALTER TABLE s RENAME TO t;'));
  expect(db.column('SELECT seq FROM sqlite_sequence')).toEqual([4]);
  await reapply(db, make('CREATE TABLE z (x);', ''));
  expect(db.column('SELECT name FROM sqlite_sequence')).toEqual(['t']);
  db.exec('INSERT INTO t VALUES (5, 1)');
});

it('has the notes of a run whose losses were accepted', async () => {
  const db = openTestDatabase();
  const make = (columns: string): MigrationRecord => ({
    '001_r.sql': text(`CREATE TABLE r (id INTEGER PRIMARY KEY AUTOINCREMENT, ${columns});`, 'DROP TABLE r;'),
  });
  await db.up(make('v'));
  db.exec("INSERT INTO r VALUES (3, 'x')");
  const shown = await failureOf(() => reapply(db, make('w')));
  const { notes } = await reapply(db, make('w'), { losses: shown });
  expect(notes).toEqual(['the AUTOINCREMENT sequence of r was set back to 3, as before']);
});

it('says where it starts, and which backup is from before', async () => {
  const db = openTestDatabase();
  const start = async (files: MigrationRecord): Promise<unknown> => await db.runner(files).reapplyStart();
  expect(await start(all)).toBeUndefined();
  await db.up({ '001_a.sql': a });
  const { backup } = await db.up(all, { backup: 'always' });
  expect(await start(all)).toBeUndefined();
  const edited = b.replace('y TEXT', 'y');
  expect(await start({ ...all, '002_b.sql': edited })).toEqual({
    migration: { version: 2, name: 'b' },
    backup: backup!.id,
  });
  expect(await start({ ...all, '001_a.sql': a.replace('x TEXT', 'x') })).toEqual({
    migration: { version: 1, name: 'a' },
    backup: undefined,
  });
});

it('takes no backup in which the migration is applied', async () => {
  const db = openTestDatabase();
  await db.up({ '001_a.sql': a });
  const { backup } = await db.up({ '001_a.sql': a, '002_b.sql': b }, { backup: 'always' });
  const edited = { '001_a.sql': a, '002_b.sql': b.replace('y TEXT', 'y') };
  const again = await db.runner(edited, { backup: 'always' }).reapply();
  expect(again.backup).toBeDefined();
  const start = await db.runner({ ...edited, '002_b.sql': b.replace('y TEXT', 'z') }).reapplyStart();
  expect(start?.backup).toBe(backup!.id);
});

onEveryDriver('reapply with repeatable migrations', (open) => {
  const users = text('CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);', 'DROP TABLE users;');
  const more = text('ALTER TABLE users ADD COLUMN x TEXT;', 'ALTER TABLE users DROP COLUMN x;');
  const view = 'DROP VIEW IF EXISTS names;\nCREATE VIEW names AS SELECT name, x FROM users;';
  const others =
    'CREATE TABLE IF NOT EXISTS log (n);\nCREATE INDEX IF NOT EXISTS by_x ON users (x);\nDROP TRIGGER IF EXISTS logged;\nCREATE TRIGGER logged AFTER INSERT ON users BEGIN INSERT INTO log VALUES (new.x); END;';
  const files: MigrationRecord = {
    '001_users.sql': users,
    '002_more.sql': more,
    'R__names.sql': view,
    'R__others.sql': others,
  };
  const objects = (db: TestDatabase): unknown[] =>
    db.column("SELECT name FROM sqlite_schema WHERE name IN ('names', 'by_x', 'logged', 'log') ORDER BY 1");

  it('makes them again around an edited migration whose table or column they read', async () => {
    const db = open();
    await db.up(files);
    db.exec('INSERT INTO log VALUES (1)');
    const second = { ...files, '002_more.sql': more.replace('x TEXT', 'x INTEGER') };
    expect(moves(await reapply(db, second))).toEqual(['down more', 'up more', 'up names', 'up others']);
    const first = { ...second, '001_users.sql': users.replace('name TEXT', 'name TEXT, age') };
    const all = ['down more', 'down users', 'up users', 'up more', 'up names', 'up others'];
    expect(moves(await reapply(db, first))).toEqual(all);
    expect(objects(db)).toEqual(['by_x', 'log', 'logged', 'names']);
    expect(db.column('SELECT n FROM log')).toEqual([1]);
    expect(moves(await reapply(db, first))).toEqual([]);
  });

  it('leaves to a migration what that needs to find, and to code what it drops', async () => {
    const db = open();
    const drops = {
      ...files,
      '002_more.sql': more.replace(
        'ALTER TABLE users DROP',
        'DROP VIEW names;\nDROP INDEX by_x;\nDROP TRIGGER logged;\nALTER TABLE users DROP',
      ),
    };
    await db.up(drops);
    const edited = { ...drops, '002_more.sql': drops['002_more.sql'].replace('x TEXT', 'x INTEGER') };
    expect(moves(await reapply(db, edited))).toEqual(['down more', 'up more', 'up names', 'up others']);
    const code = { up: () => undefined, down: (on: { exec(sql: string): unknown }) => on.exec('DROP VIEW names') };
    const coded: MigrationRecord = { ...edited, '003_code.js': { default: code } };
    await db.up(coded);
    const result = await (db.variant.api === 'sync' ? db.runner(coded).redoSync() : db.runner(coded).redo());
    expect(moves(result)).toEqual(['down code', 'up code', 'up names']);
    expect(objects(db)).toEqual(['by_x', 'log', 'logged', 'names']);
  });

  it('leaves all as it was when one of them fails', async () => {
    const db = open();
    await db.up(files);
    const content = db.content();
    const edited = {
      ...files,
      '002_more.sql': more.replaceAll(' x', ' y'),
      'R__names.sql': view.replace('VIEW names', 'VIEWW names'),
    };
    expect((await failureOf(() => reapply(db, edited))).failed).toBeDefined();
    expect(db.content()).toBe(content);
    expect(objects(db)).toEqual(['by_x', 'log', 'logged', 'names']);
  });

  it('runs one that was edited alone, and leaves what a deleted one made', async () => {
    const db = open();
    await db.up(files);
    expect(moves(await reapply(db, { ...files, 'R__names.sql': view.replace(', x', '') }))).toEqual(['up names']);
    const { 'R__names.sql': _, ...less } = files;
    expect(moves(await reapply(db, less))).toEqual([]);
    expect(objects(db)).toContain('names');
  });
});
