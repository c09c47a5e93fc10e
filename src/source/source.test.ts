import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { isDunlinError, type DunlinError } from '../errors/index.ts';
import { createRegistry, defineMigration, problemsOf, type Registry } from '../migration/index.ts';
import { nodeHost } from '../node/node-host.ts';
import { definitionsSource, recordSource, toSource, type MigrationsGiven, type MigrationRecord } from './to-source.ts';

const registryOf = (given: MigrationsGiven): Registry => createRegistry(toSource(given), nodeHost);
const up = (): void => undefined;

function errorOf(given: unknown): string {
  try {
    registryOf(given as MigrationsGiven);
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return problemsOf(error)
      .map(({ code, message, hint }: DunlinError) => `${code}\n  ${message}\n  ${hint}`)
      .join('\n');
  }
  return 'accepted';
}

describe('recordSource', () => {
  it('reads what a glob import gives', async () => {
    const definition = defineMigration({ up });
    const record: MigrationRecord = {
      './migrations/002_b.sql?raw': 'SELECT 2',
      './migrations/001_a.sql': { default: 'SELECT 1' },
      'C:\\app\\migrations\\003_c.ts': { default: definition },
      '/src/migrations/004_d.ts': () => Promise.resolve({ up }),
      './migrations/005_e.js': definition,
      './migrations/README.md': '# Migrations',
      './migrations/index.ts': { default: 1 },
    };
    const registry = registryOf(record);
    expect(registry.source).toBe('the given record');
    expect(registry.migrations.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      '001_a sql',
      '002_b sql',
      '003_c code',
      '004_d code',
      '005_e code',
    ]);
    expect(registry.get(2)?.file).toBe('./migrations/002_b.sql?raw');
    expect(registry.ignored.map(({ file }) => file)).toEqual(['README.md', 'index.ts']);
    for (const version of [3, 4, 5]) {
      const migration = registry.get(version);
      expect(migration?.kind === 'code' && (await migration.load(false))).toMatchObject({ up });
    }
  });

  it('keeps the folder of a file whose name says nothing', () => {
    const { ignored, migrations } = registryOf({
      '../prisma/migrations/20240101_init/migration.sql': 'SELECT 1',
      'x/2024-01-03_x/down.sql': 'SELECT 2',
      'up.sql': 'SELECT 3',
      'm/1_x.down..sql': 'SELECT 4',
    });
    expect(migrations).toEqual([]);
    expect(ignored.map(({ file, mayBeMigration }) => [file, mayBeMigration])).toEqual([
      ['20240101_init/migration.sql', true],
      ['2024-01-03_x/down.sql', true],
      ['up.sql', false],
      ['1_x.down..sql', true],
    ]);
  });

  it('takes keys without an ending', () => {
    const { migrations } = registryOf({ '001_a': 'SELECT 1', '002_b': { up } });
    expect(migrations.map(({ id, kind, file }) => [id, kind, file])).toEqual([
      ['001_a', 'sql', '001_a'],
      ['002_b', 'code', '002_b'],
    ]);
  });

  it('names both paths of a version', () => {
    expect(errorOf({ './a/1_x.sql': '', './b/1_y.sql': '' })).toContain('./a/1_x.sql and ./b/1_y.sql');
  });

  it('refuses values that do not fit their name', () => {
    const record = {
      '1_a.sql': () => Promise.resolve('SELECT 1'),
      '2_b.sql': { up },
      '3_c.ts': 'export const up = 1;',
      '4_d.ts': 4,
    };
    expect(errorOf(record)).toMatchInlineSnapshot(`
      "SOURCE_VALUE_INVALID
        1_a.sql is a function, but the text of SQL has to be at hand when the run begins.
        Nothing was changed. Give the text itself: with Vite \`import.meta.glob('./*.sql', { eager: true, query: '?raw', import: 'default' })\`, with esbuild \`--loader:.sql=text\`.
      SOURCE_VALUE_INVALID
        2_b.sql is not text.
        Nothing was changed. Give the text itself: with Vite \`import.meta.glob('./*.sql', { eager: true, query: '?raw', import: 'default' })\`, with esbuild \`--loader:.sql=text\`.
      SOURCE_VALUE_INVALID
        3_c.ts is given as text.
        Nothing was changed. Give the module, a definition, or a function that imports the module.
      SOURCE_VALUE_INVALID
        4_d.ts is neither a module nor a definition nor a function.
        Nothing was changed. Give the module, a definition, or a function that imports the module."
    `);
  });
});

describe('definitionsSource', () => {
  it('orders definitions by version and gives them identities', () => {
    const registry = registryOf([
      defineMigration({ version: 2, name: '0002_roles', up }),
      defineMigration({ version: 1, name: 'users', up: 'CREATE TABLE users (id)' }),
      defineMigration({ version: 10, name: '007_bond', up }),
    ]);
    expect(registry.source).toBe('the given list');
    expect(registry.migrations.map(({ version, id, name, file }) => [version, id, name, file])).toEqual([
      [1, '001_users', 'users', '001_users'],
      [2, '0002_roles', 'roles', '0002_roles'],
      [10, '010_007_bond', '007_bond', '010_007_bond'],
    ]);
    const [users] = registry.migrations;
    expect(users?.kind === 'code' && users.load(true)).toMatchObject({ version: 1, up: 'CREATE TABLE users (id)' });
    expect(users?.checksum).toMatch(/^definition:[0-9a-f]{64}$/);
  });

  it('refuses definitions that are incomplete, all at once', () => {
    const bad = [
      { name: 'a', up },
      { version: 1, up },
      { version: 1.5, name: 'b', up },
      null,
      { version: 0, name: 'c', up },
    ];
    expect(errorOf(bad)).toMatchInlineSnapshot(`
      "DEFINITION_INCOMPLETE
        Definition 1 of the list has no \`version\`.
        Nothing was changed. Give both: \`defineMigration({ version: 1, name: 'create_users', up(db) { ... } })\`.
      DEFINITION_INCOMPLETE
        Definition 2 of the list has no \`name\`.
        Nothing was changed. Give both: \`defineMigration({ version: 1, name: 'create_users', up(db) { ... } })\`.
      DEFINITION_INCOMPLETE
        Definition 3 of the list has no \`version\`.
        Nothing was changed. Give both: \`defineMigration({ version: 1, name: 'create_users', up(db) { ... } })\`.
      DEFINITION_INCOMPLETE
        Definition 4 of the list has no \`version\`.
        Nothing was changed. Give both: \`defineMigration({ version: 1, name: 'create_users', up(db) { ... } })\`.
      VERSION_ZERO
        000_c has version 0, which means "nothing applied".
        Nothing was changed. Begin with 1: rename the file."
    `);
    expect(errorOf([{ version: 1e15, name: 'a', up }])).toContain('has no `version`');
    expect(errorOf([{ version: 1, name: 'add users', up }])).toContain('001_add users is not named');
  });

  it('refuses a misspelt key when it is loaded', () => {
    const migration = registryOf([{ version: 1, name: 'a', up, verfy: up } as never]).migrations[0];
    expect(() => migration?.kind === 'code' && migration.load(true)).toThrow('has no `verfy`');
  });
});

describe('toSource', () => {
  it('passes a source on', () => {
    const source = recordSource({}, 'mine');
    expect(toSource(source)).toBe(source);
    expect(definitionsSource([], 'ours').name).toBe('ours');
  });

  it('refuses anything else', () => {
    expect(errorOf('migrations')).toMatchInlineSnapshot(`
      "SOURCE_INVALID
        Migrations cannot be read from the text "migrations".
        Nothing was changed. Give a record of file names and texts or modules, an array of definitions, or a source; with \`dunlin\`, but not \`dunlin/core\`, also the path of a directory."
    `);
    expect(errorOf(undefined)).toContain('Migrations cannot be read from undefined.');
    expect(errorOf(null)).toContain('Migrations cannot be read from null.');
    expect(errorOf(new Map([['001_a.sql', 'SELECT 1']]))).toContain('from an object of class Map.');
    expect(errorOf(Promise.resolve({}))).toContain('from a promise.');
    expect(errorOf(new URL('file:///migrations/'))).toContain('from an object of class URL.');
  });

  it('takes a record of another realm, and one without a prototype', () => {
    const record = Object.assign(Object.create(null), { '001_a.sql': '' });
    expect(registryOf(record).migrations).toHaveLength(1);
    expect(registryOf(runInNewContext(`({ '001_a.sql': '' })`)).migrations).toHaveLength(1);
  });
});
