import { backupOptions, driftOption, guardsOption, keptDump, runRequest } from '../shared-options.ts';
import type { Command } from '../command.ts';
import { confirmRollback } from '../confirm.ts';
import { runCommand, whereNow } from '../run-command.ts';
import { versionWithLabel } from '../output/format.ts';

export const redo: Command = {
  name: 'redo',
  summary: 'roll back the last migration and apply it again',
  description:
    'For a migration that you are still writing. Asks first, because the DOWN part may drop tables with rows.',
  target: 'database',
  options: [driftOption, guardsOption, ...backupOptions, ...keptDump],
  examples: [
    { command: 'dunlin redo', does: 'after a question' },
    { command: 'dunlin redo --yes', does: 'without one' },
  ],
  run: (context, args) =>
    runCommand(context, args, {
      options: runRequest(args),
      run: (runner) => runner.redo({ confirm: confirmRollback(context, args, runner, 'Roll back and apply again') }),
      summary: (name, result) =>
        result.applied.length === 0
          ? `${name} is at ${versionWithLabel(result.to, result.toLabel)}, nothing to roll back`
          : whereNow(name, result),
    }),
};
