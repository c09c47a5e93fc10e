import { checkOptions, versionCheck } from '../errors/index.ts';
import { run } from '../execute/index.ts';
import type { ConfirmOptions, Operation, RunResult } from '../lock/index.ts';
import { confirmChecks } from './redo.ts';

/** Goes up or down to exactly this version. */
export function to(target: number, options: ConfirmOptions): Operation<RunResult> {
  checkTarget(target);
  checkOptions(options, confirmChecks);
  return (context) => run(context, { kind: 'to', version: target }, options.confirm);
}

/** Refuses what is no version. Errors: `OPTION_INVALID`. */
export function checkTarget(target: number): void {
  checkOptions({ target }, { target: versionCheck }, ['target']);
}
