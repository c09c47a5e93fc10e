import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { isSqlError } from '../../src/bridge/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run } from '../../src/execute/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { readSeeds } from '../../src/migration/index.ts';
import { seed } from '../../src/operations/index.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { startWorker, workspace } from '../concurrency/support.ts';
import { openTestDatabase, registryOf, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';

const view = (where: string): string => `DROP VIEW IF EXISTS v; CREATE VIEW v AS SELECT id FROM users WHERE ${where};`;
const roles = (names: string): string =>
  `CREATE TABLE IF NOT EXISTS roles (name TEXT PRIMARY KEY); INSERT OR IGNORE INTO roles VALUES ${names};`;
const before = {
  '001_users.sql':
    'CREATE TABLE users (id INTEGER PRIMARY KEY, old TEXT); INSERT INTO users VALUES (1, NULL), (2, NULL);',
  'R__roles.sql': roles(`('a')`),
  'R__same.sql': 'CREATE TABLE IF NOT EXISTS same (n); INSERT INTO same SELECT count(*) FROM same;',
  'R__v.sql': view('old IS NULL'),
};
/** A migration that drops the view of one, a change of the other, and one that must not run again. */
const after = {
  ...before,
  '002_less.sql': 'DROP VIEW v; ALTER TABLE users DROP COLUMN old; ALTER TABLE users ADD COLUMN old TEXT;',
  'R__roles.sql': roles(`('b'), ('c')`),
};

/** What is recorded of a run must be what the database has. */
function expectWhole(db: TestDatabase, at: string): void {
  const ran = db.column(
    `SELECT name FROM schema_migration_attempts WHERE version = 0 AND status = 'ok' AND repeatable_checksum IS NOT NULL`,
  );
  const times = (name: string): number => ran.filter((one) => one === name).length;
  expect(db.value('SELECT count(*) FROM roles'), at).toBe(times('roles') === 2 ? 3 : 1);
  expect(db.value('SELECT count(*) FROM same'), at).toBe(1);
  const isApplied = db.versions().includes(2);
  const hasView = db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'v'`) === 1;
  expect(hasView, at).toBe(!isApplied || times('v') === 2);
  if (!isApplied) expect([times('v'), times('roles')], at).toEqual([1, 1]);
}

const death = (at: number): Fault => ({ kind: 'death', at });
const failures: readonly ((at: number) => Fault)[] = [
  (at) => ({ kind: 'before', at, code: 'SQLITE_IOERR_WRITE' }),
  (at) => ({ kind: 'after', at, code: 'SQLITE_FULL' }),
  (at) => ({ kind: 'rollback', at, code: 'SQLITE_FULL' }),
];

describe('a run with repeatable migrations', () => {
  it.each([
    ['dies', 'run', [death]],
    ['dies', 'migration', [death]],
    ['fails', 'run', failures],
  ] as const)(
    'that %s at any request is at the end of a whole step, and the next one does the rest once (commit: %s)',
    async (_, commit, kinds) => {
      const reference = openTestDatabase();
      await reference.up(before);
      reference.close();
      const prepared = join(openTestDatabase().folder, 'prepared.db');
      copyFileSync(reference.path, prepared);
      await reference.up(after);
      const registry = registryOf(after);
      let points = 0;
      for (const kind of kinds)
        for (let at = 1; ; at++) {
          const db = openTestDatabase();
          copyFileSync(prepared, db.path);
          const bridge = db.connect();
          const options = { lockTimeoutMs: 0, backup: 'off', commit } as const;
          const context = createContext({ host: nodeHost, database: 'app.db' }, options, bridge, registry);
          let failed = false;
          try {
            new ThirdLoop(bridge, kind(at)).run(run(context, { kind: 'up' }));
          } catch (error) {
            if (!(error instanceof Death) && !isDunlinError(error) && !isSqlError(error)) throw error;
            failed = true;
          }
          if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
          db.close(bridge);
          const where = `${JSON.stringify(kind(at))}`;
          expectWhole(db, where);
          await db.up(after);
          expect(db.content(), where).toBe(reference.content());
          expectWhole(db, where);
          expect((await db.up(after)).applied, where).toEqual([]);
          db.dispose();
          points++;
          // A read that fails after the run may be only a note.
          if (!failed && at > 60) break;
        }
      expect(points).toBeGreaterThan(60 * kinds.length);
      tried('request sweep', points);
    },
    120_000,
  );
});

describe('seeds', () => {
  it('are all there or none, wherever their run dies', async () => {
    const files = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY);' };
    const texts = ['INSERT INTO users VALUES (1);', 'INSERT INTO users VALUES (2), (3);'];
    const seeds = readSeeds(
      texts.map((text, i) => ({ name: `${i}.sql`, path: `seeds/${i}.sql`, content: () => text })),
      nodeHost,
    );
    const prepared = openTestDatabase();
    await prepared.up(files);
    prepared.close();
    const registry = registryOf(files);
    let points = 0;
    for (let at = 1; ; at++) {
      const db = openTestDatabase();
      copyFileSync(prepared.path, db.path);
      const bridge = db.connect();
      const options = { lockTimeoutMs: 0, backup: 'off' } as const;
      const context = createContext({ host: nodeHost, database: 'app.db' }, options, bridge, registry);
      let died = false;
      try {
        new ThirdLoop(bridge, death(at)).run(seed(() => seeds, {})(context));
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        died = true;
      }
      if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
      db.close(bridge);
      expect([0, 3], `death at ${at}`).toContain(db.value('SELECT count(*) FROM users'));
      expect((await db.up(files)).pending).toEqual([]);
      db.dispose();
      points++;
      if (!died) break;
    }
    expect(points).toBeGreaterThan(30);
    tried('request sweep', points);
  });
});

describe('several processes that start at once', () => {
  it('run each change of a repeatable migration once, and all succeed', async () => {
    const { folder, migrations, remove } = workspace(after);
    const database = join(folder, 'app.db');
    const old = workspace(before);
    expect((await startWorker('better-sqlite3', database, old.migrations).result).stderr).toBe('');
    old.remove();
    const startAt = Date.now() + 1500;
    const results = await Promise.all(
      Array.from({ length: 4 }, () => startWorker('better-sqlite3', database, migrations, startAt).result),
    );
    expect(results.map(({ stderr }) => stderr).join('')).toBe('');
    const applied = results.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: number[] }).applied);
    expect(applied.toSorted((a, b) => a - b)).toEqual([0, 0, 2]);
    const db = new Database(database);
    const log = db.prepare(`SELECT name FROM schema_migration_attempts WHERE version = 0 ORDER BY id`).pluck().all();
    expect(log).toEqual(['roles', 'same', 'v', 'roles', 'v']);
    db.close();
    remove();
    tried('many processes', 4);
  }, 60_000);
});
