import { expect, it } from 'vitest';
import type { MigrationsGiven } from '../../src/source/index.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { onEveryDriver, type TestDatabase } from '../support/databases.ts';

const users = {
  version: 1,
  name: 'users',
  up: `CREATE TABLE users (id INTEGER PRIMARY KEY); INSERT INTO users VALUES (1)`,
};
const notes = { version: 3, name: 'notes', up: 'CREATE TABLE notes (id INTEGER PRIMARY KEY)' };

onEveryDriver('what the pending migrations change', (open) => {
  /** The differences, and the tables before and after. */
  async function changes(db: TestDatabase, migrations: MigrationsGiven): Promise<unknown> {
    const runner = new MigrationRunner({ database: db.bridge, migrations, backup: 'off' });
    const { changes: found } = await runner.check({ changes: true });
    if (found === undefined) return undefined;
    const names = (model: typeof found.before): readonly string[] => model.tables.map(({ name }) => name);
    const objects = found.objects.map(({ kind, type, name }) => `${kind} ${type} ${name}`);
    return { objects, before: names(found.before), after: names(found.after) };
  }

  it('is what they make, also between applied ones, whatever they lose and the database has', async () => {
    const db = open();
    await db.up([users, notes]);
    await db.bridge.script('CREATE TABLE by_hand (x)');
    const between = { version: 2, name: 'more', up: 'CREATE TABLE more (x); DROP TABLE users' };
    expect(await changes(db, [users, between, notes])).toEqual({
      objects: ['added table more', 'removed table users'],
      before: ['notes', 'users'],
      after: ['more', 'notes'],
    });
  });

  it('is nothing where nothing is pending, or the migrations do not run in an empty database', async () => {
    const db = open();
    await db.up([users]);
    expect(await changes(db, [users])).toBeUndefined();
    expect(await changes(db, [users, { version: 2, name: 'bad', up: 'DROP TABLE nothing' }])).toBeUndefined();
  });

  it('is not known where an applied migration has no file, or the tracking table cannot be read', async () => {
    const db = open();
    await db.up([users]);
    expect(await changes(db, [notes])).toBeUndefined();
    expect(await changes(db, [{ ...users, version: 9 }, notes])).toBeUndefined();
    await db.bridge.script('DROP TABLE schema_migrations; CREATE TABLE schema_migrations (other)');
    expect(await changes(db, [users, notes])).toBeUndefined();
  });
});
