import { confirm } from '../confirm.ts';
import { backupOptions } from '../backup-options.ts';
import type { Command } from '../command.ts';
import { driftOption, driftRequest } from '../drift-option.ts';
import { keptDump } from '../dump-options.ts';
import { runCommand, whereNow } from '../run-command.ts';
import { lossesOf } from '../losses.ts';
import { versionWithLabel } from '../output/format.ts';

export const redo: Command = {
  name: 'redo',
  summary: 'roll back the last migration and apply it again',
  description:
    'For the migration that is being written. It asks first, because its DOWN part may drop what holds data.',
  target: 'database',
  options: [driftOption, ...backupOptions, ...keptDump],
  examples: [
    { command: 'dunlin redo', does: 'after a question' },
    { command: 'dunlin redo --yes', does: 'without one' },
  ],
  run: (context, args) =>
    runCommand(context, args, {
      options: driftRequest(args),
      run: async (runner) => {
        const plan = await runner.plan({ direction: 'down' });
        if (plan.steps.length > 0 && plan.problems.length === 0) {
          const { what, losses } = lossesOf(plan, runner.databaseName);
          const question = `Roll back and apply again ${what}?`;
          await confirm(context, args, { what: `Rolling back ${what}`, question, details: losses });
        }
        return runner.redo();
      },
      summary: (name, result) =>
        result.applied.length === 0
          ? `${name} is at ${versionWithLabel(result.to, result.toLabel)}, nothing to take back`
          : whereNow(name, result),
    }),
};
