import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from '../../src/bridge/index.ts';
import {
  defineMigration,
  type BatchOptions,
  type MigrationDatabase,
  type MigrationDefinition,
} from '../../src/migration/index.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';

const numbers = (count: number): string =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count}) INSERT INTO t SELECT i, 'n' || i FROM n;`;

const table = (rows: number): string => `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT);\n${numbers(rows)}`;

type BatchEvent = Extract<DunlinEvent, { type: 'migration:batch' }>;

/** A run of one migration on a table, and the batches that it reported. */
async function run(db: TestDatabase, before: string, sql: string): Promise<readonly BatchEvent[]> {
  const events: BatchEvent[] = [];
  const onEvent = (event: DunlinEvent): void => void (event.type === 'migration:batch' && events.push(event));
  await db.up({ '001_t.sql': before, '002_u.sql': sql }, { onEvent });
  return events;
}

/** A migration that walks; on an asynchronous bridge `batch` gives a promise, which is handed on. */
const walking = (options: (db: MigrationDatabase) => BatchOptions): MigrationDefinition =>
  defineMigration({ up: (db: MigrationDatabase) => db.batch(options(db)) as unknown as void });

onEveryDriver('a statement in batches', (open) => {
  it('changes what it would at once, and tells how far it is', async () => {
    const db = open();
    const events = await run(
      db,
      table(1050),
      `-- dunlin: batch 100\nUPDATE t SET name = upper(name) WHERE id % 2 = 0 -- even ones\n;`,
    );
    expect(db.value(`SELECT count(*) FROM t WHERE name = 'N' || id`)).toBe(525);
    expect(db.value(`SELECT count(*) FROM t WHERE name = 'n' || id`)).toBe(525);
    expect(events.map(({ done }) => done)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000, 1050]);
    expect(events[0]).toMatchObject({ migration: { version: 2 }, statement: 1, total: 1050 });
    expect(events.at(-1)!.remainingMs).toBe(0);
  });

  it('deletes', async () => {
    const db = open();
    await run(db, table(30), '-- dunlin: batch 7\nDELETE FROM t AS x WHERE x.id > 11;');
    expect(db.value('SELECT count(*) FROM t')).toBe(11);
  });

  it('is guarded like one at once', async () => {
    const db = open();
    const before = `${table(30)} CREATE TABLE c (t REFERENCES t); INSERT INTO c VALUES (25);`;
    await db.up({ '001_t.sql': before });
    const error = await failureOf(() => run(db, before, '-- dunlin: batch 7\nDELETE FROM t WHERE id > 11;'));
    expect(error.code).toBe('FOREIGN_KEYS_VIOLATED');
    expect(db.value('SELECT count(*) FROM t')).toBe(30);
  });

  it('is rolled back whole when a late batch fails', async () => {
    const db = open();
    const error = await failureOf(() =>
      run(
        db,
        `${table(30)} UPDATE t SET name = NULL WHERE id = 29;\nCREATE TABLE u (x);`,
        '-- dunlin: batch 7\nUPDATE t SET name = abs(CASE WHEN id = 29 THEN -9223372036854775808 ELSE id END);',
      ),
    );
    expect(error).toMatchObject({ code: 'STATEMENT_FAILED', location: { line: 2, statement: 1 } });
    expect(db.value('SELECT count(*) FROM t WHERE name = id')).toBe(0);
  });

  it('has tables WITHOUT ROWID, of several key columns, and with a column called rowid', async () => {
    const db = open();
    const before = `CREATE TABLE w (a TEXT COLLATE NOCASE, b, c, PRIMARY KEY (a COLLATE BINARY, b)) WITHOUT ROWID;
      INSERT INTO w VALUES ('x', 1, 0), ('X', 1, 0), ('x', 2, 0), ('y', 1, 0), ('Y', 1, 0), ('Z', 9, 0), ('z', 9, 0);
      CREATE TABLE r (rowid TEXT, v); INSERT INTO r VALUES ('b', 0), ('a', 0), (NULL, 0);`;
    const events = await run(
      db,
      before,
      '-- dunlin: batch 1\nUPDATE w SET c = c + 1;\n-- dunlin: batch 2\nUPDATE r SET v = v + 1;',
    );
    expect(db.column('SELECT DISTINCT c FROM w')).toEqual([1]);
    expect(db.column('SELECT DISTINCT v FROM r')).toEqual([1]);
    expect(events.filter(({ statement }) => statement === 2).map(({ done }) => done)).toEqual([2, 3]);
  });

  it.each([
    ['not UTF-8', `CAST(x'61ff' AS TEXT), CAST(x'61fe' AS TEXT), CAST(x'61fd' AS TEXT), CAST(x'61' AS TEXT), 'z'`],
    ['empty, or with a NUL', `'', char(0), 'a' || char(0) || 'b', 'a' || char(0) || 'c', 'a'`],
    [
      'with half of a character',
      `CAST(x'eda080' AS TEXT), CAST(x'edb080' AS TEXT), 'é', CAST(x'c3' AS TEXT), char(65533)`,
    ],
    ['blobs, numbers and texts that look alike', `x'61', 'a', 1, '1', x''`],
    ['large numbers', '9223372036854775807, 9223372036854775806, 9007199254740993, -9223372036854775808, 1e300'],
  ])('has keys that are %s: no row is skipped, and none has two turns', async (_, values) => {
    for (const size of [1, 2, 3])
      for (const [encoding, type] of [
        ['UTF-8', ''],
        ['UTF-8', 'TEXT COLLATE NOCASE'],
        ['UTF-16le', ''],
      ] as const) {
        const db = open();
        db.exec(`PRAGMA encoding = '${encoding}'`);
        const rows = values.split(/, (?![^(]*\))/).map((value) => `(${value}, 0)`);
        const before = `CREATE TABLE w (k ${type} PRIMARY KEY, n) WITHOUT ROWID; INSERT OR IGNORE INTO w VALUES ${rows.join(', ')};`;
        await run(db, before, `-- dunlin: batch ${size}\nUPDATE w SET n = n + 1;`);
        expect(db.column('SELECT DISTINCT n FROM w'), `${encoding} ${type} ${size}`).toEqual([1]);
      }
  });

  it('may change the key of a table whose key is not the rowid', async () => {
    const db = open();
    const before = `CREATE TABLE t (id INTEGER PRIMARY KEY DESC, n); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);
      CREATE TABLE u (id INT PRIMARY KEY, n); INSERT INTO u VALUES (1, 0), (2, 0), (3, 0);`;
    await run(
      db,
      before,
      '-- dunlin: batch 2\nUPDATE t SET id = id + 10;\n-- dunlin: batch 2\nUPDATE u SET id = id + 10;',
    );
    expect(db.column('SELECT id FROM t ORDER BY id')).toEqual([11, 12, 13]);
    expect(db.column('SELECT id FROM u ORDER BY id')).toEqual([11, 12, 13]);
  });

  it.each([
    'CREATE TABLE t (id INTEGER PRIMARY KEY ASC, n)',
    'CREATE TABLE t (id INTEGER, n, PRIMARY KEY (id DESC))',
    'CREATE TABLE t (id "integer" PRIMARY KEY, n)',
  ])('may not where it is: %s', async (before) => {
    const error = await failureOf(() => run(open(), before, '-- dunlin: batch 2\nUPDATE t SET id = id + 10;'));
    expect(error.message).toContain('it changes id, by which the batches are told apart');
  });

  it('ends with the last row, also when the batches come out even', async () => {
    const events = await run(open(), table(30), '-- dunlin: batch 10\nUPDATE t SET name = 1;');
    expect(events.map(({ done }) => done)).toEqual([10, 20, 30]);
  });

  it('is refused with foreign keys enforced', async () => {
    const error = await failureOf(() =>
      run(open(), table(3), '-- dunlin: foreign-keys on\n-- dunlin: batch 1\nDELETE FROM t;'),
    );
    expect(error.message).toContain('foreign keys are enforced');
  });

  it('has key columns with names like numbers', async () => {
    const db = open();
    const before = `CREATE TABLE w (name TEXT, "2024" INT, "__proto__" INT, n, PRIMARY KEY (name, "2024", "__proto__")) WITHOUT ROWID; INSERT INTO w VALUES ('a', 3, 1, 0), ('b', 2, 1, 0), ('c', 1, 1, 0);`;
    await run(db, before, '-- dunlin: batch 1\nUPDATE w SET n = n + 1;');
    expect(db.column('SELECT n FROM w')).toEqual([1, 1, 1]);
  });

  it('has an empty table, and fewer rows than a batch', async () => {
    const db = open();
    expect(await run(db, 'CREATE TABLE t (id);', '-- dunlin: batch 10\nUPDATE t SET id = 1;')).toEqual([]);
    expect(await run(open(), table(3), '-- dunlin: batch 10\nUPDATE t SET name = 1;')).toHaveLength(1);
  });

  it('takes a DOWN part', async () => {
    const db = open();
    const files = {
      '001_t.sql': table(25),
      '002_u.sql': `-- === UP MIGRATION ===\n-- dunlin: batch 10\nUPDATE t SET name = 'up';\n-- === DOWN MIGRATION ===\n-- dunlin: batch 10\nUPDATE t SET name = 'down';\n`,
    };
    await db.up(files);
    expect(db.column('SELECT DISTINCT name FROM t')).toEqual(['up']);
    await db.down(files);
    expect(db.column('SELECT DISTINCT name FROM t')).toEqual(['down']);
  });

  it.each([
    ['UPDATE t SET id = id + 1', 'it changes id, by which the batches are told apart'],
    ['UPDATE t SET _rowid_ = id + 1', 'it changes _rowid_'],
    ['UPDATE t SET name = (SELECT max(name) FROM T)', 'it reads t itself'],
    ['UPDATE t SET name = (SELECT max(name) FROM v)', 'it reads the view v'],
    ['UPDATE v SET name = 1', 'v is a view'],
    ['UPDATE f SET x = 1', 'f is a virtual table'],
    ['UPDATE t SET name = (SELECT count(*) FROM f)', 'it reads the virtual table f'],
    ['UPDATE OR IGNORE t SET name = 1', 'OR IGNORE depends on the order of the rows'],
    ['UPDATE t SET name = name IS DISTINCT FROM 1, id = id + 1', 'it changes id'],
    ['DELETE FROM watched', 'the trigger on_watched fires on watched'],
    ['UPDATE nowhere SET x = 1', 'there is no table nowhere'],
    ['UPDATE names SET v = 1', 'names has columns called rowid, _rowid_ and oid'],
    ['UPDATE t SET name = 1 RETURNING id', 'it is no UPDATE or DELETE without'],
    ['INSERT INTO t SELECT 1, 2', 'it is no UPDATE or DELETE without'],
  ])('is refused where the result could be another one: %s', async (sql, fact) => {
    const db = open();
    const before = `${table(3)} CREATE VIEW v AS SELECT * FROM t; CREATE TABLE names (rowid, _rowid_, oid, v); CREATE VIRTUAL TABLE f USING fts5(x); CREATE TABLE watched (x); CREATE TRIGGER on_watched AFTER DELETE ON watched BEGIN SELECT 1; END;`;
    const error = await failureOf(() => run(db, before, `-- dunlin: batch 2\n${sql};`));
    expect(error.code).toBe('BATCH_REFUSED');
    expect(error.message).toContain(fact);
    const applied = rejectedWithThePlan(sql) ? [] : ['schema_migrations'];
    expect(db.column(`SELECT name FROM sqlite_schema WHERE name = 'schema_migrations'`)).toEqual(applied);
  });
});

onEveryDriver('the plan of a statement in batches', (open) => {
  const tables = `${table(3)} CREATE VIEW v AS SELECT * FROM t; CREATE TABLE watched (x); CREATE TRIGGER on_watched AFTER DELETE ON watched BEGIN SELECT 1; END;`;
  const planned = async (db: TestDatabase, sql: string): Promise<readonly string[]> => {
    await db.up({ '001_t.sql': tables });
    const files = { '001_t.sql': tables, '002_u.sql': sql };
    const { problems } = await db.runner(files).plan();
    const before = db.content();
    const codes = problems.map(({ code }) => code);
    if (codes.length > 0) {
      // The same is refused by the run, before it begins.
      expect((await failureOf(() => db.up(files))).code).toBe(codes[0]);
      expect(db.content()).toBe(before);
    }
    return problems.map(({ message, location }) => `${location?.line}: ${message}`);
  };

  it.each([
    ['UPDATE t SET id = id + 1', 'it changes id'],
    ['UPDATE OR IGNORE t SET name = 1', 'OR IGNORE depends on the order'],
    ['UPDATE t SET name = (SELECT max(name) FROM v)', 'it reads the view v'],
    ['UPDATE v SET name = 1', 'v is a view'],
    ['DELETE FROM watched', 'the trigger on_watched fires on watched'],
    ['UPDATE nowhere SET x = 1', 'there is no table nowhere'],
  ])('refuses what the run refuses: %s', async (sql, fact) => {
    const found = await planned(open(), `CREATE INDEX i ON t (name);\n-- dunlin: batch 2\n${sql};`);
    expect(found).toEqual([expect.stringMatching(new RegExp(`^3: .*${fact}`))]);
  });

  it('refuses batches where foreign keys are enforced', async () => {
    const found = await planned(open(), '-- dunlin: foreign-keys on\n-- dunlin: batch 2\nDELETE FROM t;');
    expect(found).toEqual([expect.stringContaining('foreign keys are enforced')]);
  });

  it.each([
    ['a table that the migration makes', 'CREATE TABLE n (x);\n-- dunlin: batch 2\nUPDATE n SET x = 1;'],
    ['a trigger that it drops', 'DROP TRIGGER on_watched;\n-- dunlin: batch 2\nUPDATE watched SET x = 1;'],
    ['a view that becomes a table', 'DROP VIEW v;\nCREATE TABLE v (name);\n-- dunlin: batch 2\nUPDATE v SET name = 1;'],
    ['a table with a new name', 'ALTER TABLE t RENAME TO s;\n-- dunlin: batch 2\nUPDATE s SET name = 1;'],
  ])('leaves to the run what it cannot know: %s', async (_, sql) => {
    const db = open();
    expect(await planned(db, sql)).toEqual([]);
    expect((await db.up({ '001_t.sql': tables, '002_u.sql': sql })).applied).toHaveLength(1);
  });

  it('leaves to the run what comes behind code', async () => {
    const db = open();
    await db.up({ '001_t.sql': tables });
    const files = {
      '001_t.sql': tables,
      '002_c.js': defineMigration({ up: (handle: MigrationDatabase) => handle.exec('CREATE TABLE n (x)') }),
      '003_u.sql': '-- dunlin: batch 2\nUPDATE n SET x = 1;',
    };
    expect((await db.runner(files).plan()).problems).toEqual([]);
    expect((await db.up(files)).applied).toHaveLength(2);
  });
});

/** What a statement's text tells is refused before anything runs; the rest when its table is known. */
function rejectedWithThePlan(sql: string): boolean {
  return /RETURNING|INSERT|FROM T|OR IGNORE|nowhere/.test(sql);
}

onEveryDriver('db.batch()', (open) => {
  it('gives each row of a table once, though the rows change and more are added', async () => {
    const db = open();
    const seen: unknown[] = [];
    const migration = walking((handle) => ({
      table: 't',
      size: 4,
      each(rows, batch) {
        seen.push([batch.number, batch.done, batch.total, rows.length]);
        const writes = rows.map(
          ({ id }) =>
            () =>
              handle.run(`INSERT INTO t VALUES (NULL, ?) ON CONFLICT DO NOTHING`, `copy of ${String(id)}`),
        );
        return writes.reduce<unknown>(
          (last, write) => (last instanceof Promise ? last.then(write) : write()),
          undefined,
        ) as void;
      },
    }));
    await db.up({ '001_t.sql': table(10), '002_w.js': migration });
    expect(seen).toEqual([
      [1, 0, 10, 4],
      [2, 4, 10, 4],
      [3, 8, 10, 2],
    ]);
    expect(db.value('SELECT count(*) FROM t')).toBe(20);
  });

  it('walks a query by its key, equal ones together, with parameters', async () => {
    const db = open();
    const seen: unknown[][] = [];
    const migration = walking(() => ({
      query: 'SELECT id, id / 3 AS third FROM t WHERE id > ? ORDER BY id DESC -- whatever',
      params: [1],
      key: 'third',
      size: 2,
      each: (rows) => void seen.push(rows.map(({ id }) => id)),
    }));
    await db.up({ '001_t.sql': table(10), '002_w.js': migration });
    expect(
      seen
        .flat()
        .map(Number)
        .toSorted((a, b) => a - b),
    ).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(seen).toHaveLength(3);
    expect(seen[0]!.toSorted()).toEqual([2, 3, 4, 5]);
  });

  it('skips what an earlier batch removed', async () => {
    const db = open();
    let calls = 0;
    const migration = walking((handle) => ({
      query: 'SELECT id FROM t',
      key: ['id'],
      size: 2,
      each: () => {
        calls += 1;
        return handle.exec('CREATE TABLE IF NOT EXISTS kept AS SELECT * FROM t; UPDATE t SET name = NULL');
      },
    }));
    await db.up({ '001_t.sql': table(6), '002_w.js': migration });
    expect(calls).toBe(3);
  });

  it.each<[string, object, string]>([
    ['nothing', {}, 'it takes either `table` or `query`'],
    ['both', { table: 't', query: 'SELECT 1' }, 'it takes either `table` or `query`'],
    ['a table that is not there', { table: 'nope' }, 'there is no table nope'],
    ['no name', { table: 7 }, '`table` has to be a name'],
    ['a key for a table', { table: 't', key: 'id' }, 'belong to a `query`'],
    ['a query without a key', { query: 'SELECT id FROM t' }, 'a `query` needs `key`'],
    ['an empty key', { query: 'SELECT id FROM t', key: [] }, 'a `query` needs `key`'],
    ['two statements', { query: 'SELECT 1; SELECT 2', key: 'id' }, 'has to be one SELECT'],
    ['a statement that writes', { query: 'DELETE FROM t', key: 'id' }, 'has to be one SELECT'],
    ['a key that may be NULL', { query: 'SELECT nullif(id, 2) AS k FROM t', key: 'k' }, '`key` is NULL in some row'],
    [
      'keys of several types',
      { query: "SELECT id AS k FROM t UNION ALL SELECT 'x'", key: 'k' },
      '`key` is a text in some rows and a number in others',
    ],
    ['half a row', { table: 't', size: 0.5 }, '`size` has to be a whole number'],
    ['no function', { table: 't', each: 1 }, '`each` has to be a function'],
  ])('says what is wrong with %s', async (_, options, fact) => {
    const db = open();
    const migration = walking(() => ({ each: () => undefined, ...options }) as BatchOptions);
    const error = await failureOf(() => db.up({ '001_t.sql': table(3), '002_w.js': migration }));
    expect(error.code).toBe('BATCH_INVALID');
    expect(error.message).toContain(fact);
    expect(db.versions()).toEqual([1]);
  });

  it.each([undefined, null, 't'])('says what it takes when it is called with %s', async (given) => {
    const db = open();
    const migration = walking(() => given as unknown as BatchOptions);
    const error = await failureOf(() => db.up({ '001_t.sql': table(3), '002_w.js': migration }));
    expect(error).toMatchObject({
      code: 'BATCH_INVALID',
      message: expect.stringContaining('either `table` or `query`'),
    });
  });

  it('fails with what `each` throws', async () => {
    const db = open();
    const migration = walking(() => ({
      table: 't',
      each() {
        throw new Error('no slug for row 2');
      },
    }));
    const error = await failureOf(() => db.up({ '001_t.sql': table(3), '002_w.js': migration }));
    expect(error).toMatchObject({ code: 'FUNCTION_FAILED', message: expect.stringContaining('no slug for row 2') });
  });
});

describe('batches, whatever the table', () => {
  const value = fc.oneof(fc.integer({ min: -5, max: 40 }), fc.constantFrom('a', 'B', 'b', ''), fc.constant(null));
  const literal = (v: unknown): string => (v === null ? 'NULL' : typeof v === 'string' ? `'${v}'` : String(v));

  it('end like the statement at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.tuple(fc.integer({ min: -20, max: 200 }), value), { selector: ([id]) => id, maxLength: 40 }),
        fc.integer({ min: 1, max: 15 }),
        fc.constantFrom(
          "UPDATE t SET v = v || 'x'",
          'UPDATE t SET v = id WHERE v IS NULL OR v > 3',
          'UPDATE t AS x SET v = (SELECT count(*) FROM o WHERE o.id < x.id)',
          'UPDATE t SET v = o.w FROM o WHERE o.id = t.id',
          'DELETE FROM t WHERE v IN (SELECT w FROM o)',
          'WITH big AS (SELECT id FROM o WHERE id > 9) DELETE FROM t WHERE id IN big',
        ),
        fc.constantFrom(
          'id INTEGER PRIMARY KEY, v',
          'id INT UNIQUE, v',
          'id INT PRIMARY KEY DESC, v',
          'id PRIMARY KEY, v) WITHOUT ROWID --',
        ),
        async (rows, size, sql, columns) => {
          const before = [
            `CREATE TABLE t (${columns}\n${columns.includes('--') ? '' : ')'};`,
            'CREATE TABLE o (id, w);',
            ...rows.map(([id, v]) => `INSERT INTO t VALUES (${id}, ${literal(v)});`),
            ...rows.slice(0, 9).map(([id, v]) => `INSERT INTO o VALUES (${id}, ${literal(v)});`),
          ].join('\n');
          const [batched, atOnce] = [openTestDatabase(), openTestDatabase()];
          await run(batched, before, `-- dunlin: destructive\n-- dunlin: batch ${size}\n${sql};`);
          await run(atOnce, before, `-- dunlin: destructive\n${sql};`);
          expect(batched.content()).toBe(atOnce.content());
        },
      ),
      { numRuns: 60 },
    );
  });
});
