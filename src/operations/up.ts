import { checkOptions, countCheck, versionCheck, type ChecksOf } from '../errors/index.ts';
import { run } from '../execute/index.ts';
import type { Operation, RunResult } from '../lock/index.ts';
import type { Goal } from '../plan/index.ts';

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
  return (context) => run(context, upGoal(options));
}

/** What `up` is asked for. */
export function upGoal(options: UpOptions): Goal {
  return { kind: 'up', to: options.to, steps: options.steps };
}
