import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { random, seed } from '../support/random.ts';
import { readBack, rounds, startWorker, workspace } from './support.ts';
import { tried } from '../support/fault-points.ts';

const kills = rounds(10, 100);

/** A long run: rebuilds of a parent with cascading children among tables that are written again and again. */
function files(): Record<string, string> {
  const made: Record<string, string> = {};
  for (let version = 2; version <= 25; version++) {
    const number = String(version).padStart(3, '0');
    made[`${number}_rebuild_${version}.sql`] =
      `CREATE TABLE parent_new (id INTEGER PRIMARY KEY, name TEXT NOT NULL, step INTEGER NOT NULL);\n` +
      `INSERT INTO parent_new (id, name, step) SELECT id, name || '.', step + 1 FROM parent;\n` +
      `DROP TABLE parent;\nALTER TABLE parent_new RENAME TO parent;\n` +
      `UPDATE child SET note = note || '${version},';\nCREATE INDEX child_note_${version} ON child (note);\nDROP INDEX child_note_${version};\n` +
      `CREATE TABLE made_${version} (id INTEGER PRIMARY KEY, n INTEGER);\nINSERT INTO made_${version} (n) SELECT id FROM child LIMIT 500;\n`;
  }
  return made;
}

const base = {
  '001_base.sql':
    `CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT NOT NULL, step INTEGER NOT NULL DEFAULT 1);\n` +
    `CREATE TABLE child (id INTEGER PRIMARY KEY, parent_id INTEGER NOT NULL REFERENCES parent (id) ON DELETE CASCADE, note TEXT NOT NULL DEFAULT '');\n` +
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) INSERT INTO parent (id, name) SELECT i, 'p' || i FROM n;\n` +
    `INSERT INTO child (parent_id) SELECT id FROM parent; INSERT INTO child (parent_id) SELECT id FROM parent;\n`,
};

describe('killed at a random moment', () => {
  it.each(['delete', 'wal'])(
    `journal mode %s: the next start finishes, ${kills} kills (DUNLIN_SEED=${seed})`,
    async (mode) => {
      const first = workspace(base);
      const whole = workspace({ ...base, ...files() });
      const start = join(first.folder, 'start.db');
      const db = new Database(start);
      db.pragma(`journal_mode = ${mode}`);
      db.close();
      expect((await startWorker('better-sqlite3', start, first.migrations).result).stderr).toBe('');
      const reference = join(whole.folder, 'reference.db');
      copyFileSync(start, reference);
      const began = Date.now();
      expect((await startWorker('better-sqlite3', reference, whole.migrations).result).exitCode).toBe(0);
      const duration = Date.now() - began;
      const expected = readBack(reference);
      const next = random(seed);
      let interrupted = 0;
      for (let round = 0; round < kills; round++) {
        const database = join(whole.folder, `killed-${round}.db`);
        copyFileSync(start, database);
        const { child, result } = startWorker('better-sqlite3', database, whole.migrations);
        // Most of a short run is the start of the process: aim at what comes after it.
        const delay = duration * (0.25 + 0.75 * next());
        const timer = setTimeout(() => child.kill('SIGKILL'), delay);
        const killed = await result;
        clearTimeout(timer);
        const again = await startWorker('better-sqlite3', database, whole.migrations).result;
        expect(again.stderr, `round ${round}, killed after ${delay} ms`).toBe('');
        expect(again.exitCode).toBe(0);
        const found = readBack(database);
        expect(found.content === expected.content, `round ${round}, killed after ${delay} ms: another end state`).toBe(
          true,
        );
        expect(found.versions).toEqual(expected.versions);
        expect(found.integrity).toBe('ok');
        expect(found.attempts.filter((attempt) => attempt.status === 'running')).toEqual([]);
        const marked = found.attempts.filter((attempt) => attempt.status === 'interrupted').length;
        if (killed.signal === 'SIGKILL') interrupted += marked;
        else expect(marked).toBe(0);
      }
      tried('random kill', kills);
      // A kill before the first COMMIT leaves no trace; most come later.
      expect(interrupted).toBeGreaterThan(0);
      first.remove();
      whole.remove();
    },
    600_000,
  );
});
