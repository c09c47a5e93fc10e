import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../test/adopt/project.mjs';
import { apply, onDatabase, place } from './folder.mjs';

export const title = 'four processes start at once, five times';

const migrations = Array.from({ length: 8 }, (_, i) => ({
  name: `table_${i}`,
  up: `CREATE TABLE table_${i} (id INTEGER PRIMARY KEY);\nINSERT INTO table_${i} VALUES (NULL);\n`,
  down: `DROP TABLE table_${i};\n`,
}));
const processes = ['1', '2', '3', '4'];
const rounds = ['a', 'b', 'c', 'd', 'e'];

export function probe(tool, folder) {
  const results = rounds.map((round) => startAtOnce(tool, join(folder, round)));
  const failed = results.reduce((sum, one) => sum + one.failed, 0);
  const stuck = results.filter(({ isDone }) => !isDone).length;
  return [
    failed === 0 ? 'all succeed' : `${failed} of ${processes.length * rounds.length} fail`,
    ...(stuck === 0 ? [] : [`${stuck} of ${rounds.length} databases need repair`]),
  ].join(', ');
}

/** How many of the processes fail, and whether one more start is enough for each migration to have run once. */
function startAtOnce(tool, folder) {
  place(tool, folder, ...migrations);
  const command = tool.command.map((word) => `'${word}'`).join(' ');
  const starts = processes.map((name) => `(${command} >${name}.log 2>&1; echo $? >${name}.code) &`);
  run(folder, ['sh', '-c', `${starts.join('\n')}\nwait`], {
    env: { ...tool.env, PROBE_PROCESSES: String(processes.length) },
  });
  const failed = processes.filter((name) => readFileSync(join(folder, `${name}.code`), 'utf8').trim() !== '0').length;
  const { status } = apply(tool, folder);
  return { failed, isDone: status === 0 && onDatabase(folder, haveRunOnce) };
}

const haveRunOnce = (db) =>
  migrations.every(({ name }) => db.prepare(`SELECT count(*) FROM ${name}`).pluck().get() === 1);
