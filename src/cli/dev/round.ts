import { isDunlinError, type DunlinError } from '../../errors/index.ts';
import type { RunResult } from '../../lock/run-options.ts';
import type { ReapplyOptions } from '../../operations/reapply.ts';
import { reapplyFromBackup } from '../../node/reapply-from-backup.ts';
import { compareEffectively, type ObjectChange } from '../../schema/index.ts';
import type { Arguments } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import type { CliRunner, Context } from '../context.ts';
import { exit, isStopped, type ExitCode } from '../exit-codes.ts';
import { renderLosses } from '../output/backups.ts';
import { migrationId } from '../output/format.ts';
import { schemaChange } from '../output/json.ts';
import { renderChanges } from '../output/schema-changes.ts';
import { runCommand } from '../run-command.ts';
import { runRequest } from '../shared-options.ts';
import { endOfShell } from '../stop-signals.ts';
import { requestOf, type Target } from '../targets.ts';
import { declareDevelopment } from './declare.ts';

/** Why `dev` takes one database. */
export const oneDatabase = '`dev` works on one database: name it with --database';

/** Makes the database what the migrations say, once, and shows how the schema changed. */
export async function runRound(context: Context, args: Arguments): Promise<ExitCode> {
  let changes: readonly ObjectChange[] = [];
  let hasRun = false;
  const code = await runCommand(context, args, {
    creates: true,
    single: oneDatabase,
    options: runRequest(args),
    run: async (runner, target) => {
      await declareDevelopment(context, args, target);
      const before = await runner.schema();
      await acceptNames(context, runner);
      const result = await reapply(context, args, runner, target);
      hasRun = result.applied.length > 0;
      changes = compareEffectively(before, await runner.schema());
      if (changes.length > 0) context.print('', ...renderChanges(changes, context));
      return result;
    },
    more: () => ({ changes: changes.map(schemaChange) }),
  });
  const command = args.text('exec');
  if (command === undefined || code !== exit.done || !hasRun) return code;
  const printed = context.mode === 'text' ? 'inherit' : 2;
  const ended = await endOfShell(context, context.runShell(command, { stdio: ['inherit', printed, 'inherit'] }));
  if (isStopped(ended)) return ended;
  if (ended !== 0)
    context.note(`\`${command}\` ended with ${ended}; it runs again after the next change of the database`);
  return ended === 0 ? code : exit.failed;
}

/** Records the new name or number of files that are unchanged otherwise: nothing has to run again for that. */
async function acceptNames(context: Context, runner: CliRunner): Promise<void> {
  const changes = (await runner.repairs()).filter(({ kind }) => kind === 'rename');
  if (changes.length === 0) return;
  for (const change of await runner.repair(changes.map(({ migration }) => migration.version)))
    if (change.kind === 'rename') context.say(`${migrationId(change.migration)} is now called ${change.to}`);
}

/**
 * Asks before values are lost, and offers the backup from before where there is no way back. A yes counts for what was
 * shown: if files or rows have changed meanwhile so that more or other values would be lost, it asks again.
 */
async function reapply(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  target: Target,
  losses: ReapplyOptions['losses'] = args.flag('yes') ? 'accept' : 'error',
): Promise<RunResult> {
  try {
    return await runner.reapply({ losses });
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    // The rows of the migrations are above, and none of them says "failed".
    if (error.code === 'REAPPLY_LOSES') context.print('');
    if (error.code === 'REAPPLY_LOSES' && context.interactive) {
      await confirm(context, args, {
        what: `Losing data of ${runner.database}`,
        question: 'Apply again and lose that?',
        details: context.fold(error.message),
      });
      return await reapply(context, args, runner, target, error);
    }
    if (await failedToRollBack(error, runner)) return await restoreAndReapply(context, args, runner, target, error);
    throw error;
  }
}

/** Whether there was no DOWN part to run, or it failed. */
async function failedToRollBack(error: DunlinError, runner: CliRunner): Promise<boolean> {
  if ([error, ...error.problems].some(({ code }) => code === 'CANNOT_ROLL_BACK')) return true;
  if (error.failed === undefined) return false;
  const [last] = await runner.history({ limit: 1 });
  return last?.migrations.some(({ direction, status }) => direction === 'down' && status === 'failed') === true;
}

/** Reapplies from the backup from before, after a question. Errors: `refusal`, if there is no such backup. */
async function restoreAndReapply(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  target: Target,
  refusal: DunlinError,
): Promise<RunResult> {
  const request = { tool: `dunlin ${context.command}`, ...requestOf(target), ...runRequest(args) };
  const result = await reapplyFromBackup(runner, request, {
    losses: args.flag('yes') ? 'accept' : 'error',
    confirm: async (plan) => {
      const what = `${runner.database} from ${plan.backup.id}`;
      const lines = [refusal.message, ...renderLosses(plan, runner.database)];
      return await confirm(context, args, {
        what: `Restoring ${what}`,
        question: `Restore ${what}, and apply again?`,
        details: lines.flatMap((line) => context.fold(line)),
      });
    },
  });
  if (result !== undefined) return result;
  const hint = `${refusal.hint} There is no backup from before it either: \`dunlin reset\` empties the database, and \`dunlin dev\` applies everything anew.`;
  throw refusal.with({ hint });
}
