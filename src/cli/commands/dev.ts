import type { Command } from '../command.ts';
import { followMigrations } from '../dev/loop.ts';
import { runRound } from '../dev/round.ts';
import { backupOptions, driftOption, guardsOption, keptDump } from '../shared-options.ts';

export const dev: Command = {
  name: 'dev',
  summary: 'apply migrations as you write them, on a development database',
  description:
    'Watches the directory of the migrations. Applies what is new. Rolls back and applies again what was edited, deleted or renumbered, with all that was applied after it, in one transaction, and shows how the schema changed. Asks before values are lost. Only for a database whose rows you can lose: asks once for one that the configuration does not call `development: true`. Ctrl-C ends it.',
  target: 'database',
  options: [
    { flags: '--once', description: 'do this once and exit, without watching' },
    {
      flags: '--exec <command>',
      description: 'a command of the shell to run after each change, such as one that generates types',
    },
    {
      flags: '--development [database]',
      description: 'this is a development database: do not ask at the start; with a path, only if it is that one',
      completes: 'database',
    },
    driftOption,
    guardsOption,
    ...backupOptions,
    ...keptDump,
  ],
  examples: [
    { command: 'dunlin dev', does: 'until Ctrl-C' },
    { command: 'dunlin dev -d dev.db --development', does: 'without the question' },
    { command: 'dunlin dev --once', does: 'one time: after a checkout, in a script' },
    { command: "dunlin dev --exec 'npm run generate-types'", does: 'then something else' },
  ],
  run: (context, args) => {
    if (args.flag('once')) return runRound(context, args);
    if (context.mode === 'json')
      throw args.wrong('--json prints one document at the end: add --once, or use --events for a line each');
    return followMigrations(context, args);
  },
};
