import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { DatabaseSync } from '@photostructure/sqlite';
import { expect, it } from 'vitest';
import { betterSqlite3Bridge, nodeSqliteBridge } from '../../src/drivers/index.ts';
import type { MigrationDatabase, RebuildResult } from '../../src/migration/index.ts';
import { migrateSync } from '../../src/node/index.ts';
import { tried } from '../support/fault-points.ts';
import { seed } from '../support/random.ts';
import { differences } from '../support/schemas/compare-rebuild.ts';
import { makeSchema } from '../support/schemas/make-schema.ts';
import { planRebuild, type PlannedRebuild } from '../support/schemas/plan-rebuild.ts';
import { queryOf, snapshot, type Snapshot } from '../support/schemas/snapshot.ts';

// Each round makes a schema with data, and legal changes of one of its tables; makes the database that should come out
// without Dunlin, from the start; and compares: schema, every value, everything that nobody spoke of.

const rounds = process.env['DUNLIN_ROUNDS'] === 'full' ? 2_000 : 200;
const only = process.env['DUNLIN_POINT'];

const drivers = {
  'better-sqlite3': (path: string) => {
    const handle = new BetterSqlite3(path);
    return { handle, bridge: betterSqlite3Bridge(handle) };
  },
  'node:sqlite': (path: string) => {
    const handle = new DatabaseSync(path);
    return { handle, bridge: nodeSqliteBridge(handle) };
  },
};

const driverNames = Object.keys(drivers) as (keyof typeof drivers)[];

/** Makes the planned changes of a database, with every value compared in each second round, and looks at what came out. */
function change(
  driver: keyof typeof drivers,
  path: string,
  planned: PlannedRebuild,
  round: number,
): { after: Snapshot; method: RebuildResult['method'] } {
  const { handle, bridge } = drivers[driver](path);
  try {
    let method: RebuildResult['method'] = 'none';
    const up = (db: MigrationDatabase): void => {
      ({ method } = db.rebuildTable(planned.table, (table) => {
        const methods = table as unknown as Record<string, (...args: unknown[]) => unknown>;
        for (const call of planned.calls) methods[call.method]!.call(table, ...call.args);
      }));
    };
    const destructive = planned.losesSequence ? [planned.table] : [];
    migrateSync({
      database: handle,
      migrations: { '001_change.js': { up, destructive } } as never,
      backup: 'off',
      verify: round % 2 === 0 ? 'full' : 'auto',
    });
    return { after: snapshot(queryOf(bridge)), method };
  } finally {
    handle.close();
  }
}

/** One round on every driver; undefined if SQLite had something against every change that was thought of. */
function tryRound(folder: string, round: number): { bad: string[]; methods: string[] } | undefined {
  const made = makeSchema(seed + round);
  const [base, path] = [join(folder, 'base.db'), join(folder, 'app.db')];
  const bytes = made.database.serialize();
  writeFileSync(base, bytes);
  const before = snapshot(queryOf(betterSqlite3Bridge(made.database)));
  const planned = planRebuild(seed + round, made, base);
  made.database.close();
  if (planned === undefined) return undefined;
  const bad: string[] = [];
  const methods: string[] = [];
  for (const driver of driverNames) {
    for (const ending of ['-wal', '-shm', '-journal']) rmSync(path + ending, { force: true });
    writeFileSync(path, bytes);
    const problems: string[] = [];
    try {
      const { after, method } = change(driver, path, planned, round);
      methods.push(method);
      problems.push(...differences(before, after, planned));
    } catch (error) {
      problems.push(String((error as Error).stack));
    }
    if (problems.length === 0) continue;
    const again = `DUNLIN_SEED=${seed} DUNLIN_ROUNDS=full DUNLIN_POINT=${round}, ${driver}`;
    const changes = `${JSON.stringify(planned.table)} ${JSON.stringify(planned.calls)}`;
    bad.push(`${again}: ${changes}\n${before.objects.get(`table ${planned.table}`)}\n${problems.join('\n')}`);
  }
  return { bad, methods };
}

it(
  `${rounds} generated schemas are as intended after a change of a table (DUNLIN_SEED=${seed})`,
  { timeout: 1_800_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
    const bad: string[] = [];
    const methods: string[] = [];
    for (let round = 1; round <= rounds; round++) {
      if (only !== undefined && only !== String(round)) continue;
      const outcome = tryRound(folder, round);
      bad.push(...(outcome?.bad ?? []));
      methods.push(...(outcome?.methods ?? []));
    }
    rmSync(folder, { recursive: true, force: true });
    expect(bad.slice(0, 3).join('\n\n'), `${bad.length} of ${rounds} rounds on two drivers`).toBe('');
    tried('table changes', methods.length);
    if (only !== undefined) return;
    expect(methods.length).toBeGreaterThan(rounds * 1.9);
    // Both ways are taken: the engine's own ALTER TABLE, and the copy.
    expect(methods.filter((method) => method === 'rebuild').length).toBeGreaterThan(rounds);
    expect(methods.filter((method) => method === 'alter').length).toBeGreaterThan(rounds / 10);
  },
);
