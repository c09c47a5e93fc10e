import { clock, file, type Op } from '../bridge/index.ts';
import { clearUp, findBackup, unfold, type Backup } from '../backup/index.ts';
import { retryBusy, withSettings, type RunContext } from '../execute/index.ts';
import { placeOfRun, tidy } from './back-up.ts';
import { overwrite } from './overwrite.ts';
import { planRestore, type RestorePlan } from './restore-plan.ts';
import { ask, restoreAttempt, type RestoreOrder, type RestoreResult } from './restore-work.ts';

/**
 * Makes the database what it was at a backup, in place, under SQLite's own locks and in one transaction of SQLite's:
 * a death at any moment leaves it as it was or as it is in the backup. Other connections may stay open.
 *
 * The attempts since, and this one, are written into a copy of the backup before; so the log is never set back. The
 * present state is backed up first. A commit of another process between that backup and the restore is noticed, and
 * the backup made anew, but for one in the very last instant: SQLite's backup API can only take its lock itself.
 */
export function* restore(context: RunContext, order: RestoreOrder): Op<RestoreResult> {
  const started = yield* clock();
  const place = yield* placeOfRun(context);
  const backup = yield* findBackup(place, order.backup);
  const runId = context.newRunId();
  const copy = `${place.folder}/${backup.id}.restoring-${runId}`;
  yield* file('makeFolder', place.folder, place.file);
  const manifest = yield* unfold(context.database, backup, copy);
  let plan: RestorePlan;
  let safety: Backup | undefined;
  const notes: (string | undefined)[] = [];
  try {
    plan = yield* retryBusy(context, 'read', () => planRestore(context, backup, manifest));
    yield* ask(context, order, plan);
    const attempt = restoreAttempt(context, backup, runId, new Date(yield* clock()).toISOString());
    const done = yield* withSettings(context, () => overwrite(context, place, { copy, manifest, attempt }));
    safety = done.safety;
    notes.push(done.note);
  } finally {
    notes.push(yield* clearUp(copy));
  }
  notes.push(yield* tidy(context, place, manifest.bytes, [backup.id]));
  return {
    plan,
    before: safety === undefined ? undefined : { id: safety.id, file: safety.file, bytes: safety.bytes },
    damaged: [],
    notes: notes.filter((note) => note !== undefined),
    durationMs: Math.round((yield* clock()) - started),
  };
}
