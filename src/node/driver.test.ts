import { beforeEach, describe, expect, it, vi } from 'vitest';
import { DatabaseSync } from '@photostructure/sqlite';
import BetterSqlite3 from 'better-sqlite3';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BunDatabase } from '../../test/support/bun-sqlite.ts';
import type * as Driver from './driver.ts';

const absent = (): never => {
  throw Object.assign(new Error('Cannot find module'), { code: 'MODULE_NOT_FOUND' });
};

/** What the fake loader finds; a function is called, to throw. */
let packages: Record<string, unknown> = {};

function find(name: string): unknown {
  const found = packages[name] ?? absent;
  return found === absent ? absent() : found;
}

vi.mock('./load-package.ts', async (original) => ({
  ...(await original<object>()),
  requirePackage: find,
  requireQuietly: find,
}));

let loadDriver: typeof Driver.loadDriver;

beforeEach(async () => {
  vi.resetModules();
  ({ loadDriver } = await import('./driver.ts'));
  packages = {
    'node:sqlite': { DatabaseSync },
    '@photostructure/sqlite': { DatabaseSync },
    'better-sqlite3': BetterSqlite3,
    'better-sqlite3/package.json': { version: '12.11.1' },
  };
});

const withNapi = <T>(napi: string | undefined, act: () => T): T => withVersions({ napi }, act);

function withVersions<T>(given: Record<string, string | undefined>, act: () => T): T {
  const versions = process.versions;
  Object.defineProperty(process, 'versions', { value: { ...versions, ...given }, configurable: true });
  try {
    return act();
  } finally {
    Object.defineProperty(process, 'versions', { value: versions, configurable: true });
  }
}

const opened = (name?: Driver.DriverName): string => loadDriver(name)(':memory:', { create: true }).driver;

describe('loadDriver', () => {
  it('prefers what Node has, then better-sqlite3, then the package with the interface of node:sqlite', async () => {
    expect(opened()).toBe('node:sqlite');
    delete packages['node:sqlite'];
    vi.resetModules();
    ({ loadDriver } = await import('./driver.ts'));
    expect(opened()).toBe('better-sqlite3');
    delete packages['better-sqlite3'];
    vi.resetModules();
    ({ loadDriver } = await import('./driver.ts'));
    expect(opened()).toBe('@photostructure/sqlite');
  });

  it('opens with bun:sqlite under Bun, if there is nothing else', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'dunlin-driver-')), 'bun.db');
    packages = { 'bun:sqlite': { Database: BunDatabase } };
    expect(opened).toThrow(expect.objectContaining({ code: 'NO_DRIVER' }));
    expect(() => opened('bun:sqlite')).toThrow(
      expect.objectContaining({
        code: 'DRIVER_UNUSABLE',
        message: `The driver bun:sqlite cannot be used: not a part of Node ${process.versions.node}.`,
        hint: expect.stringContaining('Use Bun'),
      }),
    );
    withVersions({ bun: '1.4.4' }, () => {
      const open = loadDriver();
      void open(file, { create: true, bare: true }).script('CREATE TABLE t (a)');
      const prepare = vi.fn();
      const second = open(file, { create: false, readOnly: true, setup: { prepare } });
      expect(second.driver).toBe('bun:sqlite');
      expect(prepare).toHaveBeenCalledOnce();
      expect(() => second.script('INSERT INTO t VALUES (1)')).toThrow(/readonly/);
    });
  });

  it('opens an existing file by its path under Deno, which takes no URI there', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'dunlin-driver-')), 'deno.db');
    const opened: unknown[][] = [];
    const DenoDatabase = function (...given: [string, object]): object {
      opened.push(given);
      return new DatabaseSync(...given);
    };
    packages['node:sqlite'] = { DatabaseSync: DenoDatabase };
    withVersions({ deno: '2.9.6' }, () => {
      const open = loadDriver('node:sqlite');
      expect(() => open(file, { create: false })).toThrow(expect.objectContaining({ code: 'SQLITE_CANTOPEN' }));
      void open(file, { create: true }).script('CREATE TABLE t (a)');
      void open(file, { create: false }).script('INSERT INTO t VALUES (1)');
      expect(() => open(file, { create: false, readOnly: true }).script('DELETE FROM t')).toThrow(/readonly/);
    });
    expect(opened.slice(1)).toEqual([
      [file, {}],
      [file, { readOnly: false }],
      [file, { readOnly: true }],
    ]);
  });

  it('uses the requested one', () => {
    expect(opened('better-sqlite3')).toBe('better-sqlite3');
    expect(opened('@photostructure/sqlite')).toBe('@photostructure/sqlite');
    expect(opened('node:sqlite')).toBe('node:sqlite');
  });

  it('chooses one that can read text in double quotes as a string, if that is asked for', async () => {
    const setup = { doubleQuotedStrings: true };
    const chosen = (): string => loadDriver(undefined, setup)(':memory:', { create: true, setup }).driver;
    expect(chosen()).toBe('node:sqlite');
    delete packages['node:sqlite'];
    vi.resetModules();
    ({ loadDriver } = await import('./driver.ts'));
    expect(chosen()).toBe('@photostructure/sqlite');
    delete packages['@photostructure/sqlite'];
    vi.resetModules();
    ({ loadDriver } = await import('./driver.ts'));
    expect(chosen).toThrow(
      expect.objectContaining({
        code: 'DOUBLE_QUOTES_UNSUPPORTED',
        message: expect.stringContaining('No installed driver'),
        hint: expect.stringContaining("npm install @photostructure/sqlite@1\n    driver: '@photostructure/sqlite'"),
      }),
    );
  });

  it('loads a driver once', () => {
    const first = loadDriver('better-sqlite3');
    packages = {};
    expect(loadDriver('better-sqlite3')).toBe(first);
  });

  it('skips a node:sqlite that does not know transactions', () => {
    packages['node:sqlite'] = {
      DatabaseSync: class {
        close(): void {}
      },
    };
    expect(opened()).toBe('better-sqlite3');
    expect(() => loadDriver('node:sqlite')).toThrow(
      expect.objectContaining({
        code: 'DRIVER_UNUSABLE',
        message: `The driver node:sqlite cannot be used: too old in Node ${process.versions.node}.`,
        hint: expect.stringContaining('Use Node 22.18 or later'),
      }),
    );
  });

  it('does not load a better-sqlite3 that would crash this Node', () => {
    packages['better-sqlite3/package.json'] = { version: '13.2.0' };
    packages['better-sqlite3'] = function neverLoaded(): never {
      throw new Error('loaded');
    };
    withNapi('9', () => {
      expect(() => loadDriver('better-sqlite3')).toThrow(
        expect.objectContaining({
          code: 'DRIVER_UNUSABLE',
          message: `The driver better-sqlite3 cannot be used: version 13.2.0 would crash Node ${process.versions.node}, which has no N-API 10.`,
          hint: expect.stringContaining('npm install better-sqlite3@12'),
        }),
      );
    });
    withNapi(undefined, () => expect(() => loadDriver('better-sqlite3')).toThrow(/would crash/));
    packages['better-sqlite3'] = BetterSqlite3;
    withNapi('10', () => expect(opened('better-sqlite3')).toBe('better-sqlite3'));
  });

  it('finds out here that a native part does not fit', () => {
    packages['better-sqlite3'] = class {
      constructor() {
        throw new Error('The module was compiled against a different Node.js version\nmore');
      }
    };
    withNapi('10', () =>
      expect(() => loadDriver('better-sqlite3')).toThrow(
        expect.objectContaining({
          message:
            'The driver better-sqlite3 cannot be used: The module was compiled against a different Node.js version.',
          hint: expect.stringContaining('npm rebuild better-sqlite3'),
        }),
      ),
    );
  });

  it('says what it tried and what to install when there is none', () => {
    packages = {};
    const expected = (install: string): unknown =>
      expect.objectContaining({
        code: 'NO_DRIVER',
        message: `No SQLite driver is available on Node ${process.versions.node}: node:sqlite is unusable (not installed); better-sqlite3 is unusable (not installed); @photostructure/sqlite is unusable (not installed); better-sqlite3-multiple-ciphers is unusable (not installed).`,
        hint: expect.stringContaining(`npm install ${install}\``),
      });
    withNapi('9', () => expect(() => loadDriver()).toThrow(expected('@photostructure/sqlite@1')));
    withNapi('10', () => expect(() => loadDriver()).toThrow(expected('better-sqlite3')));
  });

  it.each([
    ['better-sqlite3', '9', 'npm install better-sqlite3@12`, or leave'],
    ['better-sqlite3', '10', 'npm install better-sqlite3`, or `npm rebuild better-sqlite3`'],
    ['better-sqlite3-multiple-ciphers', '9', 'npm install better-sqlite3-multiple-ciphers@12`, or leave'],
    ['better-sqlite3-multiple-ciphers', '10', 'npm install better-sqlite3-multiple-ciphers`, or `npm rebuild'],
    // Its second version needs Node 22, and Dunlin does not know it.
    ['@photostructure/sqlite', '9', 'npm install @photostructure/sqlite@1`, or `npm rebuild @photostructure/sqlite`'],
    ['@photostructure/sqlite', '10', 'npm install @photostructure/sqlite@1`, or `npm rebuild @photostructure/sqlite`'],
  ] as const)('names a version of %s that runs with N-API %s', (driver, napi, install) => {
    packages = {};
    withNapi(napi, () =>
      expect(() => loadDriver(driver)).toThrow(expect.objectContaining({ hint: expect.stringContaining(install) })),
    );
  });

  it('refuses a driver that it does not know', () => {
    expect(() => loadDriver('mysql' as Driver.DriverName)).toThrow(
      expect.objectContaining({
        code: 'DRIVER_UNKNOWN',
        message:
          'There is no driver "mysql"; there are node:sqlite, better-sqlite3, @photostructure/sqlite, better-sqlite3-multiple-ciphers, bun:sqlite.',
      }),
    );
  });
});
