import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DatabaseBridge, DunlinEvent, Op } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { isDunlinError, type DunlinError } from '../../src/errors/index.ts';
import { run, toDunlinError } from '../../src/execute/index.ts';
import { BackupManager, MigrationRunner } from '../../src/node/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { failureOf, registryOf } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { driversAndModes, journalModes, type OpeningDriver } from '../support/processes.ts';
import { ThirdLoop } from '../support/third-loop.ts';

/**
 * Something moves, removes or replaces the database beside SQLite, which keeps working on the file that it opened
 * (sqlite.org/howtocorrupt.html, section 2.4). No operation may then end as if its work were at the path.
 */

/** A database in a folder, reached by a symbolic link, and another one beside it. */
interface Place {
  readonly folder: string;
  readonly path: string;
  readonly link: string;
  readonly other: string;
}

function makePlace(mode: string): Place {
  const root = mkdtempSync(join(tmpdir(), 'dunlin-replaced-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const folder = join(root, 'data');
  mkdirSync(folder);
  const [path, link, other] = [join(folder, 'app.db'), join(root, 'link.db'), join(root, 'other.db')];
  fill(path, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)`);
  fill(other, 'CREATE TABLE other (y); INSERT INTO other VALUES (9)');
  symlinkSync(path, link);
  return { folder, path, link, other };
}

function fill(path: string, sql: string): void {
  const db = new BetterSqlite3(path);
  db.exec(sql);
  db.close();
}

/** The tables of the file at a path, read in a copy: in WAL mode the log of the old file would be played into it. */
function tablesAt(path: string): readonly unknown[] {
  const copy = `${path}.seen`;
  cpSync(path, copy);
  const db = new BetterSqlite3(copy);
  try {
    return db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  } finally {
    db.close();
    rmSync(copy);
  }
}

/** What is done to the file, and what the error says of it. */
const acts: readonly (readonly [name: string, act: (place: Place) => void, found: RegExp])[] = [
  ['another file is moved over it', ({ path, other }) => renameSync(other, path), /was replaced .* another file is at/],
  ['it is removed', ({ path }) => rmSync(path), /was moved or removed .* nothing is at/],
  ['it is moved away', ({ path }) => renameSync(path, `${path}.old`), /was moved or removed .* nothing is at/],
  ['its folder is renamed', ({ folder }) => renameSync(folder, `${folder}.old`), /nothing is at/],
  [
    'the link to it leads elsewhere',
    ({ link, other }) => {
      rmSync(link);
      symlinkSync(other, link);
    },
    /another file is at/,
  ],
];

/** Operations that write: each has a moment when code of the caller runs. */
const operations: readonly (readonly [
  name: string,
  begin: (place: Place, driver: OpeningDriver, act: () => void) => Promise<unknown>,
])[] = [
  [
    'up',
    async ({ link }, driver, act) =>
      await withRunner({ database: link, driver, migrations: codeThat(act) }, async (runner) => await runner.up()),
  ],
  [
    'down with a question',
    async ({ link }, driver, act) =>
      await withRunner({ database: link, driver, migrations: plain }, async (runner) => {
        await runner.up();
        return await runner.down({ confirm: () => (act(), true) });
      }),
  ],
  [
    'baseline with a question',
    async ({ link }, driver, act) =>
      await withRunner(
        { database: link, driver, migrations: plain },
        async (runner) => await runner.baseline(1, { confirm: () => (act(), true) }),
      ),
  ],
  [
    'reset',
    async ({ link }, driver, act) =>
      await withRunner(
        { database: link, driver, migrations: plain, onEvent: ({ type }) => void (type === 'backup:done' && act()) },
        async (runner) => await runner.reset({ confirm: 'link.db' }),
      ),
  ],
  [
    'restore with a question',
    async ({ link }, driver, act) => {
      const manager = new BackupManager({ database: link, driver });
      try {
        const { id } = await manager.create();
        return await manager.restore(id, { confirm: () => (act(), true) });
      } finally {
        await manager.close();
      }
    },
  ],
];

/** What has no moment for code of the caller: the file is replaced as it takes the write lock. */
const shortOperations: readonly (readonly [string, (bridge: DatabaseBridge) => Promise<unknown>])[] = [
  [
    'repair',
    async (database) =>
      await withRunner(
        { database, migrations: { '1_a.sql': 'CREATE TABLE a (y);' } },
        async (runner) => await runner.repair([1]),
      ),
  ],
  [
    'reset',
    async (database) =>
      await withRunner({ database, migrations: plain }, async (runner) => await runner.reset({ confirm: 'app.db' })),
  ],
  [
    'a backup',
    async (database) => {
      const manager = new BackupManager({ database });
      try {
        return await manager.create();
      } finally {
        await manager.close();
      }
    },
  ],
];

const plain = { '1_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;' };

function codeThat(act: () => void): Record<string, unknown> {
  return {
    '1_a.js': {
      up(db: { exec(sql: string): void }) {
        db.exec('CREATE TABLE a (x)');
        act();
      },
    },
  };
}

type RunnerOptions = ConstructorParameters<typeof MigrationRunner>[0];

async function withRunner<T>(
  options: Omit<RunnerOptions, 'migrations'> & { migrations: Record<string, unknown> },
  work: (runner: MigrationRunner) => Promise<T>,
): Promise<T> {
  const runner = new MigrationRunner(options as RunnerOptions);
  try {
    return await work(runner);
  } finally {
    await runner.close();
  }
}

describe.each(driversAndModes)('a database that is replaced beside %s, journal mode %s', (driver, mode) => {
  describe.each(operations)('during %s', (_, begin) => {
    it.each(acts)('is noticed: %s', async (_name, act, found) => {
      const place = makePlace(mode);
      const error = await failureOf(() => begin(place, driver, () => act(place)));
      expect(error).toMatchObject({ code: 'DATABASE_REPLACED', message: expect.stringMatching(found) as unknown });
      expect(error.message).not.toContain('the last commit');
      if (existsSync(place.other)) expect(tablesAt(place.other)).toEqual(['other']);
      if (statSync(place.path, { throwIfNoEntry: false }) !== undefined && !existsSync(place.other))
        expect(tablesAt(place.path)).toEqual(['other']);
      tried('replaced files', 1);
    });
  });
});

describe.each(journalModes)('a replaced database, journal mode %s,', (mode) => {
  /** A connection that is given, as an application has it. */
  function given(place: Place): BetterSqlite3.Database {
    const db = new BetterSqlite3(place.path);
    onTestFinished(() => void db.close());
    return db;
  }

  it('is noticed through a connection that was given', async () => {
    const place = makePlace(mode);
    const database = given(place);
    const error = await failureOf(
      async () =>
        await withRunner({ database, migrations: codeThat(() => renameSync(place.other, place.path)) }, (runner) =>
          runner.up(),
        ),
    );
    expect(error.code).toBe('DATABASE_REPLACED');
    expect(error.applied).toEqual([]);
    expect(database.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'a'").pluck().get()).toBe(0);
    tried('replaced files', 1);
  });

  it.each(shortOperations)('is noticed as %s takes the write lock', async (_, begin) => {
    const place = makePlace(mode);
    const db = given(place);
    await withRunner({ database: new BetterSqlite3(place.path), migrations: plain }, (runner) => runner.up());
    const bridge = betterSqlite3Bridge(db);
    const database: DatabaseBridge = {
      ...bridge,
      script(sql) {
        if (sql === 'BEGIN IMMEDIATE' && existsSync(place.other)) renameSync(place.other, place.path);
        return bridge.script(sql);
      },
    };
    expect((await failureOf(() => begin(database))).code).toBe('DATABASE_REPLACED');
    expect(tablesAt(place.path)).toEqual(['other']);
    tried('replaced files', 1);
  });

  it('is not written over by a restore that has kept the present state already', async () => {
    const place = makePlace(mode);
    const db = given(place);
    const bridge = betterSqlite3Bridge(db);
    let copied = 0;
    const database: DatabaseBridge = {
      ...bridge,
      script(sql) {
        if (sql === 'BEGIN EXCLUSIVE') renameSync(place.other, place.path);
        return bridge.script(sql);
      },
      openSecond(file, bare) {
        const second = bridge.openSecond!(file, bare) as DatabaseBridge;
        return {
          ...second,
          async copyInto(target) {
            copied += 1;
            return await second.copyInto!(target);
          },
        };
      },
    };
    const manager = new BackupManager({ database });
    const { id } = await manager.create();
    expect((await failureOf(() => manager.restore(id))).code).toBe('DATABASE_REPLACED');
    await manager.close();
    expect(copied).toBe(0);
    expect(tablesAt(place.path)).toEqual(['other']);
    tried('replaced files', 1);
  });

  it('is noticed between two operations of one runner', async () => {
    const place = makePlace(mode);
    const database = given(place);
    await withRunner({ database, migrations: plain }, async (runner) => {
      await runner.up();
      renameSync(place.other, place.path);
      expect((await failureOf(() => runner.down())).code).toBe('DATABASE_REPLACED');
    });
    tried('replaced files', 1);
  });

  it('is noticed when it is replaced at the COMMIT: the error says where the commit went', async () => {
    const place = makePlace(mode);
    const db = given(place);
    const bridge = betterSqlite3Bridge(db);
    let commits = 0;
    const database: DatabaseBridge = {
      ...bridge,
      script(sql) {
        // The first one records that the run has begun.
        if (sql === 'COMMIT' && (commits += 1) === 2) renameSync(place.other, place.path);
        return bridge.script(sql);
      },
    };
    const error = await failureOf(
      async () => await withRunner({ database, migrations: plain }, (runner) => runner.up()),
    );
    expect(error.code).toBe('DATABASE_REPLACED');
    expect(error.message).toContain('the last commit went into the file that was opened');
    expect(error.hint).toContain('is not in the file that is there now');
    expect(db.prepare("SELECT count(*) FROM sqlite_schema WHERE name = 'a'").pluck().get()).toBe(1);
    expect(tablesAt(place.path)).toEqual(['other']);
    tried('replaced files', 1);
  });

  it.each(['backup:start', 'backup:copied', 'backup:done'])('is no matter of the backup: at %s', async (moment) => {
    const place = makePlace(mode);
    const database = given(place);
    const onEvent = ({ type }: DunlinEvent): void => {
      if (type === moment && existsSync(place.other)) renameSync(place.other, place.path);
    };
    const error = await failureOf(
      async () => await withRunner({ database, migrations: plain, onEvent }, (runner) => runner.up()),
    );
    expect(error.code).toBe('DATABASE_REPLACED');
    expect(error.message).toContain('another file is at');
    tried('replaced files', 1);
  });
});

it('a log that is removed is noticed, before the first statement and before the COMMIT', async () => {
  for (const when of ['during', 'before'] as const) {
    const place = makePlace('wal');
    const db = new BetterSqlite3(place.path);
    db.prepare('SELECT * FROM t').all();
    const remove = (): void => rmSync(`${place.path}-wal`);
    if (when === 'before') remove();
    const migrations = codeThat(() => void (when === 'during' && remove()));
    const error = await failureOf(async () => await withRunner({ database: db, migrations }, (runner) => runner.up()));
    expect(error.message).toContain('The write-ahead log of app.db was moved or removed while it was open');
    db.close();
    tried('replaced files', 1);
  }
});

/** The same operation; before its nth request something is done, once. */
function* disturbed<T>(op: Op<T>, count: { left: number }, act: (after: string[]) => void, seen: string[]): Op<T> {
  let step = op.next();
  while (step.done !== true) {
    const request = step.value;
    if (count.left-- === 0) act(seen);
    if (request.kind === 'script') seen.push(request.sql);
    let answer: unknown;
    try {
      answer = yield request.kind === 'nested' ? { ...request, op: disturbed(request.op, count, act, seen) } : request;
    } catch (error) {
      step = op.throw(error);
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

describe.each(journalModes)('a run of two transactions, journal mode %s,', (mode) => {
  const migrations = {
    '1_a.sql': 'CREATE TABLE a (x);',
    '2_b.sql': '-- dunlin: foreign-keys on\nCREATE TABLE b (x);',
  };

  it('never ends well when the file is replaced at a request before its last COMMIT', async () => {
    let replaced = 0;
    for (let at = 0; ; at++) {
      const root = mkdtempSync(join(tmpdir(), 'dunlin-replaced-'));
      const path = join(root, 'app.db');
      fill(path, `PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)`);
      fill(join(root, 'other.db'), 'CREATE TABLE other (y)');
      const bytes = readFileSync(join(root, 'other.db'));
      const bridge = betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 }));
      const context = createContext({ host: nodeHost, database: 'app.db' }, {}, bridge, registryOf(migrations));
      let commits: number | undefined;
      const act = (seen: string[]): void => {
        commits = seen.filter((sql) => sql === 'COMMIT').length;
        renameSync(join(root, 'other.db'), path);
      };
      let error: DunlinError | undefined;
      const seen: string[] = [];
      try {
        await new ThirdLoop(bridge, undefined).drive(disturbed(run(context, { kind: 'up' }), { left: at }, act, seen));
      } catch (thrown) {
        const known = toDunlinError(thrown, 'app.db');
        if (!isDunlinError(known)) throw thrown;
        error = known;
      }
      void bridge.close?.();
      if (commits !== undefined) {
        const total = seen.filter((sql) => sql === 'COMMIT').length;
        if (error === undefined && total > 0) expect(commits, `request ${at}`).toBe(total);
        if (mode === 'delete') expect(readFileSync(path).equals(bytes), `request ${at}`).toBe(true);
        if (error?.code === 'DATABASE_REPLACED') replaced += 1;
      }
      rmSync(root, { recursive: true, force: true });
      if (commits === undefined) break;
      tried('replaced files', 1);
    }
    expect(replaced).toBeGreaterThan(50);
  });
});
