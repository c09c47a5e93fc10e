import { confirm } from '../confirm.ts';
import { backupOptions } from '../backup-options.ts';
import type { Command } from '../command.ts';
import { keptDump } from '../dump-options.ts';
import { runCommand } from '../run-command.ts';
import { lossesOf } from '../losses.ts';
import { forwardOptions, forwardRequest } from './up.ts';

export const to: Command = {
  name: 'to',
  summary: 'go up or down to exactly this version',
  description: 'Going down asks first, as `down` does.',
  target: 'database',
  arguments: [{ name: '<version>', description: 'the version to end at; 0 rolls back everything' }],
  options: [...forwardOptions, ...backupOptions, ...keptDump],
  examples: [
    { command: 'dunlin to 7', does: 'apply up to 007, or roll back what is after it' },
    { command: 'dunlin to 0 --yes', does: 'roll back everything' },
  ],
  run: (context, args) => {
    const target = args.parseVersion(args.first, 'The version');
    return runCommand(context, args, {
      options: forwardRequest(args),
      run: async (runner) => {
        const { version } = await runner.status();
        if (target < version) {
          const plan = await runner.plan({ direction: 'down', to: target });
          const { what, losses } = lossesOf(plan, runner.databaseName);
          if (plan.steps.length > 0 && plan.problems.length === 0)
            await confirm(context, args, {
              what: `Rolling back ${what}`,
              question: `Roll back ${what}?`,
              details: losses,
            });
        }
        return runner.to(target);
      },
    });
  },
};
