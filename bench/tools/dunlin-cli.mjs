// The command line: a program of its own, so it is measured as a process only.
import { fileURLToPath } from 'node:url';
import { writeSql } from './shared.mjs';

export const label = 'dunlin up';
export const prepare = writeSql;

const program = fileURLToPath(new URL('../../dist/cli/dunlin.js', import.meta.url));
const driver = (env) => ['--driver', env.DUNLIN_BENCH_DRIVER ?? 'better-sqlite3'];

export const commands = {
  migrate: (folder, path, { node, env }) => [node, program, 'up', '-d', path, '-m', folder, ...driver(env)],
  status: (folder, path, { node, env }) => [node, program, 'status', '-d', path, '-m', folder, ...driver(env)],
};
