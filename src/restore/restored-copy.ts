import { call, clock, file, type Op, type SqlError } from '../bridge/index.ts';
import { cleanUp, extractVerified, type BackupLocation, type Manifest, type StoredBackup } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RunContext } from '../lock/index.ts';
import type { NewAttempt, Writer } from '../ledger/index.ts';
import type { RunBackup } from '../backup/options.ts';
import { formatIntegrityErrors } from '../schema/index.ts';
import type { RestorePlan } from './restore-plan.ts';

export interface RestoreRequest {
  /** As `findBackup` takes it. */
  readonly backup: string;
  /** Asked before anything changes; false stops the restore. */
  readonly confirm: ((plan: RestorePlan) => boolean | Promise<boolean>) | undefined;
}

/** How a restore ended. */
export interface RestoreResult {
  /** What the restore changed. */
  readonly plan: RestorePlan;
  /** The backup of the state from before: restoring it undoes this restore. Undefined for an empty database. */
  readonly before: RunBackup | undefined;
  /** Where a database that could not be read was moved, with its journals; empty if it could be read. */
  readonly damaged: readonly string[];
  readonly notes: readonly string[];
  readonly durationMs: number;
}

/** The copy that takes the place of a database that cannot be read. */
export function replacementOf({ file: path }: BackupLocation): string {
  return `${path}-restoring`;
}

/** Errors: `DECLINED`. */
export function* confirmRestore({ database }: RunContext, { confirm }: RestoreRequest, plan: RestorePlan): Op<void> {
  if (confirm === undefined) return;
  if (!(yield* call('the question before a restore', () => confirm(plan))))
    throw dunlinError('DECLINED', { what: `Restoring ${database} from ${plan.backup.id}` });
}

/** The row of a restore in the attempt log. It comes with the restored state, so it is there exactly if that is. */
export function restoreAttempt(
  { host, pid, tool }: RunContext,
  backup: StoredBackup,
  runId: string,
  now: string,
): NewAttempt & Writer {
  return {
    runId,
    version: null,
    name: null,
    direction: 'restore',
    status: 'ok',
    startedAt: now,
    finishedAt: now,
    backup: backup.id,
    host,
    pid,
    tool,
  };
}

/**
 * Runs an operation with a verified copy of a backup, and removes the copy; `note` says if that fails. Errors: those of
 * `extractVerified`.
 */
export function* withRestoredCopy<T>(
  context: RunContext,
  location: BackupLocation,
  backup: StoredBackup,
  use: (work: RestoredCopy) => Op<T>,
): Op<{ readonly result: T; readonly note: string | undefined }> {
  const runId = context.newRunId();
  const copy = `${location.folder}/${backup.id}.restoring-${runId}`;
  yield* file('makeFolder', location.folder, location.file);
  const manifest = yield* extractVerified(context.database, backup, copy);
  let note: string | undefined;
  let result: T;
  try {
    const attempt = restoreAttempt(context, backup, runId, new Date(yield* clock()).toISOString());
    result = yield* use({ copy, manifest, attempt });
  } finally {
    note = yield* cleanUp(copy);
  }
  return { result, note };
}

/** The error for a driver that opens no second connection, or that lacks SQLite's backup API. */
export function restoreImpossible({ database, driver }: RunContext, encrypted?: SqlError): Error {
  const facts = { database, driver, encrypted: encrypted !== undefined };
  return dunlinError('RESTORE_IMPOSSIBLE', facts, { cause: encrypted });
}

/** What was wrong with the database when it was backed up, and is so again. */
export function flawNotes({ portrait }: Manifest): readonly string[] {
  return formatIntegrityErrors(portrait.flaws ?? []).map(
    (flaw) => `the backup has what was wrong with the database then: ${flaw}`,
  );
}

/** A verified copy of a backup, and the row for its attempt log. */
export interface RestoredCopy {
  readonly copy: string;
  readonly manifest: Manifest;
  readonly attempt: NewAttempt & Writer;
}
