import type { DunlinEvent, Host, LockHolder } from '../bridge/index.ts';
import { plural, visible, type MigrationRef } from '../errors/index.ts';
import type { Logger, RunOptions } from '../lock/run-options.ts';

type Listener = (event: DunlinEvent) => void | Promise<void>;

/** Passes a run's events to the logger, then to the listener. Undefined if there is neither. */
export function listenerOf(
  { logger, onEvent }: Pick<RunOptions, 'logger' | 'onEvent'>,
  database: string,
): Listener | undefined {
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
export function yieldingListenerOf(options: RunOptions, database: string, host: Host): Listener | undefined {
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

/** How often the progress of a batch is logged. */
const batchEveryMs = 1000;

/** Turns a run's events into lines for a console-shaped logger. */
export function eventLogger(given: Logger, database: string): (event: DunlinEvent) => void {
  const logger = withoutControls(given);
  let loggedAt = 0;
  return (event) => {
    switch (event.type) {
      case 'run:waiting':
        logger.warn(
          `${database}: waiting for ${holder(event.holder)} that is using it, ${seconds(event.waitedMs)} of ${seconds(event.timeoutMs)}`,
        );
        break;
      case 'schema:drift':
        for (const difference of event.differences)
          logger.warn(`${database}: the schema is not as recorded: ${difference}`);
        break;
      case 'run:start':
        logger.info(`${database}: version ${event.from}, ${event.pending.length} to run`);
        break;
      case 'backup:start':
        logger.debug?.(`${database}: backing up to ${event.file}`);
        break;
      case 'backup:done':
        logger.info(`${database}: backed up to ${event.file}, ${event.bytes} bytes, proven`);
        break;
      case 'backup:note':
        logger.warn(`${database}: ${event.note}`);
        break;
      case 'migration:start':
        logger.info(`${database}: ${event.index} of ${event.total}: ${name(event.migration)} ${event.direction}`);
        break;
      case 'migration:statement':
        logger.debug?.(`${database}: ${name(event.migration)}: statement ${event.statement} of ${event.statements}`);
        break;
      case 'migration:batch': {
        // There may be thousands of batches in a second.
        if (event.elapsedMs < loggedAt) loggedAt = 0;
        if (event.elapsedMs - loggedAt < batchEveryMs && event.done < event.total) break;
        loggedAt = event.elapsedMs;
        const left = event.done < event.total ? `, about ${seconds(event.remainingMs)} left` : '';
        logger.info(`${database}: ${name(event.migration)}: ${event.done} of ${event.total} rows${left}`);
        break;
      }
      case 'migration:verified':
        logger.info(`${database}: ${name(event.migration)}: verified: ${plural(event.queries, 'query', 'queries')}`);
        break;
      case 'migration:note':
        logger.info(`${database}: ${name(event.migration)}: ${event.note}`);
        break;
      case 'migration:rebuilt':
        logger.info(
          `${database}: ${name(event.migration)}: rebuilt ${event.table}, ${plural(event.rows, 'row')} ${event.check}`,
        );
        break;
      case 'migration:done':
        logger.info(`${database}: ${name(event.migration)} ${event.direction} done in ${event.executionTimeMs} ms`);
        break;
      case 'migration:failed':
        logger.error(
          `${database}: ${name(event.migration)} ${event.direction} failed: ${event.message} [${event.code}]`,
        );
        break;
      case 'restore:start':
        logger.warn(`${database}: a rollback cannot undo that: restoring the backup ${event.backup}`);
        break;
      case 'restore:done':
        logger.warn(`${database}: restored from the backup ${event.backup}`);
        break;
      case 'run:done':
        logger.info(`${database}: version ${event.to}, ${event.applied.length} run in ${event.durationMs} ms`);
        break;
    }
  };
}

/** A log ends up on terminals, and names of tables and hosts are anybody's. */
function withoutControls(logger: Logger): Logger {
  return {
    debug: (line) => logger.debug?.(visible(line)),
    info: (line) => logger.info(visible(line)),
    warn: (line) => logger.warn(visible(line)),
    error: (line) => logger.error(visible(line)),
  };
}

function name(migration: MigrationRef): string {
  return `${migration.version} ${migration.name}`;
}

function holder(found: LockHolder | undefined): string {
  if (found === undefined) return 'another process';
  return `another process (${found.tool ?? 'unknown'}, pid ${found.pid ?? '?'} on ${found.host ?? '?'}, since ${found.since})`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
