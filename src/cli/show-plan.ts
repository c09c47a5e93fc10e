import { statSync } from 'node:fs';
import type { DownOptions } from '../operations/down.ts';
import type { UpOptions } from '../operations/up.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { eachDatabase, errorStyle } from './each-database.ts';
import { exit, type ExitCode } from './exit-codes.ts';
import type { RunnerRequest } from './runner.ts';
import { shownPath } from './shown-path.ts';
import { planDocument, renderPlan } from './output/plan.ts';
import { renderError } from './output/error.ts';

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
      const bytes = fileSize(target.database.path);
      if (context.mode !== 'text') return { exit: code, document: planDocument(plan, bytes) };
      const { colors, width, verbose } = context;
      const path = (one: string): string => shownPath(context.cwd, one);
      context.print(...renderPlan(plan, { database: runner.databaseName, bytes, colors, width, verbose, path }));
      if (plan.problems.length > 0) {
        for (const [i, problem] of plan.problems.entries()) {
          context.report(...(i > 0 || plan.steps.length > 0 ? [''] : []), ...renderError(problem, errorStyle(context)));
        }
      }
      for (const note of plan.notes) context.note(note);
      return { exit: code, document: {} };
    },
  });
}

/** Undefined for a database in memory, and for one that does not exist yet. */
function fileSize(path: string | undefined): number | undefined {
  return path === undefined ? undefined : statSync(path, { throwIfNoEntry: false })?.size;
}
