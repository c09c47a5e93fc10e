import { resolve } from 'node:path';
import { isDunlinError } from '../errors/index.ts';
import { joinProblems, problemsOf, withHolders } from '../migration/index.ts';
import type { Status } from '../operations/status.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import type { Target } from './targets.ts';
import { isFinding } from './exit-codes.ts';
import { compareWithBase } from '../node/compare-base.ts';

/**
 * What `check` found, with what the base branch has against the migrations where `--base` names one. Migrations that
 * cannot be read at all are compared with it as well: two files with one number are what it is asked about most.
 */
export async function checkWithBase(
  context: Context,
  args: Arguments,
  { migrations }: Target,
  check: () => Promise<Status>,
): Promise<Status> {
  const base = args.path('base');
  if (base === undefined) return await check();
  const { problems, holderOf } = compareWithBase(resolve(context.cwd, migrations), base);
  try {
    const found = await check();
    return { ...found, problems: [...found.problems, ...problems] };
  } catch (error) {
    if (!isDunlinError(error) || !isFinding(error)) throw error;
    const explained = withHolders(error, holderOf);
    const twice = problemsOf(explained).filter(({ code }) => code === 'VERSION_DUPLICATE');
    // A number that is taken here as well is reported once.
    const others = problems.filter(
      (problem) =>
        problem.code !== 'BASE_VERSION_TAKEN' ||
        !twice.some(({ migration }) => migration?.version === problem.migration?.version),
    );
    throw joinProblems(migrations, [explained, ...others]) ?? error;
  }
}
