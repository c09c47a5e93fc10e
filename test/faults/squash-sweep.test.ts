import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/execute/index.ts';
import { nodeHost } from '../../src/node/node-host.ts';
import { createContext } from '../../src/runner/create-context.ts';
import { readBack, startWorker, workspace } from '../concurrency/support.ts';
import { openTestDatabase, registryOf } from '../support/databases.ts';
import { tried } from '../support/fault-points.ts';
import { Death, ThirdLoop } from '../support/third-loop.ts';
import { squashed } from '../squash/support.ts';

const files: Readonly<Record<string, string>> = {
  '001_a.sql': `CREATE TABLE a (id INTEGER PRIMARY KEY, x); INSERT INTO a (x) VALUES ('one'), ('two');`,
  '002_b.sql': 'CREATE TABLE b (id INTEGER PRIMARY KEY REFERENCES a (id)); INSERT INTO b VALUES (1);',
  '003_c.sql': 'CREATE TRIGGER t AFTER INSERT ON a BEGIN INSERT INTO b VALUES (new.id); END;',
  '004_d.sql': `INSERT INTO a (x) VALUES ('three');`,
};

describe('a new database whose first run dies', () => {
  it('has all of the squash or nothing of it, whenever that is, and the next run continues', async () => {
    const { fileName, text } = await squashed(files, 3);
    const registry = registryOf({ ...files, [fileName]: text });
    const reference = openTestDatabase();
    await reference.up(files);
    let points = 0;
    for (let at = 1; ; at++) {
      const db = openTestDatabase();
      const options = { lockTimeoutMs: 0, backup: 'off' } as const;
      const bridge = db.connect();
      const context = createContext({ host: nodeHost, database: 'app.db' }, options, bridge, registry);
      const loop = new ThirdLoop(bridge, { kind: 'death', at });
      let died = false;
      try {
        loop.run(run(context, { kind: 'up' }));
      } catch (error) {
        if (!(error instanceof Death)) throw error;
        died = true;
      }
      // The system ends what a dead process has begun.
      if (bridge.inTransaction?.() === true) void bridge.script('ROLLBACK');
      db.close(bridge);
      const versions = db.value(`SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'`)
        ? db.versions()
        : [];
      expect([0, 4], `death at request ${at}`).toContain(versions.length);
      expect(db.value(`SELECT count(*) FROM sqlite_schema WHERE name IN ('a', 'b', 't')`)).toBe(
        versions.length === 0 ? 0 : 3,
      );
      await db.up({ ...files, [fileName]: text });
      expect(db.versions()).toEqual([1, 2, 3, 4]);
      expect(db.content()).toBe(reference.content());
      db.dispose();
      if (!died) break;
      points++;
    }
    expect(points).toBeGreaterThan(20);
    tried('request sweep', points);
  });
});

describe('several processes that start at once with a squash', () => {
  it('run it once, and all succeed', async () => {
    const { fileName, text } = await squashed(files, 3);
    const { folder, migrations, remove } = workspace({ ...files, [fileName]: text });
    const database = join(folder, 'app.db');
    const startAt = Date.now() + 1500;
    const results = await Promise.all(
      Array.from({ length: 4 }, () => startWorker('better-sqlite3', database, migrations, startAt).result),
    );
    expect(results.map(({ stderr }) => stderr).join('')).toBe('');
    const applied = results.flatMap(({ stdout }) => (JSON.parse(stdout) as { applied: number[] }).applied);
    expect(applied.toSorted((a, b) => a - b)).toEqual([3, 4]);
    const { versions, attempts } = readBack(database);
    expect(versions).toEqual([1, 2, 3, 4]);
    expect(attempts.filter(({ status }) => status !== 'ok')).toEqual([]);
    remove();
  }, 60_000);
});
