import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { BackupManager, migrateSync, type RunOptions } from '../../src/node/index.ts';
import { failureOf, onEveryDriver, openTestDatabase, type TestDatabase } from '../support/databases.ts';

/** SQL on a connection that may do what is wrong. */
function harm(db: TestDatabase, sql: string): void {
  db.close();
  const direct = new DatabaseSync(db.path);
  direct.enableDefensive?.(false);
  direct.exec(`PRAGMA writable_schema = ON; PRAGMA ignore_check_constraints = ON; ${sql}`);
  direct.close();
}

/** Runs statements while the schema says something else of an object. */
function behind(db: TestDatabase, name: string, pretended: string, sql: string): void {
  const direct = new BetterSqlite3(db.path);
  const { sql: real } = direct.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(name) as { sql: string };
  direct.close();
  const set = (text: string): string =>
    `UPDATE sqlite_schema SET sql = '${text.replaceAll("'", "''")}' WHERE name = '${name}'`;
  harm(db, set(pretended));
  harm(db, sql);
  harm(db, set(real));
}

interface Damage {
  readonly what: string;
  /** What SQLite's check says. */
  readonly says: RegExp;
  readonly mend: RegExp;
  make(db: TestDatabase): void;
}

const base = `CREATE TABLE t (id INTEGER PRIMARY KEY, a, b NOT NULL, c CHECK (c > 0)); CREATE INDEX i ON t (a);
  CREATE TABLE strict_one (n INTEGER) STRICT; INSERT INTO strict_one VALUES (1);
  INSERT INTO t (a, b, c) VALUES (1, 1, 1), (2, 2, 2), (3, 3, 3);`;

const damages: readonly Damage[] = [
  {
    what: 'an index that lacks rows',
    says: /missing from index i|wrong # of entries in index i/,
    mend: /REINDEX "i"/,
    make: (db) =>
      behind(db, 'i', 'CREATE INDEX i ON t (a) WHERE 0', 'INSERT INTO t (a, b, c) VALUES (4, 4, 4), (5, 5, 5)'),
  },
  {
    what: 'a unique index that lacks rows, which are alike',
    says: /index u/,
    mend: /REINDEX "u"/,
    make: (db) => {
      db.exec('CREATE UNIQUE INDEX u ON t (b)');
      behind(db, 'u', 'CREATE UNIQUE INDEX u ON t (b) WHERE 0', 'INSERT INTO t (a, b, c) VALUES (4, 1, 4)');
    },
  },
  {
    what: 'NULL in a NOT NULL column',
    says: /NULL value in t\.b/,
    mend: /UPDATE "t" SET "b" = \.\.\. WHERE "b" IS NULL/,
    make: (db) =>
      behind(
        db,
        't',
        'CREATE TABLE t (id INTEGER PRIMARY KEY, a, b, c CHECK (c > 0))',
        'INSERT INTO t (a) VALUES (8), (9)',
      ),
  },
  {
    what: 'a broken CHECK',
    says: /CHECK constraint failed in t/,
    mend: /correct the rows of "t"/,
    make: (db) => harm(db, 'INSERT INTO t (a, b, c) VALUES (4, 4, -4), (5, 5, -5)'),
  },
  {
    what: 'a value of another type in a STRICT table',
    says: /value in strict_one\.n/,
    mend: /rows of "strict_one"/,
    make: (db) => behind(db, 'strict_one', 'CREATE TABLE strict_one (n)', "INSERT INTO strict_one VALUES ('text')"),
  },
  {
    what: 'a stale FTS4 table with external content',
    says: /FTS4 table main\.f/,
    mend: /INSERT INTO "f"\("f"\) VALUES \('rebuild'\)/,
    make: (db) =>
      db.exec(
        `CREATE VIRTUAL TABLE f USING fts4 (content="t", a); INSERT INTO f (f) VALUES ('rebuild'); UPDATE t SET a = 'other words'`,
      ),
  },
  {
    what: 'an FTS5 table whose index is not of its rows',
    says: /FTS5 table main\.f/,
    mend: /INSERT INTO "f"\("f"\) VALUES \('rebuild'\)/,
    make: (db) => {
      db.exec(`CREATE VIRTUAL TABLE f USING fts5 (a); INSERT INTO f VALUES ('one'), ('two')`);
      harm(db, 'DELETE FROM f_content WHERE id = 1');
    },
  },
];

const unrelated = { '001_other.sql': 'CREATE TABLE other (x); INSERT INTO other VALUES (1);' };

onEveryDriver('damage that was there before', (open) => {
  describe.each(damages)('$what', ({ says, mend, make }) => {
    const damaged = (): TestDatabase => {
      const db = open();
      db.exec(base);
      make(db);
      return db;
    };

    it.each<RunOptions>([{}, { verify: 'full' }, { backup: 'always' }, { backup: 'always', verify: 'full' }])(
      'is a note that says how to mend it, and stops nothing (%j)',
      async (options) => {
        const db = damaged();
        const { applied, notes } = await db.up(unrelated, options);
        expect(applied).toHaveLength(1);
        const note = notes.find((text) => says.test(text));
        expect(note).toMatch(/^before this run/);
        expect(notes.some((text) => mend.test(text))).toBe(true);
      },
    );

    it('is no note any more, and no damage, once it is mended', async () => {
      const db = damaged();
      db.exec(
        `${says.source.includes('index u') ? 'DROP INDEX u' : 'REINDEX'}; DELETE FROM t WHERE id > 3; DELETE FROM strict_one WHERE typeof(n) = 'text'; ${says.source.includes('main') ? "INSERT INTO f (f) VALUES ('rebuild')" : ''}`,
      );
      expect((await db.up(unrelated)).notes).toEqual([]);
    });
  });

  it('moves with a table or column that gets another name', async () => {
    const db = open();
    db.exec(base);
    damages.find(({ what }) => what.startsWith('NULL'))!.make(db);
    const files = {
      '001_table.sql': 'ALTER TABLE t RENAME TO u;',
      '002_column.sql': 'ALTER TABLE u RENAME COLUMN b TO bb;',
    };
    expect((await db.up({ '001_table.sql': files['001_table.sql'] })).applied).toHaveLength(1);
    expect((await db.up(files)).applied).toHaveLength(1);
  });
});

onEveryDriver('damage that a run makes', (open) => {
  it.each([
    ['of a kind that was not there', ''],
    ['more of a kind that was there', 'INSERT INTO t (a, b, c) VALUES (4, 4, -4);'],
  ])('%s fails the run, and sends nobody to a backup', async (_, before) => {
    const db = open();
    db.exec(base);
    if (before !== '') harm(db, before);
    const content = db.content();
    const files = {
      '001_bad.js': {
        up: () =>
          void db.bridge.script(
            'PRAGMA ignore_check_constraints = 1; INSERT INTO t (a, b, c) VALUES (6, 6, -6); PRAGMA ignore_check_constraints = 0',
          ),
      },
    };
    const error = await failureOf(() => db.up(files, { backup: 'always' }));
    expect(error).toMatchObject({
      code: 'INTEGRITY_FAILED',
      message: expect.stringContaining('CHECK constraint failed in t'),
    });
    expect(error.hint).not.toMatch(/restore a backup|backup restore/);
    expect(db.content()).toBe(content);
  });
});

onEveryDriver('a full-text index of its own text that a run damages', (open) => {
  it.each(['fts4', 'fts5'])('fails the run (%s)', async (module) => {
    const db = open();
    db.exec(`CREATE VIRTUAL TABLE f USING ${module} (a); INSERT INTO f VALUES ('one'), ('two');`);
    const direct = new DatabaseSync(db.path);
    onTestFinished(() => direct.close());
    direct.enableDefensive?.(false);
    const error = await failureOf(() =>
      migrateSync({ database: direct, migrations: { '001_bad.sql': 'DELETE FROM f_content;' }, backup: 'off' }),
    );
    expect(error).toMatchObject({ code: 'INTEGRITY_FAILED', message: expect.stringContaining('table main.f') });
  });
});

describe('a file that is too damaged to continue', () => {
  const page = 4096;
  const damagesOfPages: readonly (readonly [what: string, damage: (bytes: Buffer) => void])[] = [
    ['pages full of one byte', (bytes) => void bytes.fill(0xaa, 5 * page, 9 * page)],
    ['pages of zeros', (bytes) => void bytes.fill(0, 6 * page, 8 * page)],
    ['a page too few', (bytes) => void bytes.fill(0x55, bytes.length - 2 * page)],
    [
      'a list of free pages that leads nowhere',
      (bytes) => void (bytes.writeUInt32BE(7, 32), bytes.writeUInt32BE(9, 36)),
    ],
  ];

  it.each(
    damagesOfPages.flatMap(([what, damage]) =>
      (['delete', 'wal'] as const).map((mode) => [what, mode, damage] as const),
    ),
  )('(%s, journal mode %s) is not changed by one byte', async (_, mode, damage) => {
    for (const options of [{}, { backup: 'always' }, { verify: 'full' }] as const) {
      const db = openTestDatabase();
      db.exec(
        `PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); CREATE INDEX i ON t (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO t SELECT randomblob(900) FROM n;`,
      );
      await db.up({ '000_none.sql': 'SELECT 1' }).catch(() => undefined);
      await db.up({ '001_a.sql': 'CREATE TABLE a (x)' });
      db.close();
      const bytes = readFileSync(db.path);
      damage(bytes);
      writeFileSync(db.path, bytes);
      const error = await failureOf(() =>
        db.up({ '001_a.sql': 'CREATE TABLE a (x)', '002_b.sql': 'CREATE TABLE b (x)' }, options),
      );
      expect(error.code).toBe('DATABASE_CORRUPT');
      db.close();
      expect(readFileSync(db.path).equals(bytes)).toBe(true);
    }
  });
});

describe('a backup of a database with flaws', () => {
  it.each(damages)(
    '$what: it is made, proven, restored, and so is what the restore set aside',
    async ({ says, make }) => {
      const db = openTestDatabase({ driver: 'better-sqlite3', api: 'async' });
      db.exec(base);
      make(db);
      db.close();
      const manager = new BackupManager({ database: db.path, driver: 'better-sqlite3' });
      const { id } = await manager.create();
      await manager.verify(id);
      db.exec('CREATE TABLE extra (x)');
      db.close();
      const { before, notes } = await manager.restore(id);
      expect(notes.some((note) => says.test(note))).toBe(true);
      expect(db.rows(`SELECT name FROM sqlite_schema WHERE name = 'extra'`)).toEqual([]);
      db.close();
      await manager.restore(before!.id);
      expect(db.rows(`SELECT name FROM sqlite_schema WHERE name = 'extra'`)).toHaveLength(1);
      await manager.close();
    },
  );
});
