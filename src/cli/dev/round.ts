import { rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { isDunlinError, type DunlinError } from '../../errors/index.ts';
import type { RunResult } from '../../lock/run-options.ts';
import type { ReapplyOptions } from '../../operations/reapply.ts';
import { DatabaseLocation } from '../../node/database-url.ts';
import { makeTemporaryFolder } from '../../node/temporary-folder.ts';
import { compareEffectively, type ObjectChange } from '../../schema/index.ts';
import type { Arguments } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import { withRunner, type CliRunner, type Context } from '../context.ts';
import { exit, isStopped, type ExitCode } from '../exit-codes.ts';
import { onCopy } from '../on-copy.ts';
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
  if (ended !== 0) context.note(`\`${command}\` ended with ${ended}`);
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
    if (await failedToRollBack(error, runner)) return await restoreBefore(context, args, runner, target, error);
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

/**
 * Restores the backup from before the oldest migration that has to be applied again, after a question, and goes up again.
 * The files are first run on a copy of that backup, so that nothing is replaced for a text that fails.
 */
async function restoreBefore(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  target: Target,
  error: DunlinError,
): Promise<RunResult> {
  const losses = args.flag('yes') ? 'accept' : 'error';
  const start = await runner.reapplyStart();
  const manager = runner.backups();
  try {
    const found = (await manager.list()).find(({ id }) => id === start?.backup);
    if (found === undefined) {
      const hint = `${error.hint} There is no backup from before it either: \`dunlin reset\` empties the database, and \`dunlin dev\` applies everything anew.`;
      throw error.with({ hint });
    }
    await runner.close();
    await tryOnCopy(context, args, target, found.file, losses);
    const { before } = await manager.restore(found.id, {
      confirm: async (plan) => {
        const what = `${runner.database} from ${found.id}`;
        const lines = [error.message, ...renderLosses(plan, runner.database)];
        const details = lines.flatMap((line) => context.fold(line));
        return await confirm(context, args, {
          what: `Restoring ${what}`,
          question: `Restore ${what}, and apply again?`,
          details,
        });
      },
    });
    return await runner.reapply({ losses }).catch((failure: unknown) => {
      if (!isDunlinError(failure) || before === undefined) throw failure;
      const hint = `${runner.database} was restored from ${found.id} before that; \`dunlin backup restore ${before.id}\` undoes it. ${failure.hint}`;
      throw failure.with({ hint });
    });
  } finally {
    await manager.close();
  }
}

/** Runs the files on a copy of a backup. Errors: those of the run; the database itself is unchanged. */
async function tryOnCopy(
  context: Context,
  args: Arguments,
  target: Target,
  backup: string,
  losses: 'accept' | 'error',
): Promise<void> {
  const { given, name } = target.database;
  const folder = makeTemporaryFolder('dev');
  try {
    const database = new DatabaseLocation(given, join(folder, basename(target.database.path!)), name);
    const { backups: _, ...request } = { ...requestOf(target), ...runRequest(args) };
    await withRunner(context, { ...request, database, backup: 'off' }, async (copy) => {
      const manager = copy.backups();
      await manager.restore(backup).finally(() => manager.close());
      await copy.reapply({ losses }).catch((error: unknown) => {
        throw onCopy(error, name);
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
