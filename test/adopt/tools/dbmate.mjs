import { files, sql, undo } from '../migrations.mjs';
import { npmPackage, script } from '../project.mjs';

export const dbmate = {
  ...npmPackage('@dbmate/linux-x64'),
  files: files(
    (title, n) => `db/migrations/2024010200000${n}_${title}.sql`,
    (title) => `-- migrate:up\n${sql[title]}\n-- migrate:down\n${undo[title]}`,
  ),
  // Its table has the name of Dunlin's.
  options: ['--migrations', 'db/migrations', '--table', 'dunlin_migrations'],
  to: 'dbmate',
  rows: 'SELECT version FROM schema_migrations ORDER BY version',
  apply: script(`
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
const { stdout, stderr, status } = spawnSync(createRequire(import.meta.url).resolve('@dbmate/linux-x64/bin/dbmate'), ['--url', 'sqlite:app.db', '--no-dump-schema', 'up'], { encoding: 'utf8' });
if (status !== 0) throw new Error(stderr);
console.log((stdout.match(/^Applied: /gm) ?? []).length);`),
};
