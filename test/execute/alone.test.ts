import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { SqlError, type DatabaseBridge, type DunlinEvent } from '../../src/bridge/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const files = {
  '001_a.sql': 'CREATE TABLE a (x);',
  '002_v.sql': '-- dunlin: no-transaction\nVACUUM;\nANALYZE;',
  '003_b.sql': 'CREATE TABLE b (x);',
};
const later = { ...files, '004_c.sql': 'CREATE TABLE c (x);' };
/** Another release: with nothing that has to have the database for itself. */
const ordinary = { '001_a.sql': files['001_a.sql'], '004_c.sql': later['004_c.sql'] };

onEveryDriver('a run that leaves the transaction', (open, { api }) => {
  it('keeps every other run out until it is through, and is named to those who wait', async () => {
    const db = open();
    const refusals: unknown[] = [];
    const onEvent = (event: DunlinEvent): void => {
      if (event.type !== 'migration:statement' || event.migration.version !== 2) return;
      // The other process, in the middle of the step: it holds no lock of the database here.
      const other = db.connect();
      if (api === 'sync')
        for (const release of [later, ordinary])
          try {
            db.runner(release, { wrap: () => other }).upSync();
          } catch (error) {
            refusals.push(error);
          }
    };
    const result = await db.up(files, { onEvent, tool: 'nightly' });
    expect(result.applied.map(({ version }) => version)).toEqual([1, 2, 3]);
    if (api === 'sync') {
      expect(refusals).toHaveLength(4);
      for (const refusal of refusals)
        expect(refusal).toMatchObject({
          code: 'LOCKED',
          message: expect.stringMatching(/in use by another process \(nightly, pid \d+ on .+, since 20/),
        });
    }
    expect((await db.up(later)).applied.map(({ version }) => version)).toEqual([4]);
    expect(db.attempts().filter((line) => !line.endsWith('ok'))).toEqual([]);
  });

  it('waits for another one of its kind', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    await db.up({ '001_v.sql': files['002_v.sql'] });
    const lock = db.connect(`${db.path}-migrate-lock`);
    lock.script('BEGIN IMMEDIATE');
    expect(
      await failureOf(() => db.up({ '001_v.sql': files['002_v.sql'], '002_v.sql': files['002_v.sql'] })),
    ).toMatchObject({
      code: 'LOCKED',
      hint: expect.stringContaining('Nothing was changed'),
    });
    lock.script('ROLLBACK');
    expect(db.attempts()).toEqual(['run up ok', '1 up ok']);
  });

  it('leaves the lock file, as private as the database; no other run makes one', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    chmodSync(db.path, 0o600);
    await db.up({ '001_a.sql': files['001_a.sql'] });
    expect(existsSync(`${db.path}-migrate-lock`)).toBe(false);
    await db.up(files);
    expect(statSync(`${db.path}-migrate-lock`).mode & 0o777).toBe(0o600);
  });

  it('says so when the lock file cannot be used', async () => {
    const db = open();
    mkdirSync(`${db.path}-migrate-lock`);
    const before = db.content();
    expect(await failureOf(() => db.up(files))).toMatchObject({ code: 'LOCK_FILE_FAILED' });
    expect(await failureOf(() => db.up({ '001_a.sql': files['001_a.sql'] }))).toMatchObject({
      code: 'LOCK_FILE_FAILED',
    });
    expect(db.content()).toBe(before);
    expect(db.bridge.inTransaction?.()).toBe(false);
  });

  it('says what to do with a lock file that is somebody else’s', async () => {
    const db = open();
    writeFileSync(`${db.path}-migrate-lock`, 'no database '.repeat(100));
    const failure = await failureOf(() => db.up(files));
    expect(failure.message).toContain('file is not a database');
    expect(failure.hint).toContain('delete or rename it');
    rmSync(`${db.path}-migrate-lock`);
    await db.up(files);
  });
});

/** Has the nth statement on the lock database answer BUSY, once. `asked` has all of them. */
function busyAt(n: number, asked: string[]): (bridge: DatabaseBridge) => DatabaseBridge {
  const answer = <T>(sql: string, ask: () => T): T => {
    asked.push(sql);
    if (asked.length === n) throw new SqlError({ code: 'SQLITE_BUSY', message: 'database is locked' }, sql, undefined);
    return ask();
  };
  const busy = (lock: DatabaseBridge): DatabaseBridge => ({
    ...lock,
    query: (sql, params) => answer(sql, () => lock.query(sql, params)),
    script: (sql) => answer(sql, () => lock.script(sql)),
  });
  return (bridge) => ({
    ...bridge,
    openSecond: (file) => {
      const second = bridge.openSecond?.(file) as DatabaseBridge | undefined;
      return second === undefined || file?.endsWith('-migrate-lock') !== true ? second : busy(second);
    },
  });
}

onEveryDriver('BUSY on any statement of the lock database', (open) => {
  it('is waited for, by a run that takes the lock', async () => {
    const asked: string[] = [];
    await open().up(files, { wrap: busyAt(0, asked) });
    expect(asked.slice(0, 3)).toEqual([
      'PRAGMA synchronous = FULL',
      'BEGIN IMMEDIATE',
      expect.stringContaining('CREATE TABLE'),
    ]);
    for (let n = 1; n <= asked.length; n++) {
      const db = open();
      const { applied } = await db.up(files, { wrap: busyAt(n, []), lockTimeoutMs: 60_000 });
      expect(applied, `statement ${n}: ${asked[n - 1]}`).toHaveLength(3);
      expect(db.attempts()[0]).toBe('run up ok');
    }
  });

  it('is waited for, by a run that looks whether another has it', async () => {
    const first = { '001_v.sql': files['002_v.sql'] };
    const both = { ...first, '002_a.sql': files['001_a.sql'] };
    const migrated = async (n: number, asked: string[]): Promise<number> => {
      const db = open();
      await db.up(first);
      return (await db.up(both, { wrap: busyAt(n, asked), lockTimeoutMs: 60_000 })).applied.length;
    };
    const asked: string[] = [];
    await migrated(0, asked);
    expect(asked).toContain('BEGIN IMMEDIATE');
    for (let n = 1; n <= asked.length; n++) expect(await migrated(n, []), `statement ${n}`).toBe(1);
  });

  it('is LOCKED when the wait is over, with nothing changed', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x)');
    await db.up({ '001_v.sql': files['002_v.sql'] });
    const other = db.connect(`${db.path}-migrate-lock`);
    void other.script('BEGIN EXCLUSIVE');
    const next = { '001_v.sql': files['002_v.sql'], '002_v.sql': files['002_v.sql'] };
    expect(await failureOf(() => db.up(next))).toMatchObject({ code: 'LOCKED' });
    expect(
      await failureOf(() => db.up({ '001_v.sql': files['002_v.sql'], '002_a.sql': files['001_a.sql'] })),
    ).toMatchObject({
      code: 'LOCKED',
    });
    void other.script('ROLLBACK');
    expect(db.attempts()).toEqual(['run up ok', '1 up ok']);
  });
});

onEveryDriver('a restore', (open, { api }) => {
  it('keeps runs out while it is under way', async () => {
    const db = open();
    db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1)');
    const codes: string[] = [];
    let restoring = false;
    const onEvent = (event: DunlinEvent): void => {
      if (event.type !== 'backup:done' || !restoring) return;
      const other: DatabaseBridge = db.connect();
      try {
        db.runner(files, { wrap: () => other }).upSync();
      } catch (error) {
        codes.push((error as { code: string }).code);
      }
    };
    const manager = new BackupManager({ database: db.bridge, lockTimeoutMs: 0, onEvent });
    const { id } = await manager.create();
    db.exec('DELETE FROM t');
    restoring = true;
    await manager.restore(id);
    // Only a synchronous connection can be asked in the middle of an event.
    expect(codes).toEqual(api === 'sync' ? ['LOCKED'] : [expect.any(String)]);
    expect(db.column('SELECT x FROM t')).toEqual([1]);
    await manager.close();
  });
});
