import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { runCommand } from '../support.mjs';
import { place } from './folder.mjs';

export const title = '100 migrations in a new database, processor time';

const migrations = Array.from({ length: 100 }, (_, i) => ({
  name: `table_${i}`,
  up: `CREATE TABLE table_${i} (id INTEGER PRIMARY KEY, name TEXT);
CREATE INDEX table_${i}_name ON table_${i} (name);
INSERT INTO table_${i} VALUES (NULL, 'one');\n`,
  down: `DROP TABLE table_${i};\n`,
}));

export function probe(tool, folder) {
  place(tool, folder, ...migrations);
  const env = { HOME: tmpdir(), NODE_NO_WARNINGS: '1', CI: 'true', ...tool.env };
  const times = [1, 2, 3].map(() => {
    rmSync(join(folder, 'app.db'), { force: true });
    return runCommand(tool.command, { cwd: folder, env, pinned: true }).cpu;
  });
  return `${(Math.min(...times) / 1000).toFixed(2)} s`;
}
