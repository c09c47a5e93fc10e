import type { DunlinEvent } from '../bridge/event.ts';
import type { Context } from './context.ts';
import { backupProgress } from './output/backup-progress.ts';

/** A listener that shows the progress of a backup and nothing else. */
export function printBackups(context: Context): (event: DunlinEvent) => void {
  const show = backupProgress(context);
  return (event) => {
    if (context.mode === 'text' && event.type.startsWith('backup:')) show(event);
  };
}
