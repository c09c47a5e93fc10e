import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DunlinEvent } from '../bridge/index.ts';
import { exclusively } from './exclusively.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Web Locks as a browser has them, for one tab: exclusive, first come, first served, until aborted. */
function lockManager(): { request(name: string, options: { signal: AbortSignal }, work: () => unknown): unknown } {
  const last = new Map<string, Promise<unknown>>();
  return {
    async request(name, { signal }, work) {
      const before = last.get(name) ?? Promise.resolve();
      const aborted = new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      });
      const turn = Promise.race([before, aborted]);
      const result = turn.then(work);
      last.set(name, Promise.all([before, result.then(undefined, () => undefined)]));
      return await result;
    },
  };
}

describe('with Web Locks', () => {
  beforeEach(() => vi.stubGlobal('navigator', { locks: lockManager() }));

  it('two do not work at the same moment under one name', async () => {
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`${name} ends`);
      return name;
    };
    const all = await Promise.all([exclusively('app', work('a')), exclusively('app', work('b'))]);
    expect(all).toEqual(['a', 'b']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  });

  it('reports that it waits, every half a second', async () => {
    vi.useFakeTimers();
    const events: DunlinEvent[] = [];
    let end = (): void => undefined;
    const first = exclusively('app', () => new Promise<void>((resolve) => (end = resolve)));
    const second = exclusively('app', () => 'done', { onEvent: (event) => events.push(event), lockTimeoutMs: 9000 });
    await vi.advanceTimersByTimeAsync(1200);
    end();
    await first;
    expect(await second).toBe('done');
    expect(events).toEqual([
      { type: 'run:waiting', waitedMs: 500, timeoutMs: 9000, holder: undefined },
      { type: 'run:waiting', waitedMs: 1000, timeoutMs: 9000, holder: undefined },
    ]);
  });

  it('gives up in time, and leaves the lock to the others', async () => {
    vi.useFakeTimers();
    let end = (): void => undefined;
    const first = exclusively('app', () => new Promise<void>((resolve) => (end = resolve)));
    const second = exclusively('app', () => 'never', { lockTimeoutMs: 600 });
    const failure = second.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1100);
    expect(await failure).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('app') });
    end();
    await first;
    await expect(exclusively('app', () => 'next', { lockTimeoutMs: 0 })).resolves.toBe('next');
  });

  it('passes on an error of the work, and frees the lock', async () => {
    const boom = new TypeError('boom');
    const failing = exclusively('app', () => {
      throw boom;
    });
    await expect(failing).rejects.toBe(boom);
    await expect(exclusively('app', () => 1)).resolves.toBe(1);
  });
});

describe('without Web Locks', () => {
  it.each([{}, undefined])('is an error that says what to do: %o', async (navigator) => {
    vi.stubGlobal('navigator', navigator);
    const work = vi.fn<() => void>();
    await expect(exclusively('app', work)).rejects.toMatchObject({
      code: 'LOCKS_MISSING',
      hint: expect.stringContaining('ownLock: true'),
    });
    expect(work).not.toHaveBeenCalled();
  });

  it('relies on the lock of the database, where there is one', async () => {
    vi.stubGlobal('navigator', {});
    await expect(exclusively('app', () => 7, { ownLock: true })).resolves.toBe(7);
  });
});

it.each<readonly [string, Parameters<typeof exclusively>]>([
  ['name', ['', () => 1]],
  ['work', ['app', 1 as never]],
  ['lockTimeoutMs', ['app', () => 1, { lockTimeoutMs: -1 }]],
  ['onEvent', ['app', () => 1, { onEvent: 1 as never }]],
  ['ownLock', ['app', () => 1, { ownLock: 'yes' as never }]],
])('refuses a wrong %s', async (option, args) => {
  await expect(exclusively(...args)).rejects.toMatchObject({
    code: 'OPTION_INVALID',
    message: expect.stringContaining(option),
  });
});
