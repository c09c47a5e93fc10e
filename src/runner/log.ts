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
  const turn = (): Promise<void> => (host.turn === undefined ? host.sleep(0) : host.turn());
  return listener === undefined || host.turnEveryMs === undefined
    ? turningAfter(listener, turn)
    : pacedAfter(listener, turn, host, host.turnEveryMs);
}

function turningAfter(listener: Listener | undefined, turn: () => Promise<void>): Listener {
  return async (event) => {
    try {
      await listener?.(event);
    } finally {
      await turn();
    }
  };
}

/** The command line's: signals of the process can wait for some milliseconds, and its listener is synchronous. */
function pacedAfter(listener: Listener, turn: () => Promise<void>, host: Host, everyMs: number): Listener {
  let last = 0;
  return (event) => {
    void listener(event);
    const now = host.now();
    if (now - last < everyMs) return undefined;
    last = now;
    return turn();
  };
}

const batchEveryMs = 1000;

/** Turns a run's events into lines for a console-shaped logger. */
export function eventLogger(given: Logger, database: string): (event: DunlinEvent) => void {
  const logger = linesAbout(database, given);
  let loggedAt = 0;
  return (event) => {
    switch (event.type) {
      case 'run:waiting':
        return logger.warn(
          `waiting for ${holder(event.holder)} that is using it, ${seconds(event.waitedMs)} of ${seconds(event.timeoutMs)}`,
        );
      case 'schema:drift':
        for (const difference of event.differences) logger.warn(`the schema is not as recorded: ${difference}`);
        return;
      case 'run:start':
        return logger.info(`version ${event.from}, ${event.pending.length} to run`);
      case 'backup:start':
        return logger.debug(`backing up to ${event.file}`);
      case 'backup:done':
        return logger.info(`backed up to ${event.file}, ${event.bytes} bytes, proven`);
      case 'backup:note':
        return logger.warn(`${event.note}`);
      case 'migration:start':
        return logger.info(`${event.index} of ${event.total}: ${name(event.migration)} ${event.direction}`);
      case 'migration:statement':
        return logger.debug(`${name(event.migration)}: statement ${event.statement} of ${event.statements}`);
      case 'migration:batch': {
        // There may be thousands of batches in a second.
        if (event.elapsedMs < loggedAt) loggedAt = 0;
        if (event.elapsedMs - loggedAt < batchEveryMs && event.done < event.total) return;
        loggedAt = event.elapsedMs;
        const left = event.done < event.total ? `, about ${seconds(event.remainingMs)} left` : '';
        return logger.info(`${name(event.migration)}: ${event.done} of ${event.total} rows${left}`);
      }
      case 'migration:verified':
        return logger.info(`${name(event.migration)}: verified: ${plural(event.queries, 'query', 'queries')}`);
      case 'migration:note':
        return logger.info(`${name(event.migration)}: ${event.note}`);
      case 'migration:rebuilt': {
        const transformed = event.transformed.length === 0 ? '' : `; transformed: ${event.transformed.join(', ')}`;
        const kept = event.kept.length === 0 ? '' : `; kept: ${event.kept.join(', ')}`;
        return logger.info(
          `${name(event.migration)}: rebuilt ${event.table}, ${plural(event.rows, 'row')} ${event.check === 'proven' ? 'copied whole and counted' : event.check}${transformed}${kept}`,
        );
      }
      case 'migration:done':
        return logger.info(`${name(event.migration)} ${event.direction} done in ${event.executionTimeMs} ms`);
      case 'migration:failed':
        return logger.error(`${name(event.migration)} ${event.direction} failed: ${event.message} [${event.code}]`);
      case 'restore:start':
        return logger.warn(`a rollback cannot undo that: restoring the backup ${event.backup}`);
      case 'restore:done':
        return logger.warn(`restored from the backup ${event.backup}`);
      case 'run:done':
        return logger.info(`version ${event.to}, ${event.applied.length} run in ${event.durationMs} ms`);
    }
  };
}

/** Names the database in each line. A log ends up on terminals, and names of tables and hosts are anybody's. */
function linesAbout(database: string, logger: Logger): Required<Logger> {
  const line = (text: string): string => visible(`${database}: ${text}`);
  return {
    debug: (text) => logger.debug?.(line(text)),
    info: (text) => logger.info(line(text)),
    warn: (text) => logger.warn(line(text)),
    error: (text) => logger.error(line(text)),
  };
}

function name(migration: MigrationRef): string {
  return migration.version === 0 ? `R__${migration.name}` : `${migration.version} ${migration.name}`;
}

function holder(found: LockHolder | undefined): string {
  if (found === undefined) return 'another process';
  return `another process (${found.tool ?? 'unknown'}, pid ${found.pid ?? '?'} on ${found.host ?? '?'}, since ${found.since})`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1000)} s`;
}
