import { expect, it } from 'vitest';
import { foreignTools } from '../../src/ledger/foreign-tools.ts';
import { failureOf, onEveryDriver, openTestDatabase } from '../support/databases.ts';
import { foreignSamples } from './foreign-tables.ts';

const users = "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);\nINSERT INTO users VALUES (1, 'Ada');";
const migrations = {
  '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);',
  '002_roles.sql': "INSERT INTO users VALUES (2, 'twice');",
  '003_tags.sql': 'CREATE TABLE tags (id INTEGER PRIMARY KEY);',
};
const tables = { migrations: 'dunlin_migrations' };

it('has a sample of every tool', () => {
  const sampled = new Set(foreignSamples.map(({ tool }) => tool));
  expect(foreignTools.map(({ tool }) => tool).filter((tool) => !sampled.has(tool!))).toEqual([]);
});

it.each(foreignSamples)('a database that $tool has migrated is not migrated from the start', async (sample) => {
  const db = openTestDatabase();
  db.exec(`${users}\n${sample.sql}`);
  const before = db.files();
  const failure = await failureOf(() => db.up(migrations, { tables }));
  expect(failure.code).toBe('LEDGER_FOREIGN');
  expect(failure.message).toBe(
    `app.db has been migrated by ${sample.tool}: the table "${sample.table}" ${sample.says}.`,
  );
  expect(db.files()).toEqual(before);
  expect((await db.runner(migrations, { tables }).plan()).problems).toMatchObject([{ code: 'LEDGER_FOREIGN' }]);

  // What the hint names: a baseline, and then only what is new runs.
  await db.runner(migrations, { tables }).baseline(2);
  expect((await db.up(migrations, { tables })).applied).toMatchObject([{ version: 3 }]);
  expect(db.column('SELECT name FROM users')).toEqual(['Ada']);
});

it.each(foreignSamples)('the table of $tool is nothing to be afraid of while it is empty', async ({ sql }) => {
  const db = openTestDatabase();
  db.exec(sql.replaceAll(/^INSERT (?:.|\n)*?(?:;\n|$)/gm, '').replaceAll(/^INSERT[^;]*$/gm, ''));
  expect((await db.up(migrations, { tables })).to).toBe(3);
});

onEveryDriver('a database of another tool', (open) => {
  const dbmate = foreignSamples.find(({ tool }) => tool === 'dbmate or Rails')!.sql;
  const knex = foreignSamples.find(({ tool }) => tool === 'Knex')!.sql;

  it('is named with the version to be given to `baseline`, if a migration has it', async () => {
    const db = open();
    db.exec(knex);
    expect((await failureOf(() => db.up(migrations))).hint).toContain('`dunlin baseline 2`');
    const others = { '007_users.sql': migrations['001_users.sql'] };
    expect((await failureOf(() => db.up(others))).hint).toContain('`dunlin baseline <version>`');
  });

  it('is migrated beside that tool where that is wanted', async () => {
    const db = open();
    db.exec(knex);
    const added = { '001_tags.sql': migrations['003_tags.sql'] };
    expect(await failureOf(() => db.up(added))).toMatchObject({ code: 'LEDGER_FOREIGN' });
    await db.up(added, { otherTool: 'allow' });
    expect(db.versions()).toEqual([1]);
    // From then on Dunlin has a record of its own, also after all was rolled back.
    const more = {
      ...added,
      '002_more.sql': '-- === UP ===\nCREATE TABLE more (x);\n-- === DOWN ===\nDROP TABLE more;',
    };
    await db.up(more);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('can be gone on with after everything was rolled back', async () => {
    const db = open();
    const one = { '001_a.sql': '-- === UP ===\nCREATE TABLE a (x);\n-- === DOWN ===\nDROP TABLE a;' };
    db.exec(knex);
    await db.up(one, { otherTool: 'allow' });
    await db.down(one);
    expect(db.versions()).toEqual([]);
    await db.up(one);
    expect(db.versions()).toEqual([1]);
  });

  it('is named after a first run that failed', async () => {
    const db = open();
    await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE t (x, x)' }));
    db.exec(knex);
    expect(await failureOf(() => db.up(migrations))).toMatchObject({ code: 'LEDGER_FOREIGN' });
  });

  it('is named when its table has the name of Dunlin’s, with what it records', async () => {
    const db = open();
    db.exec(dbmate);
    const failure = await failureOf(() => db.up(migrations));
    expect(failure.message).toMatch(
      /It looks like the table of dbmate or Rails\. It records 2 applied migrations, the newest 20240202000000\.$/,
    );
    expect(failure.hint).toContain('`dunlin baseline 20240202000000 --table dunlin_migrations`');
    await db.runner(migrations, { tables }).baseline(2);
    expect(db.versions('dunlin_migrations')).toEqual([1, 2]);
  });

  it('has a table that people may name as they like', async () => {
    for (const tool of ['sqlx', 'goose', 'Knex', 'Flyway', 'EF Core']) {
      const db = open();
      const { sql, table } = foreignSamples.find((sample) => sample.tool === tool)!;
      db.exec(sql.replaceAll(table, 'of_the_app'));
      expect((await failureOf(() => db.up(migrations))).message).toContain(
        `has been migrated by ${tool}: the table "of_the_app" records 2`,
      );
    }
  });

  it.each([
    ['migrations (name TEXT PRIMARY KEY)', "VALUES ('001_users'), ('002_roles')", '002_roles'],
    [
      'migrations (id INTEGER PRIMARY KEY, filename TEXT UNIQUE, applied_at TEXT)',
      "VALUES (1, '9_a.sql', ''), (2, '10_b.sql', '')",
      '10_b.sql',
    ],
    [
      'migrations (id INTEGER PRIMARY KEY, filename TEXT, checksum TEXT, applied_at TEXT)',
      "VALUES (1, '1.sql', '', ''), (2, '2.sql', '', '')",
      '2.sql',
    ],
    ['_migrations (id INTEGER, name TEXT, ts INTEGER, hash TEXT)', "VALUES (1, 'a', 1, ''), (2, 'b', 2, '')", 'b'],
    ['schema_version (version INTEGER, applied_at TEXT)', "VALUES (1, ''), (2, '')", '2'],
    [
      'schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT, migration_name TEXT)',
      "VALUES (1, '', 'a'), (2, '', 'b')",
      '2',
    ],
    ['app_migrations (version TEXT, description TEXT, executed_at TEXT)', "VALUES ('1', '', ''), ('2', '', '')", '2'],
    ['migration (id)', 'VALUES (1), (2)', '2'],
    ['"Migrations" (migration INTEGER)', 'VALUES (9), (10)', '10'],
  ])('is one with a table of its own: %s', async (table, rows, newest) => {
    const db = open();
    db.exec(`CREATE TABLE ${table}; INSERT INTO ${table.replace(/ \(.*/, '')} ${rows}`);
    const failure = await failureOf(() => db.up(migrations, { tables }));
    expect(failure).toMatchObject({
      code: 'LEDGER_FOREIGN',
      message: expect.stringMatching(/^app\.db has been migrated by other means than Dunlin: the table /),
    });
    expect(failure.message).toContain(`records 2 applied migrations, the newest ${newest}.`);
  });

  it.each([
    'migrations (id INTEGER PRIMARY KEY, species TEXT, name TEXT)',
    'versions (id INTEGER PRIMARY KEY, document_id INTEGER, name TEXT)',
    'files (id INTEGER PRIMARY KEY, hash TEXT, created_at TEXT)',
    'history (id INTEGER PRIMARY KEY, version TEXT)',
    'names (name TEXT)',
    'immigration (id INTEGER PRIMARY KEY, name TEXT)',
  ])('is not one with a table of other things: %s', async (table) => {
    const db = open();
    db.exec(`CREATE TABLE ${table}; INSERT INTO ${table.replace(/ \(.*/, '')} DEFAULT VALUES`);
    expect((await db.up(migrations)).to).toBe(3);
  });

  it('is not one with a second set of Dunlin’s own migrations', async () => {
    const db = open();
    for (const layout of ['standard', 'filename'] as const) {
      const own = { migrations: `${layout}_migrations`, attempts: `${layout}_log` };
      await db.up({ [`001_${layout}.sql`]: `CREATE TABLE t_${layout} (x)` }, { layout, tables: own });
    }
    expect((await db.up(migrations)).to).toBe(3);
  });

  it('is a question in the plan where only user_version says something', async () => {
    const db = open();
    db.exec('PRAGMA user_version = 7');
    expect((await db.runner(migrations).plan()).notes).toEqual([]);
    db.exec('CREATE TABLE notes (x)');
    const { problems, notes } = await db.runner(migrations).plan();
    expect({ problems, notes }).toEqual({
      problems: [],
      notes: [expect.stringMatching(/^the database has tables, and its user_version is 7: has another program/)],
    });
    await db.up(migrations);
    expect((await db.runner(migrations).plan()).notes).toEqual([]);
    expect((await db.up(migrations)).notes).toEqual([]);
  });

  it('says nothing where there is nothing to run', async () => {
    const db = open();
    db.exec(knex);
    expect((await db.up({})).to).toBe(0);
  });
});
