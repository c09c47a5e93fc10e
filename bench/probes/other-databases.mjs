import { printed } from './folder.mjs';

export const title = 'databases other than SQLite';

/** The tool writes SQL for PostgreSQL, or tries to reach one: there is none at that address. */
const known = /create table "users"|connection refused/i;

export function probe(tool, folder) {
  const { output } = printed(tool.forPostgres(folder));
  return known.test(output) ? 'yes' : 'no';
}
