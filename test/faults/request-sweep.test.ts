import { copyFileSync, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, describe, expect, it } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { LOCAL, type DatabaseBridge, type Op } from '../../src/bridge/index.ts';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import { isDunlinError } from '../../src/errors/index.ts';
import { run } from '../../src/execute/index.ts';
import type { RunContext } from '../../src/lock/index.ts';
import { createLedger } from '../../src/ledger/index.ts';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { baseline, readRepairs, repair, reset } from '../../src/operations/index.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { leftOvers, provenBackups } from '../support/backups.ts';
import { contentOf, registryOf } from '../support/databases.ts';
import { Death, ThirdLoop, type Fault } from '../support/third-loop.ts';
import { tried } from '../support/fault-points.ts';

/** A run of the engine: what is done to a database, and what its content must be for what is recorded as applied. */
interface Scenario {
  readonly name: string;
  readonly options?: RunOptions;
  /** With a proven backup before each run; then every point that has to do with one is looked at. */
  readonly backups?: true;
  /** What was there before Dunlin. */
  readonly base?: string;
  /** Done once, without faults, before the sweep. */
  readonly before?: (make: Make) => Op<unknown>;
  /** Done with a fault at each request in turn. */
  readonly script: (make: Make) => Op<unknown>;
  /** What a plain start does afterwards: it has to reach the final state. */
  readonly again: (make: Make) => Op<unknown>;
  /** The content that belongs to what is recorded as applied. */
  readonly oracle: (applied: readonly number[]) => string;
  readonly final: readonly number[];
  /** What else must be so. */
  readonly also?: (bridge: DatabaseBridge, applied: readonly number[]) => boolean;
}

type Make = (files: MigrationRecord, options?: RunOptions) => RunContext;

const sections = (up: string, down: string, head = ''): string =>
  `${head}-- === UP MIGRATION ===\n${up}\n-- === DOWN MIGRATION ===\n${down}\n`;

const base = `CREATE TABLE users (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
CREATE INDEX users_by_name ON users (name);
CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES users ON DELETE CASCADE, text TEXT);
INSERT INTO users (name) VALUES ('ada'), ('bob'), ('eve');
INSERT INTO posts (author, text) VALUES (1, 'a'), (2, 'b'), (2, 'c');`;

const ups: Readonly<Record<number, string>> = {
  1: `CREATE TABLE tags (id INTEGER PRIMARY KEY, tag TEXT UNIQUE);\nINSERT INTO tags (tag) VALUES ('x'), ('y');`,
  2: 'CREATE TABLE users_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);\nINSERT INTO users_new SELECT id, name FROM users;\nDROP TABLE users;\nALTER TABLE users_new RENAME TO users;\nCREATE INDEX users_by_name ON users (name);',
  3: `UPDATE posts SET text = text || '!';\nCREATE VIEW authors AS SELECT name FROM users JOIN posts ON author = users.id;`,
  4: 'CREATE TABLE log (line TEXT);\nINSERT INTO log SELECT text FROM posts;',
};
const downs: Readonly<Record<number, string>> = {
  1: 'DROP TABLE tags;',
  2: 'CREATE TABLE users_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);\nINSERT INTO users_new SELECT id, name FROM users;\nDROP TABLE users;\nALTER TABLE users_new RENAME TO users;\nCREATE INDEX users_by_name ON users (name);',
  3: `DROP VIEW authors;\nUPDATE posts SET text = rtrim(text, '!');`,
  4: 'DROP TABLE log;',
};
const files: MigrationRecord = Object.fromEntries(
  Object.keys(ups).map((version) => [`00${version}_m.sql`, sections(ups[Number(version)]!, downs[Number(version)]!)]),
);

/** Content as plain SQLite makes it. Names in the schema's text are normal, however a rebuild came to them. */
function plain(before: string, statements: readonly string[]): string {
  const db = new BetterSqlite3(':memory:');
  db.pragma('foreign_keys = OFF');
  for (const sql of [before, ...statements]) db.exec(sql);
  const content = contentOf(betterSqlite3Bridge(db));
  db.close();
  return normal(content);
}

const normal = (content: string): string => content.replaceAll('CREATE TABLE \\"users\\"', 'CREATE TABLE users');

const onBase = (applied: readonly number[]): string =>
  plain(
    base,
    applied.map((version) => ups[version]!),
  );
const up = (make: Make): Op<unknown> => run(make(files), { kind: 'up' });

const failing: MigrationRecord = {
  ...files,
  '003_m.sql': sections(`UPDATE posts SET text = 'lost';\nSELECT nope;`, ''),
};
const losing: MigrationRecord = {
  ...files,
  '003_m.sql': sections(
    `UPDATE posts SET text = 'lost';\nCREATE TABLE u (x UNIQUE);\nINSERT INTO u VALUES (1);\nINSERT OR ROLLBACK INTO u VALUES (1);`,
    '',
  ),
};

const groups: MigrationRecord = {
  '001_m.sql': sections(ups[1]!, downs[1]!),
  '002_m.sql': sections('VACUUM;\nPRAGMA user_version = 2;', 'VACUUM;', '-- dunlin: no-transaction\n'),
  '003_m.sql': sections(ups[3]!, downs[3]!),
  '004_m.sql': sections('DELETE FROM users WHERE id = 2;', '', '-- dunlin: foreign-keys on\n'),
};

const onGroups = (applied: readonly number[]): string =>
  plain(
    base,
    applied.map(
      (version) =>
        ({ 1: ups[1]!, 2: 'VACUUM', 3: ups[3]!, 4: 'PRAGMA foreign_keys = ON; DELETE FROM users WHERE id = 2' })[
          version
        ]!,
    ),
  );

const code: MigrationRecord = {
  '001_m.js': defineMigration({
    up: (db: MigrationDatabase) => {
      db.exec(ups[1]!);
      for (const row of db.all<{ id: number }>('SELECT id FROM posts'))
        db.run('UPDATE posts SET text = ? WHERE id = ?', `post ${row.id}`, row.id);
    },
    verify: (db: MigrationDatabase) => db.get<{ n: number }>('SELECT count(*) AS n FROM tags')?.n === 2,
  }),
  '002_m.sql': files['002_m.sql'] as string,
};

/** The rebuild of `users`, spread over 2 to 4, which happen together. */
const setUps: Readonly<Record<number, string>> = {
  1: ups[1]!,
  2: 'CREATE TABLE users_new (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL);\nINSERT INTO users_new SELECT id, name FROM users;',
  3: `UPDATE posts SET text = text || '!';\nDROP TABLE users;`,
  4: 'ALTER TABLE users_new RENAME TO users;\nCREATE INDEX users_by_name ON users (name);',
  5: ups[4]!,
};
const inSet: MigrationRecord = {
  '001_m.sql': sections(setUps[1]!, downs[1]!),
  '002_m.sql': sections(setUps[2]!, downs[2]!, '-- dunlin: together 4\n'),
  '003_m.sql': sections(setUps[3]!, `UPDATE posts SET text = rtrim(text, '!');`),
  '004_m.sql': sections(setUps[4]!, 'SELECT 1;'),
  '005_m.sql': sections(setUps[5]!, downs[4]!),
};
const lossyInSet: MigrationRecord = {
  ...inSet,
  '002_m.sql': sections(`${setUps[2]!.slice(0, -1)} WHERE id > 1;`, '', '-- dunlin: together 4\n'),
};
const { '003_m.sql': _replaced, ...othersInSet } = inSet;
const codeInSet: MigrationRecord = {
  ...othersInSet,
  '003_m.js': defineMigration({ up: (db: MigrationDatabase) => db.exec(setUps[3]!), down: 'SELECT 1' }),
};
const onSet = (applied: readonly number[]): string =>
  plain(
    base,
    applied.map((version) => setUps[version]!),
  );
const wholeSet = (_: DatabaseBridge, applied: readonly number[]): boolean =>
  [0, 3].includes(applied.filter((version) => version > 1 && version < 5).length);

/** A rebuild as a generator writes it, which keeps the index, AUTOINCREMENT and the view. */
const view = 'CREATE VIEW names AS SELECT name FROM users;';
const generated: MigrationRecord = {
  '001_m.sql': files['001_m.sql'] as string,
  '002_m.sql':
    'CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT NOT NULL);\nINSERT INTO t SELECT id, name FROM users;\nDROP TABLE users;\nALTER TABLE t RENAME TO users;',
};

/** An operation that must fail. */
function* failsWith(expected: string, op: Op<unknown>): Op<void> {
  try {
    yield* op;
  } catch (error) {
    if (isDunlinError(error) && error.code === expected) return;
    throw error;
  }
}

const scenarios: readonly Scenario[] = [
  { name: 'a first run', base, script: up, again: up, oracle: onBase, final: [1, 2, 3, 4] },
  {
    name: 'a first run, all or nothing',
    base,
    options: { atomic: 'run' },
    script: up,
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'a commit after each migration',
    base,
    options: { commit: 'migration' },
    script: (make) => failsWith('STATEMENT_FAILED', run(make(failing, { commit: 'migration' }), { kind: 'up' })),
    again: (make) => run(make(files, { commit: 'migration' }), { kind: 'up' }),
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'a run with a migration that fails',
    base,
    script: (make) => failsWith('STATEMENT_FAILED', run(make(failing), { kind: 'up' })),
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'a run with a statement that ends the transaction',
    base,
    script: (make) => failsWith('TRANSACTION_LOST', run(make(losing), { kind: 'up' })),
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'down, redo, to',
    base,
    before: up,
    *script(make) {
      yield* run(make(files), { kind: 'down' });
      yield* run(make(files, { atomic: 'run' }), { kind: 'redo' });
      yield* run(make(files), { kind: 'to', version: 1 });
    },
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'groups: outside a transaction, and with foreign keys',
    base,
    script: (make) => run(make(groups), { kind: 'up' }),
    again: (make) => run(make(groups), { kind: 'up' }),
    oracle: onGroups,
    final: [1, 2, 3, 4],
    // What ran outside a transaction may be there before it is recorded, never the other way round.
    also: (bridge, applied) =>
      !applied.includes(2) ||
      Object.values((bridge.query('PRAGMA user_version', []) as readonly object[])[0]!)[0] === 2,
  },
  {
    name: 'migrations written in code',
    base,
    script: (make) => run(make(code), { kind: 'up' }),
    again: (make) => run(make(code), { kind: 'up' }),
    oracle: (applied) =>
      plain(
        base,
        applied.map((version) => ({ 1: `${ups[1]}; UPDATE posts SET text = 'post ' || id`, 2: ups[2]! })[version]!),
      ),
    final: [1, 2],
  },
  {
    name: 'a rebuild that keeps what it leaves out',
    base: base + view,
    script: (make) => run(make(generated, { rebuilds: 'keep' }), { kind: 'up' }),
    again: (make) => run(make(generated, { rebuilds: 'keep' }), { kind: 'up' }),
    oracle: (applied) =>
      plain(
        base + view,
        applied.map((version) => ({ 1: ups[1]!, 2: `DROP VIEW names; ${ups[2]} ${view}` })[version]!),
      ),
    final: [1, 2],
  },
  {
    name: 'a set that happens together',
    base,
    script: (make) => run(make(inSet), { kind: 'up' }),
    again: (make) => run(make(inSet), { kind: 'up' }),
    oracle: onSet,
    final: [1, 2, 3, 4, 5],
    also: wholeSet,
  },
  {
    name: 'a set with code in it, refused first, and down',
    base,
    *script(make) {
      yield* failsWith('ROWS_LOST', run(make(lossyInSet), { kind: 'up' }));
      yield* run(make(codeInSet), { kind: 'up', to: 4 });
      yield* run(make(inSet, { destructive: { 2: true } }), { kind: 'down' });
    },
    again: (make) => run(make(inSet), { kind: 'up' }),
    oracle: onSet,
    final: [1, 2, 3, 4, 5],
    also: wholeSet,
  },
  {
    name: 'a baseline',
    base: base + ups[1],
    script: (make) => baseline(1, {})(make(files)),
    *again(make) {
      yield* baseline(1, {})(make(files));
      yield* up(make);
    },
    oracle: (applied) =>
      plain(
        base + ups[1],
        applied.filter((version) => version > 1).map((version) => ups[version]!),
      ),
    final: [1, 2, 3, 4],
  },
  {
    name: 'a repair',
    base,
    before: up,
    script: (make) => repair([1, 4])(make(repaired)),
    *again(make) {
      const open = yield* readRepairs(make(repaired));
      if (open.length > 0) yield* repair(open.map((change) => change.migration.version))(make(repaired));
      yield* run(make(repaired), { kind: 'up' });
    },
    oracle: () => onBase([1, 2, 3, 4]),
    final: [1, 2, 3, 4],
  },
  {
    name: 'a repair that swaps two numbers',
    base,
    before: up,
    script: (make) => repair([2, 3])(make(swapped)),
    *again(make) {
      const open = yield* readRepairs(make(swapped));
      // Neither or both: one alone would leave a migration without its file.
      expect(open.map(({ kind, migration }) => `${kind} ${migration.version}`)).toEqual(
        open.length === 0 ? [] : ['renumber 2', 'renumber 3'],
      );
      if (open.length > 0) yield* repair([2, 3])(make(swapped));
      yield* run(make(swapped), { kind: 'up' });
    },
    oracle: () => onBase([1, 2, 3, 4]),
    final: [1, 2, 3, 4],
  },
  {
    name: 'the semver layout',
    base: `${base}CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('1.0.0');`,
    options: { layout: 'semver' },
    *script(make) {
      yield* run(make(labelled), { kind: 'up' });
      yield* run(make(labelled), { kind: 'down', to: 0 });
    },
    again: (make) => run(make(labelled), { kind: 'up' }),
    oracle: (applied) =>
      plain(
        `${base}CREATE TABLE schema_version (version TEXT); INSERT INTO schema_version VALUES ('1.${applied.at(-1) ?? 0}.0');`,
        applied.map((version) => ups[version]!),
      ),
    final: [1, 2],
  },
  {
    name: 'a reset',
    base,
    before: up,
    script: (make) => reset({ confirm: 'app.db' })(make(files)),
    again: (make) => reset({ confirm: 'app.db' })(make(files)),
    oracle: (applied) => (applied.length === 0 ? plain('', []) : onBase(applied)),
    final: [],
  },
  { name: 'with backups: a run', base, backups: true, script: up, again: up, oracle: onBase, final: [1, 2, 3, 4] },
  {
    name: 'with backups: a commit after each migration',
    base,
    backups: true,
    script: (make) => run(make(files, { commit: 'migration' }), { kind: 'up' }),
    again: (make) => run(make(files, { commit: 'migration' }), { kind: 'up' }),
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'with backups: a migration that fails',
    base,
    backups: true,
    script: (make) => failsWith('STATEMENT_FAILED', run(make(failing), { kind: 'up' })),
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'with backups: a set that happens together',
    base,
    backups: true,
    script: (make) => run(make(inSet), { kind: 'up' }),
    again: (make) => run(make(inSet), { kind: 'up' }),
    oracle: onSet,
    final: [1, 2, 3, 4, 5],
    also: wholeSet,
  },
  {
    name: 'with backups: groups',
    base,
    backups: true,
    script: (make) => run(make(groups), { kind: 'up' }),
    again: (make) => run(make(groups), { kind: 'up' }),
    oracle: onGroups,
    final: [1, 2, 3, 4],
  },
  {
    name: 'with backups: down',
    base,
    backups: true,
    before: up,
    script: (make) => run(make(files), { kind: 'down', steps: 2 }),
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
  {
    name: 'with backups: older ones are removed and compressed',
    base,
    backups: true,
    options: { backups: { keep: 3 } },
    *before(make) {
      for (const version of [1, 2, 3])
        yield* run(make(files, { backups: { keep: 3, compress: version > 2 } }), { kind: 'to', version });
    },
    script: up,
    again: up,
    oracle: onBase,
    final: [1, 2, 3, 4],
  },
];

const repaired: MigrationRecord = {
  ...files,
  '001_tags.sql': files['001_m.sql'] as string,
  '004_m.sql': sections(`${ups[4]}\nSELECT 1;`, downs[4]!),
};
delete (repaired as Record<string, unknown>)['001_m.sql'];
const swapped: MigrationRecord = {
  ...files,
  '002_m.sql': files['003_m.sql'] as string,
  '003_m.sql': files['002_m.sql'] as string,
};
const labelled: MigrationRecord = Object.fromEntries(
  [1, 2].map((version) => [
    `00${version}_m.sql`,
    sections(ups[version]!, downs[version]!, `-- Schema-Version: 1.${version}.0\n`),
  ]),
);

// Memory is as good as a disk here: what a power cut does is another test's matter.
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-sweep-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const drivers = {
  'better-sqlite3': (path: string): DatabaseBridge => betterSqlite3Bridge(new BetterSqlite3(path, { timeout: 0 })),
  'node:sqlite': (path: string): DatabaseBridge => nodeSqliteBridge(new DatabaseSync(path, { timeout: 0 })),
} as const;

/** Points a driver and scenario: some of them in `npm test`, all with DUNLIN_ROUNDS=full. */
const limit = process.env['DUNLIN_ROUNDS'] === 'full' ? Number.POSITIVE_INFINITY : 36;
const seed = 20_261_121;

/** Chooses so many of a list, the same ones every time, others for every `salt`. */
function sample<T>(list: readonly T[], size: number, salt: string): T[] {
  let state = [...salt].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed) >>> 0;
  const random = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  if (list.length <= size) return [...list];
  return list
    .map((value) => ({ value, order: random() }))
    .toSorted((a, b) => a.order - b.order)
    .slice(0, size)
    .map(({ value }) => value);
}

/** @photostructure/sqlite keeps a closed file open until its statements are collected: thousands would be too many. */
setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** What is collected is given back between two turns of the event loop. */
async function collectGarbage(): Promise<void> {
  gc();
  await new Promise(setImmediate);
}

let swept = 0;
let sweptWithBackups = 0;

describe.each(['better-sqlite3', 'node:sqlite'] as const)('every request of the engine fails in turn, %s', (driver) => {
  const open = drivers[driver];

  describe.each(['delete', 'wal'])('journal_mode %s', (mode) => {
    it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      const template = join(folder, 'template.db');
      const path = join(folder, 'app.db');
      const backups = `${path}-backups`;
      const makeAt =
        (file: string): Make =>
        (given, options) =>
          contextOf(given, { ...scenario.options, ...options }, scenario.backups === true, file);
      const make = makeAt(path);

      remove(template);
      rmSync(`${template}-backups`, { recursive: true, force: true });
      // This driver leaves nothing in the write-ahead log when it closes, so the file is all there is to copy.
      let bridge = drivers['better-sqlite3'](template);
      void bridge.script(`PRAGMA journal_mode = ${mode};${scenario.base ?? ''}`);
      if (scenario.before !== undefined) new ThirdLoop(bridge, undefined).run(scenario.before(makeAt(template)));
      const before = contentOf(bridge);
      void bridge.close?.();

      const points = chosen(attempt(undefined));
      expect(points.length).toBeGreaterThan(20);
      tried('request sweep', points.length);
      for (const fault of points) {
        attempt(fault);
        swept += 1;
        if (scenario.backups === true) sweptWithBackups += 1;
        if (swept % 50 === 0) await collectGarbage();
      }

      function chosen(whole: ThirdLoop): readonly Fault[] {
        const all = faultsOf(whole);
        const ofBackups = all.filter(({ at }) => /^(?:file|connect|disconnect)$/.test(whole.requests[at - 1]!));
        const rest = all.filter((fault) => !ofBackups.includes(fault));
        return [
          ...sample(ofBackups, limit * 2, 'backups'),
          ...sample(rest, limit, `${driver} ${mode} ${scenario.name}`),
        ];
      }

      /** One simulated process with a fault, and then one without. */
      function attempt(fault: Fault | undefined): ThirdLoop {
        const about = JSON.stringify(fault);
        remove(path);
        copyFileSync(template, path);
        rmSync(backups, { recursive: true, force: true });
        if (existsSync(`${template}-backups`)) cpSync(`${template}-backups`, backups, { recursive: true });
        bridge = open(path);
        const loop = new ThirdLoop(bridge, fault);
        try {
          loop.run(scenario.script(make));
        } catch (error) {
          if (!(error instanceof Death) && !isDunlinError(error) && !isInjected(error))
            throw new Error(`${about}: not an error of Dunlin`, { cause: error });
        }
        // Closing alone does not end a transaction in every driver; a process that dies takes it along.
        if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
        void bridge.close?.();

        bridge = open(path);
        checkState(bridge, scenario, about);
        checkBackups(bridge, about);
        new ThirdLoop(bridge, undefined).run(scenario.again(make));
        expect(checkState(bridge, scenario, `${about}, run again`), about).toEqual(scenario.final);
        // The next run that has anything to do settles what died; one without writes nothing at all.
        new ThirdLoop(bridge, undefined).run(
          run(make({ '900_last.sql': 'SELECT 1;' }, { outOfOrder: 'allow' }), {
            kind: 'only',
            version: 900,
            direction: 'up',
          }),
        );
        expect(
          bridge.query(
            `SELECT status, error FROM schema_migration_attempts WHERE status NOT IN ('ok', 'failed', 'interrupted')`,
            [],
          ),
          about,
        ).toEqual([]);
        checkBackups(bridge, `${about}, in the end`);
        expect(leftOvers(backups), about).toEqual([]);
        void bridge.close?.();
        return loop;
      }

      /** Every backup is proven, and one of what was there before is among them as soon as that has changed. */
      function checkBackups(bridge: DatabaseBridge, about: string): void {
        const contents = provenBackups(backups, about, driver).map((backup) => backup.content);
        if (scenario.backups === true && contentOf(bridge) !== before) expect(contents, about).toContain(before);
      }
    });
  });
});

describe('the sweep', () => {
  it('tried enough points', () => {
    process.stdout.write(`request sweep: ${swept} fault points, ${sweptWithBackups} of them with backups\n`);
    expect(swept).toBeGreaterThan(2000);
    expect(sweptWithBackups).toBeGreaterThan(1000);
  });
});

/** Outside a runner, an operation other than a run hands on SQLite's own error. */
function isInjected(error: unknown): boolean {
  return error instanceof Error && error.name.startsWith('SqlError');
}

/** Death at every request; errors where the database is asked. */
function faultsOf({ requests }: ThirdLoop): Fault[] {
  return requests.flatMap((kind, index): Fault[] => {
    const at = index + 1;
    const death: Fault = { kind: 'death', at };
    if (kind === 'file')
      return [
        death,
        ...['ENOSPC', 'EIO', 'EACCES'].map((error): Fault => ({ kind: 'errno', at, code: error, done: false })),
        { kind: 'errno', at, code: 'EIO', done: true },
      ];
    if (kind === 'connect')
      return [
        death,
        ...['SQLITE_CANTOPEN', 'SQLITE_BUSY'].map((error): Fault => ({ kind: 'before', at, code: error })),
      ];
    if (kind === 'disconnect') return [death, { kind: 'after', at, code: 'SQLITE_IOERR' }];
    if (kind !== 'query' && kind !== 'script') return [death];
    return [
      death,
      ...['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_BUSY'].map((error): Fault => ({ kind: 'before', at, code: error })),
      ...['SQLITE_IOERR', 'SQLITE_BUSY'].map((error): Fault => ({ kind: 'after', at, code: error })),
      { kind: 'rollback', at, code: 'SQLITE_FULL' },
    ];
  });
}

/** The database is whole, is in the state after a whole number of migrations, and its log agrees. Returns what is applied. */
function checkState(bridge: DatabaseBridge, scenario: Scenario, about: string): number[] {
  const column = (sql: string): unknown[] =>
    (bridge.query(sql, []) as readonly object[]).map((row) => Object.values(row)[0]);
  expect(column('PRAGMA integrity_check'), about).toEqual(['ok']);
  const tables = new Set(column(`SELECT name FROM sqlite_schema WHERE type = 'table'`));
  const applied = (
    tables.has('schema_migrations') ? column('SELECT version FROM schema_migrations ORDER BY version') : []
  ) as number[];
  expect(normal(contentOf(bridge)), `${about}, applied ${applied.join(' ')}`).toBe(scenario.oracle(applied));
  expect(scenario.also?.(bridge, applied) ?? true, about).toBe(true);
  if (!tables.has('schema_migration_attempts')) return applied;
  const last = new Map<unknown, unknown>();
  for (const row of bridge.query(
    `SELECT version, direction FROM schema_migration_attempts WHERE status = 'ok' AND direction IN ('up', 'down', 'baseline', 'reset') AND version IS NOT 0 ORDER BY id`,
    [],
  ) as readonly { version: number | null; direction: string }[]) {
    if (row.direction === 'reset') last.clear();
    else if (row.version !== null) last.set(row.version, row.direction);
  }
  const logged = [...last].filter(([, direction]) => direction !== 'down').map(([version]) => version);
  expect(logged.toSorted(), about).toEqual(applied);
  return applied;
}

function contextOf(given: MigrationRecord, options: RunOptions, canBackUp: boolean, path: string): RunContext {
  return {
    database: 'app.db',
    ledger: createLedger('app.db', options.layout ?? 'standard', {}),
    registry: registryOf(given),
    options,
    lockTimeoutMs: 200,
    sync: true,
    host: 'here',
    pid: 1,
    tool: 'sweep',
    newRunId: nodeHost.randomId,
    sha256: nodeHost.sha256,
    driver: 'sweep',
    engine: LOCAL,
    canBackUp,
    file: () => path,
    path: () => path,
    opened: {},
    delayedClose: false,
    hasExclusiveLock: false,
    scratch: false,
  };
}

function remove(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal', '-migrate-lock']) rmSync(path + suffix, { force: true });
}
