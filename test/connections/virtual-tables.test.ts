import { createRequire } from 'node:module';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import Database from 'better-sqlite3';
import { compareSchemas, migrate, MigrationRunner, readSchemaFile, type Extension } from '../../src/node/index.ts';
import { Folder } from '../cli/harness.ts';
import { failureOf } from '../support/databases.ts';
import { compileExtension, noCompiler, sampleExtension } from '../support/extension.ts';

const driver = 'better-sqlite3';

/** Not among the dependencies, because it wants Node 22: tried where somebody has installed it. */
const vector = ((): string | undefined => {
  try {
    const name = '@photostructure/sqlite-vec';
    return (createRequire(import.meta.url)(name) as { getLoadablePath(): string }).getLoadablePath();
  } catch {
    return undefined;
  }
})();
const noVector = vector === undefined ? 'sqlite-vec is not installed' : undefined;
let sample = '';

beforeAll(() => {
  if (noCompiler === undefined) sample = compileExtension('sample', sampleExtension);
});

function newPath(name = 'app.db'): string {
  const folder = mkdtempSync(join(tmpdir(), 'dunlin-virtual-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, name);
}

interface Case {
  readonly module: string;
  readonly create: string;
  readonly extensions: () => readonly Extension[];
  readonly skip?: string | undefined;
}

const cases: readonly Case[] = [
  {
    module: 'vec0',
    create:
      "CREATE VIRTUAL TABLE v USING vec0 (e float[4], tag text, +note text); INSERT INTO v (rowid, e, tag, note) VALUES (1, '[1,2,3,4]', 'a', 'b');",
    extensions: () => [vector!],
    skip: noVector,
  },
  {
    module: 'pairs',
    create: 'CREATE VIRTUAL TABLE v USING pairs;',
    extensions: () => [{ path: sample, entryPoint: 'sample_init' }],
    skip: noCompiler,
  },
];

/** The database as it is, and as VACUUM leaves it: that puts virtual tables behind all others. */
const states = [
  ['as it was made', ''],
  ['after a VACUUM', 'VACUUM'],
] as const;

for (const { module, create, extensions, skip } of cases)
  describe.skipIf(skip !== undefined).each(states)(`a virtual table of ${module}, in a database %s`, (_, vacuum) => {
    const files = {
      '001_before.sql': 'CREATE TABLE before_it (a); CREATE TABLE v_archive (a); INSERT INTO v_archive VALUES (1);',
      '002_v.sql': create,
      '003_after.sql': 'CREATE TABLE after_it (a);',
    };
    const more = { ...files, '004_more.sql': 'CREATE TABLE more (a);' };

    async function make(): Promise<string> {
      const database = newPath();
      await migrate({ database, driver, extensions: extensions(), migrations: files });
      const direct = new Database(database);
      direct.exec(vacuum);
      direct.close();
      return database;
    }

    const runnerOf = (
      database: string,
      loaded: boolean,
      migrations: Record<string, string> = files,
    ): MigrationRunner => {
      const runner = new MigrationRunner({
        database,
        driver,
        migrations,
        ...(loaded ? { extensions: extensions() } : {}),
      });
      onTestFinished(() => runner.close());
      return runner;
    };

    it('shows no drift, loaded or not, and says where it is not', async () => {
      const database = await make();
      const loaded = await runnerOf(database, true).status();
      expect(loaded.drift).toEqual([]);
      expect(loaded.notes).toEqual([]);
      const unloaded = await runnerOf(database, false).status();
      expect(unloaded.drift).toEqual([]);
      expect(unloaded.notes).toEqual([expect.stringContaining(`module ${module} is not loaded here`)]);
      expect((await runnerOf(database, false).check()).problems).toEqual([]);
    });

    it('keeps its tables with it through `repair --schema`, and a run where it is not loaded', async () => {
      const database = await make();
      const without = runnerOf(database, false, more);
      const direct = new Database(database);
      direct.exec('CREATE TABLE by_hand (a)');
      direct.close();
      expect((await without.status()).drift.map(({ name }) => name)).toEqual(['by_hand']);
      await without.acceptSchema();
      expect((await without.up()).backup).toBeDefined();
      expect((await runnerOf(database, true, more).status()).drift).toEqual([]);
    });

    it('has the same schema for a comparison, loaded or not', async () => {
      const database = await make();
      const [loaded, unloaded] = [await runnerOf(database, true).schema(), await runnerOf(database, false).schema()];
      expect(compareSchemas(loaded, unloaded)).toEqual([]);
      expect(unloaded.unloaded).toEqual(new Map([['v', module]]));
      expect([...unloaded.tables.keys()].toSorted()).toEqual(['after_it', 'before_it', 'v', 'v_archive']);
    });

    it('is dumped as one statement, which loads', async () => {
      const database = await make();
      for (const loaded of [true, false]) {
        const dump = newPath('schema.sql');
        const text = await runnerOf(database, loaded).dump();
        expect(text.match(/CREATE (?:VIRTUAL )?TABLE "?v\w*/g)).toEqual([
          'CREATE TABLE v_archive',
          'CREATE VIRTUAL TABLE v',
        ]);
        writeFileSync(dump, text);
        const read = await readSchemaFile(dump, { driver, extensions: extensions() });
        expect(read.tables.has('v')).toBe(true);
        expect(await failureOf(() => readSchemaFile(dump, { driver }))).toMatchObject({
          code: 'SCHEMA_FILE_FAILED',
          message: expect.stringContaining(`no such module: ${module}`),
          hint: expect.stringContaining('--extension'),
        });
      }
    });

    it('is dropped as a whole where it is loaded; elsewhere the error says what is missing', async () => {
      const database = await make();
      const drop = { ...files, '004_drop.sql': '-- dunlin: destructive v\nDROP TABLE v;' };
      const error = await failureOf(() => runnerOf(database, false, drop).up());
      expect(error).toMatchObject({ code: 'STATEMENT_FAILED', hint: expect.stringContaining(`the module ${module}`) });
      await runnerOf(database, true, drop).up();
      const direct = new Database(database);
      expect(direct.prepare(`SELECT name FROM sqlite_schema WHERE name LIKE 'v%'`).pluck().all()).toEqual([
        'v_archive',
      ]);
      direct.close();
    });

    it('does not hide a table that somebody made under such a name', async () => {
      const database = await make();
      const drop = {
        ...files,
        '004_drop.sql': 'CREATE TABLE n (a); DROP TABLE v_archive; ALTER TABLE n RENAME TO v_archive;',
      };
      for (const loaded of [true, false]) {
        const error = await failureOf(() => runnerOf(database, loaded, drop).up());
        expect(error).toMatchObject({ code: 'ROWS_LOST', message: expect.stringContaining('v_archive') });
      }
      const direct = new Database(database);
      direct.exec('CREATE TABLE v_later (a)');
      direct.close();
      expect((await runnerOf(database, false).status()).drift.map(({ name }) => name)).toEqual(['v_later']);
    });
  });

describe.skipIf(noCompiler !== undefined)('on the command line, a module that is not loaded', () => {
  it('is named by status, dump and diff', async () => {
    const folder = new Folder({ 'migrations/001_v.sql': 'CREATE VIRTUAL TABLE v USING pairs;' });
    onTestFinished(() => folder.remove());
    const named = compileExtension('named', sampleExtension.replace('sample_init', 'sqlite3_named_init'));
    const flags = ['--driver', driver, '--extension', named];
    expect((await folder.run(['up', '-d', 'app.db', ...flags])).code).toBe(0);
    const words = 'the module pairs is not loaded here';
    const one = (text: string): string => text.replaceAll(/\s+/g, ' ');
    expect(one((await folder.run(['status', '-d', 'app.db', '--driver', driver])).err)).toContain(words);
    const dump = await folder.run(['dump', '-d', 'app.db', '--driver', driver]);
    expect(one(dump.err)).toContain(words);
    expect((await folder.run(['dump', '-d', 'app.db', ...flags])).err).toBe('');
    folder.write('schema.sql', dump.out);
    const diff = await folder.run(['diff', 'app.db', 'app.db', '--driver', driver]);
    expect(one(diff.err)).toContain(`app.db: virtual table v: ${words}`);
    expect((await folder.run(['diff', 'schema.sql', 'app.db', '--exit-code', ...flags])).code).toBe(0);
  });
});
