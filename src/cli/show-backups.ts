import type { DunlinEvent } from '../bridge/event.ts';
import type { Context } from './context.ts';

/** A listener for what makes a backup and nothing else worth showing. Loads what shows it at the first event. */
export function printBackups(context: Context): (event: DunlinEvent) => void | Promise<void> {
  let show: ((event: DunlinEvent) => void) | undefined;
  return (event) => {
    if (context.mode !== 'text' || !event.type.startsWith('backup:')) return undefined;
    if (show !== undefined) return show(event);
    return import('./output/backup-progress.ts').then(({ backupProgress }) => {
      show = backupProgress(context);
      show(event);
    });
  };
}
