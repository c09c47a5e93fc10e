// How often the disk is waited for, by strace.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { countSyncs, hasStrace } from '../counts.mjs';
import { oneMore, prepareFolder, smallMigrations } from '../support.mjs';

export const title = 'Waiting for the disk';
export const about = 'Calls of fsync and fdatasync: a new database with 100 migrations, then one more.';

export function measure(bench) {
  if (!hasStrace()) return { lines: ['not counted: strace does not work here'] };
  const hundred = smallMigrations(100);
  const lines = Object.entries(bench.tools).map(([name, tool]) => {
    const own = mkdtempSync(join(bench.folder, 'fsyncs-'));
    const folder = prepareFolder(join(own, 'migrations'), tool, hundred);
    const database = join(own, 'app.db');
    const run = () => countSyncs({ name, tool, action: 'migrate', folder, databases: [database] }, join(own, 'trace'));
    const fresh = run();
    prepareFolder(folder, tool, [...hundred, oneMore]);
    const one = run();
    rmSync(own, { recursive: true });
    return `${tool.label}: ${fresh}, then ${one}`;
  });
  return { lines };
}
