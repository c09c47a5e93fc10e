import { checkOptions, dunlinError, isBoolean, type ChecksOf } from '../errors/index.ts';
import { run } from '../execute/index.ts';
import type { ConfirmOptions, Operation, RunResult } from '../lock/index.ts';
import type { Goal } from '../plan/index.ts';
import { confirmChecks } from './redo.ts';
import { upChecks } from './up.ts';

/**
 * Which migrations a `down` rolls back: the last one by default, with its set if it is in one. Only one of `steps`, `to` and
 * `all` may be given.
 */
export interface DownOptions extends ConfirmOptions {
  readonly steps?: number;
  /** The version to end at; it stays applied. 0 rolls back everything. */
  readonly to?: number;
  readonly all?: boolean;
}

const downChecks: ChecksOf<DownOptions> = { ...upChecks, ...confirmChecks, all: isBoolean };

/** Rolls back the last migration, or more. */
export function down(options: DownOptions): Operation<RunResult> {
  checkOptions(options, downChecks);
  return (context) => run(context, downGoal(options), options.confirm);
}

/** What `down` is asked for: one of its options at most. */
export function downGoal(options: DownOptions): Goal {
  const given = [
    options.steps !== undefined && 'steps',
    options.to !== undefined && 'to',
    options.all === true && 'all',
  ].filter((name) => name !== false);
  const [first, second] = given;
  if (first !== undefined && second !== undefined)
    throw dunlinError('OPTIONS_CONFLICT', { first, second, reason: 'Each says how far to go back: give one of them.' });
  return options.all === true ? { kind: 'down', to: 0 } : { kind: 'down', to: options.to, steps: options.steps };
}
