import { expect, it } from 'vitest';
import type { AsyncMigrationDatabase, MigrationDatabase, MigrationDefinition } from '../../src/migration/index.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

/** What a method of either database gives: a value, or a promise of it. */
type Either<T> = T | Promise<T>;
type Both = { readonly [K in keyof MigrationDatabase]: (...args: Parameters<MigrationDatabase[K]>) => Either<any> };

/** A migration whose functions are written for either kind of driver: generators whose `yield` awaits where it has to. */
type Body = (db: Both) => Generator<unknown, unknown, any>;

onEveryDriver('migrations written in code', (open, { api }) => {
  const written = (body: Body): ((db: any) => any) =>
    api === 'sync'
      ? (db: MigrationDatabase) => {
          const steps = body(db);
          let step = steps.next();
          while (step.done !== true) step = steps.next(step.value);
          return step.value;
        }
      : async (db: AsyncMigrationDatabase) => {
          const steps = body(db as unknown as Both);
          let step = steps.next();
          while (step.done !== true) {
            let value: unknown;
            try {
              value = await step.value;
            } catch (error) {
              step = steps.throw(error);
              continue;
            }
            step = steps.next(value);
          }
          return step.value;
        };
  const one = (up: Body, rest: Partial<MigrationDefinition> = {}): MigrationRecord => ({
    '001_a.js': { up: written(up), ...rest } as MigrationDefinition,
  });
  const untouched = (db: TestDatabase): void => {
    expect(db.content()).toBe(JSON.stringify([[], []], null, 1));
    expect(db.versions()).toEqual([]);
  };

  it('run, read and go back', async () => {
    const db = open();
    const seen: unknown[] = [];
    const files = one(
      function* (m) {
        yield m.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, on_off, text, big); CREATE INDEX i ON a (text);');
        seen.push(yield m.run('INSERT INTO a (on_off, text, big) VALUES (?, ?, ?)', true, 'x', 9007199254740993n));
        seen.push(
          yield m.run('INSERT INTO a (on_off, text) VALUES (?, ?), (?, ?)', false, null, 1.5, new Uint8Array([1])),
        );
        seen.push(yield m.get('SELECT count(*) AS n FROM a'));
        seen.push(yield m.get('SELECT * FROM a WHERE id = ?', 99));
        seen.push(yield m.all('SELECT on_off, big FROM a WHERE id < ? ORDER BY id', 3));
        seen.push(yield m.run('DELETE FROM a WHERE id > ?', 2));
        return undefined;
      },
      {
        down: written(function* (m) {
          yield m.exec('DROP TABLE a');
        }),
      } as Partial<MigrationDefinition>,
    );
    expect((await db.up(files)).applied).toMatchObject([{ version: 1, name: 'a', statements: 8 }]);
    expect(seen).toEqual([
      { changes: 1, lastInsertRowid: 1 },
      { changes: 2, lastInsertRowid: 3 },
      { n: 3 },
      undefined,
      [
        { on_off: 1, big: 9007199254740993n },
        { on_off: 0, big: null },
      ],
      { changes: 1, lastInsertRowid: 3 },
    ]);
    expect(db.rows('SELECT up_text, down_text FROM schema_migrations')[0]).toMatchObject({ down_text: null });
    await db.down(files);
    untouched(db);
  });

  it('texts instead of functions', async () => {
    const db = open();
    const files: MigrationRecord = {
      '001_a.js': { up: 'CREATE TABLE a (x); INSERT INTO a VALUES (1)', down: 'DROP TABLE a' },
    };
    expect((await db.up(files)).applied[0]?.statements).toBe(2);
    await db.down(files);
    untouched(db);
    expect(await failureOf(() => db.up({ '001_a.js': { up: 'CREATE TABLE a (x); SELECT nope' } }))).toMatchObject({
      code: 'STATEMENT_FAILED',
      location: { statement: 2, column: 28 },
    });
  });

  it('an exception rolls back, and is the cause', async () => {
    const db = open();
    const cause = new RangeError('no such thing');
    const files = one(function* (m) {
      yield m.exec('CREATE TABLE a (x)');
      throw cause;
    });
    const error = await failureOf(() => db.up(files));
    expect(error).toMatchObject({
      code: 'FUNCTION_FAILED',
      message: 'Migration 001_a failed in up(): no such thing.',
      migration: { version: 1, name: 'a' },
      failed: { version: 1 },
    });
    expect(error.cause).toBe(cause);
    untouched(db);
    const thrown = one(function* () {
      yield undefined;
      throw 'a text';
    });
    expect(await failureOf(() => db.up(thrown))).toMatchObject({ message: expect.stringContaining('a text') });
  });

  it('an error of SQLite names the statement', async () => {
    const db = open();
    const error = await failureOf(() =>
      db.up(
        one(function* (m) {
          yield m.exec('CREATE TABLE a (x UNIQUE); INSERT INTO a VALUES (1);\n INSERT INTO a\n VALUES (1)');
        }),
      ),
    );
    expect(error).toMatchObject({
      code: 'FUNCTION_FAILED',
      message: expect.stringContaining('UNIQUE constraint failed: a.x, in "INSERT INTO a VALUES (1)"'),
    });
    expect(error.cause).toMatchObject({ code: expect.stringMatching(/^SQLITE_CONSTRAINT/) });
    untouched(db);
  });

  it('an error of SQLite can be caught, and the migration continues', async () => {
    const db = open();
    const files = one(function* (m) {
      yield m.exec('CREATE TABLE a (x UNIQUE)');
      yield m.run('INSERT INTO a VALUES (1)');
      try {
        yield m.run('INSERT INTO a VALUES (1)');
      } catch (error) {
        yield m.run(
          'INSERT INTO a VALUES (?)',
          String((error as { code: string }).code).startsWith('SQLITE_CONSTRAINT'),
        );
      }
      yield m.run('INSERT INTO a VALUES (2)');
    });
    // true is stored as 1, which is there already.
    expect(await failureOf(() => db.up(files))).toMatchObject({ code: 'FUNCTION_FAILED' });
    const better = one(function* (m) {
      yield m.exec('CREATE TABLE a (x UNIQUE)');
      yield m.run('INSERT INTO a VALUES (1)');
      try {
        yield m.run('INSERT INTO a VALUES (1)');
      } catch {
        yield m.run('INSERT INTO a VALUES (3)');
      }
    });
    await db.up(better);
    expect(db.column('SELECT x FROM a ORDER BY x')).toEqual([1, 3]);
  });

  it('a lost transaction cannot be caught: what comes after it would be committed by itself', async () => {
    const db = open();
    const body: Body = function* (m) {
      yield m.exec('CREATE TABLE a (x UNIQUE)');
      yield m.run('INSERT INTO a VALUES (1)');
      try {
        yield m.run('INSERT OR ROLLBACK INTO a VALUES (1)');
      } catch {
        // Continues as if nothing had happened.
      }
      try {
        yield m.exec('CREATE TABLE escaped (x)');
      } catch {
        // And again.
      }
    };
    const files = { '001_a.sql': 'CREATE TABLE first (x)', '002_b.js': { up: written(body) } as MigrationDefinition };
    expect(await failureOf(() => db.up(files))).toMatchObject({
      code: 'TRANSACTION_LOST',
      applied: [{ version: 1 }],
      failed: { version: 2 },
    });
    expect(db.column(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'schema_%'`)).toEqual([
      'first',
    ]);
    expect(db.versions()).toEqual([1]);
    const disguised = {
      ...files,
      '002_b.js': {
        up: written(function* (m) {
          yield* body(m);
          throw new Error('something else');
        }),
      } as MigrationDefinition,
    };
    expect(await failureOf(() => db.up(disguised))).toMatchObject({ code: 'TRANSACTION_LOST' });
    const verified = { ...files, '002_b.js': { up: 'SELECT 1', verify: written(body) } as MigrationDefinition };
    expect(await failureOf(() => db.up(verified))).toMatchObject({ code: 'TRANSACTION_LOST' });
    expect(db.versions()).toEqual([1]);
  });

  it.each([
    ['COMMIT', 'TRANSACTION_CONTROL'],
    ['SELECT 1; COMMIT; SELECT 2', 'TRANSACTION_CONTROL'],
    ['\uFEFF/**/END', 'TRANSACTION_CONTROL'],
    ['BEGIN', 'TRANSACTION_CONTROL'],
    ['ROLLBACK TO dunlin_migration', 'TRANSACTION_CONTROL'],
    ['RELEASE dunlin_migration', 'TRANSACTION_CONTROL'],
    ["ATTACH ':memory:' AS x", 'STATEMENT_REFUSED'],
    ['PRAGMA writable_schema = 1', 'STATEMENT_REFUSED'],
    ['VACUUM', 'NEEDS_NO_TRANSACTION'],
    ["SELECT 'open", 'SQL_ILLEGAL'],
  ])('%j is refused, and rolled back: %s', async (sql, code) => {
    const db = open();
    const ran: string[] = [];
    const files = one(function* (m) {
      yield m.exec('CREATE TABLE a (x)');
      yield m.exec(sql);
      ran.push('too far');
    });
    expect(await failureOf(() => db.up(files))).toMatchObject({ code, migration: { version: 1 } });
    expect(ran).toEqual([]);
    untouched(db);
    const single = one(function* (m) {
      yield m.run(sql);
    });
    expect(await failureOf(() => db.up(single))).toMatchObject({
      code: expect.stringMatching(/_/),
      failed: { version: 1 },
    });
    untouched(db);
  });

  it('what the run does anyway is skipped', async () => {
    const db = open();
    const found: unknown[] = [];
    await db.up(
      one(function* (m) {
        yield m.exec('BEGIN; CREATE TABLE a (x); COMMIT');
        yield m.run('PRAGMA foreign_keys = ON');
        found.push(yield m.all('PRAGMA foreign_key_check'));
        found.push(yield m.get('PRAGMA synchronous = OFF'));
      }),
    );
    expect(found).toEqual([[], undefined]);
    expect(db.value('SELECT count(*) FROM a')).toBe(0);
  });

  it.each([
    ['', 0],
    ['-- nothing', 0],
    ['SELECT 1; SELECT 2', 2],
  ])('run(%j) takes one statement, not %i', async (sql, found) => {
    const db = open();
    const error = await failureOf(() =>
      db.up(
        one(function* (m) {
          yield m.run(sql);
        }),
      ),
    );
    expect(error).toMatchObject({
      code: 'ONE_STATEMENT',
      message: `Migration 001_a gave ${found === 0 ? 'no statement' : '2 statements'} to a method that takes one.`,
    });
    untouched(db);
  });

  it('exec takes none, too, and values that cannot be stored are refused', async () => {
    const db = open();
    const error = await failureOf(() =>
      db.up(
        one(function* (m) {
          yield m.exec(' -- nothing\n');
          yield m.run('SELECT ?', new Date() as never);
        }),
      ),
    );
    expect(error).toMatchObject({ code: 'VALUE_NOT_BINDABLE', migration: { version: 1 } });
  });

  it('its database is dead when the function has returned', async () => {
    const db = open();
    const kept: Both[] = [];
    const later: unknown[] = [];
    const files = {
      ...one(function* (m) {
        kept.push(m);
        yield m.exec('CREATE TABLE a (x)');
      }),
      '002_b.js': {
        up: written(function* (m) {
          try {
            yield kept[0]!.exec('CREATE TABLE sneaked (x)');
          } catch (error) {
            later.push((error as { code?: string }).code);
          }
          yield m.exec('CREATE TABLE b (x)');
        }),
      } as MigrationDefinition,
    };
    await db.up(files);
    expect(later).toEqual(['HANDLE_REVOKED']);
    for (const method of ['exec', 'run', 'all', 'get'] as const)
      expect(await failureOf(async () => kept[0]![method]('CREATE TABLE late (x)'))).toMatchObject({
        code: 'HANDLE_REVOKED',
        migration: { version: 1, name: 'a' },
      });
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name IN ('sneaked', 'late')`)).toBe(0);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('is dead after a failure, too', async () => {
    const db = open();
    const kept: Both[] = [];
    await failureOf(() =>
      db.up(
        one(function* (m) {
          kept.push(m);
          yield undefined;
          throw new Error('no');
        }),
      ),
    );
    expect(await failureOf(async () => kept[0]!.exec('CREATE TABLE late (x)'))).toMatchObject({
      code: 'HANDLE_REVOKED',
    });
    untouched(db);
  });

  it('verify() decides', async () => {
    const db = open();
    const up: Body = function* (m) {
      yield m.exec('CREATE TABLE a (x)');
    };
    const verifying = (verify: Body): MigrationRecord =>
      one(up, { verify: written(verify) } as Partial<MigrationDefinition>);
    expect(
      await failureOf(() =>
        db.up(
          verifying(function* (m) {
            const row: { n: number } = yield m.get('SELECT count(*) AS n FROM a');
            return row.n > 0;
          }),
        ),
      ),
    ).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringContaining('verify() (it returned false)'),
      migration: { version: 1 },
    });
    const throwing = (value: unknown): Body =>
      function* () {
        yield undefined;
        throw value;
      };
    expect(await failureOf(() => db.up(verifying(throwing(new Error('too few')))))).toMatchObject({
      code: 'VERIFICATION_FAILED',
      message: expect.stringContaining('too few'),
    });
    expect(await failureOf(() => db.up(verifying(throwing('a text'))))).toMatchObject({
      message: expect.stringContaining('a text'),
    });
    expect(
      await failureOf(() =>
        db.up(
          verifying(function* (m) {
            yield m.exec('COMMIT');
          }),
        ),
      ),
    ).toMatchObject({ code: 'TRANSACTION_CONTROL' });
    untouched(db);
    expect((await db.up(verifying(function* () {}))).applied).toHaveLength(1);
  });

  it('a page limit is named as such, and cannot be caught away', async () => {
    const db = open();
    const body: Body = function* (m) {
      yield m.exec('CREATE TABLE a (x)');
      yield m.exec('INSERT INTO a VALUES (zeroblob(50000))');
    };
    db.exec('CREATE TABLE fill (x)');
    db.exec(`PRAGMA max_page_count = ${Number(db.value('PRAGMA page_count')) + 8}`);
    expect(await failureOf(() => db.up(one(body)))).toMatchObject({
      code: 'DATABASE_PAGE_LIMIT',
      migration: { version: 1 },
    });
    expect(db.versions()).toEqual([]);
    expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'a'`)).toBe(0);
  });

  it('a module that cannot be loaded is a problem before anything is touched', async () => {
    const db = open();
    const files = {
      '001_a.js': () => {
        throw new Error('broken module');
      },
    };
    expect(await failureOf(() => db.up(files))).toMatchObject({
      code: 'MODULE_FAILED',
      message: expect.stringContaining('broken module'),
    });
    expect((await db.runner(files).plan()).problems).toHaveLength(1);
    expect((await db.runner(files).check()).problems).toHaveLength(1);
    // Looking does not load code.
    expect((await db.runner(files).status()).problems).toEqual([]);
    expect(db.rows('SELECT name FROM sqlite_schema')).toEqual([]);
    const promised = { '001_a.js': async () => ({ up: 'CREATE TABLE a (x)' }) };
    if (api === 'sync') expect(await failureOf(() => db.up(promised))).toMatchObject({ code: 'MODULE_NOT_SYNC' });
    else expect((await db.up(promised)).applied).toHaveLength(1);
  });
});
