import { unfinished } from '../../backup/index.ts';
import type { DunlinEvent } from '../../bridge/event.ts';
import type { Context, Meter } from '../context.ts';
import { shownPath } from '../../node/messages.ts';
import { bytes, roughly } from './format.ts';
import { truncate } from './table.ts';

/** A smaller backup is complete before the user has read an estimate. */
const largeBytes = 32_000_000;
/** For the copy and its verification, as measured in docs/explanation/backups.md. */
const msPerMegabyte = 15;

/** "about 18 s" for a large database; undefined for any other. */
export function backupEstimate(size: number): string | undefined {
  return size < largeBytes ? undefined : `about ${roughly((size / 1e6) * msPerMegabyte)}`;
}

/** Shows a backup while it is made: a large one as a line that moves, or, where there is no terminal, as a plain one. */
export function backupProgress(context: Context): (event: DunlinEvent) => void {
  let meter: Meter | undefined;
  return (event) => {
    if (event.type === 'backup:note') context.note(event.note);
    if (event.type === 'backup:copied') meter?.proving();
    if (event.type === 'backup:done') context.live('');
    if (event.type !== 'backup:start') return;
    const { file, bytes: size } = event;
    const line = `  backing up ${bytes(size)} to ${shownPath(file, context.cwd)}`;
    const estimate = backupEstimate(size);
    if (estimate === undefined) return context.live(truncate(line, context.width - 1));
    meter = context.verbose ? undefined : context.meter({ file: unfinished(file), bytes: size });
    if (meter === undefined && context.mode === 'text' && !context.quiet)
      context.report(...context.fold(`${line}, ${estimate}`));
  };
}

/** A listener that shows the progress of a backup and nothing else. */
export function printBackups(context: Context): (event: DunlinEvent) => void {
  const show = backupProgress(context);
  return (event) => {
    if (context.mode === 'text' && event.type.startsWith('backup:')) show(event);
  };
}
