import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Folder } from './harness.ts';

// What the command line says of tables that are rebuilt: in `up` what was checked, in `plan` what will be.

const people = `CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT, name TEXT, age TEXT);
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
INSERT INTO people SELECT i, 'p' || i || '@example.org', 'Person ' || i, i % 90 FROM n;
`;
const fields = 'id INTEGER PRIMARY KEY, email TEXT, name TEXT, age TEXT';
const swap = 'DROP TABLE people;\nALTER TABLE n RENAME TO people;\n';

/** Create, copy, drop, rename. */
const rebuild = (copy: string, columns: string = fields): string => `CREATE TABLE n (${columns});\n${copy}\n${swap}`;
const plain = rebuild('INSERT INTO n SELECT * FROM people;');

const app = ['-d', 'app.db'];
let folder: Folder;
beforeEach(async () => {
  folder = new Folder({ 'migrations/001_people.sql': people });
  await folder.run(['up', ...app, '-q']);
});
afterEach(() => folder.remove());

interface Rebuilt {
  readonly table: string;
  readonly rows: number;
  readonly check: string;
  readonly columns: readonly string[];
}

/** The lines below the migration's own in `up`, and what `up --json` says of it: on copies of one database. */
async function both(name: string, text: string, ...options: string[]): Promise<{ lines: string[]; json: Rebuilt[] }> {
  const file = `migrations/002_${name}`;
  folder.write(file, text);
  const tried = await folder.run(['try', '2', ...app, '--json', ...options]);
  expect(tried.code, tried.out).toBe(0);
  const { out, err, code } = await folder.run(['up', ...app, ...options]);
  expect(code, err).toBe(0);
  const [, below = ''] = out.split(/^ {2}002 .*\n/m);
  const lines = below.split('\n');
  const document = JSON.parse(tried.out) as { readonly up: { readonly rebuilt: Rebuilt[] } };
  return { lines: lines.slice(0, lines.indexOf('')), json: document.up.rebuilt };
}

const all = ['id', 'email', 'name', 'age'];
const compared = '           rebuilds people (1,200 rows compared)';
const proven = '           rebuilds people (1,200 rows, proven)';
const counted = '           rebuilds people (1,200 rows counted, values not compared)';

describe('up says below a migration which tables it rebuilt, and by what they were checked:', () => {
  it.each<readonly [string, string, string, readonly string[]]>([
    ['a plain copy', plain, proven, all],
    [
      'a copy by two statements',
      rebuild('INSERT INTO n SELECT * FROM people WHERE id < 9; INSERT INTO n SELECT * FROM people WHERE id >= 9;'),
      compared,
      all,
    ],
    [
      'another type',
      rebuild('INSERT INTO n SELECT * FROM people;', `${fields.replace('age TEXT', 'age INTEGER')}`),
      compared,
      all,
    ],
    [
      'a column that an expression fills',
      rebuild('INSERT INTO n SELECT id, lower(email), name, age FROM people;'),
      proven,
      ['id', 'name', 'age'],
    ],
    [
      'a column that an UPDATE changes',
      rebuild("INSERT INTO n SELECT * FROM people; UPDATE n SET name = 'x' WHERE id < 5;"),
      compared,
      ['id', 'email', 'age'],
    ],
    ['a new row', rebuild("INSERT INTO n SELECT * FROM people; INSERT INTO n (email) VALUES ('new');"), proven, all],
    [
      'rename first',
      `ALTER TABLE people RENAME TO old;\nCREATE TABLE people (${fields});\nINSERT INTO people SELECT * FROM old;\nDROP TABLE old;`,
      proven,
      all,
    ],
    [
      'through a temporary table',
      `CREATE TEMP TABLE x AS SELECT * FROM people;\nDROP TABLE people;\nCREATE TABLE people (${fields});\nINSERT INTO people SELECT * FROM x;\nDROP TABLE x;`,
      proven,
      all,
    ],
    [
      'through a temporary table, then computed',
      `CREATE TEMP TABLE x AS SELECT * FROM people;\nDROP TABLE people;\nCREATE TABLE people (${fields});\nINSERT INTO people SELECT id, email, upper(name), age FROM x;\nDROP TABLE x;`,
      proven,
      ['id', 'email', 'age'],
    ],
    [
      'through a temporary table, then only expressions',
      `CREATE TEMP TABLE x AS SELECT * FROM people;\nDROP TABLE people;\nCREATE TABLE people (${fields});\nINSERT INTO people SELECT id + 0, email || '', name || '', age || '' FROM x;\nDROP TABLE x;`,
      counted,
      [],
    ],
    [
      'a column that gets another name',
      rebuild('INSERT INTO n SELECT * FROM people;', 'id INTEGER PRIMARY KEY, mail TEXT, name TEXT, age TEXT').concat(
        'ALTER TABLE people RENAME COLUMN mail TO address;',
      ),
      proven,
      all,
    ],
    [
      'a split',
      `CREATE TABLE ages (person INTEGER PRIMARY KEY, age TEXT);\nINSERT INTO ages SELECT id, age FROM people;\n${rebuild('INSERT INTO n SELECT id, email, name FROM people;', 'id INTEGER PRIMARY KEY, email TEXT, name TEXT')}`,
      proven,
      all,
    ],
    [
      'a merge',
      `CREATE TABLE more (${fields});\nINSERT INTO more SELECT id + 5000, email, name, age FROM people LIMIT 3;\n${rebuild('INSERT INTO n SELECT * FROM people UNION ALL SELECT * FROM more;')}DROP TABLE more;`,
      compared,
      all,
    ],
    ['twice in one migration', `${plain}${plain}`, proven, all],
    [
      'only expressions',
      rebuild("INSERT INTO n SELECT id + 0, email || '', name || '', age || '' FROM people;"),
      counted,
      [],
    ],
  ])('%s', async (_, sql, line, columns) => {
    const { lines, json } = await both('again.sql', sql);
    expect(lines).toEqual([line]);
    const check = { [compared]: 'compared', [proven]: 'proven', [counted]: 'counted' }[line];
    expect(json).toEqual([{ table: 'people', rows: 1200, check, columns }]);
  });

  it('db.rebuildTable() with another type', async () => {
    const change =
      "table.changeColumn('age', { type: 'INTEGER' }); table.changeColumn('name', { using: 'upper(name)' });";
    const code = `export const up = (db) => void db.rebuildTable('people', (table) => { ${change} });\n`;
    const { lines, json } = await both('again.mjs', code);
    expect(lines).toEqual([compared]);
    expect(json).toEqual([{ table: 'people', rows: 1200, check: 'compared', columns: ['id', 'email', 'age'] }]);
  });

  it('db.rebuildTable() with nothing to convert', async () => {
    const code = `export const up = (db) => void db.rebuildTable('people', (table) => table.withoutRowid());\n`;
    expect((await both('again.mjs', code)).lines).toEqual([proven]);
  });

  it('a table that a function fills', async () => {
    const code = `export const up = (db) => {
  db.exec('CREATE TABLE n (${fields})');
  for (const row of db.all('SELECT * FROM people'))
    db.run('INSERT INTO n VALUES (?, ?, ?, ?)', row.id, row.email, row.name, row.age);
  db.exec('DROP TABLE people; ALTER TABLE n RENAME TO people');
};\n`;
    const { lines, json } = await both('again.mjs', code);
    expect(lines).toEqual([counted]);
    expect(json).toEqual([{ table: 'people', rows: 1200, check: 'counted', columns: [] }]);
  });

  it('several tables, and what else there is to say, in their order', async () => {
    folder.write(
      'migrations/002_teams.sql',
      "CREATE TABLE teams (id INTEGER PRIMARY KEY, name TEXT UNIQUE); INSERT INTO teams VALUES (1, 'a');",
    );
    const teams =
      'CREATE TABLE m (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO m SELECT * FROM teams;\nDROP TABLE teams;\nALTER TABLE m RENAME TO teams;';
    folder.write('migrations/003_both.sql', `${plain}${teams}`);
    const { out } = await folder.run(['up', ...app]);
    expect(out).toMatch(
      /\n {2}003 .* ms\n {11}rebuilds teams without: UNIQUE \(name\)\n {11}rebuilds people \(1,200 rows, proven\)\n {11}rebuilds teams \(1 row, proven\)\n\n/,
    );
  });

  it('nothing of an empty table, of one that only moves, or with --quiet', async () => {
    folder.write(
      'migrations/002_empty.sql',
      `CREATE TABLE t (a);\n${plain.replaceAll('people', 't').replaceAll(fields, 'a')}`,
    );
    folder.write(
      'migrations/003_moved.sql',
      `CREATE TABLE persons (${fields});\nINSERT INTO persons SELECT * FROM people;\nDROP TABLE people;`,
    );
    const { out } = await folder.run(['up', ...app, '--json']);
    const { applied } = JSON.parse(out) as { applied: { rebuilt: Rebuilt[] }[] };
    expect(applied.map(({ rebuilt }) => rebuilt)).toEqual([[], []]);
    folder.write('migrations/004_back.sql', `ALTER TABLE persons RENAME TO people;\n${plain}`);
    expect((await folder.run(['up', ...app, '-q'])).out).toBe('');
  });

  it('as an event, with --events', async () => {
    folder.write('migrations/002_again.sql', plain);
    const { out } = await folder.run(['up', ...app, '--events']);
    const events = out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as { readonly type: string });
    expect(events.find(({ type }) => type === 'migration:rebuilt')).toMatchObject({
      migration: { version: 2, name: 'again' },
      table: 'people',
      rows: 1200,
      check: 'proven',
      columns: all,
    });
  });

  it('down, redo and try as well', async () => {
    folder.write('migrations/002_again.sql', `-- === UP MIGRATION ===\n${plain}-- === DOWN MIGRATION ===\n${plain}`);
    const tried = await folder.run(['try', '2', ...app]);
    expect(tried.out).toMatch(
      /\n {2}up {4}4 statements +\d+ ms\n {8}rebuilds people \(1,200 rows, proven\)\n {2}down {2}4 statements +\d+ ms\n {8}rebuilds people \(1,200 rows, proven\)\n/,
    );
    await folder.run(['up', ...app, '-q']);
    const redone = (await folder.run(['redo', ...app, '--yes'])).out;
    expect(redone.match(/ms\n {11}rebuilds people \(1,200 rows, proven\)\n/g)).toHaveLength(2);
    const { out } = await folder.run(['down', ...app, '--yes']);
    expect(out).toMatch(/002 .*rolled back, 4 statements +\d+ ms\n {11}rebuilds people \(1,200 rows, proven\)\n/);
  });
});
