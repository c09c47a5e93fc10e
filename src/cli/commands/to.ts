import { backupOptions, forwardOptions, runRequest, keptDump } from '../shared-options.ts';
import type { Command } from '../command.ts';
import { confirmRollback } from '../confirm.ts';
import { runCommand } from '../run-command.ts';

export const to: Command = {
  name: 'to',
  summary: 'apply or roll back migrations to reach a version',
  description: 'Asks before it rolls back, as `down` does.',
  target: 'database',
  arguments: [
    { name: '<version>', description: 'the version to end at; 0 rolls back everything', completes: 'version' },
  ],
  options: [...forwardOptions, ...backupOptions, ...keptDump],
  examples: [
    { command: 'dunlin to 7', does: 'apply up to 007, or roll back what is after it' },
    { command: 'dunlin to 0 --yes', does: 'roll back everything' },
  ],
  run: (context, args) => {
    const target = args.parseVersion(args.first, 'The version');
    return runCommand(context, args, {
      options: runRequest(args),
      run: (runner) => runner.to(target, { confirm: confirmRollback(context, args, runner) }),
    });
  },
};
