import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { betterSqlite3Bridge } from '../../../src/drivers/index.ts';
import { provenBackups, type ProvenBackup } from '../../support/backups.ts';
import { contentOf } from '../../support/databases.ts';
import { backupsIn, contentAfter, databaseIn, managing, normal, type Scenario } from './scenarios.ts';

/** What is found in a folder after a fault. */
export interface Found {
  /** What must never be, in words; empty if all is well. */
  readonly problems: readonly string[];
  /** All that the scenario is for is there. */
  readonly complete: boolean;
  /** Runs of which the log still says that they are under way. */
  readonly running: number;
}

/** Opens what a fault has left as anybody would, and holds it against what the scenario may leave. */
export async function look(scenario: Scenario, folder: string): Promise<Found> {
  const problems: string[] = [];
  const state = readState(databaseIn(folder), scenario, problems);
  const backups = await readBackups(folder);
  problems.push(...backups.problems);
  const { start, final, operation } = scenario;
  const kept = backups.proven.some(
    ({ id, manifest }) => (operation === 'create' || !id.endsWith('-manual')) && same(manifest.applied, start),
  );
  const changed = state !== undefined && !same(state.applied, start);
  if (changed && !kept) problems.push(`there are changes (${state.applied.join()}), and no backup from before them`);
  const nothingToKeep = scenario.damage !== undefined;
  return {
    problems,
    complete: state !== undefined && same(state.applied, final) && (kept || nothingToKeep),
    running: state?.running ?? 0,
  };
}

interface State {
  readonly applied: readonly number[];
  readonly running: number;
}

/** Undefined: there is no database that could be read, and the scenario began without one. */
function readState(
  path: string,
  { damage, start, between = [], final }: Scenario,
  problems: string[],
): State | undefined {
  if (damage !== undefined && !existsSync(path)) return undefined;
  try {
    const db = new BetterSqlite3(path, { fileMustExist: true });
    try {
      const integrity = db.pragma('integrity_check', { simple: true });
      if (integrity !== 'ok') problems.push(`the database is damaged: ${String(integrity)}`);
      const column = (table: string, sql: string): unknown[] =>
        db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) === undefined
          ? []
          : db.prepare(sql).pluck().all();
      const applied = column('schema_migrations', 'SELECT version FROM schema_migrations ORDER BY version') as number[];
      if (normal(contentOf(betterSqlite3Bridge(db))) !== contentAfter(applied))
        problems.push(`the content is not that of the migrations on record (${applied.join()})`);
      if (![start, ...between, final].some((state) => same(state, applied)))
        problems.push(`no such state was on the way: ${applied.join()}`);
      const running = column(
        'schema_migration_attempts',
        `SELECT id FROM schema_migration_attempts WHERE status = 'running'`,
      );
      return { applied, running: running.length };
    } finally {
      db.close();
    }
  } catch (error) {
    if (damage !== undefined && (error as { code?: unknown }).code === 'SQLITE_NOTADB') return undefined;
    problems.push(`the database cannot be read: ${String(error)}`);
    return undefined;
  }
}

interface Backups {
  readonly proven: readonly ProvenBackup[];
  readonly problems: readonly string[];
}

/** Every file that has the name of a backup must be one, by Dunlin's proof and by a second one. */
async function readBackups(folder: string): Promise<Backups> {
  // Most faults leave the same backups as others.
  const key = fingerprint(backupsIn(folder));
  const known = looked.get(key);
  if (known !== undefined) return known;
  const backups = await proveBackups(folder);
  looked.set(key, backups);
  return backups;
}
const looked = new Map<string, Backups>();

async function proveBackups(folder: string): Promise<Backups> {
  try {
    await managing(folder, async (manager) => {
      for (const { id } of await manager.list()) await manager.verify(id);
    });
    const proven = provenBackups(backupsIn(folder));
    const problems = proven
      .filter(({ manifest, content }) => normal(content) !== contentAfter(manifest.applied))
      .map(({ id }) => `${id} has another content than it says`);
    return { proven, problems };
  } catch (error) {
    return { proven: [], problems: [`a backup is not good: ${String(error)}`] };
  }
}

/** Names and bytes of all that is in a folder. */
function fingerprint(folder: string): string {
  const sum = createHash('sha256');
  if (existsSync(folder))
    for (const name of readdirSync(folder).toSorted()) {
      const bytes = readFileSync(join(folder, name));
      sum.update(`${name} ${bytes.length}\n`).update(bytes);
    }
  return sum.digest('hex');
}

const same = (one: readonly number[], other: readonly number[]): boolean => one.join() === other.join();
