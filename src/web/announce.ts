import { isFunction, must, checkOptions, text } from '../errors/index.ts';
import { platform } from './platform.ts';

/** What every tab hears on the BroadcastChannel `dunlin:migrating` before a run changes a database. */
export interface MigratingMessage {
  /** The `name` of the database. */
  readonly name: string;
  /** The last version that the run applies. */
  readonly to: number;
}

const channelName = 'dunlin:migrating';

export function announce(message: MigratingMessage): void {
  const { BroadcastChannel } = platform();
  if (BroadcastChannel === undefined) return;
  const channel = new BroadcastChannel(channelName);
  channel.postMessage(message);
  channel.close();
}

/**
 * Calls a function before a run in another tab, or in a worker, changes the database of this name, so that a tab with
 * older code can close its connection and ask its user to reload. Returns a function that stops it.
 *
 * ```ts
 * const stop = onMigrating('app', ({ to }) => {
 *   if (to > newestVersion) db.close();
 * });
 * ```
 */
export function onMigrating(name: string, listener: (message: MigratingMessage) => void): () => void {
  checkOptions({ name, listener }, { name: text, listener: must('a function', isFunction) }, ['name', 'listener']);
  const { BroadcastChannel } = platform();
  if (BroadcastChannel === undefined) return () => undefined;
  const channel = new BroadcastChannel(channelName);
  channel.addEventListener('message', ({ data }) => {
    const message = data as MigratingMessage;
    if (message.name === name) listener(message);
  });
  return () => channel.close();
}
