import { describe, expect, it } from 'vitest';
import type { DatabaseBridge, Row } from '../../src/bridge/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { provenBackups } from '../support/backups.ts';
import {
  failureOf,
  onEveryDriver,
  openTestDatabase,
  type RunnerSetup,
  type TestDatabase,
} from '../support/databases.ts';

const broken = {
  '001_a.sql': 'CREATE TABLE a (x);',
  '002_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nVACUUM;\nREINDEX nowhere;',
};
const mended = { ...broken, '002_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nVACUUM;' };
const backups: RunnerSetup = { backup: 'always' };

function filled(db: TestDatabase): TestDatabase {
  db.exec('CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)');
  return db;
}

/** What comes before the run's bridge does a statement. */
function before(sql: string, work: () => void): (bridge: DatabaseBridge) => DatabaseBridge {
  return (bridge) => ({
    ...bridge,
    script(given) {
      if (given === sql) work();
      return bridge.script(given);
    },
  });
}

onEveryDriver('a step outside a transaction that fails halfway', (open, { api }) => {
  it('is undone with the backup from before it; what came before stays', async () => {
    const db = filled(open());
    const error = await failureOf(() => db.up(broken, backups));
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', applied: [{ version: 1 }], failed: { version: 2 } });
    expect(db.versions()).toEqual([1]);
    expect(db.column('SELECT x FROM t')).toEqual([1, 2]);
    if (api === 'sync') {
      expect(error.hint).toContain('a synchronous run cannot do that');
      expect(error.hint).toMatch(/`dunlin backup restore \S+-before-0002`/);
      expect(db.value('PRAGMA user_version')).toBe(7);
      return;
    }
    expect(error.hint).toMatch(/^Nothing is left of it: .* restored from the backup \S+-before-0002 and is as it was/);
    expect(db.value('PRAGMA user_version')).toBe(0);
    expect(db.attempts()).toEqual([
      'run up failed STATEMENT_FAILED',
      '1 up ok',
      'run restore ok',
      '2 up failed STATEMENT_FAILED',
    ]);
    expect(provenBackups(`${db.path}-backups`).map(({ id }) => id.replace(/^\w+-/, ''))).toEqual([
      'before-restore',
      'before-0002',
      'before-0001',
    ]);
    expect((await db.up(mended, backups)).applied.map(({ version }) => version)).toEqual([2]);
    expect(db.value('PRAGMA user_version')).toBe(7);
  });

  it('stays when another program has committed since: nobody loses a row by itself', async () => {
    const db = filled(open());
    const wrap = before('VACUUM', () => {
      const other = db.connect();
      other.script('INSERT INTO t VALUES (3)');
      db.close(other);
    });
    const error = await failureOf(() => db.up(broken, { ...backups, wrap }));
    if (api === 'async') expect(error.hint).toContain('another program may have written to the database since');
    expect(error.hint).toMatch(
      /To go back, with the loss of everything since: `dunlin backup restore \S+-before-0002`/,
    );
    expect(db.column('SELECT x FROM t')).toEqual([1, 2, 3]);
  });

  it('stays without a backup, and says so', async () => {
    const db = filled(open());
    const error = await failureOf(() => db.up(broken));
    expect(error.hint).toContain('its statements before this one stay');
    expect(db.value('PRAGMA user_version')).toBe(7);
  });

  it('gets its journal mode back', async () => {
    const db = filled(open());
    const files = { '001_w.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = WAL;\nREINDEX nowhere;' };
    const error = await failureOf(() => db.up(files, backups));
    expect(error.hint).toContain('the journal mode that 001_w had changed was set back');
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
  });

  it('stays when a change of the journal mode hides who has written', async () => {
    const db = filled(open());
    const files = {
      '001_w.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = WAL;\nPRAGMA user_version = 7;\nREINDEX nowhere;',
    };
    const error = await failureOf(() => db.up(files, backups));
    expect(error.hint).toContain('stays, but for the journal mode, which was set back');
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
    expect(db.value('PRAGMA user_version')).toBe(7);
  });

  it('stays when the backup is not sound any more', async () => {
    const db = filled(open());
    const wrap = before('VACUUM', () => {
      const [newest] = provenBackups(`${db.path}-backups`);
      const other = db.connect(newest!.file);
      other.script('CREATE TABLE forged (x)');
      db.close(other);
    });
    const error = await failureOf(() => db.up(broken, { ...backups, wrap }));
    if (api === 'async') expect(error.hint).toContain('was not restored: The backup');
    expect(db.value('PRAGMA user_version')).toBe(7);
  });
});

const ordinary = { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'CREATE TABLE b (x);' };

/** A disk that gives back something else than what was written, as a connection of its own sees it. */
function lying(error?: Error): (bridge: DatabaseBridge) => DatabaseBridge {
  // As often as it is looked at after the commit. The restore then finds an honest disk.
  let lies = 3;
  return (bridge) => ({
    ...bridge,
    closesLate: false,
    openSecond(file) {
      const second = bridge.openSecond!(file) as DatabaseBridge;
      if (file !== undefined) return second;
      return {
        ...second,
        query(sql, params) {
          const asked = sql.startsWith('SELECT group_concat(');
          if (!asked || lies-- <= 0) return second.query(sql, params);
          if (error !== undefined) throw error;
          return (second.query(sql, params) as readonly Row[]).slice(1);
        },
      };
    },
  });
}

onEveryDriver('a commit that is read back differently', (open, { api, driver }) => {
  it('is undone with the backup from before the run', async () => {
    // A closed connection of @photostructure/sqlite stays: it cannot be looked at without one, and is not.
    const db = filled(open());
    const content = db.content();
    const error = await failureOf(() => db.up(ordinary, { ...backups, wrap: lying() }));
    expect(error).toMatchObject({
      code: 'COMMIT_UNPROVEN',
      message: expect.stringContaining('its schema is not the one that was committed'),
    });
    expect(db.attempts()).toContain('run up failed COMMIT_UNPROVEN');
    if (api === 'sync') {
      expect(error.hint).toContain('its backup was not restored: a synchronous run cannot do that');
      expect(error.applied).toHaveLength(2);
      expect(db.versions()).toEqual([1, 2]);
      return;
    }
    expect(error.hint).toMatch(
      /^Nothing of the run is left: the database was restored from the backup \S+-before-0001/,
    );
    expect(error.applied).toEqual([]);
    expect(db.content()).toBe(content);
    expect(db.attempts()).toContain('run restore ok');
    expect((await db.up(ordinary, backups)).applied).toHaveLength(2);
    expect(driver).toBeDefined();
  });

  it.each([
    ['damage', 'SQLITE_CORRUPT', 'COMMIT_UNPROVEN'],
    ['a fault of the disk', 'SQLITE_IOERR', undefined],
    ['another writer', 'SQLITE_BUSY', undefined],
  ])('%s is told apart', async (_, code, expected) => {
    const db = filled(open());
    const wrap = lying(Object.assign(new Error(code), { code }));
    if (expected !== undefined) {
      expect(await failureOf(() => db.up(ordinary, { ...backups, wrap }))).toMatchObject({ code: expected });
      return;
    }
    const { applied, notes } = await db.up(ordinary, { ...backups, wrap });
    expect(applied).toHaveLength(2);
    expect(notes).toEqual(
      code === 'SQLITE_BUSY' ? [] : [expect.stringContaining('what was committed could not be read again')],
    );
  });

  it('is not looked at with `verify: off`; wholly with `full`', async () => {
    const db = filled(open());
    await db.up({ '001_a.sql': ordinary['001_a.sql'] }, { ...backups, wrap: lying(), verify: 'off' });
    expect((await db.up(ordinary, { ...backups, verify: 'full' })).applied).toHaveLength(1);
  });

  it('without a backup it stays, and the error says so', async () => {
    const db = filled(open());
    expect(await failureOf(() => db.up(ordinary, { wrap: lying() }))).toMatchObject({
      code: 'COMMIT_UNPROVEN',
      hint: expect.stringContaining('there is no backup from before it'),
    });
    expect(db.versions()).toEqual([1, 2]);
  });
});

describe('a restore without being asked', () => {
  it('can be undone like any other', async () => {
    const db = filled(openTestDatabase({ driver: 'better-sqlite3', api: 'async' }));
    await failureOf(() => db.up(broken, backups));
    const manager = new BackupManager({ database: db.bridge, lockTimeoutMs: 0 });
    const [newest] = await manager.list();
    await manager.restore(newest!.id);
    await manager.close();
    expect(db.value('PRAGMA user_version')).toBe(7);
  });
});

describe('a step outside a transaction whose wait times out', () => {
  it('is undone like one that fails', async () => {
    const db = filled(openTestDatabase({ driver: 'better-sqlite3', api: 'async' }));
    const other = db.connect();
    const wrap = before('ANALYZE', () => other.script('BEGIN IMMEDIATE'));
    const files = {
      '001_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nPRAGMA secure_delete = 1;\nANALYZE;',
    };
    const secure = db.value('PRAGMA secure_delete');
    const error = await failureOf(() => db.up(files, { ...backups, wrap }));
    expect(error).toMatchObject({ code: 'LOCKED', failed: { version: 1 } });
    // The other one still has the lock: then it stays, and the error says which backup there is.
    expect(error.hint).toMatch(/was not restored: .* `dunlin backup restore \S+-before-0001`/);
    expect(db.value('PRAGMA secure_delete')).toBe(secure);
    other.script('ROLLBACK');
    expect((await db.up(files, backups)).applied).toHaveLength(1);
  });

  it('restores the journal mode of the connection as well', async () => {
    const db = filled(openTestDatabase({ driver: 'better-sqlite3', api: 'async' }));
    const files = { '001_p.sql': '-- dunlin: no-transaction\nPRAGMA journal_mode = PERSIST;\nREINDEX nowhere;' };
    expect((await failureOf(() => db.up(files, backups))).hint).toContain('was set back');
    expect(db.value('PRAGMA journal_mode')).toBe('delete');
  });
});
