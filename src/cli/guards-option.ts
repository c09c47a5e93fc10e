import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { RunnerRequest } from './runner.ts';

/** How rebuilt tables are checked. */
export const guardsOption: OptionSpec = {
  flags: '--guards <what>',
  description: 'of rebuilt tables compare the values (the default), or only count the rows',
  completes: ['values', 'count'],
};

export function guardsRequest(args: Arguments): Pick<RunnerRequest, 'guards'> {
  const guards = args.oneOf('guards', ['values', 'count']);
  return guards === undefined ? {} : { guards };
}
