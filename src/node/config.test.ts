import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isDunlinError } from '../errors/index.ts';
import { checkConfig } from './config-check.ts';
import { parseDatabase } from './database-url.ts';
import { defineConfig, loadConfig } from './config.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'dunlin-config-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

const write = (name: string, text: string): void => writeFileSync(join(cwd, name), text);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (e: unknown) => e,
  );
  return isDunlinError(error) ? error.code : String(error);
}

describe('loadConfig', () => {
  it('is undefined where there is no file', async () => {
    expect(await loadConfig(cwd)).toBeUndefined();
  });

  it.skipIf(process.platform === 'win32').each([
    ['a named pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a link to nowhere', (path: string) => symlinkSync('nowhere', path)],
    ['a device', (path: string) => symlinkSync('/dev/null', path)],
    ['a folder', (path: string) => mkdirSync(path)],
  ])('refuses %s, found or named', async (_, make) => {
    for (const name of ['dunlin.config.json', 'dunlin.config.mjs']) {
      make(join(cwd, name));
      expect(await codeOf(loadConfig(cwd))).toBe('CONFIG_UNREADABLE');
      expect(await codeOf(loadConfig(cwd, name))).toBe('CONFIG_UNREADABLE');
      rmSync(join(cwd, name), { recursive: true });
    }
  });

  it('reads a single database; paths count from the file', async () => {
    write('dunlin.config.json', '\uFEFF{ "database": "data/app.db", "migrations": "sql", "layout": "filename" }');
    expect(await loadConfig(cwd)).toEqual({
      file: join(cwd, 'dunlin.config.json'),
      shown: 'dunlin.config.json',
      many: false,
      default: undefined,
      databases: [
        {
          name: undefined,
          location: parseDatabase('data/app.db', cwd),
          migrations: join(cwd, 'sql'),
          driver: undefined,
          options: { layout: 'filename' },
        },
      ],
    });
  });

  it('reads several databases, each with a directory of its own by default', async () => {
    write(
      'dunlin.config.mjs',
      `export default { default: 'b', databases: {
        a: { path: 'sqlite:a.db', driver: 'better-sqlite3' },
        b: { path: '/var/b.db', migrations: '/sql/b', lockTimeoutMs: 5 },
        c: { path: ':memory:', functions: { twice: (n) => n * 2 } } } };`,
    );
    const config = await loadConfig(cwd);
    expect(config).toMatchObject({ many: true, default: 'b' });
    expect(config?.databases).toMatchObject([
      {
        name: 'a',
        location: { path: join(cwd, 'a.db') },
        migrations: join(cwd, 'migrations/a'),
        driver: 'better-sqlite3',
      },
      { name: 'b', location: { path: '/var/b.db' }, migrations: '/sql/b', options: { lockTimeoutMs: 5 } },
      { name: 'c', location: { path: undefined } },
    ]);
  });

  it('loads TypeScript and modules that export names', async () => {
    write('dunlin.config.ts', 'const path: string = "a.db"; export default { database: path };');
    expect((await loadConfig(cwd))?.databases[0]?.location?.path).toBe(join(cwd, 'a.db'));
    write('named.mjs', 'export const database = "b.db";');
    expect((await loadConfig(cwd, 'named.mjs'))?.databases[0]?.location?.path).toBe(join(cwd, 'b.db'));
  });

  it('refuses to choose between two files', async () => {
    write('dunlin.config.json', '{}');
    write('dunlin.config.js', '');
    expect(await codeOf(loadConfig(cwd))).toBe('CONFIG_AMBIGUOUS');
    expect(await loadConfig(cwd, 'dunlin.config.json')).toMatchObject({ many: false });
  });

  it('names a file that is missing, broken or foreign', async () => {
    expect(await codeOf(loadConfig(cwd, 'nowhere.json'))).toBe('CONFIG_NOT_FOUND');
    write('broken.json', '{ "database": ');
    expect(await codeOf(loadConfig(cwd, 'broken.json'))).toBe('CONFIG_UNREADABLE');
    write('throws.mjs', 'throw "no";');
    await expect(loadConfig(cwd, 'throws.mjs')).rejects.toThrow('throws.mjs cannot be read: no.');
    write('rejects.mjs', 'export default Promise.reject(new Error("not today"));');
    await expect(loadConfig(cwd, 'rejects.mjs')).rejects.toThrow('rejects.mjs cannot be read: not today.');
    write('url.json', '{ "database": "postgres://host/db" }');
    expect(await codeOf(loadConfig(cwd, 'url.json'))).toBe('URL_NOT_SQLITE');
  });

  it('names every problem at once', async () => {
    write('dunlin.config.json', '{ "databse": "a.db", "layout": "flat", "verify": "full" }');
    await expect(loadConfig(cwd)).rejects.toThrow(
      'dunlin.config.json has 2 problems:\n' +
        '  - `databse` is unknown (did you mean `database`?).\n' +
        '  - `layout` must be "standard" or "filename" or "semver"; it is "flat".',
    );
  });
});

describe('a configuration with code that fails when it is read', () => {
  const boom = "throw new Error('boom')";
  it.each([
    ['a getter', `{ get database() { ${boom} }, get dump() { throw null } }`, ['`database`', '`dump`']],
    [
      'a getter of a database',
      `{ databases: { a: { path: 'a.db', get driver() { ${boom} } } } }`,
      ['`databases.a.driver`'],
    ],
    ['a getter that is a database', `{ databases: { get a() { ${boom} } } }`, ['`databases.a`']],
    ['a getter in an option', `{ database: 'a.db', backups: { get keep() { ${boom} } } }`, ['`backups.keep`']],
    ['a getter in a list', `{ extensions: [{ get path() { ${boom} } }] }`, ['`extensions.0.path`']],
    ['a Proxy without keys', `new Proxy({}, { ownKeys() { ${boom} } })`, ['what it exports']],
    [
      'a Proxy without values',
      `new Proxy({ database: 1 }, { get: (_, key) => { if (key !== 'then') ${boom} } })`,
      ['`database`'],
    ],
    [
      'a Proxy in a promise',
      `Promise.resolve({ databases: new Proxy({}, { getPrototypeOf() { ${boom} } }) })`,
      ['`databases`'],
    ],
  ])('%s is named', async (_, config, names) => {
    write('dunlin.config.mjs', `export default ${config};`);
    const error: unknown = await loadConfig(cwd).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' });
    for (const name of names) expect(String(error)).toContain(`${name} cannot be read: `);
    expect(String(error)).toContain('boom');
  });

  it('says what a revoked Proxy says', async () => {
    write('dunlin.config.mjs', 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); export default proxy;');
    await expect(loadConfig(cwd)).rejects.toMatchObject({ code: 'CONFIG_UNREADABLE' });
  });

  it.each([
    ['() => { throw 1 }', 'a function'],
    ['null', 'null'],
    ["'app.db'", '"app.db"'],
  ])('%s is no object', async (value, shown) => {
    write('dunlin.config.mjs', `export default ${value};`);
    await expect(loadConfig(cwd)).rejects.toThrow(`it must export an object as its default; it exports ${shown}.`);
  });

  it('reads each property once, whatever its class or its setters', async () => {
    write(
      'dunlin.config.mjs',
      `let reads = 0;
      class Config { get database() { return 'other.db' } set database(_) { throw new Error('set') } }
      export default Object.defineProperty(new Config(), 'database',
        { enumerable: true, get() { reads++; if (reads > 1) throw new Error('again'); return 'a.db' } });`,
    );
    expect((await loadConfig(cwd))?.databases[0]?.location?.path).toBe(join(cwd, 'a.db'));
  });
});

describe('checkConfig', () => {
  const full = {
    path: 'a.db',
    migrations: 'sql',
    driver: 'better-sqlite3',
    layout: 'standard',
    tables: { migrations: 'm', attempts: 'a' },
    outOfOrder: 'allow',
    atomic: 'run',
    commit: 'run',
    destructive: { 7: ['users.email'], 8: true },
    verify: 'off',
    lockTimeoutMs: 0,
    functions: { f: () => null },
  };

  it('finds nothing wrong with everything there is', () => {
    expect(checkConfig({ databases: { a: full }, default: 'a' })).toEqual([]);
    const { path, ...rest } = full;
    expect(checkConfig({ database: path, ...rest, layout: undefined })).toEqual([]);
  });

  it.each([
    ['text', ['it must export an object as its default; it exports "text"']],
    [null, ['it must export an object as its default; it exports null']],
    [{ databases: {} }, ['`databases` must be an object with at least one database']],
    [{ databases: [] }, ['`databases` must be an object with at least one database']],
    [{ databases: { a: 'a.db' } }, ['`databases.a` must be an object with a `path`']],
    [{ databases: { a: {} } }, ['`databases.a` has no `path`']],
    [{ databases: { a: { path: 'x', database: 'y' } } }, ['`databases.a.database` is unknown (did you mean `path`?)']],
    [{ databases: { a: { path: 'x' } }, default: 'b' }, ['`default` names "b", which is not one of a']],
    [{ databases: { a: { path: 'x' } }, migrations: 'm' }, ['`migrations` belongs into each database of `databases`']],
    [{ database: 'a.db', default: 'a' }, ['`default` is for a configuration with several `databases`']],
    [{ path: 'a.db' }, ['`path` is unknown (did you mean `database`?)']],
    [{ database: '' }, ['`database` must be a text that is not empty; it is ""']],
    [{ database: 1 }, ['`database` must be a text that is not empty; it is 1']],
    [{ database: () => 1 }, ['`database` must be a text that is not empty; it is a function']],
    [{ database: Symbol.for('x') }, ['`database` must be a text that is not empty; it is Symbol(x)']],
    [{ lockTimeoutMs: '5s' }, ['`lockTimeoutMs` must be a number of milliseconds, 0 or more; it is "5s"']],
    [{ functions: { f: 1 } }, ['`functions` must be an object of functions; it is {"f":1}']],
    [{ tables: 'm' }, ['`tables` must be an object with `migrations` and `attempts`; it is "m"']],
    [
      { tables: { migrations: 1 } },
      [
        '`tables` may have `migrations` and `attempts`, each the name of a table, not `migrations: 1`; it is {"migrations":1}',
      ],
    ],
    [
      { destructive: ['users'] },
      [
        '`destructive` must be an object of version to true or a list of names, such as { "7": ["users.email"] }; it is ["users"]',
      ],
    ],
    [
      { xyzzyx: 'a long value that nobody needs to see in full' },
      [/`xyzzyx` is unknown \(known are database, migrations, /],
    ],
    [
      { layout: 'a value that is much longer than anybody wants to read in an error' },
      [/it is "a value that is much longer than anybo…/],
    ],
  ])('%j', (config, problems) => {
    const found = checkConfig(config);
    expect(found).toHaveLength(problems.length);
    found.forEach((text, i) => {
      const expected = problems[i]!;
      if (typeof expected === 'string') expect(text).toBe(expected);
      else expect(text).toMatch(expected);
    });
  });
});

it('defineConfig returns its argument', () => {
  const config = { database: 'a.db' };
  expect(defineConfig(config)).toBe(config);
});
