import { describe, expect, it } from 'vitest';
import type { DunlinEvent } from './event.ts';
import type { Host } from './host.ts';
import { emit, type Op } from './request.ts';
import { runAsync } from './run-async.ts';
import { runSync } from './run-sync.ts';
import type { DatabaseBridge } from './types.ts';

const event: DunlinEvent = { type: 'run:done', applied: [], to: 1, durationMs: 2 };
const bridge: DatabaseBridge = { driver: 'none', sync: true, query: () => [], script: () => undefined };
const host = { now: () => 0 } as Host;

function* twice(): Op<string> {
  yield* emit(event);
  yield* emit(event);
  return 'ended';
}

describe('a listener that returns a promise', () => {
  it('is waited for by an asynchronous run, so that other work gets a turn between two events', async () => {
    const seen: string[] = [];
    const listener = (): Promise<void> => {
      seen.push('event');
      return new Promise((resolve) => setImmediate(resolve));
    };
    setImmediate(() => seen.push('other work'));
    expect(await runAsync(twice(), bridge, host, listener)).toBe('ended');
    expect(seen).toEqual(['event', 'other work', 'event']);
  });

  it('does not stop the run by a rejection, which is reported at its end', async () => {
    let events = 0;
    const listener = async (): Promise<void> => {
      events += 1;
      await Promise.reject(new Error('listener'));
    };
    await expect(runAsync(twice(), bridge, host, listener)).rejects.toMatchObject({ code: 'LISTENER_FAILED' });
    expect(events).toBe(2);
  });

  it('is not waited for by a synchronous run', () => {
    expect(runSync(twice(), bridge, host, () => Promise.resolve())).toBe('ended');
  });
});
