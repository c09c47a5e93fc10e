import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { isDunlinError } from 'dunlin';
import { readStatus, resetEverything, rollBackLast, runMigrations, tryOnCopy } from './maintenance.ts';
import { adoptOldRelease } from './old-release.ts';
import { shipped } from './options.ts';
import { PathMemory } from './path-memory.ts';

type Log = (line: string) => void;

/** Several releases of a file organiser, in an existing folder. */
export async function demo(folder: string, log: Log): Promise<void> {
  const database = join(folder, 'organiser.db');
  const migrations = firstRelease(folder, database, log);
  await secondRelease(database, migrations, log);
  await byHand(database, log);
  await failureAndRestart(folder, database, log);
  await oldRelease(folder, log);
  await reset(database, log);
}

/** Release 1 has one migration, and stores paths as they were typed. Returns its migrations. */
function firstRelease(folder: string, database: string, log: Log): string {
  const migrations = join(folder, 'release-1');
  mkdirSync(migrations);
  const file = '001_destination_memory.ts';
  cpSync(join(shipped, file), join(migrations, file));
  new PathMemory(database, { migrations }).close();
  const db = new Database(database);
  const typed = ['~/Documents/Invoices', '~\\Documents\\Invoices\\', '~/Documents//Invoices', 'smb://nas/scans'];
  for (const [i, path] of typed.entries()) {
    db.prepare("INSERT INTO destinations (id, user, category, path) VALUES (?, 'ada', 'pdf invoice', ?)").run(i, path);
    db.prepare("INSERT INTO destination_usage (destination_id, file_name) VALUES (?, 'invoice.pdf')").run(i);
  }
  db.close();
  log(`release 1: ${typed.length} destinations are stored as they were typed`);
  return migrations;
}

async function secondRelease(database: string, before: string, log: Log): Promise<void> {
  log(`status of release 1: ${await status(database, before)}; of release 2: ${await status(database)}`);
  const trial = await tryOnCopy(database, 2);
  log(`002 tried on a copy: ${trial.up.statements} statements up, ${trial.down?.statements} down again`);
  log(`the database itself: ${await status(database)}`);
  const memory = new PathMemory(database);
  log(`release 2 starts: ${memory.applied.map(({ name }) => name).join()} applied`);
  memory.learn({ user: 'ada', category: 'pdf invoice', path: '/Invoices/2026/', drive: 'Archive' }, 'power.pdf');
  for (const { path, drive, uses } of memory.suggest('ada', 'pdf invoice'))
    log(`  a pdf invoice of ada goes to ${path}${drive === null ? '' : ` on ${drive}`} (${uses} so far)`);
  memory.close();
}

async function byHand(database: string, log: Log): Promise<void> {
  log(`by hand: ${await rollBackLast(database)} rolled back`);
  log(`by hand: ${await runMigrations(database)} applied, and again: ${await runMigrations(database)}`);
}

/** The next migration has a mistake. Once it is corrected, a restart is enough. */
async function failureAndRestart(folder: string, database: string, log: Log): Promise<void> {
  const migrations = join(folder, 'release-3');
  cpSync(shipped, migrations, { recursive: true });
  const next = join(migrations, '003_last_used.ts');
  writeFileSync(next, lastUsed.replace('destination_usage', 'destination_uses'));
  log(`release 3 ${startService(database, migrations)}`);
  log(`the database is as it was: ${await status(database)}`);
  writeFileSync(next, lastUsed);
  log(`the file is corrected, a restart: ${startService(database, migrations)}`);
}

const lastUsed = `export function up(db) {
  db.exec('ALTER TABLE destinations ADD COLUMN last_used TEXT');
  for (const row of db.all('SELECT destination_id AS id, max(used_at) AS at FROM destination_usage GROUP BY 1'))
    db.run('UPDATE destinations SET last_used = ? WHERE id = ?', row.at, row.id);
}`;

/** Starts the service as a process of its own. Returns its first line of output. */
function startService(database: string, migrations: string): string {
  const here = fileURLToPath(new URL('.', import.meta.url));
  // Before Node 22.18, TypeScript needs a loader.
  const loader = (process.features as { typescript?: unknown }).typescript ? [] : ['--import', 'jiti/register'];
  const { stdout, stderr } = spawnSync(process.execPath, [...loader, 'service.ts', database, migrations], {
    cwd: here,
    encoding: 'utf8',
  });
  return (stdout + stderr).split('\n')[0]!;
}

/** A database of release 0, with the tracking table of that release. */
async function oldRelease(folder: string, log: Log): Promise<void> {
  const database = join(folder, 'of-release-0.db');
  await runMigrations(database, join(folder, 'release-1'));
  const db = new Database(database);
  db.exec(`
    DROP TABLE schema_migrations;
    DROP TABLE schema_migration_attempts;
    CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, applied_at TEXT, migration_name TEXT);
    INSERT INTO schema_migrations VALUES (1, '2021-03-01T08:00:00Z', '001_destination_memory');
  `);
  db.close();
  log(`a database of release 0: ${await refusal(() => runMigrations(database))}`);
  log(`taken over at version ${await adoptOldRelease(database)}: ${await status(database)}`);
}

async function reset(database: string, log: Log): Promise<void> {
  log(`reset: ${await refusal(() => resetEverything(database, 'yes', log))}`);
  await resetEverything(database, 'organiser.db', log);
  log(`reset: ${await status(database)}`);
}

async function status(database: string, migrations?: string): Promise<string> {
  const { version, pending } = await readStatus(database, migrations);
  return `version ${version}, pending: ${pending.join(', ') || 'nothing'}`;
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (isDunlinError(error)) return `${error.code}, ${error.message}`;
    throw error;
  }
  throw new Error('it was not refused');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = mkdtempSync(join(tmpdir(), 'file-organiser-'));
  try {
    await demo(folder, console.log);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
