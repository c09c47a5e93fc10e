import { checkOptions, isFunction, must, type ChecksOf } from '../errors/index.ts';
import { run } from '../execute/index.ts';
import type { ConfirmOptions, Operation, RunResult } from '../lock/index.ts';

export const confirmChecks: ChecksOf<ConfirmOptions> = { confirm: must('a function', isFunction) };

/** Rolls the last migration back and applies it again, both or neither. */
export function redo(options: ConfirmOptions): Operation<RunResult> {
  checkOptions(options, confirmChecks);
  return (context) =>
    run({ ...context, options: { ...context.options, atomic: 'run' } }, { kind: 'redo' }, options.confirm);
}
