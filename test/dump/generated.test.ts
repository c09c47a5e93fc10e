import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { MigrationRunner } from '../../src/node/index.ts';
import { makeSchema } from '../support/schemas/make-schema.ts';
import { readMermaid } from './mermaid.ts';
import { hasCommandLine, loaders, schemaOf } from './support.ts';

const rounds = 60;

it(`${rounds} generated schemas load again, and are drawn`, { timeout: 120_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-dump-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (let start = 1; start <= rounds; start++) {
    const about = `makeSchema(${start})`;
    const { database } = makeSchema(start);
    const runner = new MigrationRunner({ database, migrations: [] });
    const text = runner.dumpSync();
    for (const [name, load] of Object.entries(loaders)) {
      // Each is a process of its own.
      if (name.includes('command line') && (!hasCommandLine || start % 6 !== 0)) continue;
      const path = join(folder, `${start} ${name.replaceAll(':', ' ')}.db`);
      expect(load(text, path), `${about}, ${name}`).toBe('');
      const loaded = new BetterSqlite3(path);
      expect(withUnixLines(schemaOf(betterSqlite3Bridge(loaded))), `${about}, ${name}`).toEqual(
        withUnixLines(schemaOf(betterSqlite3Bridge(database))),
      );
      expect(new MigrationRunner({ database: loaded, migrations: [] }).dumpSync(), `${about}, ${name}`).toBe(text);
      loaded.close();
    }
    const { entities } = await readMermaid(runner.dumpSync({ format: 'mermaid' }));
    const model = JSON.parse(runner.dumpSync({ format: 'json' })) as { tables: unknown[] };
    expect(entities, about).toHaveLength(model.tables.length);
    expect(runner.dumpSync({ format: 'svg', views: true }), about).toContain('</svg>');
    database.close();
  }
});

/** The texts as a dump has them: without the carriage returns of the files they came from. */
function withUnixLines(schema: readonly string[]): string[] {
  return schema.map((line) => line.replaceAll('\\r\\n', '\\n')).toSorted();
}
