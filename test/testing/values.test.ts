import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { directorySource } from '../../src/node/index.ts';
import { migratedDatabase, type MigratedDatabaseOptions } from '../../src/node/testing/index.ts';
import type { MigrationDatabase } from '../../src/migration/index.ts';
import { failureOf } from '../support/databases.ts';
import { newProcess, project } from './support.ts';

type Given = MigratedDatabaseOptions['migrations'];

const creating = (table: string) => (db: MigrationDatabase) => void db.exec(`CREATE TABLE ${table} (x)`);

/** The table that the migrations of the tests create. */
async function tableOf(
  migrations: unknown,
  cache: string,
  open: typeof migratedDatabase = migratedDatabase,
  options: { readonly format?: 'drizzle' } = {},
): Promise<unknown> {
  const db = await open(Database, { migrations: migrations as Given, cache, ...options });
  try {
    return db.prepare(`SELECT name FROM sqlite_schema WHERE name IN ('a', 'b')`).pluck().get();
  } finally {
    db.close();
  }
}

const list = (definition: object): unknown => [Object.assign(definition, { version: 1, name: 't' })];
const sealed = (definition: object): object => Object.assign(definition, { version: 1, name: 't' });

class Getter {
  readonly #table: string;
  constructor(table: string) {
    this.#table = table;
  }
  get up(): string {
    return `CREATE TABLE ${this.#table} (x)`;
  }
}

const withMethod = (table: string): object =>
  new (class {
    up(db: MigrationDatabase): void {
      db.exec(`CREATE TABLE ${table} (x)`);
    }
  })();

const inheriting = (table: string): object => Object.create({ up: `CREATE TABLE ${table} (x)` }, {}) as object;

const hidden = (table: string): object =>
  Object.defineProperty({}, 'up', { value: `CREATE TABLE ${table} (x)`, enumerable: false });

describe('a template of migrations that are values', () => {
  it.each<[string, (table: string) => unknown]>([
    ['instances of a class with a getter', (table) => list(new Getter(table))],
    ['instances of a class with a method', (table) => list(withMethod(table))],
    ['instances in a record', (table) => ({ '001_t.ts': withMethod(table) })],
    ['instances that are a default export', (table) => ({ '001_t.ts': { default: new Getter(table) } })],
    ['objects that inherit', (table) => list(inheriting(table))],
    ['objects with a property that is not enumerable', (table) => list(hidden(table))],
    ['modules', (table) => ({ '001_t.ts': { up: creating(table) } })],
    ['functions that return a module', (table) => ({ '001_t.ts': () => ({ default: { up: creating(table) } }) })],
    ['SQL in a module', (table) => ({ '001_t.sql': { default: `CREATE TABLE ${table} (x)` } })],
  ])('is not given out for others: %s', async (_, make) => {
    const { cache } = project();
    expect(await tableOf(make('a'), cache)).toBe('a');
    expect(await tableOf(make('b'), cache)).toBe('b');
    const { migratedDatabase: anew } = await newProcess();
    expect(await tableOf(make('a'), cache, anew)).toBe('a');
  });

  it('is not kept for another process if there is a class', async () => {
    const { cache } = project();
    await tableOf(list(withMethod('a')), cache);
    const { migratedDatabase: anew } = await newProcess();
    expect(await tableOf(list(withMethod('b')), cache, anew)).toBe('b');
    expect(existsSync(cache)).toBe(false);
  });

  it('is not given out after a value was changed in place', async () => {
    const { cache } = project();
    const module: { up: unknown } = { up: creating('a') };
    const definition = sealed({ up: 'CREATE TABLE a (x)' }) as { up: unknown };
    let exported: object = { default: { up: creating('a') } };
    let source = 'a';
    const givens: unknown[] = [
      { '001_t.ts': module },
      { '001_t.ts': { default: module } },
      { '001_t.ts': { default: { default: module } } },
      [definition],
      { '001_t.ts': () => exported },
      { '001_t.ts': async () => Promise.resolve(exported) },
      {
        name: 'my own',
        read: () => ({
          entries: [{ name: '001_t.sql', path: '001_t.sql', content: `CREATE TABLE ${source} (x)` }],
          others: [],
        }),
      },
    ];
    for (const given of givens) expect(await tableOf(given, cache)).toBe('a');
    module.up = creating('b');
    definition.up = 'CREATE TABLE b (x)';
    exported = { default: { up: creating('b') } };
    source = 'b';
    for (const given of givens) expect(await tableOf(given, cache)).toBe('b');
  });

  it('is not given out after an edit of the files of a source', async () => {
    const { cache, migrations, write } = project({ '001_t.sql': 'CREATE TABLE a (x)' });
    const source = directorySource(migrations);
    expect(await tableOf(source, cache)).toBe('a');
    write('migrations/001_t.sql', 'CREATE TABLE b (x)');
    expect(await tableOf(source, cache)).toBe('b');
  });

  it('is not given out to a record whose other files changed', async () => {
    const { cache } = project();
    const drizzle = (tag: string): unknown => ({
      'meta/_journal.json': {
        version: '7',
        dialect: 'sqlite',
        entries: [{ idx: 0, version: '6', when: 1, tag, breakpoints: true }],
      },
      '0000_a.sql': 'CREATE TABLE a (x);',
      '0000_b.sql': 'CREATE TABLE b (x);',
    });
    for (const table of ['a', 'b'])
      expect(await tableOf(drizzle(`0000_${table}`), cache, migratedDatabase, { format: 'drizzle' })).toBe(table);
  });

  it('is given out again for the same functions, however they are passed', async () => {
    const { cache } = project();
    let runs = 0;
    const up = (db: MigrationDatabase): void => {
      runs += 1;
      db.exec('CREATE TABLE a (x)');
    };
    const exported: { up: unknown; default?: unknown; helper: object } = { up, helper: { of: 'the module' } };
    exported.default = exported;
    const givens: (() => unknown)[] = [
      () => ({ '001_t.ts': async () => Promise.resolve(exported) }),
      () => ({ '001_t.ts': exported }),
      () => [{ version: 1, name: 't', up, destructive: ['a'] }],
    ];
    for (const [i, make] of givens.entries()) {
      await tableOf(make(), cache);
      await tableOf(make(), cache);
      expect(runs).toBe(i + 1);
    }
  });

  it('does not hide an error behind the template of migrations without it', async () => {
    const { cache } = project();
    const definition = { version: 1, name: 't', up: 'CREATE TABLE a (x)' };
    expect(await tableOf([definition], cache)).toBe('a');
    const codeWith = async (given: unknown): Promise<string> => (await failureOf(() => tableOf(given, cache))).code;
    expect(await codeWith([{ ...definition, dwon: 1n }])).toBe('DEFINITION_KEY_UNKNOWN');
    expect(await codeWith([{ ...definition, down: 1n }])).toBe('DEFINITION_TYPE');
    expect(await codeWith([definition, { version: 2 }])).toBe('DEFINITION_INCOMPLETE');
    const failing = (): never => {
      throw new TypeError('not today');
    };
    expect(await codeWith({ '001_t.ts': failing })).toBe('MODULE_FAILED');
    expect(await codeWith({ name: 'mine', read: () => undefined })).toBe('OPTION_INVALID');
  });
});
