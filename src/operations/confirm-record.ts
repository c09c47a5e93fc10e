import { call, type Op } from '../bridge/index.ts';
import { dunlinError, isFunction, must, type Checks } from '../errors/index.ts';
import { retryBusy, type RunContext } from '../lock/index.ts';

/** How a repair, or the present schema, is confirmed. */
export interface RecordOptions<Change> {
  /**
   * Asked with what would be recorded, before anything is locked; not asked if that is nothing. Anything but true ends it
   * with `DECLINED`. If there is something else to record by the time of the lock, nothing is recorded (`PLAN_CHANGED`).
   */
  readonly confirm?: (changes: readonly Change[]) => boolean | Promise<boolean>;
}

export const recordChecks: Checks = { confirm: must('a function', isFunction) };

/** Something that can be recorded, when somebody has confirmed it. */
export interface Recordable<Change> {
  readonly read: () => Op<readonly Change[]>;
  readonly describe: (change: Change) => string;
  /** "Recording 2 changes on app.db" */
  readonly what: (changes: readonly Change[]) => string;
  /** The command that shows what there is to record, and the one that records it. */
  readonly showCommand: string;
  readonly command: (changes: readonly Change[]) => string;
}

/**
 * Asks whether to record the changes. Nothing is locked meanwhile. Returns a function to call under the lock: it throws
 * `PLAN_CHANGED` if there are other changes by then. Errors: `DECLINED`, and what `confirm` throws.
 */
export function* confirmRecord<Change>(
  context: RunContext,
  record: Recordable<Change>,
  { confirm }: RecordOptions<Change>,
): Op<(now: readonly Change[]) => void> {
  if (confirm === undefined) return () => undefined;
  const shown = yield* retryBusy(context, 'read', record.read);
  if (shown.length > 0 && (yield* call('confirm()', () => confirm(shown))) !== true)
    throw dunlinError('DECLINED', { what: record.what(shown) });
  return (now) => {
    if (JSON.stringify(now) === JSON.stringify(shown)) return;
    const { showCommand, describe } = record;
    throw dunlinError('PLAN_CHANGED', {
      database: context.database,
      shown: shown.map(describe),
      now: now.map(describe),
      showCommand,
      command: record.command(now),
    });
  };
}
