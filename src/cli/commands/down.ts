import { backupOptions, keptDump, commitOption, driftOption, guardsOption, runRequest } from '../shared-options.ts';
import { given } from '../arguments.ts';
import type { Command } from '../command.ts';
import { confirmRollback } from '../confirm.ts';
import { runCommand } from '../run-command.ts';

export const down: Command = {
  name: 'down',
  summary: 'roll back the last migration',
  description:
    'Runs the DOWN parts of applied migrations, newest first. Shows what it would drop and asks; without a terminal it needs --yes. Here --all means all migrations, not all databases.',
  target: 'database',
  options: [
    { flags: '-n, --steps <count>', description: 'how many to roll back (default: 1, or a whole set)' },
    { flags: '--to <version>', description: 'the version to end at; it stays applied', completes: 'version' },
    { flags: '--all', description: 'roll back every migration' },
    commitOption,
    driftOption,
    guardsOption,
    ...backupOptions,
    ...keptDump,
  ],
  examples: [
    { command: 'dunlin down', does: 'roll back the last migration, after a question' },
    { command: 'dunlin down --yes', does: 'the same in CI, where nobody can be asked' },
    { command: 'dunlin down --to 7', does: 'roll back everything after 007' },
    { command: 'dunlin plan --down', does: 'only look at what it would run' },
  ],
  run: (context, args) => {
    const reason = 'Only one of --steps, --to and --all says how far.';
    args.exclude('steps', 'to', reason);
    args.exclude('steps', 'all', reason);
    args.exclude('to', 'all', reason);
    const all = args.flag('all') ? true : undefined;
    const selection = given({ steps: args.count('steps'), to: args.version('to'), all });
    return runCommand(context, args, {
      options: runRequest(args),
      run: (runner) => runner.down({ ...selection, confirm: confirmRollback(context, args, runner) }),
      summary: (name, result) =>
        result.applied.length === 0
          ? `${name} is at version ${result.to}, nothing to roll back`
          : `${name} is at version ${result.to}${result.toLabel === undefined ? '' : ` (${result.toLabel})`}, ${result.pending.length} pending`,
    });
  },
};
