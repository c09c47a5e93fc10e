import { expect, it } from 'vitest';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const first = { '001_a.sql': 'CREATE TABLE a (x);' };
const second = { ...first, '002_b.sql': 'CREATE TABLE b (x);' };
const backups = { backup: 'always' } as const;
const columns = ['fingerprint', 'schema_cookie', 'schema'];

const driftOf = async (db: TestDatabase, files: Record<string, string>): Promise<readonly string[]> =>
  (await db.runner(files).status()).drift.map(({ text }) => text);
const managerOf = (db: TestDatabase): BackupManager => new BackupManager({ database: db.bridge, lockTimeoutMs: 0 });

onEveryDriver('the recorded schema after a restore', (open, { api }) => {
  it('is that of what was restored', async () => {
    const db = open();
    await db.up(first);
    db.exec('CREATE TABLE extra (x)');
    await db.up(second, backups);
    db.exec('CREATE TABLE more (x)');
    const restored = await managerOf(db).restore('latest');
    // What was drift when the backup was made is drift again, and nothing else is.
    expect(await driftOf(db, first)).toEqual(['table extra exists, no migration made it']);
    expect((await db.up(first)).notes[0]).toContain('table extra exists, no migration made it');
    await managerOf(db).restore(restored.before!.id);
    expect(await driftOf(db, second)).toEqual([
      'table extra exists, no migration made it',
      'table more exists, no migration made it',
    ]);
  });

  it('is none where the backup has none', async () => {
    const db = open();
    db.exec('CREATE TABLE old (x)');
    const { id } = await managerOf(db).create();
    await db.up(first);
    await managerOf(db).restore(id);
    expect(await driftOf(db, first)).toEqual([]);
    await db.up(first);
    expect(await driftOf(db, first)).toEqual([]);
  });

  it('is none where the backup is older than the columns for it', async () => {
    const db = open();
    await db.up(first);
    for (const name of columns) db.exec(`ALTER TABLE schema_migration_attempts DROP COLUMN ${name}`);
    const { id } = await managerOf(db).create();
    await db.up(second);
    await managerOf(db).restore(id);
    expect(await driftOf(db, first)).toEqual([]);
    db.exec('CREATE TABLE extra (x)');
    expect(await driftOf(db, first)).toEqual([]);
  });

  it('is right when a run undoes itself', async () => {
    const db = open();
    await db.up(first);
    const broken = {
      ...second,
      '003_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nVACUUM;\nREINDEX nowhere;',
      '004_c.sql': 'CREATE TABLE c (x);',
    };
    const error = await failureOf(() => db.up(broken, backups));
    expect(error.code).toBe('STATEMENT_FAILED');
    // A synchronous run cannot undo it, but what it left is not what a schema is made of.
    expect(db.value('PRAGMA user_version')).toBe(api === 'sync' ? 7 : 0);
    expect(db.versions()).toEqual([1, 2]);
    expect(await driftOf(db, broken)).toEqual([]);
    db.exec('DROP TABLE b');
    expect(await driftOf(db, broken)).toEqual(['table b is gone']);
  });
});
