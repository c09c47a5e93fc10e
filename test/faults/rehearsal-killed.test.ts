import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { workspace } from '../concurrency/support.ts';
import { bytesIn } from '../support/files.ts';
import { tried } from '../support/fault-points.ts';
import { otherProcess } from '../support/processes.ts';

const worker = fileURLToPath(new URL('rehearse-worker.mjs', import.meta.url));
/** Points: a sample in `npm test`, all with DUNLIN_ROUNDS=full. */
const most = process.env['DUNLIN_ROUNDS'] === 'full' ? Number.POSITIVE_INFINITY : 8;

it.each(['delete', 'wal'])(
  'a rehearsal that is killed leaves its folder only, which the next one removes (journal mode %s)',
  async (mode) => {
    const { folder, migrations, remove } = workspace({
      '001_rebuild.sql': `CREATE TABLE n (id INTEGER PRIMARY KEY, body TEXT, stars INTEGER); INSERT INTO n (id, body) SELECT * FROM notes;
DROP TABLE notes; ALTER TABLE n RENAME TO notes;`,
      '002_delete.sql': 'DELETE FROM notes WHERE id = 1;',
    });
    const [beside, copies] = [join(folder, 'data'), join(folder, 'copies')];
    mkdirSync(beside);
    mkdirSync(copies);
    const database = join(beside, 'app.db');
    writeFileSync(database, '');
    // Another process has it open: this one reads the files, which drops its locks.
    const application = otherProcess();
    await application(database, `PRAGMA journal_mode = ${mode}`);
    await application(
      database,
      `CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT); INSERT INTO notes VALUES (1, 'a'), (2, 'b');`,
    );
    const run = (last: number): ReturnType<typeof spawnSync> =>
      spawnSync(process.execPath, [worker, database, migrations, copies, String(last)], { encoding: 'utf8' });
    try {
      // A connection's index of the log in memory is not what is compared.
      const before = withoutIndex(bytesIn(beside));
      const { calls, problems } = JSON.parse(String(run(0).stdout)) as { calls: number; problems: number };
      expect({ problems, left: readdirSync(copies), beside: withoutIndex(bytesIn(beside)) }).toEqual({
        problems: 0,
        left: [],
        beside: before,
      });
      const stride = Math.max(1, Math.ceil(calls / most));
      let points = 0;
      for (let last = 1 + Math.floor(stride / 2); last <= calls; last += stride, points++) {
        const about = `killed before call ${last} of ${calls}`;
        expect(run(last).signal, about).toBe('SIGKILL');
        expect(withoutIndex(bytesIn(beside)), about).toEqual(before);
        // That of this process alone: the one before is gone.
        expect(readdirSync(copies).length, about).toBeLessThan(2);
      }
      expect(run(0).status).toBe(0);
      expect(readdirSync(copies)).toEqual([]);
      tried('nothing written', points);
    } finally {
      remove();
    }
  },
);

function withoutIndex(files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([name]) => !name.endsWith('-shm')));
}
