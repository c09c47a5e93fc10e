import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkOrder } from './strace/backup-order.ts';
import { Disk } from './strace/disk.ts';
import { look } from './strace/look.ts';
import { writeImage } from './strace/power-cuts.ts';
import { hasStrace, record, unlessStrace } from './strace/record.ts';
import { databaseIn, migrationsIn, prepare, scenarios, type Scenario } from './strace/scenarios.ts';
import { toSteps, type Step } from './strace/steps.ts';

const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-order-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const worker = fileURLToPath(new URL('strace/worker.mjs', import.meta.url));
// The folder of backups is made as well.
const up: Scenario = { ...scenarios.up, older: false };

async function recorded(mode: string): Promise<{ folder: string; disk: Disk; steps: readonly Step[] }> {
  const folder = mkdtempSync(join(root, 'folder-'));
  await prepare(up, folder, mode);
  const disk = new Disk(folder);
  const calls = record([worker, 'up', databaseIn(folder), migrationsIn(folder)], `${folder}.log`);
  return { folder, disk, steps: toSteps(calls, folder) };
}

describe('a backup is on the disk under its name before a migration writes', () => {
  it.skipIf(!hasStrace).each(['delete', 'wal'])(`journal mode %s${unlessStrace}`, async (mode) => {
    const { folder, disk, steps } = await recorded(mode);
    const { problems, least, most } = checkOrder(steps, disk, databaseIn(folder));
    expect(problems).toEqual([]);
    for (const [name, image] of Object.entries({ least, most })) {
      const copy = join(root, `${name}-${mode}`);
      writeImage(image, copy);
      // Not a migration is there, and the backup is. In the state of before it stands that a run is under way.
      const nothingRan = { ...up, final: [], between: [] };
      expect(await look(nothingRan, copy), name).toEqual({ problems: [], complete: true, running: 1 });
    }
  });

  it.skipIf(!hasStrace).each(['delete', 'wal'])(
    `else it is found out, journal mode %s${unlessStrace}`,
    async (mode) => {
      const { folder, disk, steps } = await recorded(mode);
      const named = steps.findIndex((step) => step.kind === 'rename' && step.path.endsWith('.db.tmp'));
      const synced = steps.findIndex((step, index) => index > named && step.kind === 'sync');
      // The same run, but it gives the backup its name at the end, and only then syncs that.
      const reordered = [...steps.slice(0, named), ...steps.slice(synced + 1), ...steps.slice(named, synced + 1)];
      const late = checkOrder(reordered, disk, databaseIn(folder));
      expect(late.problems).toContain('the database is written to before its backup is on the disk');
    },
  );
});
