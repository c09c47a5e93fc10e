import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, onTestFinished } from 'vitest';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { BackupManager } from '../../src/node/backup-manager.ts';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { readBack, workspace } from '../concurrency/support.ts';
import { leftOvers, provenBackups } from './backups.ts';
import { contentOf } from './databases.ts';

const fill = (table: string, count: number): string =>
  `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO ${table} (note) SELECT i || hex(zeroblob(50)) FROM n;`;

const base = `CREATE TABLE parent (id INTEGER PRIMARY KEY, note TEXT NOT NULL);
CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL DEFAULT 1 REFERENCES parent (id) ON DELETE CASCADE, note TEXT);
${fill('parent', 1000)} ${fill('child', 1000)}`;

/** Three commits: a rebuild that would cascade, a step with foreign keys on, and two more. Twice is not once in any. */
const files = {
  '001_rebuild.sql': `CREATE TABLE parent_new (id INTEGER PRIMARY KEY, note TEXT NOT NULL, step INTEGER NOT NULL DEFAULT 1);
INSERT INTO parent_new (id, note) SELECT id, note || '.' FROM parent; DROP TABLE parent; ALTER TABLE parent_new RENAME TO parent;
CREATE INDEX parent_note ON parent (note);`,
  '002_children.sql': `-- dunlin: foreign-keys on\nUPDATE child SET note = note || ','; CREATE TABLE log (line TEXT); INSERT INTO log VALUES ('two');`,
  '003_log.sql': `INSERT INTO log VALUES ('three'); UPDATE parent SET step = step + 1;`,
  '004_log.sql': `INSERT INTO log SELECT 'four' || count(*) FROM log; CREATE TABLE last (a);`,
};

const versions = Object.keys(files).map((_, index) => index + 1);

/** A database, its migrations, and what may be found in it after a death. */
export class KilledRun {
  readonly migrations: string;
  readonly #folder: string;
  readonly #start: string;
  /** What is in the database after so many migrations. */
  readonly #states: readonly string[];
  #rounds = 0;

  constructor(mode: string) {
    const { migrations, remove } = workspace(files);
    // A signal does not care for the disk, and the rounds are many.
    this.#folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-killed-'));
    onTestFinished(() => {
      remove();
      rmSync(this.#folder, { recursive: true, force: true });
    });
    this.migrations = migrations;
    this.#start = join(this.#folder, 'start.db');
    const db = new BetterSqlite3(this.#start);
    db.exec(`PRAGMA journal_mode = ${mode}; ${base}`);
    db.close();
    this.#states = [0, ...versions].map((version) => this.#stateAt(version));
  }

  /** A fresh copy of the database, in a folder of its own. */
  fresh(): string {
    const folder = join(this.#folder, String(this.#rounds++));
    mkdirSync(folder);
    const path = join(folder, 'app.db');
    copyFileSync(this.#start, path);
    return path;
  }

  /** After a death: whole migrations and their rows, every backup good, and one of the beginning if anything changed. */
  checkKilled(database: string, about: string): void {
    const found = this.#look(database, about);
    const backups = provenBackups(`${database}-backups`, about).map(({ content }) => content);
    if (found > 0) expect(backups.includes(this.#states[0]!), about).toBe(true);
  }

  /**
   * After a plain run: everything is there once, everything that began has an end, and nothing lies about. A run that
   * found nothing to do (`idle`) writes nothing: one that died while it waited, with everything done by others, stays
   * `running` in the log until there is something to do.
   */
  async checkFinished(database: string, about: string, idle = false): Promise<void> {
    expect(this.#look(database, about), about).toBe(versions.length);
    const { attempts } = readBack(database);
    const ended = attempts.filter(({ version, status }) => version !== null && status === 'ok');
    expect(
      ended.map(({ version }) => version),
      about,
    ).toEqual(versions);
    expect(
      attempts.filter(({ version, status }) => status === 'running' && !(idle && version === null)),
      about,
    ).toEqual([]);
    expect(
      provenBackups(`${database}-backups`, about).some(({ content }) => content === this.#states[0]),
      about,
    ).toBe(true);
    // A run with nothing left to do looks after nothing.
    const manager = new BackupManager({ database, driver: 'better-sqlite3' });
    await manager.prune();
    await manager.close();
    // A manifest whose backup never got its name may belong to somebody who is at it: it goes a day later.
    expect(
      leftOvers(`${database}-backups`).filter((name) => !name.endsWith('.json')),
      about,
    ).toEqual([]);
    rmSync(join(database, '..'), { recursive: true });
  }

  /** How many migrations are in the database: in its schema and rows, and in what it says itself. */
  #look(database: string, about: string): number {
    const db = new BetterSqlite3(database);
    try {
      expect(db.pragma('integrity_check', { simple: true }), about).toBe('ok');
      expect(db.pragma('foreign_key_check'), about).toEqual([]);
      const known = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_migrations'`).get() !== undefined;
      const applied = known ? db.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all() : [];
      expect(applied, about).toEqual(versions.slice(0, applied.length));
      // Not `toBe`: what differs would be half a megabyte.
      expect(contentOf(betterSqlite3Bridge(db)) === this.#states[applied.length], `${about}: another content`).toBe(
        true,
      );
      return applied.length;
    } finally {
      db.close();
    }
  }

  #stateAt(version: number): string {
    const folder = mkdtempSync(join(this.#folder, 'state-'));
    const database = join(folder, 'app.db');
    copyFileSync(this.#start, database);
    const runner = new MigrationRunner({
      database,
      migrations: this.migrations,
      driver: 'better-sqlite3',
      backup: 'off',
    });
    if (version > 0) runner.upSync({ to: version });
    const db = new BetterSqlite3(database);
    const content = contentOf(betterSqlite3Bridge(db));
    db.close();
    rmSync(folder, { recursive: true });
    return content;
  }
}
