import { describe, expect, it } from 'vitest';
import { isDunlinError } from '../errors/index.ts';
import { MigrationRunner as CoreRunner } from '../runner/runner.ts';
import * as library from './index.ts';

/** The message of the error, or a text that says that there was none. */
async function messageOf(call: () => unknown): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (!isDunlinError(error) || error.code !== 'OPTION_INVALID') throw error;
    return error.message;
  }
  return 'it went through';
}

const wrong: readonly unknown[] = [undefined, null, 3, [], {}];
const empty = library.toSource([]);
const sourceOf = (contents: unknown): never => ({ name: 'mine', read: () => contents }) as never;

describe('wrong arguments of the library are named in the error', () => {
  it.each<[string, (value: never) => unknown, string]>([
    ['openDatabase', (value) => library.openDatabase(value), '`database` must be a path or an `sqlite:` URL; it is '],
    [
      'directorySource',
      (value) => library.directorySource(value),
      '`directory` must be the path of a directory, or a `file:` URL; it is ',
    ],
    [
      'createRegistry',
      (value) => library.createRegistry(value, library.nodeHost),
      '`source` must be a source, which `toSource` or `directorySource` makes; it is ',
    ],
    [
      'createRegistry, host',
      (value) => library.createRegistry(empty, value),
      '`host` must be a `Host`, as `nodeHost` is one; it is ',
    ],
    ['readSchemaFile', (value) => library.readSchemaFile(value), '`path` must be the path of an SQL file; it is '],
    [
      'compareSchemas',
      (value) => library.compareSchemas(value, value),
      '`before` must be a schema, which `runner.schema()` or `readSchemaFile()` reads; it is ',
    ],
    [
      'createRegistry, contents',
      (value) => library.createRegistry(sourceOf(value), library.nodeHost),
      '`source.read()` must give an object with the lists `entries` and `others`; it gives ',
    ],
    [
      'createRegistry, entries',
      (value) => library.createRegistry(sourceOf({ entries: [value], others: [] }), library.nodeHost),
      '`source.read()` must give entries with a `name` and a `path`; its entry 1 is ',
    ],
  ])('%s', async (_name, call, message) => {
    for (const value of wrong) expect(await messageOf(() => call(value as never))).toContain(message);
  });

  it.each<[string, (value: never) => unknown]>([
    ['openDatabase', (value) => library.openDatabase(':memory:', value)],
    ['readSchemaFile', (value) => library.readSchemaFile('schema.sql', value)],
    ['MigrationRunner', (value) => new library.MigrationRunner(value)],
    ['MigrationRunner of the core', (value) => new CoreRunner(value)],
    ['VersionTracker', (value) => new library.VersionTracker(value).current()],
    ['RollbackManager', (value) => new library.RollbackManager(value).rollback()],
    ['BackupManager', (value) => new library.BackupManager(value)],
    ['MigrationService', (value) => new library.MigrationService(value)],
  ])('options that are none: %s', async (_name, call) => {
    for (const value of [null, 3, []])
      expect(await messageOf(() => call(value as never))).toMatch(/^The options must be an object; they are /);
    expect(await messageOf(() => call({ databse: 'app.db' } as never))).toContain('`databse` is unknown');
  });

  it('a URL that leads elsewhere', async () => {
    expect(await messageOf(() => library.directorySource(new URL('https://example.com/migrations')))).toContain(
      '`directory` is "https://example.com/migrations", which is no place on this machine: The URL must be of scheme file',
    );
  });

  it('the parts of a runner of the core', async () => {
    expect(await messageOf(() => new CoreRunner({} as never))).toContain(
      '`bridge` must be a function that opens a `DatabaseBridge`; it is undefined',
    );
  });
});

describe('an unknown option of migrate', () => {
  const options = { database: ':memory:', migrations: {} };

  it.each<[string, (given: never) => unknown]>([
    ['migrate', (given) => library.migrate(given)],
    ['migrateSync', (given) => library.migrateSync(given)],
  ])('is reported with all options of %s', async (_, call) => {
    const all = await messageOf(() => call({ ...options, xyzzy: 1 } as never));
    expect(all).toMatch(
      /^`xyzzy` is unknown \(known are database, migrations, seeds, driver, format, placeholders, to, steps, layout, tables, /,
    );
    expect(await messageOf(() => call({ ...options, stpes: 1 } as never))).toContain('did you mean `steps`?');
    expect(await messageOf(() => call({ ...options, steps: -1 } as never))).toContain('`steps` must be a whole number');
    expect(await messageOf(() => call(undefined as never))).toBe('The options must be an object; they are undefined.');
    expect(await messageOf(() => call([] as never))).toMatch(/^The options must be an object/);
  });

  it('is not one of the runner, which is given them with `up`', async () => {
    const all = await messageOf(() => new library.MigrationRunner({ ...options, to: 1 } as never));
    expect(all).toMatch(/^`to` is unknown/);
  });
});
