import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { RunnerRequest } from './runner.ts';

/** When a run commits what it has done. */
export const commitOption: OptionSpec = {
  flags: '--commit <when>',
  description:
    'what is done is committed at the end of the run, after each migration, or every 10s (default: at the end; after each migration once the run takes longer than 2s)',
  completes: ['run', 'migration'],
};

export function commitRequest(args: Arguments): Partial<RunnerRequest> {
  const given = args.text('commit');
  if (given === undefined) return {};
  if (given === 'run' || given === 'migration') return { commit: given };
  const everyMs = /^\d/.test(given) ? args.milliseconds('commit') : undefined;
  if (everyMs === undefined || everyMs === 0)
    throw args.wrong(`--commit is run, migration, or a time such as 10s, not "${given}"`);
  return { commit: { everyMs } };
}
