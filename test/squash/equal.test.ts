import { beforeAll, describe, expect, it } from 'vitest';
import { MigrationRunner } from '../../src/node/create-runner.ts';
import { failureOf, openTestDatabase, variants, type TestDatabase } from '../support/databases.ts';
import { filesAbove, filesTo } from './history.ts';
import { runnerOn, stateOf } from './support.ts';

let squash: Readonly<Record<string, string>> = {};
beforeAll(async () => {
  const runner = new MigrationRunner({ database: ':memory:', migrations: filesTo(7) });
  const { fileName, text } = await runner.squash({ to: 6 });
  squash = { [fileName]: text };
  await runner.close();
});

describe('a squash of migrations 1 to 6, beside their files', () => {
  it.each(variants)(
    'makes new databases that are equal to those that ran the files ($driver, $api)',
    async (variant) => {
      const [old, made] = [openTestDatabase(variant), openTestDatabase(variant)];
      await old.up(filesTo(7));
      const { applied } = await made.up(filesTo(7, squash));
      expect(applied.map(({ version, name }) => `${version} ${name}`)).toEqual(['6 squash', '7 after']);
      expect(stateOf(made)).toEqual(stateOf(old));
      expect(made.attempts()).toEqual(['run up ok', '6 up ok', '7 up ok']);
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7])('lets a database at version %i continue with the files', async (start) => {
    const variant = variants[start % variants.length]!;
    const [old, between] = [openTestDatabase(variant), openTestDatabase(variant)];
    await old.up(filesTo(7));
    await between.up(filesTo(start));
    const { applied } = await between.up(filesTo(7, squash));
    expect(applied.map(({ version }) => version)).toEqual([2, 3, 4, 5, 6, 7].filter((version) => version > start));
    expect(stateOf(between)).toEqual(stateOf(old));
  });
});

describe.each(['better-sqlite3', 'node:sqlite'] as const)('a database made by a squash (%s)', (driver) => {
  it('has no drift, and every check passes', async () => {
    const db = openTestDatabase({ driver, api: 'sync' });
    const runner = runnerOn(db, filesTo(7, squash));
    await runner.up();
    const { problems, pending, entries, drift, rounds } = await runner.check({ rounds: true, replay: true });
    expect({ problems, pending, drift, found: rounds?.problems }).toEqual({
      problems: [],
      pending: [],
      drift: [],
      found: [],
    });
    expect(entries.map(({ version, state, file }) => `${version} ${state} ${file}`)).toEqual(
      Object.keys(filesTo(7)).map((file, i) => `${i + 1} applied ${file}`),
    );
  });

  it('needs no files of what it replaces, and an older one between them does', async () => {
    const open = (): TestDatabase => openTestDatabase({ driver, api: 'sync' });
    const [made, older, between] = [open(), open(), open()];
    const only = filesAbove(6, squash);
    await older.up(filesTo(6));
    await between.up(filesTo(3));
    await made.up(only);
    await older.up(only);
    const rows = 'SELECT version, name, checksum, schema_version FROM schema_migrations ORDER BY version';
    expect(made.rows(rows)).toEqual(older.rows(rows));
    for (const db of [made, older]) {
      const { problems, pending, entries, rounds } = await runnerOn(db, only).check({ rounds: true, replay: true });
      expect({ problems, pending, found: rounds?.problems }).toEqual({ problems: [], pending: [], found: [] });
      expect(entries.map(({ state }) => state)).toEqual(Array.from({ length: 7 }, () => 'applied'));
    }
    const error = await failureOf(() => between.up(only));
    expect(error.code).toBe('SQUASH_FILES_GONE');
    expect(error.message).toBe(
      'app.db needs 3 migrations of those that 006_squash.sql replaces, and their files are gone: 004_code.ts, 005_search.sql, 006_drop.sql.',
    );
    expect(between.versions()).toEqual([1, 2, 3]);
  });
});
