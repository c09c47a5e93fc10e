import { describe, expect, it } from 'vitest';
import type { DatabaseBridge, DunlinEvent } from '../../src/bridge/index.ts';
import { isDunlinError, type DunlinError } from '../../src/errors/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { driverError } from '../../src/testing/index.ts';
import {
  failureOf,
  openTestDatabase,
  type RunnerSetup,
  type TestDatabase,
  type Variant,
} from '../support/databases.ts';
import { random } from '../support/random.ts';

const heard: RunnerSetup = { onEvent: () => undefined };

/** A new database on which no step is plain: its connection has a temporary table. */
function openGuarded(variant?: Variant): TestDatabase {
  const db = openTestDatabase(variant);
  db.exec('CREATE TEMP TABLE own (x)');
  return db;
}

/** The events of a run, but for times. */
function listener(events: object[]): (event: DunlinEvent) => void {
  return (event) => events.push({ ...event, durationMs: 0, executionTimeMs: 0 });
}

/** The scripts that a run sends which are not Dunlin's own. */
function recorded(scripts: string[], fail?: (sql: string) => void): RunnerSetup {
  const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
    ...bridge,
    script: (sql) => {
      if (/\b(?:t|u|v)\d*\b/.test(sql)) scripts.push(sql);
      fail?.(sql);
      return bridge.script(sql);
    },
  });
  return { wrap };
}

/** An error without its stack and its cause. */
function shownError(error: DunlinError): object {
  return { ...error, text: error.message };
}

/** All that two runs can differ in, but for times. */
async function outcomeOf(db: TestDatabase, migrations: MigrationRecord, setup: RunnerSetup): Promise<unknown> {
  let result: unknown;
  try {
    const { durationMs: _, applied, ...rest } = await db.up(migrations, setup);
    result = { ...rest, applied: applied.map((outcome) => ({ ...outcome, executionTimeMs: 0 })) };
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    result = shownError(error);
  }
  const isRefused = db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`) === 0;
  return { result, content: db.content(), records: isRefused ? [] : recordsOf(db) };
}

function recordsOf(db: TestDatabase): unknown {
  return [
    db.rows(
      'SELECT version, name, checksum, schema_version, text_hash, fingerprint, up_text, down_text FROM schema_migrations ORDER BY version',
    ),
    db.rows(
      'SELECT version, direction, status, statement, error_code, error, fingerprint, schema, progress FROM schema_migration_attempts ORDER BY id',
    ),
  ];
}

/** Migrations of every kind, most of them plain. Most statements fit what the ones before them made. */
class Generator {
  readonly #random: () => number;
  readonly #tables: string[] = [];
  #number = 0;

  constructor(seed: number) {
    this.#random = random(seed);
  }

  migrations(): MigrationRecord {
    const count = 2 + this.#below(4);
    const fails = this.#below(3) === 0;
    return Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`00${i + 1}_m.sql`, this.#file(fails && i === count - 1)]),
    );
  }

  #file(fails: boolean): string {
    const isLong = this.#below(3) === 0;
    const statements = Array.from({ length: isLong ? 9 + this.#below(6) : 1 + this.#below(4) }, () =>
      this.#statement(),
    );
    if (fails) statements.push(this.#pick(failing));
    if (this.#below(12) === 0) statements.unshift('BEGIN', ...statements.splice(0), 'COMMIT');
    const head = this.#below(10) === 0 ? this.#pick(heads) : '';
    const tail = this.#below(10) === 0 ? '\n-- === VERIFY ===\nSELECT count(*) >= 0 FROM sqlite_schema;\n' : '';
    return `${head}${statements.join(this.#pick([';\n', ' -- the end\n;\n', '; /* ; */ ']))};\n${tail}`;
  }

  #statement(): string {
    if (this.#tables.length === 0 || this.#below(5) === 0) return this.#create();
    const [a, b, next] = [this.#pick(this.#tables), this.#pick(this.#tables), ++this.#number];
    if (this.#below(25) === 0) return this.#rare(a, b, next);
    return this.#pick([
      `INSERT INTO ${a} (n) VALUES (${next}), (-${next})`,
      `INSERT OR REPLACE INTO ${a} (id, n) VALUES (${this.#below(4)}, ${next})`,
      `INSERT INTO "${a}" (n) VALUES ('a;b -- ${next}')`,
      `INSERT INTO main.${a} (n) SELECT n || '${next}' FROM ${b}`,
      `UPDATE ${a} SET n = n || '.' /* all */ WHERE id > 1`,
      `DELETE FROM ${a} WHERE n = ${next - 3}`,
      `WITH c AS (SELECT ${next} AS n) INSERT INTO ${a} (n) SELECT n FROM c`,
      `ALTER TABLE ${a} ADD COLUMN c${next} TEXT DEFAULT 'x'`,
      `CREATE INDEX i${next} ON ${a} /* a comment */ (n)`,
      `CREATE VIEW v${next} AS SELECT n -- a comment\n FROM ${a}`,
    ]);
  }

  #create(): string {
    const name = `t${++this.#number}`;
    const other = this.#tables.length === 0 ? name : this.#pick(this.#tables);
    this.#tables.push(name);
    return this.#pick([
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, n)`,
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, n INT -- ;\n , CHECK (n <> ';'))`,
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY AUTOINCREMENT, n UNIQUE)`,
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, n, r INTEGER REFERENCES ${other} (id))`,
      `CREATE TABLE ${name} (id INTEGER PRIMARY KEY, n UNIQUE ON CONFLICT ${this.#pick(['ROLLBACK', 'IGNORE'])})`,
      this.#below(6) === 0
        ? `CREATE TABLE ${name} AS SELECT 1 AS id, name AS n FROM sqlite_schema`
        : `CREATE TABLE ${name} (id, n)`,
    ]);
  }

  /** Statements that no plain step has. */
  #rare(a: string, b: string, next: number): string {
    switch (this.#below(10)) {
      case 0:
        return `CREATE TABLE IF NOT EXISTS ${a} (id INTEGER PRIMARY KEY, n)`;
      case 1:
        return `CREATE TEMP TABLE u${next} AS SELECT * FROM ${a}`;
      case 2:
        return `CREATE TRIGGER r${next} AFTER INSERT ON ${a} BEGIN DELETE FROM ${b} WHERE n = new.n; END`;
      case 3:
        this.#tables.splice(this.#tables.indexOf(a), 1);
        return `DROP TABLE ${a}`;
      case 4:
        this.#tables[this.#tables.indexOf(a)] = `t${next}`;
        return `ALTER TABLE ${a} RENAME TO t${next}`;
      case 5:
        this.#tables.push(`t${next}`);
        return `CREATE TABLE t${next} (id INTEGER PRIMARY KEY, n UNIQUE ON CONFLICT REPLACE)`;
      case 6:
        return `INSERT OR ROLLBACK INTO ${a} (n) VALUES (${next})`;
      case 7:
        return `ALTER TABLE ${a} ADD COLUMN p${next} REFERENCES ${b} (id)`;
      case 8:
        return 'PRAGMA user_version = 7';
      default:
        return `SELECT count(*) FROM ${a}`;
    }
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

const failing = [
  'INSERT INTO nowhere VALUES (1)',
  'CREATE TABLE t1 (id INTEGER PRIMARY KEY, n)',
  'INSERT INTO t1 (id, n) VALUES (1, 1), (1, 2)',
  'INSERT OR ROLLBACK INTO t1 (id, n) VALUES (1, 1), (1, 2)',
  'UPDATE t1 SET missing = 1',
  'INSERT INTO t1 (n) VALUES (1, 2, 3)',
];
const heads = ['-- dunlin: foreign-keys on\n', '-- dunlin: destructive\n', '-- Schema-Version: 1.2.3\n'];

const rounds = process.env['DUNLIN_ROUNDS'] === 'full' ? 1000 : 30;

describe('plain steps', () => {
  it('leave the schema, the rows, the records, the result, the events and the error that other steps leave', async () => {
    let failed = 0;
    let joined = 0;
    for (let round = 1; round <= rounds; round++) {
      const migrations = new Generator(round * 7919).migrations();
      const scripts: string[] = [];
      const events: [object[], object[]] = [[], []];
      const variant = { driver: 'better-sqlite3', api: round % 2 === 0 ? 'sync' : 'async' } as const;
      const [plain, reported, guarded] = [openTestDatabase(), openTestDatabase(variant), openGuarded(variant)];
      const atomic = round % 5 === 0 ? ({ atomic: 'run' } as const) : {};
      const commit = round % 5 === 1 ? ({ commit: 'migration' } as const) : {};
      const outcome = await outcomeOf(plain, migrations, { ...recorded(scripts), ...atomic, ...commit });
      const where = `round ${round}: ${JSON.stringify(migrations, undefined, 1)}`;
      for (const [i, db] of [reported, guarded].entries())
        expect(outcome, where).toEqual(
          await outcomeOf(db, migrations, { onEvent: listener(events[i]!), ...atomic, ...commit }),
        );
      expect(events[0], where).toEqual(events[1]);
      failed += Number('text' in (outcome as { result: object }).result);
      joined += scripts.filter((sql) => sql.split(';\n').length > 8).length;
      for (const db of [plain, reported, guarded]) db.dispose();
    }
    // The generator makes what this is about.
    expect(failed).toBeGreaterThan(rounds / 6);
    expect(failed).toBeLessThan((rounds * 2) / 3);
    expect(joined).toBeGreaterThan(rounds / 6);
  });

  const long = (statements: readonly string[]): MigrationRecord => ({
    '001_a.sql': 'CREATE TABLE t (id INTEGER PRIMARY KEY, n UNIQUE);',
    '002_b.sql': statements.map((sql) => `${sql};\n`).join(''),
  });
  const inserts = (count: number): string[] =>
    Array.from({ length: count }, (_, i) => `INSERT INTO t (n) VALUES (${i})`);

  /** A new database for each way that a step can take. */
  const everyWay = (): [TestDatabase, RunnerSetup][] => [
    [openTestDatabase(), {}],
    [openTestDatabase(), heard],
    [openGuarded(), heard],
    [openGuarded(), {}],
  ];

  it('run more than eight statements as one text, unless somebody listens', async () => {
    const sent = async (count: number, setup: RunnerSetup): Promise<number> => {
      const scripts: string[] = [];
      await openTestDatabase().up(long(inserts(count)), { ...recorded(scripts), ...setup });
      return scripts.filter((sql) => sql.startsWith('INSERT')).length;
    };
    expect(await sent(8, {})).toBe(8);
    expect(await sent(9, {})).toBe(1);
    expect(await sent(9, heard)).toBe(9);
  });

  it('run one by one on a database with tables of its own', async () => {
    const db = openTestDatabase();
    db.exec('CREATE TABLE own (x)');
    const scripts: string[] = [];
    await db.up(long(inserts(9)), recorded(scripts));
    expect(scripts.filter((sql) => sql.startsWith('INSERT'))).toHaveLength(9);
  });

  it('name the statement of a long file that fails', async () => {
    const db = openTestDatabase();
    const error = await failureOf(() => db.up(long([...inserts(10), 'INSERT INTO t (n) VALUES (3)'])));
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', location: { statement: 11, line: 11 } });
    expect(db.versions()).toEqual([1]);
    expect(db.value('SELECT count(*) FROM t')).toBe(0);
  });

  it('name the statement of a long file that ends the transaction, and keep what came before it', async () => {
    const db = openTestDatabase();
    const ending = 'INSERT OR ROLLBACK INTO t (n) VALUES (3)';
    const error = await failureOf(() => db.up(long([...inserts(10), ending])));
    expect(error).toMatchObject({ code: 'TRANSACTION_LOST', location: { statement: 11, line: 11 } });
    expect(db.versions()).toEqual([1]);
    expect(db.value('SELECT count(*) FROM t')).toBe(0);
  });

  it('run a very long file as several texts, and name the statement that fails in a later one', async () => {
    const large = Array.from({ length: 12 }, (_, i) => `INSERT INTO t (n) VALUES ('${i} ${'x'.repeat(300_000)}')`);
    const scripts: string[] = [];
    await openTestDatabase().up(long(large), recorded(scripts));
    expect(scripts.filter((sql) => sql.startsWith('INSERT')).map((sql) => sql.split(';\n').length)).toEqual([4, 4, 4]);
    const db = openTestDatabase();
    const error = await failureOf(() => db.up(long([...large, 'INSERT INTO t (id) VALUES (1)'])));
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', location: { statement: 13 } });
    expect(db.value('SELECT count(*) FROM t')).toBe(0);
    const ended = openTestDatabase();
    const loss = await failureOf(() => ended.up(long([...large, 'INSERT OR ROLLBACK INTO t (id) VALUES (1)'])));
    expect(loss).toMatchObject({ code: 'TRANSACTION_LOST', location: { statement: 13 } });
    expect(ended.versions()).toEqual([1]);
  });

  it('are applied if a long file fails as one text only', async () => {
    const db = openTestDatabase();
    const scripts: string[] = [];
    const fail = (sql: string): void => {
      if (sql.includes(';\n')) throw driverError('SQLITE_NOMEM');
    };
    expect((await db.up(long(inserts(9)), recorded(scripts, fail))).applied).toMatchObject([
      { version: 1 },
      { version: 2, statements: 9 },
    ]);
    expect(db.value('SELECT count(*) FROM t')).toBe(9);
  });

  it.each(['SAVEPOINT', 'RELEASE', 'INSERT'])('fail as other steps do at %s', async (word) => {
    const files = long(inserts(1));
    const failures = [];
    for (const [db, setup] of everyWay()) {
      let times = 0;
      const fail = (sql: string): void => {
        if (sql.startsWith(word) && (word === 'INSERT' || ++times === 2)) throw driverError('SQLITE_IOERR');
      };
      failures.push({
        error: shownError(await failureOf(() => db.up(files, { ...recorded([], fail), ...setup }))),
        versions: db.versions(),
        content: db.content(),
      });
    }
    for (const failure of failures) expect(failure).toEqual(failures[0]);
  });

  it('fail as other steps do where the driver cannot say after it whether a transaction is open', async () => {
    const failures = [];
    for (const [db, setup] of everyWay()) {
      let asked = false;
      const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
        ...bridge,
        script: (sql) => {
          if (!sql.startsWith('INSERT INTO t ')) return bridge.script(sql);
          asked = true;
          throw driverError('SQLITE_CONSTRAINT');
        },
        inTransaction: () => {
          if (!asked) return bridge.inTransaction!();
          asked = false;
          throw driverError('SQLITE_INTERRUPT');
        },
      });
      failures.push({
        error: shownError(await failureOf(() => db.up(long(inserts(1)), { wrap, ...setup }))),
        versions: db.versions(),
      });
    }
    for (const failure of failures) expect(failure).toEqual(failures[0]);
  });

  it('ask less than other steps do whether a transaction is open, for listeners too', async () => {
    const asked = async (db: TestDatabase): Promise<number> => {
      let times = 0;
      const wrap = (bridge: DatabaseBridge): DatabaseBridge => ({
        ...bridge,
        inTransaction: () => {
          times += 1;
          return bridge.inTransaction!();
        },
      });
      await db.up(long(inserts(9)), { wrap, ...heard });
      return times;
    };
    // Each of the two migrations asks once more; to know that steps may be plain takes one question.
    expect(await asked(openGuarded())).toBe((await asked(openTestDatabase())) + 1);
  });

  it.each([
    ['migration:start', 'ROLLBACK'],
    ['migration:start', 'COMMIT'],
    ['migration:statement', 'ROLLBACK'],
    ['migration:statement', 'COMMIT'],
    ['migration:done', 'ROLLBACK'],
    ['migration:done', 'COMMIT'],
  ])('end as other steps do if the listener of %s runs %s', async (type, sql) => {
    const ends = [];
    for (const db of [openTestDatabase(), openGuarded()]) {
      const events: object[] = [];
      let times = 0;
      const keep = listener(events);
      const onEvent = (event: DunlinEvent): void => {
        keep(event);
        if (event.type === type && ++times === 2) db.exec(sql);
      };
      ends.push({ ...((await outcomeOf(db, long(inserts(2)), { onEvent })) as object), events });
    }
    expect(ends[0]).toEqual(ends[1]);
    expect(ends[0]).toHaveProperty('result.code');
  });

  it('are timed without what a listener does between them', async () => {
    let now = 1_700_000_000_000;
    const onEvent = ({ type }: DunlinEvent): void => {
      if (type === 'migration:start' || type === 'migration:done') now += 1000;
    };
    const { applied } = await openTestDatabase().up(long(inserts(2)), { onEvent, host: { now: () => now } });
    expect(applied.map(({ executionTimeMs }) => executionTimeMs)).toEqual([0, 0]);
  });

  it.each([
    [
      'a trigger',
      [
        'CREATE TABLE t (id INTEGER PRIMARY KEY, n); CREATE TABLE u (x); INSERT INTO u VALUES (1), (2);',
        'CREATE TRIGGER empties AFTER INSERT ON t BEGIN DELETE FROM u; END;',
        'INSERT INTO t (n) VALUES (1);',
      ],
      'ROWS_LOST',
    ],
    [
      'a REPLACE clause',
      [
        'CREATE TABLE t (n UNIQUE ON CONFLICT REPLACE, x); INSERT INTO t VALUES (1, 1);',
        'CREATE TABLE u (x);',
        'INSERT INTO t VALUES (1, 2);',
      ],
      'ROWS_LOST',
    ],
    [
      'a foreign key',
      [
        'CREATE TABLE t (id INTEGER PRIMARY KEY);',
        'CREATE TABLE u (t REFERENCES t (id));',
        'INSERT INTO u VALUES (7);',
      ],
      'FOREIGN_KEYS_VIOLATED',
    ],
    [
      'a foreign key of its own',
      ['CREATE TABLE t (id INTEGER PRIMARY KEY);', 'CREATE TABLE u (t REFERENCES t (id)); INSERT INTO u VALUES (7);'],
      'FOREIGN_KEYS_VIOLATED',
    ],
    [
      'full-text search',
      [
        'CREATE TABLE t (id INTEGER PRIMARY KEY, n);',
        `CREATE VIRTUAL TABLE u USING fts5(n, content = 't', content_rowid = 'id');`,
        `INSERT INTO t (n) VALUES ('a');`,
      ],
      'FULL_TEXT_BROKEN',
    ],
  ])('are not those that write rows where %s reaches others', async (_, texts, code) => {
    const files = Object.fromEntries(texts.map((text, i) => [`00${i + 1}_m.sql`, text]));
    const db = openTestDatabase();
    expect(await failureOf(() => db.up(files))).toMatchObject({ code });
    expect(db.versions()).toEqual(texts.slice(1).map((__, i) => i + 1));
  });

  it('stop at a signal between two of them', async () => {
    const db = openTestDatabase();
    const stop = new AbortController();
    const fail = (sql: string): void => {
      if (sql.startsWith('CREATE TABLE t ')) stop.abort();
    };
    const result = await db.up(long(inserts(1)), { ...recorded([], fail), signal: stop.signal });
    expect(result).toMatchObject({ aborted: true, applied: [{ version: 1 }] });
  });
});
