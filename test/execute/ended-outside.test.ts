import { expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';

const files = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

/** Code that reaches the connection by another way than the database it is given. */
onEveryDriver('a transaction that code ends behind the run’s back', (open) => {
  it.each([
    ['with nothing after it', 'COMMIT', ''],
    ['with a statement after it', 'COMMIT', 'INSERT INTO c VALUES (2)'],
    ['beginning another one', 'COMMIT; BEGIN', ''],
    ['and an error after it', 'COMMIT', 'SELECT nope'],
  ])('by COMMIT, %s: the run stops and says that it is committed', async (_, raw, then) => {
    const db = open();
    let calls = 0;
    const migration = defineMigration({
      up(handle: MigrationDatabase) {
        calls += 1;
        db.exec('CREATE TABLE c (x); INSERT INTO c VALUES (1)');
        db.exec(raw);
        if (then !== '') db.exec(then);
        return handle.exec('INSERT INTO c VALUES (3)');
      },
    });
    const error = await failureOf(() => db.up({ ...files, '003_c.js': migration, '004_d.sql': 'SELECT 1' }));
    expect(error).toMatchObject({
      code: 'TRANSACTION_COMMITTED',
      migration: { version: 3 },
      applied: [{ version: 1 }, { version: 2 }],
      pending: [{ version: 4 }],
    });
    tried('escapes', 1);
    expect(calls).toBe(1);
    expect(db.versions()).toEqual([1, 2]);
    expect(db.rows('SELECT x FROM c').map(({ x }) => x)).not.toContain(3);
    expect(db.attempts()).toContain('3 up failed TRANSACTION_COMMITTED');
  });

  it('by ROLLBACK: it counts as not applied, and what came before it is applied', async () => {
    const db = open();
    const migration = defineMigration({
      up(handle: MigrationDatabase) {
        const done = handle.exec('CREATE TABLE c (x)');
        db.exec('ROLLBACK');
        return done;
      },
    });
    const error = await failureOf(() => db.up({ ...files, '003_c.js': migration }));
    tried('escapes', 1);
    expect(error).toMatchObject({ code: 'TRANSACTION_LOST', applied: [{ version: 1 }, { version: 2 }] });
    expect(db.versions()).toEqual([1, 2]);
    expect(db.rows("SELECT name FROM sqlite_schema WHERE name = 'c'")).toEqual([]);
  });

  it.each([
    ['ROLLBACK', 'TRANSACTION_LOST'],
    ['COMMIT', 'TRANSACTION_COMMITTED'],
  ])('by %s in verify(): it does not count as applied', async (raw, code) => {
    const db = open();
    const migration = defineMigration({
      up: (handle: MigrationDatabase) => handle.exec('CREATE TABLE c (x)'),
      verify: () => db.exec(raw),
    });
    const error = await failureOf(() => db.up({ ...files, '003_c.js': migration }));
    tried('escapes', 1);
    expect(error).toMatchObject({ code, applied: [{ version: 1 }, { version: 2 }] });
    expect(db.versions()).toEqual([1, 2]);
  });

  it.each([
    ['before a statement', 'a new database', 1, ''],
    ['between two statements', 'a new database', 2, ''],
    ['before a statement', 'one with tables', 1, 'CREATE TABLE kept (x)'],
    ['between two statements', 'one with tables', 2, 'CREATE TABLE kept (x)'],
  ])(
    'by ROLLBACK of a listener, %s, in %s: the statement does not run on its own',
    async (_, __, statement, tables) => {
      const db = open();
      db.exec(tables);
      const onEvent = (event: DunlinEvent): void => {
        if (event.type !== 'migration:statement' || event.migration.version !== 2) return;
        if (event.statement === statement) db.exec('ROLLBACK');
      };
      const before = 'CREATE TABLE c (x);'.repeat(statement - 1);
      const error = await failureOf(() => db.up({ ...files, '002_b.sql': before + files['002_b.sql'] }, { onEvent }));
      tried('escapes', 1);
      expect(error.code).toBe('TRANSACTION_LOST');
      expect(db.rows("SELECT name FROM sqlite_schema WHERE name = 'b'")).toEqual([]);
      expect(db.versions()).not.toContain(2);
    },
  );
});
