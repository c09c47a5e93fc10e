import { backupOptions } from '../shared-options.ts';
import type { Command } from '../command.ts';
import { printPlan } from '../show-plan.ts';
import { forwardOptions, forwardRequest } from './up.ts';

export const plan: Command = {
  name: 'plan',
  summary: 'show what `up` would do; changes nothing',
  description: 'Everything that stands in the way is named as well, and then the exit code is 1.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version to apply', completes: 'version' },
    { flags: '-n, --steps <count>', description: 'at most this many' },
    { flags: '--down', description: 'show what `down` would do instead' },
    ...forwardOptions,
    ...backupOptions,
  ],
  examples: [
    { command: 'dunlin plan', does: 'every statement that `up` would run' },
    { command: 'dunlin plan --verbose', does: 'with the SQL in full' },
    { command: 'dunlin plan --down --steps 2', does: 'what `down --steps 2` would take back' },
    { command: 'dunlin plan --json', does: 'as data, for a review bot' },
  ],
  run: (context, args) => {
    args.exclude('to', 'steps', '--to says the last version, --steps how many.');
    const to = args.version('to');
    const steps = args.count('steps');
    const direction = args.flag('down') ? 'down' : 'up';
    const selection = { ...(to === undefined ? {} : { to }), ...(steps === undefined ? {} : { steps }) };
    return printPlan(context, args, { direction, ...selection }, forwardRequest(args));
  },
};
