import { appendFileSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { crashWhileWriting } from '../../test/support/processes.ts';
import { copyToRead, type ReadingCopy } from './reading-copy.ts';

let path: string;
beforeEach(() => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'dunlin-copy-')));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  path = join(folder, 'app.db');
});

function make(mode: 'delete' | 'wal'): void {
  const db = new BetterSqlite3(path);
  db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (a); INSERT INTO t VALUES (1);`);
  db.close();
}

function rowsOf(copy: ReadingCopy | undefined): unknown {
  const db = new BetterSqlite3(copy!.path, { readonly: true });
  const rows = db.prepare('SELECT a FROM t').pluck().all();
  db.close();
  copy!.remove();
  expect(existsSync(dirname(copy!.path))).toBe(false);
  return rows;
}

describe('copyToRead', () => {
  it('copies a database in WAL mode that no process has open', () => {
    make('wal');
    expect(rowsOf(copyToRead(path, 'app.db'))).toEqual([1]);
  });

  it('copies the log that a crash has left', () => {
    make('wal');
    crashWhileWriting(path, 'INSERT INTO t VALUES (2)', 'INSERT INTO t VALUES (zeroblob(300000))');
    rmSync(`${path}-shm`);
    expect(rowsOf(copyToRead(path, 'app.db'))).toEqual([1, 2]);
  });

  it('copies nothing in another journal mode: SQLite makes no file for a reader', () => {
    make('delete');
    expect(copyToRead(path, 'app.db')).toBeUndefined();
  });

  it('copies nothing where both files are there: SQLite makes none, and someone may be writing', () => {
    make('wal');
    crashWhileWriting(path, 'INSERT INTO t VALUES (2)', 'INSERT INTO t VALUES (3)');
    expect(copyToRead(path, 'app.db')).toBeUndefined();
  });

  it('copies nothing that this process has open and may write: that would drop its locks', () => {
    make('wal');
    const db = new BetterSqlite3(path);
    onTestFinished(() => void db.close());
    expect(copyToRead(path, 'app.db')).toBeUndefined();
  });

  it.each(['', '-wal', '-shm'])('copies again when app.db%s changes meanwhile', (ending) => {
    make('wal');
    let copies = 0;
    const removed: number[] = [];
    const copy = (): ReadingCopy => {
      const number = ++copies;
      if (number === 1) appendFileSync(`${path}${ending}`, 'x');
      return { path: String(number), remove: () => void removed.push(number) };
    };
    expect(copyToRead(path, 'app.db', copy)?.path).toBe('2');
    expect(removed).toEqual([1]);
  });

  it('gives up a database that never keeps still, and leaves no copy', () => {
    make('wal');
    const removed: number[] = [];
    let copies = 0;
    const copy = (): ReadingCopy => {
      const number = ++copies;
      appendFileSync(path, 'x');
      return { path: '', remove: () => void removed.push(number) };
    };
    expect(copyToRead(path, 'app.db', copy)).toBeUndefined();
    expect(removed).toEqual([1, 2, 3]);
  });
});
