import { expect, it } from 'vitest';
import { failureOf, onEveryDriver } from '../support/databases.ts';

const first = { '001_users.sql': 'CREATE TABLE users (id INTEGER PRIMARY KEY)' };
const template =
  '-- Migration: 002_tags\n-- Date: 2026-11-21\n\n-- === UP MIGRATION ===\n\n\n-- === DOWN MIGRATION ===\n';

onEveryDriver('a migration that nobody has filled in', (open) => {
  it.each<[string, Record<string, never>]>([
    ['the template', { '002_tags.sql': template } as never],
    ['an empty file', { '002_tags.sql': '' } as never],
    ['nothing but a semicolon', { '002_tags.sql': '\n;\n' } as never],
    ['a module', { '002_tags.ts': { up() {} } } as never],
    ['an empty text', { '002_tags.ts': { up: '' } } as never],
  ])('is refused before anything runs: %s', async (_, files) => {
    const db = open();
    const migrations = { ...first, ...files };
    const [file] = Object.keys(files);
    expect(await failureOf(() => db.up(migrations))).toMatchObject({
      code: 'EMPTY_MIGRATION',
      message: expect.stringContaining(file!),
      migration: { version: 2 },
    });
    expect(db.value('SELECT count(*) FROM sqlite_schema')).toBe(0);
    expect((await db.runner(migrations).plan()).problems).toMatchObject([{ code: 'EMPTY_MIGRATION' }]);
    expect((await db.runner(migrations).check()).problems).toMatchObject([{ code: 'EMPTY_MIGRATION' }]);
    expect((await db.up(migrations, {}, { to: 1 })).to).toBe(1);
    await db.up(migrations, { emptyMigrations: 'allow' });
    expect(db.versions()).toEqual([1, 2]);
    // What is applied is not asked about again.
    expect((await db.up(migrations)).to).toBe(2);
    expect((await db.runner(migrations).check()).problems).toEqual([]);
  });

  it('is recorded by a baseline', async () => {
    const db = open();
    const migrations = { ...first, '002_tags.sql': template };
    await db.runner(migrations).baseline(2);
    expect(db.versions()).toEqual([1, 2]);
  });

  it('is another thing than one that says that it does nothing', async () => {
    const db = open();
    const migrations = {
      ...first,
      '002_reserved.sql': '-- only the server needs this one',
      '003_x.sql': '/* reserved */',
    };
    expect((await db.up(migrations)).notes).toEqual([
      expect.stringMatching(/^002_reserved\.sql has no statements: it is recorded as applied/),
      expect.stringMatching(/^003_x\.sql has no statements/),
    ]);
  });
});
