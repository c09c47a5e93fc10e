import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { rounds } from '../concurrency/support.ts';
import { tried } from '../support/fault-points.ts';
import { Disk } from './strace/disk.ts';
import { cutPower, type Outcome } from './strace/power-cuts.ts';
import { hasStrace, record, unlessStrace } from './strace/record.ts';
import { databaseIn, migrationsIn, prepare, scenarios, type Scenario } from './strace/scenarios.ts';
import { toSteps } from './strace/steps.ts';

/**
 * The system calls of a process are recorded, and the power fails after each of them: on the disk is what was synced,
 * and of the rest nothing, all or some. What the process has reported as done must be there; all else must be whole.
 */

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const seed = Number(process.env['DUNLIN_SEED'] ?? 20261121);
const root = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'dunlin-power-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function powerLoss(
  scenario: Scenario,
  mode: string,
  { preload = [], defect = [] }: { preload?: readonly string[]; defect?: readonly string[] } = {},
): Promise<Outcome> {
  const folder = mkdtempSync(join(root, 'folder-'));
  await prepare(scenario, folder, mode);
  const disk = new Disk(folder);
  const args = [...preload, file('strace/worker.mjs'), scenario.operation, databaseIn(folder), migrationsIn(folder)];
  const steps = toSteps(record([...args, ...defect], `${folder}.log`), folder);
  // Where a restore makes a database smaller in rollback mode, SQLite leaves one thing to the file system: it removes
  // the journal, and then cuts the file, which would need a sync of the folder in between (EXTRA; the connection is the
  // driver's own). If the second were on the disk and the first not, the journal would bring back pages, but not those.
  const journaling = scenario === scenarios.restore && mode === 'delete';
  const scratch = `${folder}-image`;
  const outcome = await cutPower(scenario, disk, steps, { seed, journaling, againEvery: rounds(10, 1), scratch });
  const { images, looked, bad } = outcome;
  process.stdout.write(
    `power loss, ${[scenario.name, mode, ...defect, ...preload.slice(1)].join(', ')}: ${steps.length} steps, ${images} images, ${looked} looked at, ${bad.length} bad\n`,
  );
  return outcome;
}

// One with an older backup, which is compressed at the end, and one for which the folder of backups is made.
const first = { ...scenarios.up, name: 'up, first backup', older: false };
const cases = [scenarios.up, first, scenarios.down, scenarios.create, scenarios.restore]
  .flatMap((scenario) => ['delete', 'wal'].map((mode) => ({ name: scenario.name, scenario, mode })))
  .concat([scenarios.missing, scenarios.damaged].map((scenario) => ({ name: scenario.name, scenario, mode: 'wal' })));

describe('a power cut at any moment', () => {
  it.skipIf(!hasStrace).each(cases)(
    `$name, journal mode $mode (DUNLIN_SEED=${seed})${unlessStrace}`,
    async ({ scenario, mode }) => {
      const { images, looked, bad } = await powerLoss(scenario, mode);
      expect(bad.join('\n')).toBe('');
      expect(looked).toBeGreaterThan(10);
      tried('power loss', images);
    },
  );
});

it.skipIf(!hasStrace)(`a new folder of backups is on the disk with all its new parents${unlessStrace}`, () => {
  const folder = mkdtempSync(join(root, 'folders-'));
  const disk = new Disk(folder);
  const script = `import { nodeHost } from ${JSON.stringify(file('../../dist/node/index.js'))};
    nodeHost.files.makeFolder(${JSON.stringify(join(folder, 'a/b/c'))}, ${JSON.stringify(folder)});`;
  for (const step of toSteps(record(['--input-type=module', '-e', script], `${folder}.log`), folder)) disk.apply(step);
  expect([...disk.image(() => false).keys()]).toEqual(['a', 'a/b', 'a/b/c']);
});

describe('the power cuts detect a run', () => {
  it.skipIf(!hasStrace).each(['delete', 'wal'])(`that does not sync, journal mode %s${unlessStrace}`, async (mode) => {
    const { bad } = await powerLoss(scenarios.up, mode, { defect: ['synchronous-off'] });
    expect(bad.length).toBeGreaterThan(10);
    expect(bad.join('\n')).toMatch(/the database (?:is damaged|cannot be read)/);
  });

  it.skipIf(!hasStrace)(`that does not sync the folder of its backups${unlessStrace}`, async () => {
    const preload = ['--import', file('strace/no-folder-sync.mjs')];
    const { bad } = await powerLoss(scenarios.up, 'wal', { preload });
    expect(bad.join('\n')).toContain('and no backup from before them');
    expect(bad.join('\n')).toContain('what was done is lost');
  });
});
