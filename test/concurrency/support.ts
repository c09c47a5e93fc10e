import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';

const worker = fileURLToPath(new URL('worker.mjs', import.meta.url));

export interface WorkerResult {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a process that migrates. It needs the built library (`npm run build`). */
export function startWorker(
  driver: string,
  database: string,
  migrations: string,
  startAt?: number,
): { child: ChildProcess; result: Promise<WorkerResult> } {
  const args = [worker, driver, database, migrations, ...(startAt === undefined ? [] : [String(startAt)])];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const out: string[] = [];
  const err: string[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk.toString()));
  const result = new Promise<WorkerResult>((resolve) => {
    child.on('close', (exitCode, signal) => resolve({ exitCode, signal, stdout: out.join(''), stderr: err.join('') }));
  });
  return { child, result };
}

/** A temporary folder with a migrations directory in it. */
export function workspace(files: Readonly<Record<string, string>>): {
  folder: string;
  migrations: string;
  remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-concurrency-'));
  const migrations = join(folder, 'migrations');
  mkdirSync(migrations);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(migrations, name), text);
  return { folder, migrations, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Everything in a database but Dunlin's own tables, as comparable text; and what its log says. */
export function readBack(path: string): {
  content: string;
  versions: number[];
  attempts: { version: number | null; status: string }[];
  integrity: unknown;
} {
  const db = new Database(path);
  try {
    const objects = db
      .prepare(
        `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE tbl_name NOT LIKE 'schema_migration%' ORDER BY type, name`,
      )
      .all() as { type: string; name: string }[];
    const rows = objects
      .filter((object) => object.type === 'table')
      .map((table) => [table.name, db.prepare(`SELECT * FROM "${table.name}" ORDER BY 1`).all()]);
    const versions = db.prepare('SELECT version FROM schema_migrations ORDER BY version').pluck().all() as number[];
    const attempts = db.prepare('SELECT version, status FROM schema_migration_attempts ORDER BY id').all() as {
      version: number | null;
      status: string;
    }[];
    const integrity = db.pragma('integrity_check', { simple: true });
    return { content: JSON.stringify([objects, rows]), versions, attempts, integrity };
  } finally {
    db.close();
  }
}

/** How often to repeat: few in `npm test`, all that the promise says with DUNLIN_ROUNDS=full. */
export function rounds(few: number, full: number): number {
  return process.env['DUNLIN_ROUNDS'] === 'full' ? full : few;
}

/** DUNLIN_SEED repeats a failing round: its number is in the titles. */
export const seed: number = Number(process.env['DUNLIN_SEED'] ?? 20261121);

/** Small and seeded, so that a failing round can be run again. */
export function random(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
