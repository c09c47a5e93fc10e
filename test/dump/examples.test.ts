import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { betterSqlite3Bridge } from '../../src/drivers/index.ts';
import { MigrationRunner } from '../../src/node/index.ts';
import { readMermaid } from './mermaid.ts';
import { hasCommandLine, loaders, schemaOf } from './support.ts';

const root = resolve(import.meta.dirname, '../../examples');

/** The folders of the examples that hold migrations. */
const histories = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .map((path) => path.replaceAll('\\', '/'))
  .filter((path) => /(?:^|\/)migrations(?:\/\w+)?$/.test(path))
  .filter((path) => readdirSync(join(root, path)).some((name) => /^\d+_.*\.(?:sql|ts)$/.test(name)))
  .toSorted();

/** Keyed by file name, as the application of that example has it. */
const layouts: Readonly<Record<string, 'filename'>> = { 'chat-app/migrations': 'filename' };

describe('the end of each example’s history', () => {
  it('is there', () => {
    expect(histories.length).toBeGreaterThan(5);
  });

  describe.each(histories)('%s', (path) => {
    for (const [name, load] of Object.entries(loaders))
      it.skipIf(name.includes('command line') && !hasCommandLine)(`starts a database by ${name}`, async () => {
        const folder = mkdtempSync(join(tmpdir(), 'dunlin-dump-'));
        onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
        const file = (base: string): string => join(folder, base);
        const runner = (base: string): MigrationRunner =>
          new MigrationRunner({
            database: file(base),
            migrations: join(root, path),
            driver: 'better-sqlite3',
            ...(path in layouts ? { layout: layouts[path]! } : {}),
          });
        const [first, second] = [runner('first.db'), runner('second.db')];
        await first.up();
        const text = await first.dump();
        expect(load(text, file('second.db'))).toBe('');
        const status = await second.check();
        expect(status.problems).toEqual([]);
        expect(status.entries.map((entry) => entry.state)).toEqual(status.entries.map(() => 'applied'));
        expect((await second.up()).applied).toEqual([]);
        expect(await second.dump()).toBe(text);
        expect((await readMermaid(await second.dump({ format: 'mermaid', views: true }))).entities).not.toEqual([]);
        await Promise.all([first.close(), second.close()]);
        const [one, other] = ['first.db', 'second.db'].map((base) => {
          const db = new BetterSqlite3(file(base), { readonly: true });
          const schema = schemaOf(betterSqlite3Bridge(db));
          db.close();
          return schema;
        });
        expect(other).toEqual(one);
      });
  });
});
