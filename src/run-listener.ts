import type { DunlinEvent } from './bridge/index.ts';
import { eventLogger } from './log.ts';
import type { RunOptions } from './options.ts';

/** Who hears a run's events: the logger, then the listener, as far as there are any. */
export function listenerOf(
  { logger, onEvent }: Pick<RunOptions, 'logger' | 'onEvent'>,
  database: string,
): ((event: DunlinEvent) => void) | undefined {
  if (logger === undefined) return onEvent;
  const log = eventLogger(logger, database);
  return (event) => {
    log(event);
    onEvent?.(event);
  };
}
