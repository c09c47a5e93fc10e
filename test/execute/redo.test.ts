import { expect, it } from 'vitest';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const text = (up: string, down: string): string =>
  `-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

const columns = (db: TestDatabase, table: string): unknown[] =>
  db.column(`SELECT name FROM pragma_table_info('${table}') ORDER BY cid`);

onEveryDriver('redo, while a migration is being written', (open) => {
  const before: MigrationRecord = { '001_a.sql': 'CREATE TABLE a (x);' };

  it('rolls back what ran, not what the file has become, and applies the new text', async () => {
    const db = open();
    await db.up({ ...before, '002_b.sql': text('CREATE TABLE b (x);', 'DROP TABLE b;') });
    const edited = { ...before, '002_b.sql': text('CREATE TABLE c (x, y);', 'DROP TABLE c;') };
    expect((await failureOf(() => db.up(edited))).hint).toContain('`dunlin redo`');
    expect(await db.runner(edited).redo()).toMatchObject({
      applied: [
        { version: 2, direction: 'down' },
        { version: 2, direction: 'up' },
      ],
    });
    expect(columns(db, 'b')).toEqual([]);
    expect(columns(db, 'c')).toEqual(['x', 'y']);
    expect((await db.up(edited)).applied).toEqual([]);
  });

  it('fills in what was applied as an empty template', async () => {
    const db = open();
    await db.up({ ...before, '002_b.sql': text('', '') }, { emptyMigrations: 'allow' });
    await db.runner({ ...before, '002_b.sql': text('CREATE TABLE b (x);', 'DROP TABLE b;') }).redo();
    expect(columns(db, 'b')).toEqual(['x']);
  });

  it('leaves all as it was when the new text fails', async () => {
    const db = open();
    await db.up({ ...before, '002_b.sql': text('CREATE TABLE b (x);', 'DROP TABLE b;') });
    const content = db.content();
    const edited = { ...before, '002_b.sql': text('SELECT nope;', '') };
    expect((await failureOf(() => db.runner(edited).redo())).code).toBe('STATEMENT_FAILED');
    expect(db.content()).toBe(content);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('says that there is no way back where none was recorded', async () => {
    const db = open();
    await db.up({ ...before, '002_b.sql': 'CREATE TABLE b (x);' });
    const edited = { ...before, '002_b.sql': text('CREATE TABLE b (x, y);', 'DROP TABLE b;') };
    const error = await failureOf(() => db.runner(edited).redo());
    expect(error.code).toBe('CANNOT_ROLL_BACK');
    expect(error.message).toContain('was edited, and no DOWN part was recorded');
  });

  it('has only the present down() of a module; `down` refuses an edited one', async () => {
    const db = open();
    const moduleWith = (column: string): MigrationRecord => ({
      ...before,
      '002_b.js': defineMigration({
        description: column,
        up: (handle: MigrationDatabase) => handle.exec(`CREATE TABLE b (${column})`),
        down: (handle: MigrationDatabase) => handle.exec('DROP TABLE b'),
      }),
    });
    await db.up(moduleWith('x'));
    await db.runner(moduleWith('y')).redo();
    expect(columns(db, 'b')).toEqual(['y']);
  });

  it('down rolls back what ran', async () => {
    const db = open();
    await db.up({ ...before, '002_b.sql': text('CREATE TABLE b (x);', 'DROP TABLE b;') });
    await db.down({ ...before, '002_b.sql': text('CREATE TABLE c (x);', 'DROP TABLE c;') });
    expect(columns(db, 'b')).toEqual([]);
    expect(db.versions()).toEqual([1]);
  });
});
