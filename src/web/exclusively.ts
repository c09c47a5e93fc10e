import type { DunlinEvent } from '../bridge/index.ts';
import { checkOptions, dunlinError, isBoolean, isFunction, must, text, type ChecksOf } from '../errors/index.ts';
import { defaultLockTimeoutMs } from '../lock/index.ts';
import { platform } from './platform.ts';

/** How `exclusively` waits for other tabs. */
export interface ExclusiveOptions {
  /** How long to wait for other tabs, in milliseconds. Default 30,000. */
  readonly lockTimeoutMs?: number;
  /** Gets `run:waiting` after half a second, and every half a second from then on. */
  readonly onEvent?: (event: DunlinEvent) => void;
  /**
   * Whether the database itself keeps two runs apart, as a file of OPFS does. Then a browser without Web Locks is no
   * error. Default false.
   */
  readonly ownLock?: boolean;
}

const checks: ChecksOf<ExclusiveOptions> = {
  lockTimeoutMs: must('a number of milliseconds, 0 or more', (value) => typeof value === 'number' && value >= 0),
  onEvent: must('a function', isFunction),
  ownLock: isBoolean,
};

const noticeMs = 500;
/** A lock that nobody holds is granted a moment later. */
const leastMs = 50;

/**
 * Does some work while no other tab or worker of this origin does it under the same name, by a Web Lock. Open the database
 * and migrate inside: of two tabs that start at the same moment one migrates, and the other then finds nothing to do. The
 * browser frees the lock when a tab ends, however it ends.
 *
 * Errors: those of the work; `LOCKED` after `lockTimeoutMs`; `LOCKS_MISSING` in a browser without Web Locks.
 *
 * ```ts
 * const db = await exclusively('app', async () => {
 *   const opened = new sqlite3.oo1.OpfsDb('/app.db', 'c');
 *   await migrate({ database: opened, migrations });
 *   return opened;
 * });
 * ```
 */
export async function exclusively<T>(
  name: string,
  work: () => T | Promise<T>,
  options: ExclusiveOptions = {},
): Promise<T> {
  checkOptions({ name, work }, { name: text, work: must('a function', isFunction) }, ['name', 'work']);
  checkOptions(options, checks);
  const { lockTimeoutMs = defaultLockTimeoutMs, onEvent, ownLock = false } = options;
  const browser = platform();
  const locks = browser.navigator?.locks;
  if (locks === undefined) {
    if (ownLock) return await work();
    throw dunlinError('LOCKS_MISSING', { name });
  }
  const started = Date.now();
  const waiting = new browser.AbortController();
  let state: 'waiting' | 'given up' | 'held' = 'waiting';
  const timer = browser.setInterval(
    () => {
      const waitedMs = Date.now() - started;
      if (waitedMs < lockTimeoutMs) {
        onEvent?.({ type: 'run:waiting', waitedMs, timeoutMs: lockTimeoutMs, holder: undefined });
        return;
      }
      state = 'given up';
      browser.clearInterval(timer);
      waiting.abort();
    },
    Math.max(leastMs, Math.min(noticeMs, lockTimeoutMs)),
  );
  try {
    return await locks.request(`dunlin:${name}`, { signal: waiting.signal }, async () => {
      state = 'held';
      browser.clearInterval(timer);
      return await work();
    });
  } catch (error) {
    if ((state as string) !== 'given up') throw error;
    const waitedMs = Date.now() - started;
    throw dunlinError('LOCKED', { database: name, waitedMs, holder: undefined, doing: 'migrate it' }, { cause: error });
  } finally {
    browser.clearInterval(timer);
  }
}
