import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { Project, type Files } from '../formats/support.ts';
import { failureOf } from '../support/databases.ts';
import { adoptSamples, plainFiles, texts } from './adopt-samples.ts';

const sqlOf = (to: string): string => adoptSamples.find((sample) => sample.to === to)!.sql;
const tables = { migrations: 'dunlin_migrations' };

/** A project whose database another tool has brought to its second migration. */
function migrated(to: string, files: Files = plainFiles): Project {
  const project = new Project(files, { tables });
  const db = new Database(project.database);
  db.exec(`${texts.users}${texts.roles}${sqlOf(to)}`);
  db.close();
  return project;
}

function query(project: Project, sql: string): unknown[] {
  const db = new Database(project.database);
  const rows = db.prepare(sql).raw().all();
  db.close();
  return rows;
}

describe('a restore from before the adoption', () => {
  async function restored(to: string): Promise<Project> {
    const project = migrated(to);
    const manager = new BackupManager({ database: project.database, tables });
    const { id } = await manager.create();
    await project.with(async (runner) => {
      await runner.adopt();
      await runner.up();
      await runner.down({ to: 2 });
    });
    await manager.restore(id);
    await manager.close();
    return project;
  }

  it('is a database that another tool has migrated, and is adopted once more', async () => {
    const project = await restored('kysely');
    await project.with(async (runner) => {
      expect(await failureOf(() => runner.up())).toMatchObject({ code: 'LEDGER_FOREIGN' });
      expect((await runner.status()).problems).toMatchObject([{ code: 'LEDGER_FOREIGN' }]);
      expect((await failureOf(() => runner.undoAdopt())).message).toContain('none is recorded');
      expect(await runner.adopt()).toMatchObject({ migrations: [{ version: 1 }, { version: 2 }], already: [] });
      await runner.undoAdopt();
      await runner.adopt();
      expect((await runner.up()).applied).toMatchObject([{ version: 3 }]);
    });
  });

  it.each(['golang-migrate', 'knex'])('has nothing that an export would delete from %s', async (to) => {
    const project = migrated(to);
    const manager = new BackupManager({ database: project.database, tables });
    const { id } = await manager.create();
    const files = {
      '002_roles.sql': `-- === UP ===\n${texts.roles}\n-- === DOWN ===\nALTER TABLE users DROP COLUMN role;`,
    };
    project.write(files);
    await project.with(async (runner) => {
      await runner.adopt({ acceptDifferences: true });
      await runner.down();
    });
    await manager.restore(id);
    await manager.close();
    const table = to === 'knex' ? 'knex_migrations' : 'schema_migrations';
    const before = query(project, `SELECT * FROM ${table}`);
    await project.with(async (runner) => {
      await runner.exportTo({ to }).catch((error: unknown) => expect(error).toMatchObject({ code: 'EXPORT_REFUSED' }));
    });
    expect(query(project, `SELECT * FROM ${table}`)).toEqual(before);
  });

  it('to right after the adoption leaves it to be undone', async () => {
    const project = migrated('kysely');
    await project.with((runner) => runner.adopt());
    const manager = new BackupManager({ database: project.database, tables });
    const { id } = await manager.create();
    await project.with((runner) => runner.up());
    await manager.restore(id);
    await manager.close();
    await project.with(async (runner) => {
      expect((await runner.status()).pending).toMatchObject([{ version: 3 }]);
      expect(await runner.undoAdopt()).toMatchObject({ migrations: [{ version: 1 }, { version: 2 }] });
    });
  });
});

describe('the time that a migration took', () => {
  it('is not known of one that was only recorded', async () => {
    const project = migrated('kysely');
    await project.with(async (runner) => {
      await runner.adopt();
      await runner.up();
      const times = (await runner.status()).entries.map(({ applied }) => applied?.executionTimeMs);
      expect(times).toEqual([null, null, expect.any(Number)]);
    });
    const other = migrated('kysely');
    await other.with(async (runner) => {
      await runner.baseline(1, { verify: false });
      expect((await runner.status()).entries[0]!.applied).toMatchObject({ executionTimeMs: null });
    });
    other.write({ '001_users.sql': undefined });
    await other.with(async (runner) => {
      expect((await runner.status()).entries[0]).toMatchObject({
        state: 'missing',
        applied: { executionTimeMs: null },
      });
    });
  });
});

describe('a folder of Flyway whose versions become positions, and back', () => {
  const down = 'DROP TABLE tags;';
  const files: Files = {
    'V1__users.sql': texts.users,
    'V2__roles.sql': texts.roles,
    'V3__tags.sql': 'CREATE TABLE tags (id INTEGER PRIMARY KEY);\n',
    'U3__tags.sql': down,
  };
  const between = { 'V1.1__between.sql': 'SELECT 1;' };

  it('has its adoption undone', async () => {
    const project = migrated('flyway', files);
    await project.with((runner) => runner.adopt());
    project.write(between);
    await project.with(async (runner) => {
      expect((await runner.status()).entries.map(({ version }) => version)).toEqual([1, 2, 3, 4]);
      expect(await runner.undoAdopt()).toMatchObject({ migrations: [{}, {}], tablesDropped: true });
      await runner.adopt();
    });
    project.write({ 'V1.1__between.sql': undefined });
    expect(await project.with((runner) => runner.undoAdopt())).toMatchObject({ tablesDropped: true });
  });

  it('has what was rolled back deleted by an export, and adopts nothing again', async () => {
    const project = migrated('flyway', files);
    const versions = (): unknown[] => query(project, 'SELECT version FROM flyway_schema_history').flat();
    await project.with(async (runner) => {
      await runner.adopt();
      await runner.up();
      await runner.exportTo({ to: 'flyway' });
      await runner.down();
    });
    expect(versions()).toContain('3');
    project.write(between);
    await project.with(
      async (runner) => {
        expect(await runner.exportTo({ to: 'flyway', dryRun: true })).toMatchObject({
          added: [],
          removed: [{ version: 4, name: 'V3__tags' }],
        });
        expect((await runner.status()).problems.map(({ code }) => code)).not.toContain('ADOPT_BEHIND');
        expect((await runner.adopt()).migrations).toEqual([]);
        await runner.exportTo({ to: 'flyway' });
      },
      { outOfOrder: 'allow' },
    );
    expect(versions()).not.toContain('3');
  });

  it('knows a renamed file by its version', async () => {
    const project = migrated('flyway', files);
    await project.with((runner) => runner.adopt());
    project.write({ 'V2__roles.sql': undefined, 'V2__rights.sql': texts.roles });
    await project.with(async (runner) => {
      expect(await runner.exportTo({ to: 'flyway', dryRun: true })).toMatchObject({ added: [], removed: [] });
      expect((await runner.status()).entries[1]!.applied).toMatchObject({ executionTimeMs: null });
    });
  });
});

it('the filename layout is refused where it could not read its own rows again', async () => {
  const flyway = new Project({ 'V1__users.sql': texts.users }, { format: 'flyway', layout: 'filename' });
  expect(await flyway.problems()).toEqual([expect.stringMatching(/^FORMAT_LAYOUT .*V1__users\.sql/)]);
  const pairs = new Project({ '1_users.up.sql': texts.users }, { format: 'golang-migrate', layout: 'filename' });
  expect(await pairs.up()).toHaveLength(1);
  expect(await pairs.up()).toEqual([]);
});

it('an export refuses a renamed file that the tool knows by its old name', async () => {
  const project = migrated('knex');
  await project.with(async (runner) => {
    await runner.adopt();
    await runner.up();
    await runner.exportTo({ to: 'knex' });
  });
  project.write({ '003_tags.sql': undefined, '003_labels.sql': texts.tags });
  await project.with(async (runner) => {
    const failure = await failureOf(() => runner.exportTo({ to: 'knex' }));
    expect(failure.message).toContain('it records 003_tags.ts, and that file is');
    expect(failure.message).toContain('003_labels.sql now');
  });
});

it('a deleted file that both record is nothing to export', async () => {
  const project = migrated('knex');
  await project.with(async (runner) => {
    await runner.adopt();
    await runner.up();
    await runner.exportTo({ to: 'knex' });
  });
  project.write({ '003_tags.sql': undefined });
  expect(await project.with((runner) => runner.exportTo({ to: 'knex' }))).toMatchObject({ added: [], removed: [] });
});
