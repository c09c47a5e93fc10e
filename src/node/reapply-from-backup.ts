import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDunlinError } from '../errors/index.ts';
import type { RunResult } from '../lock/run-options.ts';
import type { RestorePlan } from '../restore/index.ts';
import { errorOnCopy } from './copy-error.ts';
import { createRunner, type RunnerRequest, type RunnerWithBackups } from './create-runner.ts';
import { DatabaseLocation } from './database-url.ts';
import { makeTemporaryFolder } from './temporary-folder.ts';

export interface ReapplyFromBackupOptions {
  readonly losses: 'error' | 'accept';
  /** Called before the database is overwritten, with the losses. */
  readonly confirm: (plan: RestorePlan) => Promise<boolean>;
}

/**
 * `reapply` where a DOWN part is missing or fails: restores the backup from before the oldest migration that has to be
 * applied again, and applies the files. First runs them on a copy of that backup, so that a migration that fails
 * overwrites nothing. Returns undefined if there is no such backup. `request` made the runner.
 */
export async function reapplyFromBackup(
  runner: RunnerWithBackups,
  request: RunnerRequest,
  { losses, confirm }: ReapplyFromBackupOptions,
): Promise<RunResult | undefined> {
  const start = await runner.reapplyStart();
  const manager = runner.backups();
  try {
    const backup = (await manager.list()).find(({ id }) => id === start?.backup);
    if (backup === undefined) return undefined;
    await runner.close();
    await tryFromBackup(request, backup.file, losses);
    const { before } = await manager.restore(backup.id, { confirm });
    return await runner.reapply({ losses }).catch((failure: unknown) => {
      if (!isDunlinError(failure) || before === undefined) throw failure;
      const hint = `${runner.database} was restored from ${backup.id} before that; \`dunlin backup restore ${before.id}\` undoes it. ${failure.hint}`;
      throw failure.with({ hint });
    });
  } finally {
    await manager.close();
  }
}

/** Runs the files on a copy of a backup. */
async function tryFromBackup(request: RunnerRequest, backup: string, losses: 'error' | 'accept'): Promise<void> {
  const { given, name, path } = request.database;
  const folder = makeTemporaryFolder('dev');
  try {
    const database = new DatabaseLocation(given, join(folder, basename(path!)), name);
    const copy = createRunner({ ...request, database, backup: 'off', backups: {} });
    const manager = copy.backups();
    try {
      await manager.restore(backup);
      await copy.reapply({ losses });
    } catch (error) {
      throw errorOnCopy(error, name);
    } finally {
      await manager.close();
      await copy.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
