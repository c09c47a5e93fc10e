import {
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineMigration, type MigrationDatabase } from '../../src/migration/index.ts';
import { failureOf, onEveryDriver, type TestDatabase } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { journalModes } from '../support/processes.ts';

const linux = process.platform === 'linux';
const skipped = linux ? '' : ' (skipped: only Linux shows the locks of a process)';

/** What takes the locks of the process away, without an error. */
const acts: readonly (readonly [what: string, act: (db: TestDatabase) => void])[] = [
  ['copies the file', (db) => copyFileSync(db.path, join(db.folder, 'copy.db'))],
  ['reads the file', (db) => void readFileSync(db.path)],
  ['opens and closes the file', (db) => closeSync(openSync(db.path, 'r'))],
];

/** A migration in SQL, one in code, and one in SQL. */
function files(code: (db: MigrationDatabase) => unknown, part: 'up' | 'verify' = 'up'): Record<string, unknown> {
  return {
    '001_a.sql': 'CREATE TABLE a (x); INSERT INTO a VALUES (1);',
    '002_b.js': defineMigration({
      up: (db: MigrationDatabase) => {
        const made = db.exec('CREATE TABLE b (x)') as unknown;
        return part === 'up' ? after(made, () => code(db)) : (made as void);
      },
      ...(part === 'verify' ? { verify: (db: MigrationDatabase) => after(undefined, () => code(db)) as never } : {}),
    }),
    '003_c.sql': 'CREATE TABLE c (x);',
  };
}

/** On an asynchronous bridge what a migration asks for are promises. */
function after(made: unknown, work: () => unknown): void {
  return (made instanceof Promise ? made.then(work) : work()) as void;
}

onEveryDriver('code of a migration', (open) => {
  describe.each(journalModes)('journal mode %s', (mode) => {
    function filled(): TestDatabase {
      const db = open();
      db.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)`);
      return db;
    }

    it.skipIf(!linux).each(acts)(
      `that %s beside SQLite fails, and what came before stays${skipped}`,
      async (_, act) => {
        for (const part of ['up', 'verify'] as const) {
          const db = filled();
          const error = await failureOf(() => db.up(files(() => (act(db), true), part) as never));
          expect(error).toMatchObject({ code: 'LOCKS_LOST', failed: { version: 2 }, applied: [{ version: 1 }] });
          expect(error.message).toContain('opened and closed app.db beside SQLite');
          expect(db.versions()).toEqual([1]);
          expect(db.attempts()).toEqual(['run up failed LOCKS_LOST', '1 up ok', '2 up failed LOCKS_LOST']);
          const { applied } = await db.up(files(() => true, part) as never);
          expect(applied.map(({ version }) => version)).toEqual([2, 3]);
          tried('own locks', 1);
        }
      },
    );

    it.skipIf(!linux)(`that does it and throws fails because of it${skipped}`, async () => {
      for (const atomic of ['migration', 'run'] as const) {
        const db = filled();
        const code = (): never => {
          copyFileSync(db.path, join(db.folder, 'copy.db'));
          throw new Error('something else');
        };
        expect((await failureOf(() => db.up(files(code) as never, { atomic }))).code).toBe('LOCKS_LOST');
        expect(db.versions()).toEqual(atomic === 'run' ? [] : [1]);
      }
    });

    it('may ask for facts about the file, and copy it with db.backupTo', async () => {
      const db = filled();
      chmodSync(db.path, 0o640);
      const copy = join(db.folder, 'copy.db');
      const { applied } = await db.up(files((handle) => (statSync(db.path), handle.backupTo(copy))) as never);
      expect(applied).toHaveLength(3);
      expect(statSync(copy).mode & 0o777).toBe(0o640);
      const other = db.connect(copy);
      expect(other.query("SELECT name FROM sqlite_schema WHERE name IN ('t', 'a', 'b')", [])).toEqual([{ name: 't' }]);
      expect(other.query('SELECT count(*) AS n FROM t', [])).toEqual([{ n: 2 }]);
      db.close(other);
    });
  });

  it('gets the reason why db.backupTo made no copy, and nothing is left of one', async () => {
    const there = open();
    const file = join(there.folder, 'there.txt');
    writeFileSync(file, 'mine');
    const many = join(there.folder, 'many.db');
    const cases: readonly (readonly [code: (db: MigrationDatabase) => unknown, reason: RegExp])[] = [
      [(db) => db.backupTo(file), /could not copy the database to .*there\.txt: .*exist/],
      [(db) => db.backupTo(join(there.folder, 'no', 'folder.db')), /ENOENT/],
      [(db) => db.backupTo(undefined as never), /undefined: it is not the path of a file/],
      [
        (db) =>
          after(db.exec('INSERT INTO b SELECT zeroblob(100000) FROM pragma_function_list'), () => db.backupTo(many)),
        /has changed so much that SQLite lets nobody else read/,
      ],
    ];
    for (const [code, reason] of cases) {
      const error = await failureOf(() => there.up(files(code) as never));
      expect(error.code).toBe('BACKUP_TO_FAILED');
      expect(error.message).toMatch(reason);
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect(existsSync(many)).toBe(false);
  });
});
