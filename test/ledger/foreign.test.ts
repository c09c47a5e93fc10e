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

  // After a baseline only what is new runs.
  await db.runner(migrations, { tables }).baseline(2);
  expect((await db.up(migrations, { tables })).applied).toMatchObject([{ version: 3 }]);
  expect(db.column('SELECT name FROM users')).toEqual(['Ada']);
});

it.each(foreignSamples)('ignores the table of $tool while it is empty', async ({ sql }) => {
  const db = openTestDatabase();
  db.exec(sql.replaceAll(/^INSERT (?:.|\n)*?(?:;\n|$)/gm, '').replaceAll(/^INSERT[^;]*$/gm, ''));
  expect((await db.up(migrations, { tables })).to).toBe(3);
});

onEveryDriver('a database of another tool', (open) => {
  const dbmate = foreignSamples.find(({ tool }) => tool === 'dbmate or Rails')!.sql;
  const knex = foreignSamples.find(({ tool }) => tool === 'Knex')!.sql;

  it('is named with the command that takes over its records', async () => {
    const db = open();
    db.exec(knex);
    expect((await failureOf(() => db.up(migrations))).hint).toContain('which runs nothing: `dunlin adopt`.');
  });

  it('is migrated beside that tool with `otherTool: allow`', async () => {
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

  it('can be used again after everything was rolled back', async () => {
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
    expect(failure.hint).toContain('`dunlin adopt --table dunlin_migrations` then takes over');
    const { problems } = await db.runner(migrations, { tables }).status();
    expect(problems[0]?.hint).toContain('`dunlin adopt`');
    await db.runner(migrations, { tables }).baseline(2);
    expect(db.versions('dunlin_migrations')).toEqual([1, 2]);
    // From now on the table that is Dunlin's is named.
    const { hint } = await failureOf(() => db.up(migrations));
    expect(hint).toContain('Dunlin\'s own table in this database is "dunlin_migrations"');
    expect(hint).toContain('`dunlin status --table dunlin_migrations`');
  });

  const sampleOf = (tool: string): string => foreignSamples.find((sample) => sample.tool === tool)!.sql;
  it.each([
    [
      'sqlx',
      'UPDATE _sqlx_migrations SET success = 0 WHERE version > 20240101000000',
      'records 1 applied migration, the newest 20240101000000 users, and 1 that failed: 20240202000000 roles.',
    ],
    [
      'sqlx',
      'UPDATE _sqlx_migrations SET success = 0',
      'records no applied migration, and 2 that failed, the newest 20240202000000 roles.',
    ],
    ['golang-migrate', 'UPDATE schema_migrations SET dirty = 1', '"schema_migrations" says that 2 is dirty.'],
    [
      'Flyway',
      'UPDATE flyway_schema_history SET success = 0 WHERE installed_rank = (SELECT max(installed_rank) FROM flyway_schema_history)',
      'records 1 applied migration, the newest 1 users, and 1 that failed: 2 roles.',
    ],
    [
      'Prisma',
      'UPDATE _prisma_migrations SET finished_at = NULL WHERE id > 1; DELETE FROM _prisma_migrations WHERE id = 3',
      'records 1 applied migration, the newest 20240101000000_users, and 1 that failed: 20240202000000_roles.',
    ],
    [
      'Atlas',
      'UPDATE atlas_schema_revisions SET total = applied + 1 WHERE version = (SELECT max(version) FROM atlas_schema_revisions)',
      'records 1 applied migration, ',
    ],
    ['Liquibase', "UPDATE databasechangelog SET exectype = 'FAILED' WHERE orderexecuted = 2", 'and 1 that failed: '],
    [
      'Knex',
      'UPDATE knex_migrations_lock SET is_locked = 1',
      'records 2 applied migrations, the newest 002_roles.js, and its lock "knex_migrations_lock" is taken.',
    ],
    ['Kysely', 'UPDATE kysely_migration_lock SET is_locked = 1', 'and its lock "kysely_migration_lock" is taken.'],
  ])('names what %s has not completed: %s', async (tool, change, says) => {
    const db = open();
    db.exec(sampleOf(tool));
    db.exec(change);
    const failure = await failureOf(() => db.up(migrations, { tables }));
    expect(failure.message).toContain(says);
    expect(failure.hint).toMatch(/First (?:complete or undo that with|let that run end, or release its lock with) \S+/);
  });

  it('names what was rolled back, and counts what was applied again', async () => {
    const db = open();
    db.exec(sampleOf('Prisma'));
    db.exec(
      `INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('4', 'c', 1, '20240303000000_tags')`,
    );
    expect((await failureOf(() => db.up(migrations, { tables }))).message).toContain(
      'records 3 applied migrations, the newest 20240303000000_tags.',
    );
    const flyway = open();
    flyway.exec(sampleOf('Flyway'));
    flyway.exec(
      `INSERT INTO flyway_schema_history SELECT 9, version, description, 'UNDO_SQL', script, checksum, installed_by, installed_on, execution_time, 1 FROM flyway_schema_history WHERE version = '2'`,
    );
    const failure = await failureOf(() => flyway.up(migrations, { tables }));
    expect(failure.message).toContain(
      'records 1 applied migration, the newest 1 users, and 1 that was rolled back: 2 roles.',
    );
    expect(failure.hint).not.toContain('First');
  });

  it.each([
    ['version INTEGER, dirty INTEGER, name TEXT', "(1, 0, 'a'), (2, 1, 'b')", 'and 1 that is dirty: 2.'],
    ['version INTEGER, success BOOLEAN', '(1, 1), (2, false)', 'and 1 that failed: 2.'],
    ['version TEXT, status TEXT', "('1', 'applied'), ('2', 'Failed')", 'and 1 that failed: 2.'],
    [
      'name TEXT, started_at TEXT, finished_at TEXT',
      "('1_a', 'x', 'y'), ('2_b', 'x', NULL)",
      'and 1 that did not finish: 2_b.',
    ],
    [
      'version INTEGER, applied_at TEXT, reverted_at TEXT',
      "(1, '', NULL), (2, '', '')",
      'and 1 that was rolled back: 2.',
    ],
  ])('of its own says it in columns: (%s)', async (columns, rows, says) => {
    const db = open();
    db.exec(`CREATE TABLE app_migrations (${columns}); INSERT INTO app_migrations VALUES ${rows}`);
    expect((await failureOf(() => db.up(migrations))).message).toMatch(/records 1 applied migration, the newest 1/);
    expect((await failureOf(() => db.up(migrations))).message).toContain(says);
  });

  it('has a table of any name', async () => {
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
    ['migrations (name TEXT PRIMARY KEY, applied_time INTEGER)', "VALUES ('1_a.sql', 1), ('2_b.sql', 2)", '2_b.sql'],
    [
      'migrations (id INTEGER PRIMARY KEY, applied TEXT, version_before INTEGER, version_after INTEGER, application_version TEXT)',
      "VALUES (1, '', 0, 1, 'v4.1'), (2, '', 1, 2, 'v4.1')",
      '2',
    ],
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

  it('is a question in the plan if only user_version shows another tool', async () => {
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

  it('says nothing if there is nothing to run', async () => {
    const db = open();
    db.exec(knex);
    expect((await db.up({})).to).toBe(0);
  });
});
