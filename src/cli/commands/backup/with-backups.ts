import type { Arguments } from '../../arguments.ts';
import type { Context } from '../../context.ts';
import { eachDatabase, type Outcome } from '../../each-database.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Missing } from '../../missing-database.ts';
import type { CliRunner } from '../../runner.ts';
import type { Target } from '../../targets.ts';
import { printBackups } from '../../show-backups.ts';

/** Does something with the backups of every database that the command line names. */
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
