import { emit, isSqlError, type Op } from '../../bridge/index.ts';
import { isDunlinError, thrownReason } from '../../errors/index.ts';
import type { RunBackups } from '../run-backups.ts';
import type { RunContext } from '../../lock/index.ts';
import { recover, type Recovery } from '../../restore/index.ts';
import { toDunlinError } from '../statement-error.ts';

/**
 * Undoes what a rollback cannot, with the newest backup that the run has made. That it fails is no failure of its own:
 * the caller says why the database stays as it is. Undefined: the run has made no backup.
 */
export function* restoreRunBackup(context: RunContext, backups: RunBackups): Op<Recovery | undefined> {
  const { newest } = backups;
  if (newest === undefined) return undefined;
  // SQLite's backup API works beside the thread, in every driver.
  if (context.sync) return { reason: 'a synchronous run cannot do that' };
  yield* emit({ type: 'restore:start', backup: newest.id });
  try {
    const recovery = yield* recover(context, newest.id, newest.dataVersion);
    if ('restored' in recovery) yield* emit({ type: 'restore:done', backup: newest.id });
    return recovery;
  } catch (error) {
    // A file that the operating system refuses is a reason like any other.
    if ((error as { syscall?: unknown }).syscall !== undefined) return { reason: thrownReason(error) };
    // The database is neither what it was nor what it was to be.
    if (isDunlinError(error) && error.code === 'RESTORE_UNPROVEN') throw error;
    if (!isSqlError(error) && !isDunlinError(error)) throw error;
    return { reason: (toDunlinError(error, context.database) as Error).message.replace(/\.$/, '') };
  }
}
