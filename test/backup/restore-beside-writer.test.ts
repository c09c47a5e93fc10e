import { closeSync, openSync, writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { DatabaseBridge, Row } from '../../src/bridge/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { asyncBridge } from '../../src/testing/index.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

/** A program that waits for the lock gets it the moment SQLite's backup API lets go of it. */

/** A bridge whose copies over the database are followed at once by something that another program does. */
function followedBy(bridge: DatabaseBridge, work: () => void): DatabaseBridge {
  return {
    ...bridge,
    openSecond: (file, plain) => {
      const second = bridge.openSecond!(file, plain) as DatabaseBridge | undefined;
      return (
        second && {
          ...second,
          async copyInto(target) {
            const pages = await second.copyInto!(target);
            work();
            return pages;
          },
        }
      );
    },
  };
}

function managerOf(db: TestDatabase, work: () => void): BackupManager {
  const bridge = followedBy(db.bridge, work);
  return new BackupManager({
    database: db.variant.api === 'sync' ? bridge : asyncBridge(bridge),
    lockTimeoutMs: 0,
  });
}

/** What another program commits, what a restore says of it, and how it is seen. */
const commits: readonly (readonly [what: string, sql: string, note: string, seen: string, value: unknown])[] = [
  ['inserts a row', "INSERT INTO t VALUES (3, 'new')", 'table t has 3 rows instead of 2', 'SELECT max(id) FROM t', 3],
  ['deletes a row', 'DELETE FROM t WHERE id = 1', 'table t has 1 rows instead of 2', 'SELECT min(id) FROM t', 2],
  ['creates an index', 'CREATE INDEX by_v ON t (v)', 'its schema differs', 'PRAGMA index_list(t)', 0],
  ['sets user_version', 'PRAGMA user_version = 9', 'userVersion is 9 instead of 0', 'PRAGMA user_version', 9],
  [
    'writes a row that breaks a CHECK',
    'PRAGMA ignore_check_constraints = 1; UPDATE c SET n = -1',
    'CHECK constraint failed in c',
    'SELECT n FROM c',
    -1,
  ],
];

onEveryDriver('a restore in place', (open) => {
  it.each(commits)('is done although another program %s at once', async (_, sql, note, seen, value) => {
    const db = open();
    db.exec(
      "CREATE TABLE t (id INTEGER PRIMARY KEY, v); INSERT INTO t VALUES (1, 'one'), (2, 'two'); CREATE TABLE c (n CHECK (n > 0)); INSERT INTO c VALUES (1)",
    );
    const other = db.connect();
    const manager = managerOf(db, () => void other.script(sql));
    const { id } = await manager.create();
    db.exec('DROP TABLE t');
    const { notes, before } = await manager.restore(id);
    expect(notes).toEqual([`another program has committed right after the restore: ${note}`]);
    expect(before?.id).toMatch(/before-restore$/);
    expect(db.value(seen)).toBe(value);
  });

  it('fails when a page cannot be read afterwards', async () => {
    const db = open();
    db.exec('CREATE TABLE t (v); INSERT INTO t SELECT zeroblob(1000) FROM pragma_pragma_list');
    const manager = managerOf(db, () => {
      const other = db.connect();
      const [row] = other.query("SELECT rootpage AS page FROM sqlite_schema WHERE name = 't'", []) as readonly Row[];
      db.close(other);
      // As a disk does it that fails: beside SQLite.
      const file = openSync(db.path, 'r+');
      writeSync(file, new Uint8Array(4096).fill(7), 0, 4096, (Number(row!['page']) - 1) * 4096);
      closeSync(file);
    });
    const { id } = await manager.create();
    db.exec('DELETE FROM t');
    const error = await failureOf(() => manager.restore(id));
    expect(error.code).toBe('RESTORE_UNPROVEN');
    expect(error.message).toMatch(/cannot be read completely: database disk image is malformed/);
    expect(error.hint).toMatch(/the state from before it is in the backup \S+-before-restore/);
  });
});

const filled = 'CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)';
const broken = {
  '001_v.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 7;\nVACUUM;\nREINDEX nowhere;',
};

onEveryDriver('a step that is undone by a restore', (open, { api }) => {
  it.skipIf(api === 'sync')('is undone, and what another program writes at once stays', async () => {
    const db = open();
    db.exec(filled);
    const other = db.connect();
    const wrap = (bridge: DatabaseBridge): DatabaseBridge =>
      followedBy(bridge, () => void other.script('INSERT INTO t VALUES (3)'));
    const error = await failureOf(() => db.up(broken, { backup: 'always', wrap }));
    expect(error.code).toBe('STATEMENT_FAILED');
    expect(error.hint).toMatch(/was restored from the backup \S+-before-0001/);
    expect(db.value('PRAGMA user_version')).toBe(0);
    expect(db.column('SELECT x FROM t')).toEqual([1, 2, 3]);
  });
});
