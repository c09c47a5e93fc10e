import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { LOCAL } from '../../src/bridge/engine-facts.ts';
import {
  BatchError,
  BatchRunner,
  migrate,
  type BatchBridge,
  type BatchMigrateOptions,
  type DatabaseBridge,
  type DunlinError,
} from '../../src/node/index.ts';
import { batchConformanceChecks } from '../../src/testing/index.ts';
import { failureOf } from '../support/databases.ts';
import { StandIn } from './stand-in.ts';

const users = 'CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT)';

function runnerOn(
  database: BatchBridge,
  migrations: BatchMigrateOptions['migrations'],
  more: object = {},
): BatchRunner {
  return new BatchRunner({ database, migrations, ...more });
}

describe('the stand-in behaves as an engine of batches', () => {
  for (const check of batchConformanceChecks) {
    it(check.name, async () => {
      await check.run(() => new StandIn());
    });
    it(`${check.name}, with foreign keys off`, async () => {
      await check.run(() => new StandIn(':memory:', { foreignKeys: false, tells: false }));
    });
  }

  it('an engine that keeps a part of a failed batch does not pass', async () => {
    const broken = (): BatchBridge => {
      const one = new StandIn();
      return {
        driver: one.driver,
        engine: LOCAL,
        read: (sql) => one.read(sql),
        async batch(statements) {
          for (const statement of statements) await one.batch([statement]);
        },
      };
    };
    const results = await Promise.allSettled(batchConformanceChecks.map((check) => check.run(broken)));
    const failed = batchConformanceChecks.filter((_, i) => results[i]!.status === 'rejected').map(({ name }) => name);
    expect(failed).toContain('nothing of a batch stays if an unknown table fails it, last');
    expect(failed).not.toContain('a read sees the batch before it');
  });
});

describe('migrate', () => {
  it('takes an engine of batches as the database', async () => {
    const database = new StandIn();
    const migrations = { '001_users.sql': users, '002_b.sql': 'CREATE TABLE b (x)', '003_c.sql': 'CREATE TABLE c (x)' };
    expect((await migrate({ database, migrations, steps: 1 })).to).toBe(1);
    expect((await migrate({ database, migrations, to: 2 })).to).toBe(2);
    expect((await migrate({ database, migrations })).to).toBe(3);
  });

  it('rehearses on a database that a function opens, and closes it', async () => {
    let closed = 0;
    const rehearseOn = (): DatabaseBridge => {
      const one = bridgeInMemory();
      return { ...one, close: () => void (one.close?.(), closed++) };
    };
    await migrate({ database: new StandIn(), migrations: { '001_users.sql': users }, rehearseOn });
    expect(closed).toBeGreaterThan(1);
  });
});

function bridgeInMemory(): DatabaseBridge {
  return betterSqlite3Bridge(new Database(':memory:'));
}

describe('a set, repeatable migrations and sequences', () => {
  it('a set is one batch', async () => {
    const database = new StandIn();
    const before = { '001_users.sql': `${users}; CREATE INDEX users_email ON users (email);` };
    await runnerOn(database, before).up();
    database.database.exec(`INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
    const migrations = {
      ...before,
      '002_copy.sql': `-- dunlin: together 004\nCREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO n SELECT id, email FROM users;`,
      '003_swap.sql': 'DROP TABLE users; ALTER TABLE n RENAME TO users;',
      '004_index.sql': 'CREATE INDEX users_email ON users (email);',
      '005_more.sql': 'CREATE TABLE more (x);',
    };
    const sent = database.batches.length;
    const { applied } = await runnerOn(database, migrations).up();
    expect(applied.map(({ version }) => version)).toEqual([2, 3, 4, 5]);
    // The probe, the set, and the last one.
    expect(database.batches.length - sent).toBe(3);
    expect(database.rows('SELECT count(*) FROM users')).toEqual([[2]]);
  });

  it('a set that loses rows is refused as a whole', async () => {
    const database = new StandIn();
    const before = { '001_users.sql': users };
    await runnerOn(database, before).up();
    database.database.exec(`INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
    const migrations = {
      ...before,
      '002_copy.sql': `-- dunlin: together 003\nCREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO n SELECT id, email FROM users WHERE id = 1;`,
      '003_swap.sql': 'DROP TABLE users; ALTER TABLE n RENAME TO users;',
    };
    const error = await failureOf(() => runnerOn(database, migrations).up());
    expect(error.code).toBe('ROWS_LOST');
    expect(database.rows('SELECT count(*) FROM users')).toEqual([[2]]);
    expect(error.pending?.map(({ version }) => version)).toEqual([2, 3]);
  });

  it('a whole run in one batch guards what its own migrations have filled', async () => {
    const database = new StandIn();
    await runnerOn(database, { '001_users.sql': users }).up();
    database.database.exec(`INSERT INTO users VALUES (1, 'a'), (2, 'b')`);
    const migrations = {
      '001_users.sql': users,
      '002_people.sql': `CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT); INSERT INTO people SELECT * FROM users; DROP TABLE users;`,
      '003_people.sql': `ALTER TABLE people RENAME TO persons; CREATE TABLE n (id INTEGER PRIMARY KEY, email TEXT);
        INSERT INTO n SELECT * FROM persons WHERE id = 1; DROP TABLE persons; ALTER TABLE n RENAME TO persons;`,
    };
    const error = await failureOf(() => runnerOn(database, migrations, { atomic: 'run' }).up());
    expect(error.code).toBe('ROWS_LOST');
    expect(database.rows('SELECT count(*) FROM users')).toEqual([[2]]);
  });

  it('repeatable migrations run after the others, and again when they change', async () => {
    const database = new StandIn();
    const migrations = {
      '001_users.sql': users,
      'R__emails.sql': 'DROP VIEW IF EXISTS emails; CREATE VIEW emails AS SELECT email FROM users;',
    };
    await runnerOn(database, migrations).up();
    expect(database.rows('SELECT count(*) FROM emails')).toEqual([[0]]);
    const changed = {
      ...migrations,
      'R__emails.sql': 'DROP VIEW IF EXISTS emails; CREATE VIEW emails AS SELECT id, email FROM users;',
    };
    const { applied } = await runnerOn(database, changed).up();
    expect(applied.map(({ name }) => name)).toEqual(['emails']);
    expect(database.rows('SELECT id FROM emails')).toEqual([]);
    expect((await runnerOn(database, changed).up()).applied).toEqual([]);
  });

  it('what writes the sequence of another process is kept by a rebuild', async () => {
    const jobs = 'CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT)';
    const rebuild = `CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL); INSERT INTO n SELECT * FROM jobs;
      DROP TABLE jobs; ALTER TABLE n RENAME TO jobs;`;
    const database = new StandIn(':memory:', {
      before: (batch, db) => {
        if (batch.some((sql) => sql.includes('DROP TABLE jobs')))
          db.exec(`INSERT INTO jobs VALUES (20, 'late'); DELETE FROM jobs WHERE id = 20`);
      },
    });
    await runnerOn(database, { '001_jobs.sql': jobs }).up();
    database.database.exec(`INSERT INTO jobs VALUES (1, 'a'), (9, 'b'); DELETE FROM jobs WHERE id = 9`);
    await runnerOn(database, { '001_jobs.sql': jobs, '002_jobs.sql': rebuild }).up();
    expect(database.rows('SELECT seq FROM sqlite_sequence')).toEqual([[20]]);
  });
});

describe('an error names what the batch found', () => {
  const notes = 'CREATE TABLE notes (id INTEGER PRIMARY KEY, user_id INTEGER REFERENCES users (id), title TEXT)';
  const before = { '001_users.sql': users, '002_notes.sql': notes };

  async function errorOf(sql: string, options: ConstructorParameters<typeof StandIn>[1] = {}): Promise<DunlinError> {
    const database = new StandIn(':memory:', options);
    await runnerOn(database, before).up();
    database.database.exec(
      `INSERT INTO users VALUES (1, 'a'), (2, 'b'); INSERT INTO notes VALUES (1, 1, '007'), (2, 2, 'x')`,
    );
    const error = await failureOf(() => runnerOn(database, { ...before, '003_change.sql': sql }).up());
    const [last] = await runnerOn(database, before).history({ limit: 1 });
    expect(last).toMatchObject({ status: 'failed', errorCode: error.code });
    expect(error.failed?.version).toBe(3);
    return error;
  }

  it('the columns whose values changed', async () => {
    const error = await errorOf(`CREATE TABLE n (id INTEGER PRIMARY KEY, user_id INTEGER, title INTEGER);
INSERT INTO n SELECT id, user_id, title FROM notes;
DROP TABLE notes; ALTER TABLE n RENAME TO notes;`);
    expect(error.message).toContain('values of notes.title: 1 of 2 changed');
    expect(error.hint).toContain('-- dunlin: destructive notes.title');
    expect(error.location?.line).toBe(2);
  });

  it('all columns, where their values only have other rows', async () => {
    const error = await errorOf(`CREATE TABLE n (id INTEGER PRIMARY KEY, user_id INTEGER, title TEXT);
INSERT INTO n SELECT a.id, b.user_id, b.title FROM notes AS a JOIN notes AS b ON a.id = 3 - b.id;
DROP TABLE notes; ALTER TABLE n RENAME TO notes;`);
    expect(error.message).toContain('values of notes.user_id: 2 of 2 changed');
  });

  it('the table whose rows refer to nothing', async () => {
    const error = await errorOf('DELETE FROM users WHERE id = 2;', { foreignKeys: false });
    expect(error.message).toContain('1 row of notes refers to a row of users that does not exist (0 before)');
  });

  it('the result of a verification query, or why it cannot run', async () => {
    const failing = (query: string): Promise<DunlinError> =>
      errorOf(`CREATE TABLE t (x);\n-- === VERIFY ===\n${query};`);
    expect((await failing('SELECT 0')).message).toContain('result 0');
    expect((await failing('SELECT x FROM t')).message).toContain('result NULL, or no row');
    expect((await failing(`SELECT ''`)).message).toContain(`result ''`);
    expect((await failing('SELECT 1, 2')).message).toContain('sub-select returns 2 columns');
  });

  it('a table of the application that has the name of Dunlin’s own', async () => {
    const database = new StandIn();
    database.database.exec('CREATE TABLE dunlin_batch (x)');
    const error = await failureOf(() => runnerOn(database, before).up());
    expect(error.message).toMatch(/^stand-in failed: .*dunlin_batch.* already exists/);
  });
});

describe('what cannot be done is refused, and why', () => {
  it('plan lists migrations that need a transaction, or none', async () => {
    const migrations = { '001_vacuum.sql': '-- dunlin: no-transaction\nVACUUM;' };
    const plan = await runnerOn(new StandIn(), migrations).plan();
    expect(plan.problems.map(({ code }) => code)).toEqual(['ENGINE_REFUSED']);
    const error = await failureOf(() => runnerOn(new StandIn(), migrations).up());
    expect(error.code).toBe('ENGINE_REFUSED');
    expect(error.hint).toContain('Nothing was changed.');
    const code = [{ version: 1, name: 'code', up: () => undefined }];
    expect((await runnerOn(new StandIn(), code).plan()).problems.map((one) => one.code)).toEqual([
      'CODE_NEEDS_TRANSACTION',
    ]);
  });

  it.each([
    ['INSERT OR ROLLBACK INTO users VALUES (1, NULL);', /has ROLLBACK/],
    [
      `CREATE TRIGGER kept BEFORE DELETE ON users BEGIN SELECT RAISE(ROLLBACK, 'kept'); END;`,
      /ends the transaction of the batch/,
    ],
    ['PRAGMA user_version = 3;', /sets the PRAGMA user_version/],
    ['CREATE TEMP VIEW v AS SELECT 1;', /creates a temporary object/],
    ['-- dunlin: batch 10\nUPDATE users SET email = lower(email);', /in batches of rows/],
  ])('%s', async (sql, message) => {
    const migrations = { '001_users.sql': users, '002_x.sql': sql };
    const error = await failureOf(() => runnerOn(new StandIn(), migrations).up());
    expect(error.code).toBe('ENGINE_REFUSED');
    expect(error.message).toMatch(message);
    expect(error.applied?.map(({ version }) => version)).toEqual([1]);
  });

  it('an option without a meaning here is an error', async () => {
    const options = { database: new StandIn(), migrations: {}, backup: 'always' };
    const error = await failureOf(() => new BatchRunner(options as never));
    expect(error.message).toMatch(/`backup` has no meaning for an engine that takes batches/);
    await failureOf(() => new BatchRunner({ database: 'app.db', migrations: {} } as never));
    const driver = { database: new StandIn(), migrations: {}, rehearseOn: 3 };
    expect((await failureOf(() => new BatchRunner(driver as never))).code).toBe('OPTION_INVALID');
  });

  it('a schema that the local SQLite cannot make is no surprise in the middle', async () => {
    const database = new StandIn();
    await runnerOn(database, { '001_users.sql': users }).up();
    const rehearseOn = (): DatabaseBridge => {
      const one = bridgeInMemory();
      const query: DatabaseBridge['query'] = (sql, params) => {
        if (sql.startsWith('CREATE TABLE users')) throw new Error('no such module: x');
        return one.query(sql, params);
      };
      return { ...one, query };
    };
    const error = await failureOf(() => runnerOn(database, { '001_users.sql': users }, { rehearseOn }).status());
    expect(error.code).toBe('REHEARSAL_FAILED');
    expect(error.message).toContain('no such module: x');
  });

  it('an engine that cannot be read says why', async () => {
    const one = new StandIn();
    const failing = (error: unknown): BatchBridge => ({
      driver: 'broken',
      engine: one.engine,
      read: () => Promise.reject(error),
      batch: () => Promise.reject(error),
    });
    const gone = failing(new BatchError({ message: 'connection refused', outcome: 'unknown' }));
    const error = await failureOf(() => runnerOn(gone, { '001_users.sql': users }).up());
    expect([error.code, error.message]).toEqual(['ENGINE_FAILED', 'broken failed: connection refused.']);
    await expect(runnerOn(failing(new TypeError('a bug')), {}).status()).rejects.toThrow('a bug');
  });

  it('what a bridge throws besides its own errors says nothing of the batch', async () => {
    const one = new StandIn(':memory:', { facts: { limits: { transactionMs: 100 } } });
    const broken: BatchBridge = {
      driver: 'broken',
      engine: one.engine,
      read: (sql) => one.read(sql),
      batch: () => Promise.reject(new TypeError('oops')),
    };
    expect((await failureOf(() => runnerOn(broken, { '001_users.sql': users }).up())).code).toBe('ENGINE_FAILED');
    const later: BatchBridge = {
      ...broken,
      batch: (statements) => (statements.length === 1 ? one.batch(statements) : Promise.reject(new TypeError('oops'))),
    };
    expect((await failureOf(() => runnerOn(later, { '001_users.sql': users }).up())).code).toBe('OUTCOME_UNKNOWN');
  });

  it('an engine that loses its answers while a failing statement is sought says what it knows', async () => {
    const one = new StandIn(':memory:', { tells: false });
    let batches = 0;
    const broken: BatchBridge = {
      driver: 'broken',
      engine: one.engine,
      read: (sql) => one.read(sql),
      batch: (statements) => {
        if (statements.length === 1) return one.batch(statements);
        const outcome = batches++ === 0 ? 'failed' : 'unknown';
        return Promise.reject(new BatchError({ message: 'disk I/O error', outcome }));
      },
    };
    const error = await failureOf(() => runnerOn(broken, { '001_users.sql': users }).up());
    expect([error.code, error.message]).toEqual(['ENGINE_FAILED', 'broken failed: disk I/O error.']);
  });

  it('the table of another tool is read, and stops a run as elsewhere', async () => {
    const database = new StandIn();
    database.database.exec(`CREATE TABLE users (id INTEGER PRIMARY KEY, email TEXT);
      CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT UNIQUE, applied_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP NOT NULL);
      INSERT INTO d1_migrations (name) VALUES ('0001_users.sql')`);
    const migrations = { '0001_users.sql': users, '0002_b.sql': 'CREATE TABLE b (x)' };
    const error = await failureOf(() => runnerOn(database, migrations).up());
    expect(error.message).toContain('d1_migrations');
    const other = runnerOn(database, { '0002_b.sql': 'CREATE TABLE b (x)' }, { otherTool: 'allow' });
    expect((await other.up()).to).toBe(2);
  });

  it('drift is an error where it is to be one', async () => {
    const database = new StandIn();
    const migrations = { '001_users.sql': users };
    await runnerOn(database, migrations).up();
    database.database.exec('CREATE TABLE extra (x)');
    const status = await runnerOn(database, migrations).check();
    expect(status.drift?.length).toBe(1);
    expect(Object.keys((await runnerOn(database, migrations).schema()).tables)).toBeDefined();
    const more = { ...migrations, '002_b.sql': 'CREATE TABLE b (x)' };
    const error = await failureOf(() => runnerOn(database, more, { drift: 'error' }).up());
    expect(error.code).toBe('SCHEMA_DRIFT');
  });
});

describe('a table called like the shadow tables of a virtual one', () => {
  const schema = 'CREATE VIRTUAL TABLE f USING fts5 (x); CREATE TABLE f_notes (id INTEGER PRIMARY KEY, note TEXT)';
  const rows = `INSERT INTO f VALUES ('a'); INSERT INTO f_notes VALUES (1, 'a'), (2, 'b')`;

  it('is there in the rehearsal', async () => {
    const migrations = { '001_f.sql': schema, '002_index.sql': 'CREATE INDEX notes ON f_notes (note)' };
    const database = new StandIn();
    await migrate({ database, migrations, steps: 1 });
    database.database.exec(rows);
    expect((await migrate({ database, migrations })).to).toBe(2);
  });

  it('has its rows guarded', async () => {
    const rebuild = `CREATE TABLE n (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO n SELECT * FROM f_notes WHERE id > 1;
      DROP TABLE f_notes; ALTER TABLE n RENAME TO f_notes;`;
    const migrations = { '001_f.sql': schema, '002_rebuild.sql': rebuild };
    const database = new StandIn();
    await migrate({ database, migrations, steps: 1 });
    database.database.exec(rows);
    expect(await failureOf(() => migrate({ database, migrations }))).toMatchObject({ code: 'ROWS_LOST' });
    expect(database.database.prepare('SELECT count(*) FROM f_notes').pluck().get()).toBe(2);
  });
});
