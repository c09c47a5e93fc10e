import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { workspace } from '../concurrency/support.ts';

const worker = fileURLToPath(new URL('../concurrency/worker.mjs', import.meta.url));
const hasStrace = spawnSync('strace', ['-V']).status === 0;

/** How often a run over `count` migrations on a fresh database waits for the disk. */
function countSyncs(count: number): number {
  const files: Record<string, string> = {};
  for (let version = 1; version <= count; version++)
    files[`${String(version).padStart(4, '0')}_t${version}.sql`] =
      `CREATE TABLE t${version} (id INTEGER PRIMARY KEY);\nINSERT INTO t${version} VALUES (1);\n`;
  const { folder, migrations, remove } = workspace(files);
  try {
    const trace = join(folder, 'trace');
    const { status, stderr } = spawnSync(
      'strace',
      [
        '-f',
        '-e',
        'trace=fsync,fdatasync',
        '-o',
        trace,
        process.execPath,
        worker,
        'better-sqlite3',
        join(folder, 'app.db'),
        migrations,
        '0',
        // Also where the machine takes longer than two seconds for a thousand.
        'run',
      ],
      { encoding: 'utf8' },
    );
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return readFileSync(trace, 'utf8')
      .split('\n')
      .filter((line) => /\b(fsync|fdatasync)\(/.test(line)).length;
  } finally {
    remove();
  }
}

describe('waiting for the disk', () => {
  it.skipIf(!hasStrace)(
    `1,000 migrations on a fresh database sync as often as 10${hasStrace ? '' : ' (skipped: strace is not installed)'}`,
    () => {
      const ten = countSyncs(10);
      const thousand = countSyncs(1000);
      expect(ten).toBeGreaterThan(0);
      expect(thousand).toBe(ten);
    },
    60_000,
  );
});
