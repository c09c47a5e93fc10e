import type { DunlinEvent, Host } from '../bridge/index.ts';
import { eventLogger } from './log.ts';
import type { RunOptions } from '../lock/run-options.ts';

type Told = (event: DunlinEvent) => void | Promise<void>;

/** Who hears a run's events: the logger, then the listener, as far as there are any. */
export function listenerOf(
  { logger, onEvent }: Pick<RunOptions, 'logger' | 'onEvent'>,
  database: string,
): Told | undefined {
  if (logger === undefined) return onEvent;
  const log = eventLogger(logger, database);
  return (event) => {
    log(event);
    return onEvent?.(event);
  };
}

/**
 * The same for an asynchronous run, which waits for the promise. With a `signal` every event gives the event loop a
 * turn: a synchronous driver never lets go of the thread, and what sets the signal would run after the last migration.
 * Without one the run keeps the thread, so that no other code meets the connection in the middle of a transaction.
 */
export function yieldingListenerOf(options: RunOptions, database: string, host: Host): Told | undefined {
  const listener = listenerOf(options, database);
  if (options.signal === undefined) return listener;
  return async (event) => {
    try {
      await listener?.(event);
    } finally {
      await (host.turn === undefined ? host.sleep(0) : host.turn());
    }
  };
}
