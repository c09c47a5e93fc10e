import { describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import type { MigrateOptions } from '../../src/node/open-session.ts';
import { toolRecords } from '../../src/ledger/adopt/tools.ts';
import { openTestDatabase, type TestDatabase } from '../support/databases.ts';
import { adoptSamples, plainFiles } from './adopt-samples.ts';

function runnerOn(db: TestDatabase, mirror: boolean | string, options: Partial<MigrateOptions> = {}): MigrationRunner {
  db.close();
  const tables = { migrations: 'dunlin_migrations' };
  return new MigrationRunner({ database: db.path, migrations: plainFiles, tables, backup: 'off', mirror, ...options });
}

/** Columns with their types, keys and defaults. */
const columnsOf = (db: TestDatabase, table: string): unknown =>
  db.rows(`SELECT name, upper(type) AS type, "notnull", pk FROM pragma_table_info('${table}')`);

const made = adoptSamples.flatMap((sample) => {
  const table = toolRecords.find(({ names }) => names.includes(sample.to))?.made?.table;
  return table === undefined ? [] : [{ ...sample, table, files: sample.files ?? plainFiles }];
});

describe('a mirror in a new database', () => {
  it.each(made)('makes the table of $to', async ({ to, table, files, sql }) => {
    const db = openTestDatabase();
    const runner = runnerOn(db, to, { migrations: files });
    expect((await runner.plan()).mirror).toMatchObject({ table, behind: 0 });
    expect((await runner.up()).applied).toHaveLength(3);
    expect(await runner.exportTo({ to })).toMatchObject({ added: [], removed: [] });
    expect(await runner.status()).toMatchObject({ problems: [], drift: [], mirror: { behind: 0 } });
    expect((await runner.check({ replay: true })).problems).toEqual([]);
    const tool = openTestDatabase();
    tool.exec(sql);
    expect(columnsOf(db, table)).toEqual(columnsOf(tool, table));
    db.close();
    await runner.down();
    expect((await runner.up()).applied).toMatchObject([{ name: 'tags' }]);
    await runner.close();
  });

  it.each([
    ['knex', '001_users.sql', '001_users.js'],
    ['knex', '001_users.ts', '001_users.ts'],
    ['umzug', '001_users.sql', '001_users.sql'],
    ['umzug', '001_users.ts', '001_users.ts'],
    ['sequelize', '001_users.sql', '001_users.js'],
    ['sequelize', '001_users.mjs', '001_users.mjs'],
  ])('names the first file as %s does: %s', async (to, file, recorded) => {
    const db = openTestDatabase();
    const up = 'CREATE TABLE users (id);';
    const down = 'DROP TABLE users;';
    const runner = runnerOn(db, to, {
      migrations: { [file]: file.endsWith('.sql') ? `-- === UP ===\n${up}\n-- === DOWN ===\n${down}\n` : { up, down } },
    });
    const { table } = toolRecords.find(({ names }) => names.includes(to))!.made!;
    const names = () => db.column(`SELECT name FROM ${table}`);
    await runner.up();
    expect(names()).toEqual([recorded]);
    db.close();
    await runner.down();
    expect(names()).toEqual([]);
    db.close();
    await runner.up();
    expect(names()).toEqual([recorded]);
    await runner.close();
  });

  it('leaves no table where the first migration fails', async () => {
    const db = openTestDatabase();
    const broken = runnerOn(db, 'knex', {
      migrations: { '001_users.sql': 'CREATE TABLE users (id); SELECT x FROM y;' },
    });
    await expect(broken.up()).rejects.toMatchObject({ code: 'STATEMENT_FAILED' });
    await broken.close();
    expect(db.column("SELECT name FROM sqlite_schema WHERE name LIKE 'knex%'")).toEqual([]);
  });

  it.each([true, 'own', 'rails', 'app_migrations'])('is a note where no table can be made: %s', async (mirror) => {
    const runner = runnerOn(openTestDatabase(), mirror);
    const note = expect.stringMatching(/^not mirrored: .* has no table of another tool$/);
    expect((await runner.status()).notes).toContainEqual(note);
    expect(await runner.plan()).toMatchObject({ problems: [], notes: expect.arrayContaining([note]) });
    expect((await runner.up({ to: 2 })).applied).toHaveLength(2);
    expect((await runner.up()).applied).toHaveLength(1);
    await runner.close();
  });

  it('makes none that has the name of its own', async () => {
    const runner = runnerOn(openTestDatabase(), 'dbmate', { tables: { migrations: 'schema_migrations' } });
    expect((await runner.up()).applied).toHaveLength(3);
    expect((await runner.status()).mirror).toBeUndefined();
    await runner.close();
  });

  it('makes none that would lack what a baseline recorded', async () => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE users (id)');
    const runner = runnerOn(db, 'kysely');
    await runner.baseline(2);
    expect((await runner.up()).applied).toHaveLength(1);
    expect(db.column("SELECT name FROM sqlite_schema WHERE name LIKE 'kysely%'")).toEqual([]);
    db.close();
    await expect(runner.exportTo({ to: 'kysely' })).rejects.toMatchObject({ code: 'EXPORT_REFUSED' });
    await runner.close();
  });

  it('is made by an export too, with everything that Dunlin has applied', async () => {
    const db = openTestDatabase();
    const runner = runnerOn(db, false);
    await runner.up();
    expect((await runner.exportTo({ to: 'kysely', dryRun: true })).added).toHaveLength(3);
    expect((await runner.exportTo({ to: 'kysely' })).added).toHaveLength(3);
    expect(db.column('SELECT name FROM kysely_migration')).toEqual(['001_users', '002_roles', '003_tags']);
    db.close();
    await runner.close();
  });
});
