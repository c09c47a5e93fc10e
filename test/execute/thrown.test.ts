import { expect, it } from 'vitest';
import { isDunlinError } from '../../src/errors/index.ts';
import type { MigrationDefinition } from '../../src/migration/index.ts';
import type { RunOptions } from '../../src/lock/run-options.ts';
import type { MigrationRecord } from '../../src/source/index.ts';
import { failureOf, onEveryDriver } from '../support/databases.ts';

/** Anything can be thrown, also what cannot be looked at without another error. */
const revoked = <T extends object>(target: T): T => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const trap = (): never => {
  throw new Error('a trap');
};
const thrown: readonly (readonly [name: string, make: () => unknown])[] = [
  ['a Proxy that was revoked', () => revoked({})],
  ['a function that was revoked', () => revoked(() => undefined)],
  ['an Error behind a Proxy that was revoked', () => revoked(new Error('inner'))],
  ['a Proxy with traps that throw', () => new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap, ownKeys: trap })],
  ['an error whose message throws', () => Object.defineProperty(new Error(), 'message', { get: trap })],
  ['an error whose code is a Proxy that was revoked', () => Object.assign(new Error('odd'), { code: revoked({}) })],
  ['an object without a prototype', () => Object.create(null) as unknown],
  ['a symbol', () => Symbol('odd')],
];

onEveryDriver('what cannot be looked at, thrown', (open, { api }) => {
  const code = (up: () => unknown, rest: Partial<MigrationDefinition> = {}): MigrationRecord => ({
    '001_a.sql': 'CREATE TABLE a (x);',
    '002_b.js': { up, ...rest } as MigrationDefinition,
  });
  const places = (make: () => unknown): readonly (readonly [string, MigrationRecord, RunOptions, string])[] => {
    const fail = (): never => {
      throw make();
    };
    return [
      ['by up()', code(fail), {}, 'FUNCTION_FAILED'],
      ['by verify()', code(() => undefined, { verify: fail }), {}, 'VERIFICATION_FAILED'],
      [
        'by a function of the schema',
        { '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'INSERT INTO a VALUES (odd());' },
        { functions: { odd: fail } },
        'STATEMENT_FAILED',
      ],
      ...(api === 'sync'
        ? []
        : ([['by an async up()', code(async () => await Promise.reject(make())), {}, 'FUNCTION_FAILED']] as const)),
    ];
  };

  it.each(thrown)('%s, is an error of Dunlin, and nothing is left half done', async (_, make) => {
    for (const [place, files, options, expected] of places(make)) {
      const db = open();
      let code: unknown = 'nothing';
      try {
        await db.up(files, options);
      } catch (error) {
        code = isDunlinError(error) ? error.code : 'no error of Dunlin';
      }
      expect([place, code]).toEqual([place, expected]);
      expect(db.bridge.inTransaction?.()).toBe(false);
      expect(db.versions()).toEqual([1]);
      expect(db.attempts().filter((line) => line.includes('running'))).toEqual([]);
      await db.up({ '001_a.sql': 'CREATE TABLE a (x);', '002_b.sql': 'INSERT INTO a VALUES (1);' });
      db.dispose();
    }
  });

  it('by a listener, is reported when all is done', async () => {
    const db = open();
    const onEvent = (): never => {
      throw revoked({});
    };
    const error = await failureOf(() => db.up({ '001_a.sql': 'CREATE TABLE a (x);' }, { onEvent }));
    expect(error.code).toBe('LISTENER_FAILED');
    expect(db.versions()).toEqual([1]);
  });

  it('and returned by up(), is nothing that could be waited for', async () => {
    const db = open();
    // An asynchronous function cannot return one: awaiting it fails.
    if (api === 'sync') await db.up(code(() => revoked({})));
    else
      expect((await failureOf(() => db.up(code(async () => await Promise.resolve(revoked({})))))).code).toBe(
        'FUNCTION_FAILED',
      );
  });
});
