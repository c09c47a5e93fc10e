import { statSync } from 'node:fs';
import { shownPath } from '../../node/messages.ts';
import type { RunnerRequest } from '../../node/create-runner.ts';
import type { DownOptions } from '../../operations/down.ts';
import type { UpOptions } from '../../operations/up.ts';
import { given, type Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { eachDatabase, errorStyle } from '../each-database.ts';
import { exit, type ExitCode } from '../exit-codes.ts';
import { renderProblems } from '../output/error.ts';
import { planDocument, renderPlan } from '../output/plan.ts';
import { backupOptions, forwardOptions, runRequest } from '../shared-options.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what `up` would do, without changing anything',
  description: 'Also lists everything that prevents the run; then exits with 1.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version to apply', completes: 'version' },
    { flags: '-n, --steps <count>', description: 'at most this many' },
    { flags: '--down', description: 'show what `down` would do instead' },
    ...forwardOptions,
    ...backupOptions,
  ],
  examples: [
    { command: 'dunlin plan', does: 'every statement that `up` would run' },
    { command: 'dunlin plan --verbose', does: 'with the SQL in full' },
    { command: 'dunlin plan --down --steps 2', does: 'what `down --steps 2` would roll back' },
    { command: 'dunlin plan --json', does: 'as data, for a review bot' },
  ],
  run: (context, args) => {
    args.exclude('to', 'steps', '--to says the last version, --steps how many.');
    const direction = args.flag('down') ? 'down' : 'up';
    const selection = given({ to: args.version('to'), steps: args.count('steps') });
    return printPlan(context, args, { direction, ...selection }, runRequest(args));
  },
};

/** What a run would do: `plan`, and `up --dry-run`. */
export async function printPlan(
  context: Context,
  args: Arguments,
  selection: { direction: 'up' | 'down' } & UpOptions & DownOptions,
  options: Partial<RunnerRequest>,
): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing: 'empty',
    options: () => options,
    work: async (runner, target) => {
      const plan = await runner.plan(selection);
      const code = plan.problems.length === 0 ? exit.done : exit.failed;
      // None of a database in memory, and of one that does not exist yet.
      const { path: file } = target.database;
      const bytes = file === undefined ? undefined : statSync(file, { throwIfNoEntry: false })?.size;
      if (context.mode !== 'text') return { exit: code, document: planDocument(plan, bytes) };
      const { colors, width, verbose } = context;
      const path = (one: string): string => shownPath(one, context.cwd);
      context.print(...renderPlan(plan, { database: runner.database, bytes, colors, width, verbose, path }));
      if (plan.problems.length > 0) {
        const lines = renderProblems(plan.problems, errorStyle(context));
        context.report(...(plan.steps.length > 0 ? lines : lines.slice(1)));
      }
      for (const note of plan.notes) context.note(note);
      return { exit: code, document: {} };
    },
  });
}
