import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { counting, project, type Project } from './support.ts';

export const program: string = fileURLToPath(new URL('worker.mjs', import.meta.url));

export const drivers: readonly string[] = ['better-sqlite3', '@photostructure/sqlite'];

/** What a process prints of databases without rows: Dunlin's two tables, and those of the migrations. */
export const whole: string = `0,ok,${2 + 1 + 12}`;

/** Twelve tables, and a migration that writes down that it ran. */
export function twelve(more: string = ''): Project {
  const files: Record<string, string> = {};
  for (let i = 1; i <= 12; i++)
    files[`${String(i).padStart(3, '0')}_t${i}.sql`] = `CREATE TABLE t${i} (id INTEGER PRIMARY KEY, v TEXT);`;
  const place = project(files);
  place.write('migrations/013_counted.mjs', counting(join(place.folder, 'log'), more));
  mkdirSync(join(place.folder, 'tmp'));
  return place;
}

export const runs = (place: Project): number => readFileSync(join(place.folder, 'log'), 'utf8').split('\n').length - 1;

interface Ending {
  readonly stdout: string;
  readonly stderr: string;
  readonly signal: NodeJS.Signals | null;
}

/** A process that opens databases, killed after `killMs`. */
export async function start(
  place: Project,
  driver: string,
  killMs?: number,
  times: number = 1,
  options: object = {},
): Promise<Ending> {
  const args = [program, driver, place.migrations, place.cache, String(times), JSON.stringify(options)];
  const child = spawn(process.execPath, args, { env: { ...process.env, TMPDIR: join(place.folder, 'tmp') } });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (data) => (stdout += String(data)));
  child.stderr.on('data', (data) => (stderr += String(data)));
  if (killMs !== undefined) setTimeout(() => child.kill('SIGKILL'), killMs);
  return await new Promise((resolve) => child.on('close', (_, signal) => resolve({ stdout, stderr, signal })));
}
