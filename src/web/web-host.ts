import type { Host } from '../bridge/index.ts';
import { platform } from './platform.ts';
import { sha256 } from './sha256.ts';

/**
 * The host of a browser, in a page or a worker: no Node and no files, so no backups.
 *
 * ```ts
 * const registry = createRegistry(toSource(migrations), webHost);
 * ```
 */
export const webHost: Host = {
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => void platform().setTimeout(() => resolve(undefined), ms)),
  // Atomics.wait needs an isolated page, and a page may not block at all. A pause has at most 50 ms.
  sleepSync(ms) {
    for (const end = Date.now() + ms; Date.now() < end;);
  },
  sha256,
  randomId: () => [...platform().crypto.getRandomValues(new Uint8Array(8))].map(hex).join(''),
  get hostname() {
    return platform().location?.host ?? 'browser';
  },
  /** A random number in place of a process's: the attempt log tells tabs apart by it. */
  get pid() {
    return (tab ??= platform().crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1);
  },
};

let tab: number | undefined;

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
