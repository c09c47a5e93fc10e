import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from 'vitest';
import type { DatabaseBridge, Files } from '../../src/bridge/index.ts';
import { nodeFiles } from '../../src/node/files.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { provenBackups } from '../support/backups.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';

const pending = { '001_more.sql': 'CREATE TABLE more (id INTEGER PRIMARY KEY);' };
const folderOf = (db: TestDatabase): string => `${db.path}-backups`;
const proven = (db: TestDatabase): ReturnType<typeof provenBackups> =>
  provenBackups(folderOf(db), db.path, db.variant.driver);

/** Names that would be there because somebody looked at a database. */
function sideFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => /-(?:wal|shm|journal)$/.test(name));
}

const odd: readonly (readonly [name: string, sql: string])[] = [
  ['page size 512', 'PRAGMA page_size = 512; CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(9000))'],
  ['page size 65536', 'PRAGMA page_size = 65536; CREATE TABLE t (a); INSERT INTO t VALUES (1)'],
  ['UTF-16', `PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a); INSERT INTO t VALUES ('ä')`],
  [
    'auto_vacuum',
    'PRAGMA auto_vacuum = FULL; CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(90000)); DELETE FROM t',
  ],
  ['application_id and user_version', 'PRAGMA application_id = 77; PRAGMA user_version = -3; CREATE TABLE t (a)'],
  ['empty tables alone', 'CREATE TABLE t (a); CREATE TABLE u (a PRIMARY KEY) WITHOUT ROWID'],
  ['only a view', 'CREATE VIEW v AS SELECT 1 AS one'],
  [
    'a view that does not compile',
    'CREATE TABLE t (a); CREATE VIEW v AS SELECT b FROM t; CREATE VIEW w AS SELECT * FROM gone',
  ],
  ['AUTOINCREMENT', 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9); DELETE FROM t'],
  [
    'AUTOINCREMENT that is gone, of which SQLite leaves an empty table',
    'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t VALUES (9); CREATE TABLE u (a); DROP TABLE t',
  ],
  [
    'a sequence that no table has any more',
    `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO sqlite_sequence VALUES ('gone', 7); CREATE TABLE u (a); DROP TABLE t`,
  ],
  ['WITHOUT ROWID', `CREATE TABLE t (a, b, PRIMARY KEY (b, a)) WITHOUT ROWID; INSERT INTO t VALUES (1, 2), (2, 1)`],
  [
    'generated columns',
    'CREATE TABLE t (a, b AS (a * 2), c AS (a + b) STORED); INSERT INTO t VALUES (1); CREATE INDEX i ON t (b)',
  ],
  ['rowids with gaps', 'CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (-5, 1), (3, 2), (9223372036854775807, 3)'],
  [
    'rowids of a descending key',
    'CREATE TABLE t (id INTEGER PRIMARY KEY DESC, a); INSERT INTO t (rowid, id) VALUES (8, 1), (5, 2)',
  ],
  ['columns that hide the rowid', 'CREATE TABLE t (rowid, _rowid_, oid); INSERT INTO t VALUES (1, 2, 3)'],
  [
    'FTS5 with the content elsewhere, by rowids that no column shows',
    `CREATE TABLE t (a); INSERT INTO t (rowid, a) VALUES (4, 'four'), (7, 'seven');
     CREATE VIRTUAL TABLE f USING fts5 (a, content = 't'); INSERT INTO f (rowid, a) SELECT rowid, a FROM t`,
  ],
  [
    'FTS5 and R-Tree',
    `CREATE VIRTUAL TABLE f USING fts5 (a); INSERT INTO f VALUES ('x'); CREATE VIRTUAL TABLE r USING rtree (id, a, b); INSERT INTO r VALUES (1, 2, 3)`,
  ],
  [
    'names with quotes',
    `CREATE TABLE "it's ""a"" [t]" ("b""c"); INSERT INTO "it's ""a"" [t]" VALUES (1); CREATE INDEX "i'""" ON "it's ""a"" [t]" ("b""c")`,
  ],
  ['statistics', 'CREATE TABLE t (a); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1), (2); ANALYZE'],
  [
    'triggers',
    'CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; INSERT INTO t VALUES (0); END; INSERT INTO t VALUES (1)',
  ],
  ['a strict table', "CREATE TABLE t (a INT, b ANY) STRICT; INSERT INTO t VALUES (1, x'00')"],
];

onEveryDriver('a backup is true to', (open) => {
  it.each(odd)('%s', async (_, sql) => {
    for (const mode of ['delete', 'wal']) {
      const db = open();
      db.exec(sql);
      db.exec(`PRAGMA journal_mode = ${mode}`);
      const [before, version, page] = [db.content(), db.value('PRAGMA user_version'), db.value('PRAGMA page_size')];
      const { backup } = await db.up(pending, { backup: 'always' });
      const [one] = proven(db);
      expect(one).toMatchObject({ id: backup!.id, content: before, manifest: { journalMode: mode, applied: [] } });
      expect(one!.manifest.portrait).toMatchObject({ userVersion: version, pageSize: page });
      expect(sideFiles(folderOf(db))).toEqual([]);
      db.close();
      if (db.variant.driver === 'better-sqlite3') expect(sideFiles(db.folder)).toEqual([]);
    }
  });

  it('what only the write-ahead log holds', async () => {
    const db = open();
    db.exec('PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (a); INSERT INTO t VALUES (1)');
    await db.up(pending, { backup: 'always' });
    expect(proven(db)[0]!.manifest.portrait.tables.find(({ name }) => name === 't')).toMatchObject({ rows: 1 });
  });

  it('rows that break a constraint: damage of the source is not a defect of the copy', async () => {
    const db = open();
    db.exec(
      'CREATE TABLE t (a CHECK (a > 0)); PRAGMA ignore_check_constraints = ON; INSERT INTO t VALUES (-1); PRAGMA ignore_check_constraints = OFF',
    );
    const before = db.content();
    const { backup } = await db.up(pending, { backup: 'always', verify: 'off' });
    const manifest = JSON.parse(readFileSync(backup!.file.replace(/db$/, 'json'), 'utf8'));
    expect(manifest.portrait.flaws).toEqual(['CHECK constraint failed in t']);
    expect(before).toContain('-1');
  });

  it('an index on an expression of a registered function, which has to be passed', async () => {
    const db = open();
    const functions = { reversed: (text: unknown) => [...String(text)].toReversed().join('') };
    const other = db.connect();
    other.registerFunction!('reversed', functions.reversed);
    void other.script(
      `CREATE TABLE t (a, b AS (reversed(a)), CHECK (reversed(a) <> 'x')); INSERT INTO t (a) VALUES ('abc'); CREATE INDEX i ON t (reversed(a))`,
    );
    db.close(other);
    const error = await failureOf(() => db.up(pending, { backup: 'always' }));
    expect(error).toMatchObject({ code: 'BACKUP_FAILED', hint: expect.stringContaining('`functions`') });
    expect(error.message).toContain('no such function: reversed');
    expect(db.versions()).toEqual([]);
    expect(readdirSync(folderOf(db))).toEqual([]);
    db.close();
    const { backup } = await db.up(pending, { backup: 'always', functions });
    expect(existsSync(backup!.file)).toBe(true);
    const copy = db.connect(backup!.file);
    copy.registerFunction!('reversed', functions.reversed);
    expect(copy.query('SELECT b FROM t INDEXED BY i WHERE reversed(a) = ?', ['cba'])).toEqual([{ b: 'cba' }]);
  });

  it('a table of a module that is not loaded', async () => {
    const db = open();
    const unsafe = new DatabaseSync(db.path);
    unsafe.enableDefensive?.(false);
    unsafe.exec(
      `CREATE TABLE t (a); INSERT INTO t VALUES (1); PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('table', 'far', 'far', 0, 'CREATE VIRTUAL TABLE far USING nowhere (a)')`,
    );
    unsafe.close();
    await db.up(pending, { backup: 'always', verify: 'off' });
    const copy = db.connect(
      join(
        folderOf(db),
        readdirSync(folderOf(db)).find((name) => name.endsWith('.db'))!,
      ),
    );
    expect(copy.query(`SELECT name FROM sqlite_schema WHERE name = 'far'`, [])).toEqual([{ name: 'far' }]);
  });
});

onEveryDriver('backups and runs', (open) => {
  const base = 'CREATE TABLE t (a); INSERT INTO t VALUES (1);';
  const additive = { '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);' };

  it.each([
    ['DROP TABLE a', true],
    ['ALTER TABLE t DROP COLUMN b', true],
    ['UPDATE t SET a = 2', true],
    ['REPLACE INTO t (a) VALUES (3)', true],
    ['DROP INDEX i', true],
    ['ALTER TABLE t ADD COLUMN c; INSERT INTO t (a) VALUES (2); CREATE INDEX j ON t (a)', false],
  ])('risky: before %s: %s', async (sql, wanted) => {
    const db = open();
    db.exec(`CREATE TABLE t (a, b); CREATE INDEX i ON t (a); INSERT INTO t VALUES (1, 2); CREATE TABLE a (x)`);
    const { backup } = await db.up({ '001_m.sql': sql }, { backup: 'risky' });
    expect(backup !== undefined).toBe(wanted);
    expect(existsSync(folderOf(db))).toBe(wanted);
  });

  it('risky: before no-transaction steps, code, and declared losses', async () => {
    const files: readonly MigrationRecord[] = [
      { '001_m.sql': '-- dunlin: no-transaction\nVACUUM;' },
      { '001_m.sql': '-- dunlin: destructive t\nDELETE FROM t;' },
      { '001_m.js': { up: () => undefined } },
    ];
    for (const file of files) {
      const db = open();
      db.exec(base);
      expect((await db.up(file, { backup: 'risky' })).backup).toBeDefined();
      expect(proven(db)).toHaveLength(1);
    }
  });

  it('off: none', async () => {
    const db = open();
    db.exec(base);
    expect((await db.up({ '001_m.sql': 'DROP TABLE t' }, { backup: 'off' })).backup).toBeUndefined();
    expect(existsSync(folderOf(db))).toBe(false);
  });

  it('without a second connection a note says so, and the run continues', async () => {
    const db = open();
    db.exec(base);
    const wrap = ({ openSecond, ...bridge }: DatabaseBridge): DatabaseBridge => {
      expect(openSecond).toBeDefined();
      return bridge;
    };
    const { notes, backup, applied } = await db.up(additive, { backup: 'always', wrap });
    expect(applied).toHaveLength(1);
    expect(backup).toBeUndefined();
    expect(notes.join()).toContain('no backup was made');
    expect(existsSync(folderOf(db))).toBe(false);
  });

  it('down: the name says so', async () => {
    const db = open();
    db.exec(base);
    const files = {
      '001_a.sql': '-- === UP MIGRATION ===\nCREATE TABLE a (x);\n-- === DOWN MIGRATION ===\nDROP TABLE a;',
    };
    await db.up(files);
    const before = db.content();
    const { backup } = await db.down(files, { backup: 'always' });
    expect(backup!.id).toMatch(/-before-down-0001$/);
    expect(proven(db)[0]).toMatchObject({ content: before, manifest: { applied: [1] } });
  });

  it('is on the disk before it gets its name, and its name before the migration begins', async () => {
    const db = open();
    db.exec(base);
    const done: string[] = [];
    const files = Object.fromEntries(
      Object.entries(nodeFiles).map(([name, work]) => [
        name,
        (...args: unknown[]) => {
          done.push(`${name} ${basename(String(args[0]))}`);
          return (work as (...given: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as Files;
    const { backup } = await db.up(additive, {
      backup: 'always',
      host: { files },
      wrap: (bridge) => ({
        ...bridge,
        script: (sql) => {
          done.push(sql);
          return bridge.script(sql);
        },
      }),
    });
    const { id } = backup!;
    // `write` syncs what it has written.
    const order = [
      `create ${id}.db.tmp`,
      `sync ${id}.db.tmp`,
      `write ${id}.json.tmp`,
      `rename ${id}.json.tmp`,
      `rename ${id}.db.tmp`,
      'syncFolder app.db-backups',
      'SAVEPOINT dunlin_migration',
    ];
    expect(done.filter((what) => order.includes(what))).toEqual(order);
  });

  it('holds the lock from before the backup until the migration is done', async () => {
    const db = open();
    db.exec(base);
    const answers: string[] = [];
    // Another process: the locks of this one would not be in its own way.
    const write = `new (require('better-sqlite3'))(process.argv[1], { timeout: 0 }).exec('BEGIN IMMEDIATE')`;
    await db.up(additive, {
      backup: 'always',
      onEvent: ({ type }) => {
        if (!/^(?:backup|migration):(?:start|done)$/.test(type)) return;
        const { stderr } = spawnSync(process.execPath, ['-e', write, db.path], { encoding: 'utf8' });
        answers.push(`${type}: ${/SQLITE_\w+/.exec(stderr)?.[0]}`);
      },
    });
    expect(answers).toEqual([
      'backup:start: SQLITE_BUSY',
      'backup:done: SQLITE_BUSY',
      'migration:start: SQLITE_BUSY',
      'migration:done: SQLITE_BUSY',
    ]);
  });

  const groups = {
    '001_a.sql': 'CREATE TABLE a (x);',
    '002_b.sql': '-- dunlin: foreign-keys on\nCREATE TABLE b (x);',
    '003_c.sql': '-- dunlin: no-transaction\nPRAGMA user_version = 3;',
  };

  it('one for all groups in a transaction, as long as no other process commits', async () => {
    const db = open();
    db.exec(base);
    const { applied } = await db.up(groups, { backup: 'always' });
    expect(applied).toHaveLength(3);
    // What has no transaction has a backup of its own: restoring that undoes it alone.
    expect(proven(db).map(({ manifest }) => manifest.applied)).toEqual([[1, 2], []]);
  });

  it('another before the group that finds a commit of another process', async () => {
    const db = open();
    db.exec(base);
    const other = db.connect();
    let commits = 0;
    const { backup } = await db.up(groups, {
      backup: 'always',
      wrap: (bridge) => ({
        ...bridge,
        script(sql) {
          void bridge.script(sql);
          // The first opens the run, the second ends the first group.
          if (sql === 'COMMIT' && ++commits === 2) void other.script(`INSERT INTO t VALUES ('foreign')`);
        },
      }),
    });
    const all = proven(db);
    expect(all.map(({ manifest }) => manifest.applied)).toEqual([[1, 2], [1], []]);
    expect(backup!.id).toBe(all[2]!.id);
    expect(all[1]!.content).toContain('foreign');
    expect(all[2]!.content).not.toContain('foreign');
  });

  it('a directory for several databases has a folder for each, also for those of the same name', async () => {
    const [one, two] = [open(), open()];
    const directory = join(one.folder, 'all');
    for (const db of [one, two]) {
      db.exec(`${base} INSERT INTO t VALUES ('${db.folder}')`);
      await db.up(pending, { backup: 'always', backups: { directory, keep: 1 } });
    }
    const folders = readdirSync(directory);
    expect(folders).toHaveLength(2);
    expect(folders.every((name) => /^app\.db-[a-z0-9]{13}$/.test(name))).toBe(true);
    for (const folder of folders) expect(provenBackups(join(directory, folder))).toHaveLength(1);
  });

  it('keeps the first and the last backup of an application that fails at every start', async () => {
    const db = open();
    db.exec(base);
    await db.up(additive, { backup: 'always' });
    const broken = { ...additive, '002_b.sql': 'SELECT nope' };
    for (let start = 0; start < 6; start++) {
      db.exec(`INSERT INTO t VALUES ('start ${start}')`);
      await failureOf(() => db.up(broken, { backup: 'always' }));
    }
    const all = proven(db);
    expect(all.map(({ id }) => id.replace(/^.*Z-/, ''))).toEqual(['before-0002', 'before-0002', 'before-0001']);
    expect(all[0]!.content).toContain('start 5');
    expect(all[1]!.content).toContain('start 0');
    expect(all[1]!.content).not.toContain('start 1');
    expect(statSync(all[0]!.file).size).toBe(all[0]!.manifest.bytes);
  });

  it('keeps one made after the clock was ahead as the newest', async () => {
    const db = open();
    db.exec('CREATE TABLE t (a)');
    const { backup } = await db.up(pending, { backup: 'always' });
    // As if the clock had been wrong when it was made.
    const ahead = backup!.id.replace(/^\d{4}/, '2099');
    for (const ending of ['db', 'json'])
      renameSync(join(folderOf(db), `${backup!.id}.${ending}`), join(folderOf(db), `${ahead}.${ending}`));
    const manifest = join(folderOf(db), `${ahead}.json`);
    writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(backup!.id, ahead));
    const next = await db.up(
      { ...pending, '002_x.sql': 'CREATE TABLE x (a)' },
      { backup: 'always', backups: { keep: 1 } },
    );
    expect(next.backup!.id > ahead).toBe(true);
    expect(next.backup!.id).toMatch(/^2099/);
    expect(proven(db).map(({ id }) => id)).toEqual([next.backup!.id]);
    expect(new Date(proven(db)[0]!.manifest.createdAt).getFullYear()).toBeLessThan(2099);
  });

  it('a memory database has none', async () => {
    const db = open();
    const bridge = db.connect(':memory:');
    void bridge.script(base);
    const { backup, notes } = await db.up(additive, { backup: 'always', wrap: () => bridge });
    expect([backup, notes]).toEqual([undefined, []]);
  });
});
