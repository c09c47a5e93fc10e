import { fileURLToPath } from 'node:url';
import {
  isDunlinError,
  MigrationService,
  type DatabaseBridge,
  type MigrationServiceOptions,
  type RunResult,
} from 'dunlin';

export interface StartOptions extends Pick<MigrationServiceOptions, 'logger' | 'onEvent'> {
  /** The application's own directory by default; a bundled one passes a record of file names and texts. */
  readonly migrations?: MigrationServiceOptions['migrations'];
}

/** Why the application did not start. Its message is what the window shows, to be copied to support. */
export class StartError extends Error {
  override readonly name: string = 'StartError';
}

/**
 * The first thing that the main process does: brings the database up to date, through the bridge only. Throws a
 * `StartError`; then no window may open.
 */
export function prepareDatabase(bridge: DatabaseBridge, options: StartOptions): RunResult {
  const service = new MigrationService({
    bridge,
    migrations: options.migrations ?? fileURLToPath(new URL('migrations', import.meta.url)),
    layout: 'filename',
    logger: options.logger,
    onEvent: options.onEvent,
    tool: 'chat app',
  });
  try {
    return service.runSync();
  } catch (error) {
    throw new StartError(supportMessage(error), { cause: error });
  }
}

/** Dunlin's message names the migration and what happened; its hint says what is true of the data and what to do. */
function supportMessage(error: unknown): string {
  if (!isDunlinError(error)) return `The application cannot start: ${String(error)}`;
  const applied = error.applied ?? [];
  // The message of a full disk names no migration, but the error has it.
  const at = error.migration === undefined ? '' : ` at migration ${error.migration.version} ${error.migration.name}`;
  return [
    `The application cannot start: its database could not be brought up to date (${error.code}${at}).`,
    error.message,
    error.hint,
    ...(applied.length === 0 ? [] : [`Done and kept: ${applied.map(({ name }) => name).join(', ')}.`]),
    'Please send this to support@chat.example. The next release continues from here.',
  ].join('\n');
}
