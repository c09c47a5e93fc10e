import { clock, emit, isBusy, isSqlError, sleep, type LockHolder, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError } from '../errors/index.ts';
import { lockHolder } from '../ledger/index.ts';
import type { RunContext } from './run-context.ts';
import { findExclusiveHolder } from './exclusive-holder.ts';

/** How long a run waits for other processes if the options don't say. */
export const defaultLockTimeoutMs = 30_000;

/** Short at first, because most locks are held for milliseconds; random, so that processes do not retry together. */
function waitMs(attempt: number): number {
  const longest = Math.min(50, 1 + attempt * 2);
  return longest / 2 + Math.random() * (longest / 2);
}

const firstNoticeMs = 500;

/** For waits before anything is done: they end when the signal stops the run. */
export function untilStopped(context: RunContext): RunContext {
  const { signal } = context.options;
  if (signal === undefined) return context;
  // By descriptors, so that getters of the context are not called here.
  return Object.defineProperties({} as RunContext, {
    ...Object.getOwnPropertyDescriptors(context),
    lockTimeoutMs: { enumerable: true, get: () => (signal.aborted ? 0 : context.lockTimeoutMs) },
  });
}

/**
 * Repeats an operation outside a transaction while SQLite says BUSY. busy_timeout does not cover every statement (a change
 * of journal_mode returns at once), blocks the event loop, and reports no wait.
 */
export function* retryBusy<T>(context: RunContext, doing: string, operation: () => Op<T>): Op<T> {
  const started = yield* clock();
  let noticed = 0;
  for (let attempt = 0; ; attempt++) {
    try {
      return yield* operation();
    } catch (error) {
      if (!isSqlError(error) || !isBusy(error)) throw error;
      const waitedMs = (yield* clock()) - started;
      if (waitedMs >= context.lockTimeoutMs) throw yield* lockedError(context, doing, waitedMs, error);
    }
    const waitedMs = (yield* clock()) - started;
    if (waitedMs >= firstNoticeMs * (noticed + 1)) {
      noticed += 1;
      yield* emit({
        type: 'run:waiting',
        waitedMs,
        timeoutMs: context.lockTimeoutMs,
        holder: yield* findHolder(context),
      });
    }
    yield* sleep(waitMs(attempt));
  }
}

/** The process that holds the lock, by the lock file or the attempt log; undefined if neither can be read now. */
function* findHolder(context: RunContext): Op<LockHolder | undefined> {
  try {
    const exclusive = yield* findExclusiveHolder(context);
    if (exclusive !== undefined) return exclusive;
    const holder = yield* lockHolder(context.ledger.tables.attempts);
    // This run's own row: the holder, most often a reader, has none.
    return holder?.pid === context.pid && holder.host === context.host ? undefined : holder;
  } catch (error) {
    if (!isSqlError(error) && !isDunlinError(error)) throw error;
    return undefined;
  }
}

function* lockedError(context: RunContext, doing: string, waitedMs: number, cause: unknown): Op<Error> {
  const holder = yield* findHolder(context);
  const named =
    holder === undefined
      ? undefined
      : `${holder.tool ?? 'unknown'}, pid ${holder.pid ?? '?'} on ${holder.host ?? '?'}, since ${holder.since}`;
  return dunlinError('LOCKED', { database: context.database, waitedMs, holder: named, doing }, { cause });
}
