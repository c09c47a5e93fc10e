import { checkOptions, countCheck, versionCheck, type ChecksOf } from '../errors/index.ts';
import type { Op } from '../bridge/index.ts';
import { checkDrift, readState, run } from '../execute/index.ts';
import type { Operation, RunContext, RunResult } from '../lock/index.ts';
import { dueRepeatables, highest, type Goal } from '../plan/index.ts';

/** Which migrations an `up` runs: all by default. */
export interface UpOptions {
  /** The last version to apply. */
  readonly to?: number;
  /** At most this many. */
  readonly steps?: number;
}

export const upChecks: ChecksOf<UpOptions> = { to: versionCheck, steps: countCheck };

/** Applies what is pending. Options are checked at once, before anything is opened. */
export function up(options: UpOptions): Operation<RunResult> {
  checkOptions(options, upChecks);
  return upWithChecked(options);
}

/** `up` with options that are checked already. */
export function upWithChecked(options: UpOptions): Operation<RunResult> {
  return (context) => run(context, upGoal(options));
}

export function upGoal(options: UpOptions): Goal {
  return { kind: 'up', to: options.to, steps: options.steps };
}

/** The version of a database that is up to date, without notes or problems; undefined for any other. Reads only. */
export function* readUpToDate(
  context: RunContext,
): Op<Pick<RunResult, 'to' | 'toLabel' | 'applied' | 'pending'> | undefined> {
  // Sets are checked against the migrations also with nothing pending.
  if (context.options.together !== undefined) return undefined;
  const { state, comparison } = yield* readState(context);
  const { pending, problems, notes, applied, label } = comparison;
  if ([pending, problems, notes, state.problems, dueRepeatables(comparison)].some(({ length }) => length > 0))
    return undefined;
  const drift = yield* checkDrift(context, state);
  if (drift.differences.length > 0) return undefined;
  return { to: highest(applied.keys()), toLabel: label, applied: [], pending: [] };
}
