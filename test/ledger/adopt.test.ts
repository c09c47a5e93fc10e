import { describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { MigrateOptions } from '../../src/node/open-session.ts';

import { failureOf, openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { adoptSamples, plainFiles, texts, type AdoptSample } from './adopt-samples.ts';

const tables = { migrations: 'dunlin_migrations' };
type Files = Readonly<Record<string, string>>;

/** A runner on the database's file, which can make scratch databases. */
function runnerOn(db: TestDatabase, files: Files, options: Partial<MigrateOptions> = {}): MigrationRunner {
  db.close();
  return new MigrationRunner({ database: db.path, migrations: files, tables, backup: 'off', ...options });
}

/** A database with the first two migrations, and the tool's records of them. */
function migrated(sql: string): TestDatabase {
  const db = openTestDatabase();
  db.exec(`${texts.users}${texts.roles}${sql}`);
  return db;
}

const rowsOf = (db: TestDatabase, sql: string): unknown[] => db.rows(sql).map((row) => Object.values(row));
const sampleOf = (to: string): AdoptSample => adoptSamples.find((sample) => sample.to === to)!;
const knex = sampleOf('knex').sql;

describe.each(adoptSamples)(
  'a database of $to',
  ({ to, sql, rows, exported, checksums, appliedAt, files = plainFiles }) => {
    it('is adopted, is as it was after an undo, and is migrated and exported', async () => {
      const db = migrated(sql);
      const now = (): unknown[] => [db.content(), db.value('SELECT group_concat(name) FROM sqlite_schema')];
      const before = now();
      const runner = runnerOn(db, files);
      const versions = (await runner.status()).entries.map(({ version }) => version);
      const found = await runner.adopt();
      expect(found.differences).toEqual([]);
      expect(found.migrations.map(({ version }) => version)).toEqual(versions.slice(0, 2));
      expect(new Set(found.migrations.map(({ checksum }) => checksum))).toEqual(new Set([checksums ?? 'unchecked']));
      expect(found.migrations[1]!.appliedAt).toBe(appliedAt);
      expect(db.versions('dunlin_migrations')).toEqual(versions.slice(0, 2));
      db.close();
      expect(await runner.undoAdopt()).toMatchObject({ migrations: [{}, {}], tablesDropped: true });
      expect(now()).toEqual(before);
      db.close();

      await runner.adopt();
      expect((await runner.up()).applied).toMatchObject([{ name: 'tags' }]);
      expect((await runner.check({ replay: true })).problems).toEqual([]);
      const written = await runner.exportTo({ to });
      expect(written.added).toMatchObject([{ version: versions[2], name: 'tags' }]);
      expect(written.removed).toEqual([]);
      expect(rowsOf(db, rows)).toEqual(exported);
      db.close();
      expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [] });
      expect(await runner.exportTo({ to, dryRun: true })).toMatchObject({ added: [], removed: [] });

      // As if the tool had applied the third.
      db.exec(`DELETE FROM dunlin_migrations WHERE version = ${versions[2]};
        DELETE FROM schema_migration_attempts WHERE direction = 'up'`);
      db.close();
      const { id, code } = { id: expect.stringContaining('tags'), code: 'ADOPT_BEHIND' };
      for (const refused of [() => runner.up(), () => runner.up({ steps: 1 })])
        expect(await failureOf(refused)).toMatchObject({ code, message: id });
      for (const { problems } of [await runner.plan(), await runner.status(), await runner.check()])
        expect(problems.map((problem) => problem.code)).toEqual([code]);
      const again = await runner.adopt();
      expect(again).toMatchObject({ migrations: [{ name: 'tags' }], already: [{}, {}], pending: [], differences: [] });
      expect(await runner.adopt()).toMatchObject({ migrations: [], already: [{}, {}, {}], pending: [] });
      expect((await runner.up()).applied).toEqual([]);
      await runner.close();
    });
  },
);

describe('adopt', () => {
  it('changes nothing of the other tool’s', async () => {
    const db = migrated(knex);
    const before = db.content();
    const runner = runnerOn(db, plainFiles, { tables: {} });
    expect(await runner.readAdoption()).toMatchObject({ tool: 'Knex', differences: [], pending: [{ version: 3 }] });
    expect(db.content()).toBe(before);
    db.close();
    await runner.adopt();
    await runner.close();
    expect(db.content()).toBe(before);
    expect(db.attempts()).toEqual(['1 adopt ok', '2 adopt ok', 'run adopt ok']);
    expect(db.column('SELECT applied_at FROM schema_migrations')).toEqual([
      '1970-01-01T00:00:01.000Z',
      '2024-02-02T10:20:30.000Z',
    ]);
  });

  it.each([
    ['CREATE INDEX by_name ON users (name)', 'index by_name on users exists, no migration made it'],
    ['DROP TABLE users; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT)', 'table users: column role'],
    ['DROP TABLE users', 'table users is gone'],
  ])('refuses a schema that the migrations do not make: %s', async (change, line) => {
    const db = migrated(`${knex};${change}`);
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.adopt());
    expect(failure).toMatchObject({ code: 'ADOPT_DIFFERS', message: expect.stringContaining(line) });
    expect(failure.hint).toContain('`dunlin adopt --accept-differences`');
    expect((await runner.readAdoption()).differences).toEqual([expect.stringContaining(line)]);
    expect(db.value("SELECT count(*) FROM sqlite_schema WHERE name = 'dunlin_migrations'")).toBe(0);
    db.close();
    await runner.adopt({ acceptDifferences: true });
    // The schema counts as it is from now on.
    expect((await runner.status()).drift).toEqual([]);
    await runner.close();
  });

  it('names at most twenty differences', async () => {
    const views = Array.from({ length: 30 }, (_, i) => `CREATE VIEW v${i} AS SELECT 1`).join(';');
    const runner = runnerOn(migrated(`${knex};${views}`), plainFiles);
    const { differences } = await runner.readAdoption();
    await runner.close();
    expect(differences).toHaveLength(21);
    expect(differences.at(-1)).toBe('and 10 more');
  });

  it('replays migrations that drop what they made', async () => {
    const files = { '001_users.sql': texts.users, '002_roles.sql': `${texts.roles}DROP TABLE users;` };
    const db = migrated(`${knex};DROP TABLE users`);
    const runner = runnerOn(db, files);
    expect((await runner.adopt()).differences).toEqual([]);
    await runner.close();
  });

  it.each([
    ['is code, which would run', { '002_roles.mjs': { up: 'SELECT 1' } as unknown as string }],
    ['no such table: missing', { '002_roles.sql': 'INSERT INTO missing VALUES (1)' }],
  ])('cannot compare what cannot be replayed: %s', async (reason, changed) => {
    const { '002_roles.sql': _, ...others } = plainFiles;
    const runner = runnerOn(migrated(knex), { ...others, ...changed });
    const { differences } = await runner.adopt({ acceptDifferences: true });
    expect(differences).toEqual([expect.stringMatching(/^the schema cannot be compared with what these/)]);
    expect(differences[0]).toContain(reason);
    await runner.close();
  });

  it('compares a table of a tool that a migration makes', async () => {
    const table = 'CREATE TABLE migrations (name TEXT)';
    const files = { ...plainFiles, '001_users.sql': `${texts.users}${table};` };
    const rows = "INSERT INTO migrations VALUES ('001_users'), ('002_roles')";
    const same = runnerOn(migrated(`${table};${rows}`), files);
    expect((await same.readAdoption()).differences).toEqual([]);
    await same.close();
    const other = runnerOn(
      migrated(`${table.replace('TEXT', 'TEXT, applied_at TEXT')};${rows.replaceAll("')", "', '')")}`),
      files,
    );
    expect((await other.readAdoption()).differences).toEqual([
      expect.stringContaining('table migrations: column applied_at'),
    ]);
    await other.close();
  });

  it('cannot compare on a platform without scratch databases', async () => {
    const db = migrated(knex);
    const { differences } = await db.runner(plainFiles, { tables }).readAdoption();
    expect(differences).toEqual([expect.stringContaining('no means to make a scratch database')]);
  });

  it.each(['sqlx', 'prisma', 'flyway', 'refinery', 'node-sqlite'])(
    'names a file that was edited since %s applied it',
    async (to) => {
      const edited = { ...plainFiles, '002_roles.sql': texts.roles.replace('Grace', 'Ada') };
      const runner = runnerOn(migrated(sampleOf(to).sql), edited);
      const failure = await failureOf(() => runner.adopt());
      expect(failure.message).toContain('002_roles.sql was edited after ');
      await runner.close();
    },
  );

  it('names a file that was edited since the application applied it', async () => {
    const edited = { ...plainFiles, '002_roles.sql': texts.roles.replace('Grace', 'Ada') };
    const runner = runnerOn(migrated(sampleOf('_schema_history').sql), edited);
    const { differences } = await runner.readAdoption();
    expect(differences).toEqual(['002_roles.sql was edited after the application applied it']);
    await runner.close();
  });

  it('takes checksums of an application for another kind if none fits', async () => {
    const { sql } = sampleOf('_schema_history');
    const runner = runnerOn(migrated(sql.replaceAll(/'[0-9A-Fa-f]{64}'/g, "'1234'")), plainFiles);
    const { migrations, differences } = await runner.readAdoption();
    expect([migrations.map(({ checksum }) => checksum), differences]).toEqual([['unchecked', 'unchecked'], []]);
    await runner.close();
  });

  it('names what is recorded and has no file', async () => {
    const { '001_users.sql': _, ...others } = plainFiles;
    const files = { '001_start.sql': texts.users, ...others };
    const many = Array.from({ length: 6 }, (_, i) => `('old_${i}', 1, 1)`).join();
    const db = migrated(`${knex};INSERT INTO knex_migrations (name, batch, migration_time) VALUES ${many}`);
    const runner = runnerOn(db, files);
    const failure = await failureOf(() => runner.adopt());
    expect(failure.message).toContain(
      'there is no file for 7 recorded migrations: 001_users.ts, old_0, old_1, old_2, old_3 and 2 more',
    );
    await runner.close();
  });

  it('refuses records of other migrations, and takes a version instead', async () => {
    const db = migrated(knex);
    const files = { '001_start.sql': `${texts.users}${texts.roles}`, '002_tags.sql': texts.tags };
    const runner = runnerOn(db, files);
    const failure = await failureOf(() => runner.adopt());
    expect(failure).toMatchObject({ code: 'ADOPT_REFUSED' });
    expect(failure.message).toContain('none of its 2 applied migrations is here: 001_users.ts, 002_roles.ts');
    expect(failure.hint).toContain('`dunlin adopt 2`');
    expect(await failureOf(() => runner.adopt({ version: 7 }))).toMatchObject({ code: 'VERSION_UNKNOWN' });
    const adoption = await runner.adopt({ version: 1 });
    expect(adoption.migrations).toEqual([
      { version: 1, name: 'start', recorded: undefined, appliedAt: undefined, checksum: 'unchecked' },
    ]);
    await runner.up();
    // What it stands for is recorded in the other tool already.
    expect((await runner.exportTo({ to: 'knex' })).added).toMatchObject([{ version: 2, recorded: '002_tags.ts' }]);
    await runner.close();
  });

  it('takes a version for a tool that records no names', async () => {
    const db =
      migrated(`CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
INSERT INTO alembic_version VALUES ('ae1027a6acf')`);
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.adopt());
    expect(failure.message).toMatch(
      /app\.db cannot be adopted from the table "alembic_version" of Alembic: its records do not name the migrations here\.$/,
    );
    await runner.adopt({ version: 2 });
    expect(await failureOf(() => runner.exportTo({ to: 'Alembic' }))).toMatchObject({
      code: 'EXPORT_REFUSED',
      message: expect.stringContaining('how it records migrations is not known'),
    });
    await runner.close();
  });

  it.each([
    [
      'sqlx',
      'UPDATE _sqlx_migrations SET success = 0 WHERE version = 2',
      '2 failed',
      'Complete or undo that with sqlx',
    ],
    ['golang-migrate', 'UPDATE schema_migrations SET dirty = 1', '2 is dirty', 'with golang-migrate'],
    ['flyway', 'UPDATE flyway_schema_history SET success = 0 WHERE installed_rank = 2', '002 failed', 'with Flyway'],
    ['prisma', 'UPDATE _prisma_migrations SET finished_at = NULL WHERE id = 3', '002_roles failed', 'with Prisma'],
    [
      'knex',
      'UPDATE knex_migrations_lock SET is_locked = 1',
      'its lock "knex_migrations_lock" is taken',
      'release its lock with Knex',
    ],
    [
      'kysely',
      'UPDATE kysely_migration_lock SET is_locked = 1',
      'its lock "kysely_migration_lock" is taken',
      'release its lock with Kysely',
    ],
    [
      'knex',
      "INSERT INTO knex_migrations (name) VALUES ('002_roles.js')",
      '002_roles is recorded twice',
      'dunlin adopt 3',
    ],
    [
      'golang-migrate',
      'UPDATE schema_migrations SET version = 9',
      'none of its 1 applied migration is here: 9',
      '--migrations <folder>',
    ],
    ['user_version', 'PRAGMA user_version = 9', 'none of its 1 applied migration is here: 9', '--migrations <folder>'],
  ])('refuses what %s has not completed: %s', async (to, change, line, remedy) => {
    const db = migrated(`${sampleOf(to).sql};${change}`);
    const before = db.content();
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.adopt({ acceptDifferences: true }));
    expect(failure).toMatchObject({ code: 'ADOPT_REFUSED', message: expect.stringContaining(line) });
    expect(failure.hint).toContain(remedy);
    expect(db.content()).toBe(before);
    await runner.close();
  });

  it('does not guess what a number or a name stands for', async () => {
    const files = { '002_users.sql': texts.users, '003_roles.sql': texts.roles, '004_tags.sql': texts.tags };
    const counted = runnerOn(migrated('PRAGMA user_version = 2'), files);
    expect((await failureOf(() => counted.adopt())).message).toContain(
      '2 may be the version 002_users, or that 003_roles is the last of 2',
    );
    await counted.close();
    const named = runnerOn(migrated('PRAGMA user_version = 4'), files);
    expect((await named.readAdoption()).migrations).toHaveLength(3);
    await named.close();
    const twice = { '1_users.sql': texts.users, '2_1_users.sql': texts.roles };
    const db = migrated("CREATE TABLE migrations (name TEXT); INSERT INTO migrations VALUES ('1_users')");
    const runner = runnerOn(db, twice);
    expect((await runner.readAdoption()).migrations).toMatchObject([{ version: 1 }]);
    await runner.close();
  });

  it('asks which tool it is where several have records', async () => {
    const db = migrated(`${knex};${sampleOf('d1').sql};PRAGMA user_version = 3`);
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.adopt());
    expect(failure.message).toContain('there is also the table "knex_migrations" of Knex');
    expect(failure.hint).toContain('`dunlin adopt --from d1_migrations`');
    for (const from of ['d1', 'D1', 'wrangler', 'knex_migrations'])
      expect((await runner.readAdoption({ from })).migrations).toHaveLength(2);
    expect((await runner.readAdoption({ from: 'user_version' })).migrations).toHaveLength(3);
    expect(await failureOf(() => runner.adopt({ from: 'sqlx' }))).toMatchObject({
      code: 'ADOPT_NOTHING',
      message: expect.stringMatching(/app\.db has no records of sqlx, only the table "d1_migrations" of D1 and /),
    });
    await runner.close();
  });

  it('needs records, and a database that Dunlin has not migrated', async () => {
    const db = migrated(`CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT, applied_at TEXT)`);
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.adopt());
    expect(failure.message).toMatch(/app\.db has no records of another tool\.$/);
    expect(failure.hint).toContain('`dunlin baseline 3`');
    expect(await failureOf(() => runner.adopt({ from: 5 as never }))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await failureOf(() => runner.adopt({ ifAny: 1 as never }))).toMatchObject({ code: 'OPTION_INVALID' });
    expect(await runner.adopt({ ifAny: true })).toBeUndefined();
    await runner.baseline(2);
    expect(await runner.adopt({ ifAny: true })).toBeUndefined();
    expect(await failureOf(() => runner.adopt())).toMatchObject({
      code: 'ADOPT_TOO_LATE',
      message: expect.stringContaining('app.db has 2 migrations recorded by Dunlin already, the newest 2 roles.'),
    });
    await runner.close();
  });

  it('does not compare what Dunlin has rolled back, and goes back without a comparison', async () => {
    const db = migrated(`${knex};CREATE TABLE tags (id INTEGER PRIMARY KEY)`);
    db.exec("INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 3, 3)");
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    await runner.down();
    expect(await runner.adopt()).toMatchObject({ migrations: [], already: [{}, {}], pending: [{ version: 3 }] });
    expect((await runner.up()).applied).toMatchObject([{ version: 3 }]);
    await runner.close();
    const files = { ...plainFiles, '004_more.sql': 'CREATE TABLE more (x);' };
    db.exec("INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('004_more.ts', 3, 3)");
    const later = runnerOn(db, files);
    expect((await later.down()).applied).toMatchObject([{ version: 3 }]);
    await later.close();
    const allowed = runnerOn(db, files, { otherTool: 'allow' });
    expect((await allowed.up()).applied).toMatchObject([{ version: 3 }, { version: 4 }]);
    await allowed.close();
  });

  it('records with a baseline what the tool has applied since', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    db.exec(
      `CREATE TABLE tags (id INTEGER PRIMARY KEY);INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 3, 3)`,
    );
    db.close();
    const failure = await failureOf(() => runner.up());
    expect(failure.message).toMatch(/^Since .*app\.db was adopted from Knex, that tool has applied 003_tags\.$/);
    expect(failure.hint).toContain('`dunlin baseline 3`');
    await runner.baseline(3);
    expect((await runner.up()).applied).toEqual([]);
    await runner.close();
  });

  it('applies nothing after a migration that failed in the tool since', async () => {
    const db = migrated(sampleOf('golang-migrate').sql);
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    db.exec('UPDATE schema_migrations SET version = 3, dirty = 1');
    db.close();
    const failure = await failureOf(() => runner.up());
    expect(failure).toMatchObject({ code: 'ADOPT_BEHIND', message: expect.stringContaining(', 3 is dirty.') });
    expect(failure.message).not.toContain('has applied');
    db.exec('DROP TABLE schema_migrations');
    db.close();
    expect((await runner.up()).applied).toMatchObject([{ version: 3 }]);
    await runner.close();
  });

  it('finds what the application has counted since', async () => {
    const db = migrated('PRAGMA user_version = 2');
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    db.exec('PRAGMA user_version = 3');
    db.close();
    expect((await failureOf(() => runner.up())).message).toContain(
      'adopted from user_version, that tool has applied 003',
    );
    await runner.close();
    const own = migrated(`CREATE TABLE migrations (name TEXT);
      INSERT INTO migrations VALUES ('001_users'), ('002_roles')`);
    const ofOwn = runnerOn(own, plainFiles);
    await ofOwn.adopt();
    own.exec("INSERT INTO migrations VALUES ('003_tags')");
    own.close();
    expect((await failureOf(() => ofOwn.up())).message).toContain('from the table "migrations", that tool has applied');
    await ofOwn.close();
  });

  it('compares under the lock too', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    const insert = "INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 3, 3)";
    const failure = await failureOf(() =>
      runner.to(3, {
        confirm: () => {
          db.exec(insert);
          db.close();
          return true;
        },
      }),
    );
    expect(failure.code).toBe('ADOPT_BEHIND');
    await runner.close();
  });

  it('records the third of three when its file arrives', async () => {
    const { '003_tags.sql': _, ...two } = plainFiles;
    const db = migrated(`${knex};CREATE TABLE tags (id INTEGER PRIMARY KEY);
      INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 3, 3)`);
    const runner = runnerOn(db, two);
    const failure = await failureOf(() => runner.adopt());
    expect(failure.hint).toContain('To record those that have a file here all the same');
    await runner.adopt({ acceptDifferences: true });
    await runner.close();
    const whole = runnerOn(db, plainFiles);
    expect((await failureOf(() => whole.up())).code).toBe('ADOPT_BEHIND');
    expect((await whole.adopt()).migrations).toMatchObject([{ version: 3 }]);
    await whole.close();
  });

  it('adopts once, anyone who else does the same meanwhile', async () => {
    const db = migrated(knex);
    const runners = [1, 2, 3, 4].map(() => runnerOn(db, plainFiles));
    const all = await Promise.all(runners.map((runner) => runner.adopt()));
    expect(all.filter(({ migrations }) => migrations.length === 2)).toHaveLength(1);
    expect(all.filter(({ already }) => already.length === 2)).toHaveLength(3);
    expect(db.attempts()).toEqual(['1 adopt ok', '2 adopt ok', 'run adopt ok']);
    await Promise.all(runners.map((runner) => runner.close()));
  });

  it('says where a table has the name of Dunlin’s', async () => {
    const runner = runnerOn(migrated(sampleOf('dbmate').sql), plainFiles, { tables: {} });
    const failure = await failureOf(() => runner.adopt());
    expect(failure).toMatchObject({ code: 'LEDGER_FOREIGN' });
    expect(failure.hint).toContain('`dunlin adopt --table dunlin_migrations` then takes over');
    await runner.close();
  });

  it('records labels in the semver layout, and undoes that', async () => {
    const db = migrated(sampleOf('umzug').sql);
    const files = { '001_users.sql': `-- Schema-Version: 1.0.0\n${texts.users}`, '002_roles.sql': texts.roles };
    const before = db.content();
    const runner = runnerOn(db, files, { layout: 'semver', tables: {} });
    await runner.adopt();
    expect(db.value('SELECT version FROM schema_version')).toBe('1.0.0');
    db.close();
    await runner.undoAdopt();
    await runner.close();
    expect(db.content()).toBe(before);
  });
});

describe('Atlas', () => {
  // The hashes of atlas.sum, computed with Python.
  const right = 'pmXj1nXk2v46TY+dMm2lKtpiz6/hY3ahwRFJHMYAADE=';
  const sql = `CREATE TABLE \`atlas_schema_revisions\` (\`version\` text NOT NULL, \`description\` text NOT NULL, \`type\` integer NOT NULL DEFAULT 2,
  \`applied\` integer NOT NULL DEFAULT 0, \`total\` integer NOT NULL DEFAULT 0, \`executed_at\` datetime NOT NULL,
  \`execution_time\` integer NOT NULL, \`error\` text NULL, \`error_stmt\` text NULL, \`hash\` text NOT NULL,
  \`partial_hashes\` json NULL, \`operator_version\` text NOT NULL, PRIMARY KEY (\`version\`));
INSERT INTO atlas_schema_revisions (version, description, executed_at, execution_time, hash, operator_version) VALUES
  ('.atlas_cloud_identifier', '', '', 1, '', ''), ('001', 'users', '2024-01-01 00:00:00+00:00', 1, 'VaMVjb9iiBqGYAIZ0tBHxMIYuRf27HO5YXnfH5HwcPE=', ''),
  ('002', 'roles', '2024-02-02 10:20:30.123+00:00', 1, '${right}', '')`;

  it('has hashes of all files up to each', async () => {
    const runner = runnerOn(migrated(sql), plainFiles);
    const { migrations } = await runner.adopt();
    expect(migrations).toMatchObject([
      { version: 1, checksum: 'right', appliedAt: '2024-01-01T00:00:00.000Z' },
      { version: 2, checksum: 'right', appliedAt: '2024-02-02T10:20:30.123Z' },
    ]);
    await runner.up();
    expect((await failureOf(() => runner.exportTo({ to: 'atlas' }))).message).toContain('`atlas migrate set`');
    await runner.close();
    const edited = runnerOn(migrated(sql), { ...plainFiles, '001_users.sql': `${texts.users}-- more` });
    expect((await edited.readAdoption()).migrations.map(({ checksum }) => checksum)).toEqual(['edited', 'edited']);
    await edited.close();
  });

  it('has not finished a revision with fewer statements than there are', async () => {
    const runner = runnerOn(
      migrated(`${sql};UPDATE atlas_schema_revisions SET total = 2 WHERE version = '002'`),
      plainFiles,
    );
    expect((await failureOf(() => runner.adopt())).message).toContain('002 did not finish');
    await runner.close();
  });
});

describe('adopt, while others write', () => {
  it.each([
    ["INSERT INTO knex_migrations (name, batch, migration_time) VALUES ('003_tags.ts', 2, 1)", '3 tags (003_tags.ts)'],
    ['CREATE TABLE sudden (x)', 'table sudden exists'],
  ])('records nothing if something else is there by the time of the lock: %s', async (change, now) => {
    const db = migrated(knex);
    let changed = false;
    const runner = runnerOn(db, plainFiles, {
      // The scratch database is opened between what is shown and the lock.
      prepare: (_, { file }) => {
        if (file === db.path || changed) return;
        changed = true;
        db.exec(change);
        db.close();
      },
    });
    const failure = await failureOf(() => runner.adopt());
    expect(failure).toMatchObject({ code: 'PLAN_CHANGED', message: expect.stringContaining(now) });
    expect(failure.hint).toContain('`dunlin adopt --dry-run`');
    await runner.close();
    expect(db.value("SELECT count(*) FROM sqlite_schema WHERE name = 'dunlin_migrations'")).toBe(0);
  });
});

describe('adopt --undo', () => {
  const adopted = async (): Promise<{ db: TestDatabase; runner: MigrationRunner }> => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    return { db, runner };
  };

  it('refuses when something was recorded since', async () => {
    const { runner } = await adopted();
    await runner.up();
    const failure = await failureOf(() => runner.undoAdopt());
    expect(failure).toMatchObject({ code: 'ADOPT_UNDO_REFUSED', message: expect.stringContaining('`up` has changed') });
    expect(failure.hint).toContain('`dunlin export --to <tool>`');
    await runner.close();
  });

  it('keeps the tables if there is more in them', async () => {
    const { db, runner } = await adopted();
    db.exec('UPDATE knex_migrations SET name = name; CREATE TABLE tags (x)');
    db.close();
    await failureOf(() => runner.up());
    expect(await runner.undoAdopt()).toEqual({
      migrations: [
        { version: 1, name: 'users' },
        { version: 2, name: 'roles' },
      ],
      tablesDropped: false,
    });
    expect(db.versions('dunlin_migrations')).toEqual([]);
    await runner.close();
  });

  it('refuses without an adoption, and where its rows are gone', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles);
    const failure = await failureOf(() => runner.undoAdopt());
    expect(failure.message).toMatch(/^The adoption of \S+ is not undone: none is recorded\.$/);
    expect(failure.hint).toContain('`dunlin history`');
    await runner.adopt();
    db.exec('DELETE FROM dunlin_migrations WHERE version = 2');
    db.close();
    expect((await failureOf(() => runner.undoAdopt())).message).toContain('version 2 is no longer recorded');
    await runner.close();
  });
});

describe('export', () => {
  const adopted = async (
    to: string,
    files: Files = plainFiles,
  ): Promise<{ db: TestDatabase; runner: MigrationRunner }> => {
    const db = migrated(sampleOf(to).sql);
    const runner = runnerOn(db, files);
    await runner.adopt();
    return { db, runner };
  };

  it.each(['knex', 'golang-migrate', 'user_version', 'goose'])(
    'deletes from %s what Dunlin has rolled back',
    async (to) => {
      const { db, runner } = await adopted(to);
      const { rows } = sampleOf(to);
      const before = rowsOf(db, rows);
      db.close();
      await runner.up();
      await runner.exportTo({ to });
      await runner.down();
      const planned = await runner.exportTo({ to, dryRun: true });
      expect(planned).toMatchObject({ added: [], removed: [{ version: 3, name: 'tags' }] });
      expect(rowsOf(db, rows)).not.toEqual(before);
      db.close();
      expect(await runner.exportTo({ to })).toEqual(planned);
      expect(rowsOf(db, rows)).toEqual(before);
      await runner.close();
    },
  );

  it.each([
    ['goose', 'it records 3, which Dunlin has rolled back as 3 tags, and there is no file for it'],
    ['knex', 'it records 003_tags.ts, which Dunlin has rolled back as 3 tags'],
    ['golang-migrate', 'it records 3, which Dunlin has rolled back as 3 tags'],
  ])('refuses to leave in %s what was rolled back before its file was deleted', async (to, line) => {
    const { db, runner } = await adopted(to);
    await runner.up();
    await runner.exportTo({ to });
    await runner.down();
    await runner.close();
    const { '003_tags.sql': _, ...two } = plainFiles;
    const later = runnerOn(db, two);
    const failure = await failureOf(() => later.exportTo({ to }));
    expect(failure).toMatchObject({ code: 'EXPORT_REFUSED', message: expect.stringContaining(line) });
    expect(failure.hint).toContain('Bring the file back');
    await later.close();
  });

  it('leaves a record of the newest empty when everything is rolled back', async () => {
    const down = '\n-- === DOWN ===\nDROP TABLE users;';
    const files = { '001_users.sql': `-- === UP ===\n${texts.users}${down}` };
    const db = openTestDatabase();
    db.exec(
      `${texts.users}CREATE TABLE schema_migrations (version uint64,dirty bool); INSERT INTO schema_migrations VALUES (1, 0)`,
    );
    const runner = runnerOn(db, files);
    await runner.adopt();
    await runner.down();
    expect((await runner.exportTo({ to: 'golang-migrate' })).removed).toMatchObject([{ recorded: '1' }]);
    expect(db.rows('SELECT * FROM schema_migrations')).toEqual([]);
    await runner.close();
  });

  it('does not delete the records of migrations that Dunlin has not applied', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles, { otherTool: 'allow' });
    // Dunlin begins beside Knex, and fails at what Knex has made.
    await failureOf(() => runner.up());
    expect(await runner.exportTo({ to: 'knex' })).toMatchObject({ added: [], removed: [] });
    expect(db.column('SELECT name FROM knex_migrations')).toEqual(['001_users.ts', '002_roles.ts']);
    await runner.close();
  });

  it('leaves alone what another tool has applied beside', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, { '003_tags.sql': texts.tags }, { otherTool: 'allow' });
    await runner.up();
    expect(await runner.exportTo({ to: 'knex' })).toMatchObject({ added: [{ version: 3 }], removed: [] });
    expect(db.column('SELECT name FROM knex_migrations')).toEqual(['001_users.ts', '002_roles.ts', '003_tags.ts']);
    await runner.close();
  });

  it.each([
    [
      'golang-migrate',
      'it is at 2, which Dunlin has neither applied nor adopted',
      { '001_x.sql': 'CREATE TABLE x (y)', '002_z.sql': '' },
    ],
    ['user_version', 'user_version: it is at 2, which', { '003_tags.sql': texts.tags }],
  ])('does not replace what %s says of others', async (to, line, files: Files) => {
    const runner = runnerOn(migrated(sampleOf(to).sql), files, { otherTool: 'allow', emptyMigrations: 'allow' });
    await runner.up({ steps: 1 });
    const failure = await failureOf(() => runner.exportTo({ to }));
    expect(failure).toMatchObject({ code: 'EXPORT_REFUSED', message: expect.stringContaining(line) });
    await runner.close();
  });

  it('does not replace a number that no migration here has', async () => {
    const db = migrated(sampleOf('golang-migrate').sql.replace('(2, 0)', '(12, 0)'));
    const runner = runnerOn(db, { '001_start.sql': `${texts.users}${texts.roles}`, '002_tags.sql': texts.tags });
    await runner.adopt({ version: 1 });
    await runner.up();
    const failure = await failureOf(() => runner.exportTo({ to: 'golang-migrate' }));
    expect(failure.message).toContain('it is at 12, which Dunlin has neither applied nor adopted');
    expect(failure.hint).toContain('let golang-migrate record itself what was applied');
    await runner.close();
  });

  it('refuses a gap that the tool would never fill', async () => {
    const files = { '010_users.sql': texts.users, '020_roles.sql': texts.roles, '030_tags.sql': texts.tags };
    const db = migrated(sampleOf('golang-migrate').sql.replace('(2, 0)', '(20, 0)'));
    const runner = runnerOn(db, files);
    await runner.adopt();
    await runner.up();
    await runner.close();
    const gap = runnerOn(db, { ...files, '025_late.sql': 'SELECT 1;' });
    const failure = await failureOf(() => gap.exportTo({ to: 'golang-migrate' }));
    expect(failure.message).toContain('025_late is pending, and golang-migrate records the newest only');
    await gap.close();
  });

  it.each([
    ['knex', "INSERT INTO knex_migrations (name) VALUES ('002_roles.js')", '002_roles is recorded twice'],
    ['knex', 'UPDATE knex_migrations_lock SET is_locked = 1', 'its lock "knex_migrations_lock" is taken'],
    ['sqlx', "INSERT INTO _sqlx_migrations VALUES (9, 'x', '', 0, '', 0)", '9 failed'],
  ])('refuses a table of %s that is not in order', async (to, change, line) => {
    const { db, runner } = await adopted(to);
    db.exec(change);
    db.close();
    expect((await failureOf(() => runner.exportTo({ to }))).message).toContain(line);
    await runner.close();
  });

  it('refuses without a table, without anything applied, and without the file', async () => {
    const db = migrated(knex);
    const runner = runnerOn(db, plainFiles);
    expect((await failureOf(() => runner.exportTo({ to: 'knex' }))).message).toContain('has applied nothing to it');
    await runner.adopt();
    const failure = await failureOf(() => runner.exportTo({ to: 'goose' }));
    expect(failure.message).toContain('is not exported to goose: it has no table in the database');
    expect(failure.hint).toContain('drizzle, prisma, knex');
    expect(await failureOf(() => runner.exportTo({} as never))).toMatchObject({ code: 'OPTION_INVALID' });
    await runner.up();
    await runner.close();
    const { '003_tags.sql': _, ...others } = plainFiles;
    const without = runnerOn(db, others);
    expect((await failureOf(() => without.exportTo({ to: 'knex' }))).message).toContain('there is no file for 3 tags');
    await without.close();
  });

  it.each([
    [
      'name TEXT, author TEXT NOT NULL',
      "('001_users', 'ada'), ('002_roles', 'grace')",
      'the column "author" is not known',
    ],
    [
      'name TEXT, checksum TEXT NOT NULL',
      "('001_users', 'a'), ('002_roles', 'b')",
      'the column "checksum" is not known',
    ],
  ])('does not invent what an application records: (%s)', async (columns, rows, line) => {
    const db = migrated(`CREATE TABLE migrations (${columns}); INSERT INTO migrations VALUES ${rows}`);
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    await runner.up();
    const failure = await failureOf(() => runner.exportTo({ to: 'own' }));
    expect(failure.message).toContain(`the row of 003_tags is not known: what the application writes into ${line}`);
    await runner.close();
  });

  it.each([
    [
      'id INTEGER PRIMARY KEY, filename TEXT, executed_at INTEGER',
      '(1, "001_users.sql", 1700000000000), (2, "002_roles.sql", 1700000000000)',
      [3, '003_tags.sql', 13],
    ],
    [
      'id INTEGER PRIMARY KEY, name TEXT, applied_at TEXT, status TEXT',
      '(1, "001_users", "2024-01-01T00:00:00.000Z", "ok"), (2, "002_roles", "2024-01-01T00:00:00.000Z", "ok")',
      [3, '003_tags', 24],
    ],
    ['version TEXT, applied_at TEXT', '("001", NULL), ("002", NULL)', ['003', null]],
    ['id INTEGER PRIMARY KEY, version INTEGER, description TEXT', '(1, 1, "users"), (2, 2, "roles")', [3, 3, 'tags']],
  ])('writes the row of an application in the form of the newest: (%s)', async (columns, rows, expected) => {
    const db = migrated(
      `CREATE TABLE migrations (${columns}); INSERT INTO migrations VALUES ${rows.replaceAll('"', "'")}`,
    );
    const runner = runnerOn(db, plainFiles);
    await runner.adopt();
    await runner.up();
    await runner.exportTo({ to: 'migrations' });
    const [row = {}] = db.rows('SELECT * FROM migrations ORDER BY rowid DESC LIMIT 1');
    const values = Object.values(row).slice(0, expected.length);
    if (expected.at(-1) !== null && typeof expected.at(-1) === 'number' && expected.length === 3 && expected[2] !== 3)
      values[2] = String(values[2]).length;
    expect(values).toEqual(expected);
    await runner.close();
  });
});

describe('the table of a tool that has only made it', () => {
  const samples = adoptSamples.filter(({ to }) => !['user_version', '_schema_history', 'migrations'].includes(to));

  it.each(samples)('of $to gets everything that Dunlin has applied', async ({ to, sql, files = plainFiles }) => {
    const db = openTestDatabase();
    db.exec(sql);
    const made = db.column("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%lock'");
    for (const table of made) db.exec(`DELETE FROM "${String(table)}"`);
    const runner = runnerOn(db, files);
    await runner.up();
    const { added } = await runner.exportTo({ to });
    expect(added.map(({ name }) => name)).toEqual(['users', 'roles', 'tags']);
    expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [] });
    await runner.close();
  });

  it.each([
    ['name TEXT', ['001_users.sql', '002_roles.sql', '003_tags.sql']],
    ['version INTEGER, applied_at TEXT', [1, 2, 3]],
    ['version TEXT', ['001', '002', '003']],
  ])('of an application as well: (%s)', async (columns, names) => {
    const db = openTestDatabase();
    db.exec(`CREATE TABLE migrations (${columns})`);
    const runner = runnerOn(db, plainFiles);
    await runner.up();
    await runner.exportTo({ to: 'migrations' });
    expect(db.column('SELECT * FROM migrations')).toEqual(names);
    await runner.close();
  });
});
