import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { RunnerRequest } from './runner.ts';

/** What a run does about a schema that was changed by hand. */
export const driftOption: OptionSpec = {
  flags: '--drift <what>',
  description: 'a schema that was changed by hand: a note (the default), or an error, and nothing runs',
  completes: ['note', 'error'],
};

export function driftRequest(args: Arguments): Partial<RunnerRequest> {
  const drift = args.oneOf('drift', ['note', 'error']);
  return drift === undefined ? {} : { drift };
}
