import { readFileSync } from 'node:fs';
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

interface Planned {
  readonly table: string;
  readonly check: string;
  readonly compared: readonly string[];
  readonly proven: readonly string[];
  readonly transformed: readonly { readonly column: string; readonly from: readonly string[] }[];
  readonly leftOut: readonly string[];
}

async function planned(...options: string[]): Promise<readonly (readonly Planned[])[]> {
  const { out } = await folder.run(['plan', ...app, '--json', ...options]);
  return (JSON.parse(out) as { readonly steps: { readonly rebuilds: Planned[] }[] }).steps.map(
    ({ rebuilds }) => rebuilds,
  );
}

interface Said {
  /** The lines below the migration's own in `up`. */
  readonly lines: readonly string[];
  /** What `try --json` says of it. */
  readonly json: readonly Rebuilt[];
  /** What `plan --json` said of it before. */
  readonly plan: readonly Planned[];
}

async function both(name: string, text: string, ...options: string[]): Promise<Said> {
  const file = `migrations/002_${name}`;
  folder.write(file, text);
  const [plan = []] = await planned(...options);
  const tried = await folder.run(['try', '2', ...app, '--json', ...options]);
  expect(tried.code, tried.out).toBe(0);
  const { out, err, code } = await folder.run(['up', ...app, ...options]);
  expect(code, err).toBe(0);
  const [, below = ''] = out.split(/^ {2}002 .*\n/m);
  const lines = below.split('\n');
  const document = JSON.parse(tried.out) as { readonly up: { readonly rebuilt: Rebuilt[] } };
  return { lines: lines.slice(0, lines.indexOf('')), json: document.up.rebuilt, plan };
}

const all = ['id', 'email', 'name', 'age'];
const compared = '           rebuilds people (1,200 rows compared)';
const proven = '           rebuilds people (1,200 rows, copied whole and counted)';
const counted = '           rebuilds people (1,200 rows counted, values not compared)';

function withTransformed(line: string, columns: readonly string[]): string {
  return columns.length === 0 ? line : line.replace(/\)$/, `; transformed: ${columns.join(', ')})`);
}

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
    const { lines, json, plan } = await both('again.sql', sql);
    const check = { [compared]: 'compared', [proven]: 'proven', [counted]: 'counted' }[line];
    const transformed = check === 'counted' ? [] : all.filter((name) => !columns.includes(name));
    expect(lines).toEqual([withTransformed(line, transformed)]);
    expect(json).toEqual([{ table: 'people', rows: 1200, check, columns, transformed, kept: [] }]);
    // The plan foresaw it.
    const foreseen = plan.map((one) => ({
      ...one,
      columns: all.filter((name) => [...one.compared, ...one.proven].includes(name)),
    }));
    expect(foreseen).toMatchObject([{ table: 'people', check, columns }]);
  });

  it('db.rebuildTable() with another type', async () => {
    const change =
      "table.changeColumn('age', { type: 'INTEGER' }); table.changeColumn('name', { using: 'upper(name)' });";
    const code = `export const up = (db) => void db.rebuildTable('people', (table) => { ${change} });\n`;
    const { lines, json } = await both('again.mjs', code);
    expect(lines).toEqual([withTransformed(compared, ['name'])]);
    expect(json).toEqual([
      {
        table: 'people',
        rows: 1200,
        check: 'compared',
        columns: ['id', 'email', 'age'],
        transformed: ['name'],
        kept: [],
      },
    ]);
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
    expect(json).toEqual([{ table: 'people', rows: 1200, check: 'counted', columns: [], transformed: [], kept: [] }]);
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
      /\n {2}003 .* m?s\n {11}rebuilds teams without: UNIQUE \(name\)\n {11}rebuilds people \(1,200 rows, copied whole and counted\)\n {11}rebuilds teams \(1 row, copied whole and counted\)\n\n/,
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
      /\n {2}up {4}4 statements +[\d.]+ m?s\n {8}rebuilds people \(1,200 rows, copied whole and counted\)\n {2}down {2}4 statements +[\d.]+ m?s\n {8}rebuilds people \(1,200 rows, copied whole and counted\)\n/,
    );
    await folder.run(['up', ...app, '-q']);
    const redone = (await folder.run(['redo', ...app, '--yes'])).out;
    expect(redone.match(/ m?s\n {11}rebuilds people \(1,200 rows, copied whole and counted\)\n/g)).toHaveLength(2);
    const { out } = await folder.run(['down', ...app, '--yes']);
    expect(out).toMatch(
      /002 .*rolled back, 4 statements +[\d.]+ m?s\n {11}rebuilds people \(1,200 rows, copied whole and counted\)\n/,
    );
  });
});

describe('plan says of each rebuild what will be compared:', () => {
  const only = async (sql: string, ...options: string[]): Promise<Planned> => {
    folder.write('migrations/002_again.sql', sql);
    const rebuilds = (await planned(...options)).flat();
    expect(rebuilds).toHaveLength(1);
    return rebuilds[0]!;
  };
  const nothing = { compared: [], proven: [], transformed: [], leftOut: [], kept: [] };

  it('columns that are compared, proven, transformed and left out', async () => {
    const sql = rebuild(
      "INSERT INTO n SELECT id, email, lower(name) || email, age, 'x' FROM people;",
      'id INTEGER PRIMARY KEY, mail TEXT, label TEXT, age INTEGER, note TEXT',
    );
    expect(await only(sql)).toEqual({
      table: 'people',
      check: 'compared',
      compared: ['age'],
      proven: ['id', 'email'],
      transformed: [{ column: 'label', from: ['name', 'email'] }],
      leftOut: [],
      kept: [],
    });
    const without = rebuild('INSERT INTO n SELECT id, email FROM people;', 'id INTEGER PRIMARY KEY, email TEXT');
    expect(await only(without)).toMatchObject({ proven: ['id', 'email'], leftOut: ['name', 'age'] });
  });

  it('what triggers put into the new table, behind a view', async () => {
    const view = `CREATE TABLE n (${fields});
CREATE VIEW v AS SELECT * FROM n;
CREATE TRIGGER v_in INSTEAD OF INSERT ON v BEGIN
  INSERT INTO n (id, name, age) VALUES (new.id, new.name, lower(new.age));
END;
INSERT INTO v SELECT * FROM people;
DROP VIEW v;\n${swap}`;
    expect(await only(view)).toMatchObject({
      check: 'compared',
      compared: ['id', 'name', 'age'],
      transformed: [],
      leftOut: ['email'],
    });
  });

  it('in words, below the statements', async () => {
    folder.write(
      'migrations/002_again.sql',
      `-- dunlin: destructive people.age\n${rebuild('INSERT INTO n SELECT id, lower(email), upper(name) FROM people;', 'id INTEGER PRIMARY KEY, mail TEXT, name TEXT')}`,
    );
    const { out } = await folder.run(['plan', ...app], { columns: 80 });
    expect(out).toContain(
      [
        '        renames table n to people',
        '      rebuilds people',
        '        proven by a copy of the whole table: id',
        '        transformed, not compared: mail (from email), name',
        '        left out: age',
        '      may lose people.age: declared destructive',
        '',
      ].join('\n'),
    );
  });

  it.each([
    ['a WHERE', 'INSERT INTO n SELECT * FROM people WHERE id > 0;'],
    ['a DELETE from the new table', 'INSERT INTO n SELECT * FROM people; DELETE FROM n WHERE id = 7;'],
    [
      'a row that the old table gets after the copy',
      "INSERT INTO n SELECT * FROM people; INSERT INTO people (email) VALUES ('x');",
    ],
    ['DISTINCT', 'INSERT INTO n SELECT DISTINCT * FROM people;'],
    ['a view', 'CREATE VIEW v AS SELECT * FROM people; INSERT INTO n SELECT * FROM v; DROP VIEW v;'],
    ['OR REPLACE', 'INSERT OR REPLACE INTO n SELECT * FROM people;'],
    [
      'a trigger on the new table',
      "CREATE TRIGGER tr AFTER INSERT ON n BEGIN UPDATE n SET name = 'x' WHERE id < 0; END; INSERT INTO n SELECT * FROM people;",
    ],
  ])('every column is compared where the copy proves nothing: %s', async (_, copy) => {
    expect(await only(rebuild(copy))).toEqual({ table: 'people', check: 'compared', ...nothing, compared: all });
  });

  it('a part of another table, and a column that another table fills', async () => {
    const roles = 'CREATE TABLE roles (id INTEGER PRIMARY KEY, name TEXT);\n';
    const exchange = rebuild(
      'INSERT INTO n SELECT p.id, p.email, p.name, r.id FROM people AS p LEFT JOIN roles AS r ON r.name = p.age;',
      'id INTEGER PRIMARY KEY, email TEXT, name TEXT, role_id INTEGER',
    );
    expect(await only(roles + exchange)).toMatchObject({
      compared: ['id', 'email', 'name'],
      transformed: [{ column: 'role_id', from: ['age'] }],
      leftOut: [],
    });
    const split = `CREATE TABLE ages (person INTEGER PRIMARY KEY, years INTEGER);\nINSERT INTO ages SELECT id, age + 0 FROM people;\n${rebuild('INSERT INTO n SELECT id, email, name FROM people;', 'id INTEGER PRIMARY KEY, email TEXT, name TEXT')}`;
    expect(await only(split)).toMatchObject({
      proven: ['id', 'email', 'name'],
      transformed: [{ column: 'ages.years', from: ['age'] }],
      leftOut: [],
    });
  });

  it('columns and tables that an earlier pending migration renames, makes or moves', async () => {
    folder.write(
      'migrations/002_renamed.sql',
      'ALTER TABLE people RENAME COLUMN email TO mail;\nALTER TABLE people RENAME TO persons;',
    );
    folder.write(
      'migrations/003_teams.sql',
      `CREATE TABLE teams (a, b);\nINSERT INTO teams VALUES (1, 2);\nCREATE TABLE humans (id INTEGER PRIMARY KEY, mail TEXT);\nINSERT INTO humans SELECT id, mail FROM persons;\nDROP TABLE persons;`,
    );
    folder.write(
      'migrations/004_again.sql',
      plain.replaceAll('people', 'teams').replaceAll(fields, 'a, c').replace('SELECT *', 'SELECT a, b'),
    );
    folder.write(
      'migrations/005_again.sql',
      plain.replaceAll('people', 'humans').replaceAll(fields, 'id INTEGER PRIMARY KEY, mail TEXT'),
    );
    expect((await planned()).map((rebuilds) => rebuilds.map(({ table, proven }) => [table, proven]))).toEqual([
      [],
      [],
      [['teams', ['a', 'b']]],
      [['humans', ['id', 'mail']]],
    ]);
  });

  it('a table that a view and a trigger name', async () => {
    folder.write(
      'migrations/002_view.sql',
      'CREATE VIEW adults AS SELECT * FROM people WHERE age > 17;\nCREATE TABLE log (id);\nCREATE TRIGGER seen AFTER INSERT ON log BEGIN UPDATE people SET name = name WHERE id = new.id; END;',
    );
    folder.write('migrations/003_again.sql', `PRAGMA legacy_alter_table = ON;\n${plain}`);
    folder.write('migrations/004_again.sql', `CREATE TEMP TABLE n AS SELECT * FROM log;\n`);
    folder.write(
      'migrations/005_again.sql',
      `CREATE TEMP TABLE n AS SELECT * FROM log;\nPRAGMA legacy_alter_table = ON;\n${plain.replaceAll(/\bn\b/g, 'm')}`,
    );
    expect((await planned()).map((rebuilds) => rebuilds.map(({ check }) => check))).toEqual([
      [],
      ['proven'],
      [],
      ['proven'],
    ]);
  });

  it('nothing of an empty table, of one that is made empty, or of a new installation', async () => {
    folder.write('migrations/002_empty.sql', 'CREATE TABLE t (a);');
    await folder.run(['up', ...app, '-q']);
    const t = plain.replaceAll('people', 't').replaceAll(fields, 'a');
    folder.write('migrations/003_again.sql', t);
    folder.write('migrations/004_made.sql', 'CREATE TABLE u (a);');
    folder.write('migrations/005_again.sql', t.replaceAll(/\bt\b/g, 'u'));
    folder.write('migrations/006_twice.sql', t.replaceAll(/\bt\b/g, 'u'));
    folder.write('migrations/007_cache.sql', `DROP TABLE people;\nCREATE TABLE people (${fields});`);
    expect(await planned()).toEqual([[], [], [], [], []]);
    const { out } = await folder.run(['plan', ...app]);
    expect(out).not.toMatch(/rebuilds|compared/);
    const fresh = await folder.run(['plan', '-d', 'new.db']);
    expect(fresh.out).not.toMatch(/rebuilds|compared/);
  });

  it('a new installation that fills a table first', async () => {
    folder.write('migrations/002_again.sql', plain);
    const { out } = await folder.run(['plan', '-d', 'new.db']);
    expect(out).toContain('rebuilds people\n        proven by a copy of the whole table: id, email, name, age\n');
  });

  it('only that it is rebuilt, where a function runs before it', async () => {
    folder.write('migrations/002_code.mjs', 'export const up = (db) => void db.exec("CREATE TABLE made (a)");\n');
    folder.write('migrations/003_again.sql', plain);
    expect(await planned()).toEqual([[], [{ table: 'people', check: 'unknown', ...nothing }]]);
    const { out } = await folder.run(['plan', ...app]);
    expect(out).toContain('      rebuilds people: which columns are compared is known when it runs\n');
  });

  it('nothing that is declared destructive', async () => {
    const sql = `-- dunlin: destructive people\n${rebuild('INSERT INTO n SELECT id, email FROM people;', 'id INTEGER PRIMARY KEY, email TEXT')}`;
    expect(await only(sql)).toEqual({ table: 'people', check: 'none', ...nothing, leftOut: ['name', 'age'] });
    const { out } = await folder.run(['plan', ...app]);
    expect(out).toContain(
      'rebuilds people: nothing is compared, because it is declared destructive\n        left out: name, age\n',
    );
  });

  it('of a DOWN part, and of up --dry-run', async () => {
    folder.write(
      'migrations/002_again.sql',
      `-- === UP MIGRATION ===\n${plain}-- === DOWN MIGRATION ===\n${rebuild('INSERT INTO n SELECT id, lower(email), name, age FROM people;')}`,
    );
    expect((await folder.run(['up', ...app, '--dry-run'])).out).toContain('rebuilds people\n');
    await folder.run(['up', ...app, '-q']);
    expect((await planned('--down')).flat()).toMatchObject([
      { check: 'proven', proven: ['id', 'name', 'age'], transformed: [{ column: 'email', from: ['email'] }] },
    ]);
  });

  it('runs no statement of a migration on the database', async () => {
    folder.write('migrations/002_again.sql', `${plain}DELETE FROM people;\nCREATE TABLE made AS SELECT * FROM people;`);
    const before = readFileSync('app.db');
    expect((await planned()).flat()).toHaveLength(1);
    expect(readFileSync('app.db')).toEqual(before);
  });
});

describe("guards: 'count'", () => {
  const mixed = rebuild('INSERT INTO n SELECT id, name, email, age FROM people;');
  const said = "  guards are set to 'count': the rows of rebuilt tables are counted, values are not compared\n";

  it('lets a copy that mixes up values pass, and says so in plan, up and try', async () => {
    folder.write('migrations/002_mixed.sql', mixed);
    expect((await folder.run(['up', ...app])).err).toContain('error VALUES_CHANGED');
    const count = ['--guards', 'count'];
    const { out } = await folder.run(['plan', ...app, ...count]);
    expect(out).toContain('      rebuilds people: its rows are counted, values are not compared\n');
    expect(out).toContain(said);
    const document = JSON.parse((await folder.run(['plan', ...app, '--json', ...count])).out) as {
      guards: string;
      steps: { rebuilds: Planned[] }[];
    };
    expect(document.guards).toBe('count');
    expect(document.steps[0]!.rebuilds).toEqual([
      { table: 'people', check: 'counted', compared: [], proven: [], transformed: [], leftOut: [], kept: [] },
    ]);
    expect((await folder.run(['try', '2', ...app, ...count])).out).toContain(
      'rebuilds people (1,200 rows counted, values not compared)\n',
    );
    expect((await folder.run(['up', ...app, ...count])).out).toContain(counted);
  });

  it('still finds rows and columns that are missing', async () => {
    folder.write('migrations/002_filtered.sql', rebuild('INSERT INTO n SELECT * FROM people WHERE id > 1;'));
    expect((await folder.run(['up', ...app, '--guards', 'count'])).err).toMatch(
      /people: 1,200 rows before, 1,199\s+after/,
    );
  });

  it('comes from the configuration too, and the option wins', async () => {
    folder.write('dunlin.config.json', JSON.stringify({ database: 'app.db', guards: 'count' }));
    folder.write('migrations/002_mixed.sql', mixed);
    expect((await folder.run(['plan'])).out).toContain(said);
    expect((await folder.run(['plan', '--guards', 'values'])).out).not.toContain('count');
    expect((await folder.run(['check', '--allow-pending', '--guards', 'values'])).err).toContain(
      'values of people.email',
    );
    expect((await folder.run(['check', '--allow-pending'])).err).not.toContain('values of people');
    expect((await folder.run(['up', '--guards', 'values'])).err).toContain('error VALUES_CHANGED');
    expect((await folder.run(['up'])).code).toBe(0);
  });

  it('for down, redo and to', async () => {
    folder.write('migrations/002_mixed.sql', `-- === UP MIGRATION ===\n${plain}-- === DOWN MIGRATION ===\n${mixed}`);
    await folder.run(['up', ...app, '-q']);
    for (const command of [['down'], ['redo'], ['to', '1']])
      expect((await folder.run([...command, ...app, '--yes'])).err).toContain('VALUES_CHANGED');
    const count = ['--guards', 'count', '--yes'];
    expect((await folder.run(['redo', ...app, ...count])).out).toContain(counted);
    expect((await folder.run(['down', ...app, ...count])).out).toContain(counted);
    await folder.run(['up', ...app, '-q']);
    expect((await folder.run(['to', '1', ...app, ...count])).out).toContain(counted);
  });

  it('is values or count, and nothing else', async () => {
    const { code, err } = await folder.run(['up', ...app, '--guards', 'none']);
    expect(code).toBe(2);
    expect(err).toContain('--guards');
    expect(err).toContain('values');
  });
});

describe('of a rebuild whose copy was made by an earlier migration', () => {
  const swap = 'DROP TABLE people; ALTER TABLE n RENAME TO people;';

  it('plan and up say that it is compared by equal names', async () => {
    folder.write(
      'migrations/002_copy.sql',
      `CREATE TABLE n (${fields}, more);\nINSERT INTO n (id, email, name, age) SELECT * FROM people;`,
    );
    await folder.run(['up', ...app, '-q']);
    folder.write('migrations/003_swap.sql', swap);
    expect(await planned()).toMatchObject([
      [{ table: 'people', check: 'compared', compared: all, proven: [], leftOut: [], kept: [] }],
    ]);
    expect((await folder.run(['up', ...app])).out).toContain(compared.trim());
  });

  it('plan names a column that the copy does not have', async () => {
    folder.write('migrations/002_copy.sql', 'CREATE TABLE n AS SELECT id, email, age FROM people;');
    await folder.run(['up', ...app, '-q']);
    folder.write('migrations/003_swap.sql', swap);
    expect(await planned()).toMatchObject([[{ check: 'compared', leftOut: ['name'] }]]);
  });

  it('plan compares nothing with a table that never had to do with it', async () => {
    folder.write('migrations/002_other.sql', 'CREATE TABLE n (a, b);\nINSERT INTO n VALUES (1, 2);');
    await folder.run(['up', ...app, '-q']);
    folder.write('migrations/003_swap.sql', swap);
    expect(await planned()).toMatchObject([[{ check: 'counted', compared: [], leftOut: all }]]);
  });
});
