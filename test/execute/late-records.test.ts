import { expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const files = {
  '001_a.sql': 'CREATE TABLE a (x);',
  '002_b.sql': 'CREATE TABLE b (x);',
  '003_c.sql': 'CREATE TABLE c (x);',
};

/** How many rows of the tracking table a migration finds. */
const count = 'CREATE TABLE found AS SELECT count(*) AS n FROM';

onEveryDriver('the records of SQL migrations', (open) => {
  it('are written together, after the last of them, in their order', async () => {
    const db = open();
    const asked: string[] = [];
    await db.up(files, {
      wrap: (bridge) => ({
        ...bridge,
        query: (sql, params) => (asked.push(sql), bridge.query(sql, params)),
        script: (sql) => (asked.push(sql), bridge.script(sql)),
      }),
    });
    const record = asked.findIndex((sql) => sql.startsWith('INSERT INTO main."schema_migrations"'));
    expect(record).toBeGreaterThan(asked.findIndex((sql) => sql.includes('CREATE TABLE c')));
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok']);
  });

  it('do not wait for a migration that reads the tracking table', async () => {
    const db = open();
    await db.up({ ...files, '004_found.sql': `${count} "Schema_Migrations";` });
    expect(db.rows('SELECT n FROM found')).toEqual([{ n: 3 }]);
  });

  it('do not wait for one that reads it through a view, of an earlier run or temporary', async () => {
    const db = open();
    await db.up({ '001_a.sql': 'CREATE VIEW seen AS SELECT version FROM schema_migrations;' });
    const more = { '002_b.sql': 'CREATE TABLE b (x);', '003_found.sql': `${count} seen;` };
    await db.up({ '001_a.sql': 'CREATE VIEW seen AS SELECT version FROM schema_migrations;', ...more });
    expect(db.rows('SELECT n FROM found')).toEqual([{ n: 2 }]);

    const other = open();
    other.exec('CREATE TEMP VIEW seen AS SELECT id FROM main.schema_migration_attempts WHERE version IS NOT NULL');
    await other.up({ ...files, '004_found.sql': `${count} seen;` });
    expect(other.rows('SELECT n FROM found')).toEqual([{ n: 3 }]);
  });

  it('do not wait for one in code', async () => {
    const db = open();
    let found: unknown;
    const migration = defineMigration({
      up(handle: MigrationDatabase) {
        found = db.rows('SELECT version FROM schema_migrations');
        return handle.exec('CREATE TABLE d (x)');
      },
    });
    await db.up({ ...files, '004_d.js': migration, '005_e.sql': 'CREATE TABLE e (x);' });
    expect(found).toHaveLength(3);
    expect(db.attempts()).toEqual(['run up ok', '1 up ok', '2 up ok', '3 up ok', '4 up ok', '5 up ok']);
  });

  it('do not wait for a verification in code of a migration in SQL', async () => {
    const db = open();
    let found: unknown;
    const migration = defineMigration({
      up: 'CREATE TABLE d (x)',
      verify() {
        found = db.rows('SELECT version FROM schema_migrations');
      },
    });
    await db.up({ ...files, '004_d.js': migration });
    expect(found).toHaveLength(3);
    expect(db.versions()).toEqual([1, 2, 3, 4]);
  });

  it('do not wait where a trigger on the tracking table does something with each of them', async () => {
    const db = open();
    const first = { '001_a.sql': 'CREATE TABLE a (x); CREATE TABLE seen (version, tables);' };
    await db.up(first);
    const tables = "SELECT NEW.version, count(*) FROM sqlite_schema WHERE name IN ('b', 'c')";
    db.exec(`CREATE TRIGGER watch AFTER INSERT ON Schema_Migrations BEGIN INSERT INTO seen ${tables}; END`);
    await db.up({ ...first, '002_b.sql': files['002_b.sql'], '003_c.sql': files['003_c.sql'] });
    expect(db.rows('SELECT version, tables FROM seen')).toEqual([
      { version: 2, tables: 1 },
      { version: 3, tables: 2 },
    ]);
  });

  it('do not wait where an index on the tracking table may refuse one: the migrations before it stay', async () => {
    const db = open();
    await db.up({ '001_a.sql': files['001_a.sql'] });
    db.exec('CREATE UNIQUE INDEX names ON schema_migrations (name)');
    const error = await failureOf(() =>
      db.up({ '001_a.sql': files['001_a.sql'], '002_b.sql': files['002_b.sql'], '003_b.sql': files['003_c.sql'] }),
    );
    expect(error).toMatchObject({ migration: { version: 3 }, applied: [{ version: 2 }] });
    expect(db.versions()).toEqual([1, 2]);
  });

  it('do not wait where the name of the tracking table has a quote, which SQL doubles', async () => {
    const db = open();
    const tables = { migrations: 'my "own" table' };
    await db.up({ ...files, '004_found.sql': `${count} "my ""own"" table";` }, { tables });
    expect(db.rows('SELECT n FROM found')).toEqual([{ n: 3 }]);
  });

  it('are there before the failure that ends the run', async () => {
    const db = open();
    const error = await failureOf(() => db.up({ ...files, '004_d.sql': 'CREATE TABLE a (x);' }));
    expect(error).toMatchObject({
      code: 'STATEMENT_FAILED',
      applied: [{ version: 1 }, { version: 2 }, { version: 3 }],
    });
    expect(db.versions()).toEqual([1, 2, 3]);
    expect(db.attempts().map((attempt) => attempt.split(' ')[0])).toEqual(['run', '1', '2', '3', '4']);
  });

  it('are written when a listener has committed the transaction between two migrations', async () => {
    const db = open();
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === 'migration:done' && event.migration.version === 2) db.exec('COMMIT');
    };
    expect(await failureOf(() => db.up(files, { onEvent }))).toMatchObject({
      code: 'TRANSACTION_COMMITTED',
      migration: { version: 3 },
      applied: [{ version: 1 }, { version: 2 }],
    });
    expect(db.versions()).toEqual([1, 2]);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name = 'c'")).toEqual([]);
  });

  it.each([
    ['ROLLBACK', 2, 'migration:done'],
    ['ROLLBACK', 2, 'migration:start'],
    ['ROLLBACK', 3, 'migration:done'],
    ['ROLLBACK; BEGIN', 2, 'migration:done'],
    ['ROLLBACK; BEGIN', 3, 'migration:done'],
  ] as const)('are not written when a listener does %s at migration %i (%s)', async (sql, version, type) => {
    const db = open();
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === type && event.migration.version === version) db.exec(sql);
    };
    expect(await failureOf(() => db.up(files, { onEvent }))).toMatchObject({ code: 'TRANSACTION_LOST' });
    const tables = db.column("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b', 'c') ORDER BY name");
    expect(db.versions()).toEqual(tables.map((_, i) => i + 1));
    await db.up(files);
    expect(db.versions()).toEqual([1, 2, 3]);
  });

  it('are not lost with a transaction that a listener rolls back once: those before it run again', async () => {
    const db = open();
    let times = 0;
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === 'migration:done' && event.migration.version === 2 && ++times === 1) db.exec('ROLLBACK');
    };
    const error = await failureOf(() => db.up(files, { onEvent }));
    expect(error).toMatchObject({ code: 'TRANSACTION_LOST', applied: [{ version: 1 }, { version: 2 }] });
    expect(error.message).toContain('a listener of events');
    expect(db.versions()).toEqual([1, 2]);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')")).toHaveLength(2);
  });

  it('are written when a listener has committed the transaction', async () => {
    const db = open();
    const onEvent = (event: DunlinEvent): void => {
      if (event.type === 'migration:statement' && event.migration.version === 3) db.exec('COMMIT');
    };
    const error = await failureOf(() => db.up({ ...files, '004_d.sql': 'CREATE TABLE d (x);' }, { onEvent }));
    expect(error).toMatchObject({ code: 'TRANSACTION_COMMITTED', migration: { version: 3 } });
    expect(db.versions()).toEqual([1, 2]);
    expect(db.attempts()).toContain('3 up failed TRANSACTION_COMMITTED');
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name IN ('a', 'b', 'd') ORDER BY name")).toEqual([
      { name: 'a' },
      { name: 'b' },
    ]);
  });
});
