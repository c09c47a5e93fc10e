import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { FormatName } from '../../src/migration/index.ts';
import { Project, type Files } from '../formats/support.ts';
import { adoptSamples, texts } from './adopt-samples.ts';
import Database from 'better-sqlite3';

const tables = { migrations: 'dunlin_migrations' };
const hash = (algorithm: string, text: string): string => createHash(algorithm).update(text).digest('hex');
const tags = 'CREATE TABLE tags (id INTEGER PRIMARY KEY);\n';
const journal = JSON.stringify({
  version: '7',
  dialect: 'sqlite',
  entries: [1700000000000, 1710000000000, 1720000000000].map((when, idx) => ({
    idx,
    version: '6',
    when,
    tag: `000${idx}_${['users', 'roles', 'tags'][idx]}`,
    breakpoints: true,
  })),
});
const drizzle = `CREATE TABLE "__drizzle_migrations" (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);
INSERT INTO "__drizzle_migrations" (hash, created_at) VALUES ('${hash('sha256', texts.users)}', 1700000000000), ('${hash('sha256', texts.roles)}', 1710000000000)`;
const goose = (text: string): string => `-- +goose Up\n${text}-- +goose Down\nSELECT 1;\n`;
const dbmate = (text: string): string => `-- migrate:up\n${text}-- migrate:down\nSELECT 1;\n`;
const sqlOf = (to: string): string => adoptSamples.find((sample) => sample.to === to)!.sql;
const three = (name: (title: string, n: number) => string, text: (sql: string) => string = (sql) => sql): Files =>
  Object.fromEntries(
    [texts.users, texts.roles, tags].map((sql, i) => [name(['users', 'roles', 'tags'][i]!, i + 1), text(sql)]),
  );

interface FolderSample {
  readonly format: FormatName;
  readonly to: string;
  readonly sql: string;
  readonly files: Files;
  readonly rows: string;
  readonly exported: readonly unknown[];
  readonly checksum: string;
}

/** The folders of other tools as they are, with the table that the tool has left. */
const samples: readonly FolderSample[] = [
  {
    format: 'drizzle',
    to: 'drizzle',
    sql: drizzle,
    files: { 'meta/_journal.json': journal, ...three((title, n) => `000${n - 1}_${title}.sql`) },
    rows: 'SELECT id, hash, created_at FROM __drizzle_migrations ORDER BY created_at LIMIT -1 OFFSET 2',
    exported: [[null, hash('sha256', tags), 1720000000000]],
    checksum: 'right',
  },
  {
    format: 'prisma',
    to: 'prisma',
    sql: sqlOf('prisma').replaceAll('00', '2024010200000'),
    files: {
      'migration_lock.toml': 'provider = "sqlite"\n',
      ...three((title, n) => `2024010200000${n}_${title}/migration.sql`),
    },
    rows: 'SELECT migration_name, checksum FROM _prisma_migrations WHERE length(id) = 36',
    exported: [['20240102000003_tags', hash('sha256', tags)]],
    checksum: 'right',
  },
  {
    format: 'golang-migrate',
    to: 'golang-migrate',
    sql: sqlOf('golang-migrate'),
    files: {
      ...three((title, n) => `${n}_${title}.up.sql`),
      ...three(
        (title, n) => `${n}_${title}.down.sql`,
        () => 'SELECT 1;',
      ),
    },
    rows: 'SELECT version, dirty FROM schema_migrations',
    exported: [[3, 0]],
    checksum: 'unchecked',
  },
  {
    format: 'goose',
    to: 'goose',
    sql: sqlOf('goose'),
    files: three((title, n) => `0000${n}_${title}.sql`, goose),
    rows: 'SELECT version_id, is_applied FROM goose_db_version WHERE id > 5',
    exported: [[3, 1]],
    checksum: 'unchecked',
  },
  {
    format: 'dbmate',
    to: 'dbmate',
    sql: sqlOf('dbmate').replaceAll("'00", "'2024010200000"),
    files: three((title, n) => `2024010200000${n}_${title}.sql`, dbmate),
    rows: "SELECT version FROM schema_migrations WHERE version LIKE '%3'",
    exported: [['20240102000003']],
    checksum: 'unchecked',
  },
  {
    format: 'diesel',
    to: 'diesel',
    sql: sqlOf('diesel').replaceAll(/17.0000000000/g, (found) => `2024010200000${found[2] === '0' ? 1 : 2}`),
    files: {
      ...three((title, n) => `2024-01-02-00000${n}_${title}/up.sql`),
      ...three(
        (title, n) => `2024-01-02-00000${n}_${title}/down.sql`,
        () => 'SELECT 1;',
      ),
    },
    rows: "SELECT version FROM __diesel_schema_migrations WHERE version LIKE '%3'",
    exported: [['20240102000003']],
    checksum: 'unchecked',
  },
  {
    // The command of newer versions of Diesel writes four more digits.
    format: 'diesel',
    to: 'diesel',
    sql: sqlOf('diesel').replaceAll(/17.0000000000/g, (found) => `2024010200000${found[2] === '0' ? 1 : 2}0000`),
    files: three((title, n) => `2024-01-02-00000${n}-0000_${title}/up.sql`),
    rows: "SELECT version FROM __diesel_schema_migrations WHERE version LIKE '%30000'",
    exported: [['202401020000030000']],
    checksum: 'unchecked',
  },
  {
    format: 'popx',
    to: 'popx',
    sql: `CREATE TABLE "schema_migration" (version VARCHAR (48) NOT NULL, version_self INT NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX schema_migration_version_idx ON "schema_migration" (version);
CREATE INDEX schema_migration_version_self_idx ON "schema_migration" (version_self);
INSERT INTO schema_migration (version) VALUES ('20240102000001000000'), ('20240102000002000000')`,
    files: three((title, n) => `2024010200000${n}000000_${title}.up.sql`),
    rows: 'SELECT version, version_self FROM schema_migration ORDER BY rowid LIMIT -1 OFFSET 2',
    exported: [['20240102000003000000', 0]],
    checksum: 'unchecked',
  },
  {
    format: 'flyway',
    to: 'flyway',
    sql: sqlOf('flyway')
      .replace("(1, '1'", "(1, '1.1'")
      .replace("(2, '002'", "(2, '1.2'")
      .replaceAll('V1__', 'V1_1__')
      .replaceAll('V002__', 'V1_2__'),
    files: three((title, n) => `V1_${n}__${title}.sql`),
    rows: 'SELECT installed_rank, version, description, script, checksum FROM flyway_schema_history WHERE installed_rank > 2',
    exported: [[3, '1.3', 'tags', 'V1_3__tags.sql', -1510504174]],
    checksum: 'right',
  },
  {
    format: 'refinery',
    to: 'refinery',
    sql: sqlOf('refinery'),
    files: three((title, n) => `V${n}__${title}.sql`),
    rows: 'SELECT version, name, checksum FROM refinery_schema_history WHERE version > 2',
    exported: [[3, 'tags', '6830566824519911333']],
    checksum: 'right',
  },
  {
    format: 'node-sqlite',
    to: 'node-sqlite',
    sql: sqlOf('node-sqlite'),
    files: three(
      (title, n) => `00${n}-${title}.sql`,
      (sql) => `-- Up\n${sql}-- Down\nSELECT 1;\n`,
    ),
    rows: 'SELECT id, name, up, down FROM migrations WHERE id > 2',
    exported: [[3, 'tags', tags.trim(), 'SELECT 1;']],
    checksum: 'right',
  },
  {
    format: 'd1',
    to: 'd1',
    sql: sqlOf('d1').replaceAll("'00", "'000"),
    files: three((title, n) => `000${n}_${title}.sql`),
    rows: 'SELECT name FROM d1_migrations WHERE id > 2',
    exported: [['0003_tags.sql']],
    checksum: 'unchecked',
  },
  {
    format: 'sections',
    to: 'migrations',
    sql: `CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_at TEXT);
INSERT INTO migrations VALUES ('create-users', '2024-01-01 00:00:00'), ('add-roles', '2024-01-01 00:00:00')`,
    files: {
      'a.sql': `-- name: create-users\n${texts.users}-- name: add-roles\n${texts.roles}`,
      'b.sql': `-- name: create-tags\n${tags}`,
    },
    rows: 'SELECT name FROM migrations ORDER BY rowid LIMIT -1 OFFSET 2',
    exported: [['create-tags']],
    checksum: 'unchecked',
  },
  {
    format: 'semver',
    to: 'migrations',
    sql: `CREATE TABLE migrations (name TEXT PRIMARY KEY);
INSERT INTO migrations VALUES ('0.2/01__users.sql'), ('0.2/02__roles.sql')`,
    files: three((title, n) => `0.${n === 3 ? 10 : 2}/0${n}__${title}.sql`),
    rows: 'SELECT name FROM migrations ORDER BY rowid LIMIT -1 OFFSET 2',
    exported: [['0.10/03__tags.sql']],
    checksum: 'unchecked',
  },
  {
    format: 'sqlx',
    to: 'sqlx',
    sql: sqlOf('sqlx')
      .replace("(1, 'users'", "(20240102000001, 'users'")
      .replace("(2, 'roles'", "(20240102000002, 'roles'"),
    files: three((title, n) => `2024010200000${n}_${title}.sql`),
    rows: 'SELECT version, description, lower(hex(checksum)) FROM _sqlx_migrations ORDER BY version LIMIT -1 OFFSET 2',
    exported: [[20240102000003, 'tags', hash('sha384', tags)]],
    checksum: 'right',
  },
];

describe.each(samples)('the folder of $format', ({ format, to, sql, files, rows, exported, checksum }) => {
  it('is adopted as it is, migrated and exported', async () => {
    const project = new Project(files, { format, tables });
    const db = new Database(project.database);
    db.exec(`${texts.users}${texts.roles}${sql}`);
    await project.with(async (runner) => {
      const found = await runner.adopt();
      expect(found.differences).toEqual([]);
      expect(found.migrations.map((one) => one.checksum)).toEqual([checksum, checksum]);
      expect(found.pending).toHaveLength(1);
      expect((await runner.up()).applied).toHaveLength(1);
      expect((await runner.check({ replay: true })).problems).toEqual([]);
      expect((await runner.exportTo({ to })).added).toHaveLength(1);
      expect(db.prepare(rows).raw().all()).toEqual(exported);
      expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [] });
    });
    db.close();
  });
});

describe('Drizzle', () => {
  const plain = three((title, n) => `00${n}_${title}.sql`);

  it('is found by the hash without its journal, and not exported without it', async () => {
    const project = new Project(plain, { format: 'dunlin' });
    const db = new Database(project.database);
    db.exec(`${texts.users}${texts.roles}${drizzle}`);
    db.close();
    await project.with(async (runner) => {
      expect((await runner.adopt()).migrations.map(({ version }) => version)).toEqual([1, 2]);
      await runner.up();
      await expect(runner.exportTo({ to: 'drizzle' })).rejects.toThrow(
        /stands in meta\/_journal\.json, and nowhere else/,
      );
    });
  });

  it('has versions by position after a file was put between', async () => {
    const project = new Project(samples[0]!.files, { format: 'drizzle' });
    const db = new Database(project.database);
    db.exec(`${texts.users}${texts.roles}${drizzle}`);
    await project.with((runner) => runner.adopt());
    const entries = (JSON.parse(journal) as { entries: { idx: number; when: number; tag: string }[] }).entries;
    const between = { ...entries[0]!, when: 1705000000000, tag: '0009_between' };
    const list = [entries[0]!, between, ...entries.slice(1)].map((entry, idx) => ({ ...entry, idx }));
    project.write({ 'meta/_journal.json': JSON.stringify({ entries: list }), '0009_between.sql': 'SELECT 1;' });
    await project.with(
      async (runner) => {
        await runner.up();
        expect((await runner.exportTo({ to: 'drizzle', dryRun: true })).added).toMatchObject([
          { version: 2, recorded: '1705000000000' },
          { version: 4, recorded: '1720000000000' },
        ]);
      },
      { outOfOrder: 'allow' },
    );
    db.close();
  });

  it('is undone after a file was put between', async () => {
    const project = new Project(samples[0]!.files, { format: 'drizzle' });
    const db = new Database(project.database);
    db.exec(`${texts.users}${texts.roles}${drizzle}`);
    db.close();
    await project.with((runner) => runner.adopt());
    const entries = (JSON.parse(journal) as { entries: { idx: number; when: number; tag: string }[] }).entries;
    const list = [{ ...entries[0]!, when: 1, tag: '0009_first' }, ...entries].map((entry, idx) => ({ ...entry, idx }));
    project.write({ 'meta/_journal.json': JSON.stringify({ entries: list }), '0009_first.sql': 'SELECT 1;' });
    expect(await project.with((runner) => runner.undoAdopt())).toMatchObject({ tablesDropped: true });
  });
});

it('does not guess which of two files with one number was applied', async () => {
  const files = { '0001_a.up.sql': texts.users, '0001_b.up.sql': texts.roles, '0002_c.up.sql': tags };
  const project = new Project(files, { format: 'maragudk' });
  const db = new Database(project.database);
  db.exec(`${texts.users}CREATE TABLE migrations (version TEXT); INSERT INTO migrations VALUES ('0001')`);
  await project.with(async (runner) => {
    await expect(runner.adopt()).rejects.toThrow(/0001 may be 0001_a or 0001_b/);
    db.exec("UPDATE migrations SET version = '0001_a'");
    expect((await runner.adopt()).migrations).toMatchObject([{ version: 1, name: '0001_a' }]);
  });
  db.close();
});

describe('a table of the runner that a migration uses', () => {
  const adoptAndCheck = async (files: Files, sql: string): Promise<void> => {
    const project = new Project(files, { tables });
    const db = new Database(project.database);
    db.exec(sql);
    db.close();
    await project.with(async (runner) => {
      const found = await runner.adopt();
      expect(found.differences).toEqual([]);
      expect((await runner.up()).applied).toMatchObject([{ name: 'tags' }]);
      expect((await runner.check({ replay: true })).problems).toEqual([]);
    });
  };

  it('is there in the scratch database before the first migration, where one fills it', async () => {
    await adoptAndCheck(
      {
        '001_names.sql': "INSERT OR IGNORE INTO migrations (name) VALUES ('001_names.sql');",
        '002_users.sql': texts.users,
        '003_tags.sql': tags,
      },
      `CREATE TABLE migrations (name TEXT PRIMARY KEY, applied_time INTEGER);
CREATE INDEX migrations_time ON migrations (applied_time);
INSERT INTO migrations VALUES ('001_names.sql', 1), ('002_users.sql', 2);
${texts.users}`,
    );
  });

  it('is there where one rebuilds it, and is not made twice where one creates it', async () => {
    const rebuilt =
      'CREATE TABLE m2 (version TEXT PRIMARY KEY);\nINSERT INTO m2 SELECT version FROM "Migrations";\nDROP TABLE migrations;\nALTER TABLE m2 RENAME TO migrations;';
    const rows = `INSERT INTO migrations VALUES ('001_runner'), ('002_users');\n${texts.users}`;
    await adoptAndCheck(
      { '001_runner.sql': rebuilt, '002_users.sql': texts.users, '003_tags.sql': tags },
      `CREATE TABLE "migrations" (version TEXT PRIMARY KEY);\n${rows}`,
    );
    const created = 'CREATE TABLE migrations (version TEXT PRIMARY KEY);';
    await adoptAndCheck(
      { '001_runner.sql': `${created}\n${rebuilt}`, '002_users.sql': texts.users, '003_tags.sql': tags },
      `CREATE TABLE "migrations" (version TEXT PRIMARY KEY);\n${rows}`,
    );
  });
});

it.each([
  ['00002_more.sql', goose(texts.roles), 'It is applied'],
  ['00002_more.go', 'package more', 'It and 1 more are applied'],
])(
  'what the tool has run in Go does not keep later files from running, and is a note of check: %s',
  async (name, text, them) => {
    const files = { '00001_start.go': 'package start', [name]: text, '00003_tags.sql': goose(tags) };
    const project = new Project(files, { format: 'goose', tables });
    const db = new Database(project.database);
    db.exec(`${texts.users}${texts.roles}${sqlOf('goose')}`);
    db.close();
    await project.with(async (runner) => {
      await expect(runner.adopt()).rejects.toThrow('00001_start is code, which would run');
      await runner.adopt({ acceptDifferences: true });
      expect((await runner.up()).applied).toMatchObject([{ version: 3 }]);
      const { problems, notes } = await runner.check();
      expect(problems).toEqual([]);
      const fact = 'is a migration of goose that cannot run here: it is written in Go';
      const note = `00001_start.go ${fact}. ${them}; a new database cannot be made from these files`;
      expect(notes).toContainEqual(expect.stringContaining(note));
    });
    project.write({ '00004_next.go': 'package next' });
    expect((await project.with((runner) => runner.check())).problems).toMatchObject([{ code: 'FORMAT_FILE' }]);
  },
);
