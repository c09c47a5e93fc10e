import { call, clock, file, type Op, type SqlError } from '../bridge/index.ts';
import { cleanUp, extractVerified, type BackupLocation, type Manifest, type StoredBackup } from '../backup/index.ts';
import { dunlinError } from '../errors/index.ts';
import type { RunContext } from '../lock/index.ts';
import type { NewAttempt, Writer } from '../ledger/index.ts';
import type { RunBackup } from '../backup/options.ts';
import { formatIntegrityErrors } from '../schema/index.ts';
import type { RestorePlan } from './restore-plan.ts';

/** What is to be restored. */
export interface RestoreRequest {
  /** As `findBackup` takes it. */
  readonly backup: string;
  /** Asked before anything changes; false ends it. */
  readonly confirm: ((plan: RestorePlan) => boolean | Promise<boolean>) | undefined;
}

/** How a restore ended. */
export interface RestoreResult {
  /** What was restored, and what that took away or brought back. */
  readonly plan: RestorePlan;
  /** The backup of the state from before: restoring that one undoes this restore. None if there was nothing. */
  readonly before: RunBackup | undefined;
  /** Where a database that could not be read was put, with its journals; empty if it could be. */
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

/** The row that tells of a restore. It comes with the restored state, so that it is there exactly if that is. */
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
 * Works with a proven copy of a backup, which is gone afterwards; `note` says if it is not. Errors: those of `unfold`.
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

/** A driver of which no more can be had than one connection, or that leaves out SQLite's backup API. */
export function restoreImpossible({ database, driver }: RunContext, encrypted?: SqlError): Error {
  const facts = { database, driver, encrypted: encrypted !== undefined };
  return dunlinError('RESTORE_IMPOSSIBLE', facts, encrypted === undefined ? {} : { cause: encrypted });
}

/** What was wrong with the database when it was backed up, and is so again. */
export function flawNotes({ portrait }: Manifest): readonly string[] {
  return formatIntegrityErrors(portrait.flaws ?? []).map(
    (flaw) => `the backup has what was wrong with the database then: ${flaw}`,
  );
}

/** What the two ways of restoring work with: a proven copy of the backup, and the row that goes into it. */
export interface RestoredCopy {
  readonly copy: string;
  readonly manifest: Manifest;
  readonly attempt: NewAttempt & Writer;
}
