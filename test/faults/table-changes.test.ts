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

/** Makes the planned changes on a copy of the database, and looks at what came out. */
function change(
  driver: keyof typeof drivers,
  path: string,
  planned: PlannedRebuild,
): [Snapshot, RebuildResult['method']] {
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
    migrateSync({ database: handle, migrations: { '001_change.js': { up, destructive } } as never, backup: 'off' });
    return [snapshot(queryOf(bridge)), method];
  } finally {
    handle.close();
  }
}

it(
  `[E1] ${rounds} generated schemas are what was meant after a change of a table (DUNLIN_SEED=${seed})`,
  { timeout: 1_200_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'dunlin-test-'));
    const bad: string[] = [];
    const methods: Record<string, number> = {};
    let unplanned = 0;
    for (let round = 1; round <= rounds; round++) {
      if (only !== undefined && only !== String(round)) continue;
      const made = makeSchema(seed + round);
      const base = join(folder, 'base.db');
      const bytes = made.database.serialize();
      writeFileSync(base, bytes);
      const before = snapshot(queryOf(betterSqlite3Bridge(made.database)));
      const planned = planRebuild(seed + round, made, base);
      made.database.close();
      if (planned === undefined) {
        unplanned++;
        continue;
      }
      for (const driver of ['better-sqlite3', 'node:sqlite'] as const) {
        const path = join(folder, 'app.db');
        for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(path + ending, { force: true });
        writeFileSync(path, bytes);
        let problems: readonly string[];
        try {
          const [after, method] = change(driver, path, planned);
          methods[method] = (methods[method] ?? 0) + 1;
          problems = differences(before, after, planned);
        } catch (error) {
          problems = [String((error as Error).stack)];
        }
        if (problems.length > 0)
          bad.push(
            `DUNLIN_SEED=${seed} DUNLIN_ROUNDS=full DUNLIN_POINT=${round}, ${driver}: ${JSON.stringify(planned.table)} ${JSON.stringify(planned.calls)}\n${before.objects.get(`table ${planned.table}`)}\n${problems.join('\n')}`,
          );
      }
    }
    rmSync(folder, { recursive: true, force: true });
    if (process.env['SUM']) {
      console.log(
        bad
          .map((b) =>
            b
              .split('\n')
              .filter((l) =>
                /^DUNLIN_SEED|Error|instead|^ +"|^ [ \]{}[]|^not|^(rows|table|index|view|trigger|seq|stat|obj)/.test(l),
              )
              .map((l) => l.slice(0, 400))
              .join('\n   '),
          )
          .filter((_, i) => i % 2 === 0)
          .join('\n'),
      );
    }
    expect(bad.slice(0, 3).join('\n\n'), `${bad.length} of ${rounds} rounds on two drivers`).toBe('');
    tried('table changes', rounds * 2);
    if (only !== undefined) return;
    expect(unplanned).toBeLessThan(rounds / 20);
    // Both ways are taken: the engine's own ALTER TABLE, and the copy.
    expect(methods['rebuild']).toBeGreaterThan(rounds);
    expect(methods['alter']).toBeGreaterThan(rounds / 10);
  },
);
