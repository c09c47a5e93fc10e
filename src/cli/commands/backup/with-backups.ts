import type { Arguments } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { eachDatabase, type Outcome } from '../../each-database.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Missing, databaseExists } from '../../database-files.ts';
import type { CliRunner } from '../../runner.ts';
import type { Target } from '../../targets.ts';
import { printBackups } from '../../output/backup-progress.ts';
import { formatIntegrityErrors } from '../../../schema/index.ts';
import { existsSync } from 'node:fs';
import { shownPath } from '../../shown-path.ts';

/** Runs `work` on the backups of every database that the command line names. */
export function withBackups(
  context: Context,
  args: Arguments,
  missing: Missing,
  work: (manager: ReturnType<CliRunner['backups']>, database: string, target: Target) => Promise<Outcome>,
): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing,
    options: () => ({ onEvent: printBackups(context) }),
    work: async (runner, target) => {
      const manager = runner.backups();
      try {
        return await work(manager, runner.databaseName, target);
      } finally {
        await manager.close();
      }
    },
  });
}

/** Prints what was wrong with the database of a backup, and how to correct it. */
export async function noteFlaws(context: Context, flaws: readonly string[] = [], words: string): Promise<void> {
  if (flaws.length === 0 || context.mode !== 'text') return;
  for (const flaw of formatIntegrityErrors(flaws)) context.note(`${words}: ${flaw}`);
}

/**
 * Says that there are no backups, and in which folder: often it is the wrong folder or database.
 * Throws DATABASE_NOT_FOUND if there is no database either.
 */
export function reportNoBackups(context: Context, target: Target, database: string): string {
  databaseExists(context, target.database, 'refuse');
  const folder = target.backups?.directory ?? `${target.database.path}-backups`;
  const shown = shownPath(context.cwd, folder);
  return `${database} has no backups${existsSync(folder) ? ` in ${shown}` : `: there is no folder ${shown}`}`;
}
