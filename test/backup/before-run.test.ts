import { readdirSync, readFileSync, statSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/bridge/index.ts';
import { contentOf, failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const first = {
  '001_t.sql': "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one'), (2, 'two');",
};
const second = { ...first, '002_u.sql': 'ALTER TABLE t ADD COLUMN w;' };

const folderOf = (db: TestDatabase): string => `${db.path}-backups`;

onEveryDriver('a backup before a run', (open) => {
  it('is made of a database that holds something, is proven and reported', async () => {
    const db = open();
    const empty = await db.up(first, { backup: 'always' });
    expect(empty.backup).toBeUndefined();
    expect(readdirSync(db.folder)).not.toContain('app.db-backups');

    const before = db.content();
    const events: DunlinEvent[] = [];
    const { backup } = await db.up(second, { backup: 'always', onEvent: (event) => void events.push(event) });
    expect(backup).toMatchObject({ id: expect.stringMatching(/^\d{8}T\d{9}Z-before-0002$/) });
    expect(readdirSync(folderOf(db)).toSorted()).toEqual([`${backup!.id}.db`, `${backup!.id}.json`]);
    const copy = db.connect(backup!.file);
    expect(db.content()).not.toBe(before);
    expect(contentOf(copy)).toBe(before);
    const manifest = JSON.parse(readFileSync(join(folderOf(db), `${backup!.id}.json`), 'utf8'));
    expect(manifest).toMatchObject({
      applied: [1],
      database: db.path,
      bytes: statSync(backup!.file).size,
      packed: null,
    });
    expect(events.map(({ type }) => type).slice(0, 5)).toEqual([
      'run:start',
      'backup:start',
      'backup:copied',
      'backup:done',
      'migration:start',
    ]);
    expect(
      db.rows('SELECT status, backup FROM schema_migration_attempts WHERE version IS NULL ORDER BY id DESC LIMIT 1'),
    ).toEqual([{ status: 'ok', backup: backup!.id }]);
  });

  it('names the locking mode that keeps the second connection out', async () => {
    const db = open();
    await db.up(first);
    db.exec('PRAGMA locking_mode = EXCLUSIVE; UPDATE t SET v = v');
    const error = await failureOf(() => db.up(second, { backup: 'always', lockTimeoutMs: 0 }));
    expect(error.code).toBe('BACKUP_FAILED');
    expect(error.message).toContain('PRAGMA locking_mode = EXCLUSIVE');
    expect(error.hint).toContain('`PRAGMA locking_mode = NORMAL`');
    db.exec('PRAGMA locking_mode = NORMAL; SELECT * FROM t');
    expect((await db.up(second, { backup: 'always' })).backup).toBeDefined();
  });

  it('exists when the run fails, and the failed row names it', async () => {
    const db = open();
    await db.up(first);
    const error = await failureOf(() => db.up({ ...first, '002_u.sql': 'SELECT nope' }, { backup: 'always' }));
    expect(error.code).toBe('STATEMENT_FAILED');
    const [name] = readdirSync(folderOf(db)).filter((one) => one.endsWith('.db'));
    expect(
      db.rows('SELECT status, backup FROM schema_migration_attempts WHERE version IS NULL ORDER BY id DESC LIMIT 1'),
    ).toEqual([{ status: 'failed', backup: name!.replace('.db', '') }]);
  });

  it('has the mode of the database, in a folder of its owner', async () => {
    const db = open();
    await db.up(first);
    chmodSync(db.path, 0o640);
    const umask = process.umask(0);
    try {
      const { backup } = await db.up(second, { backup: 'always' });
      expect(statSync(backup!.file).mode & 0o777).toBe(0o640);
      expect(statSync(backup!.file.replace(/db$/, 'json')).mode & 0o777).toBe(0o640);
      expect(statSync(folderOf(db)).mode & 0o777).toBe(0o700);
    } finally {
      process.umask(umask);
    }
  });
});
