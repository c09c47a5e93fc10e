// What the probes do with a tool in a folder.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { start, write } from '../../test/adopt/project.mjs';

/** Writes the migrations as the tool's files. */
export const place = (tool, folder, ...migrations) => write(folder, tool.files(migrations));

/** Lets the tool apply what is pending. */
export const apply = (tool, folder) => printed(start(folder, tool.command, { env: tool.env }));

/** Applies migrations that no tool refuses. */
export function applied(tool, folder, ...migrations) {
  place(tool, folder, ...migrations);
  const { status, output } = apply(tool, folder);
  if (status !== 0) throw new Error(`${tool.name} cannot apply ${migrations.map(({ name }) => name)}\n${output}`);
}

/** How a program ended, and everything that it printed. */
export const printed = ({ status, stdout, stderr }) => ({ status, output: stdout + stderr });

/** Calls `work` with the tool's database. */
export function onDatabase(folder, work) {
  const db = new Database(join(folder, 'app.db'));
  try {
    return work(db);
  } finally {
    db.close();
  }
}

/** The first column of the first row. */
export const valueOf = (folder, query) => onDatabase(folder, (db) => db.prepare(query).pluck().get());

/**
 * The commands of the tool that print something else, or end in another way, after `change`: those that compare, and the
 * next run.
 */
export function noticing(tool, folder, change) {
  const ways = { ...tool.comparisons, 'the next run': () => start(folder, tool.command, { env: tool.env }) };
  const ask = () =>
    Object.entries(ways).map(([name, way]) => {
      const { status, output } = printed(way(folder));
      return { name, seen: `${status} ${output.replaceAll(/\d+/g, '0')}` };
    });
  // What is printed once only, such as what a first call makes, is not a difference.
  ask();
  const before = ask();
  change();
  return ask().flatMap(({ name, seen }, i) => (seen === before[i].seen ? [] : [name]));
}
