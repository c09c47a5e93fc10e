import { given } from '../arguments.ts';
import type { Command } from '../command.ts';
import { versionWithLabel } from '../output/format.ts';
import type { Json } from '../output/json.ts';
import { rehearsedBytes, rehearseFirst } from '../rehearse-first.ts';
import { runCommand, whereNow } from '../run-command.ts';
import { backupOptions, forwardOptions, runRequest, keptDump } from '../shared-options.ts';
import { printPlan } from './plan.ts';

export const up: Command = {
  name: 'up',
  summary: 'apply all pending migrations, in order',
  description:
    'Applies each migration completely or not at all. If one fails, it is rolled back, those before it stay, and the next `up` continues with it.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version to apply', completes: 'version' },
    { flags: '-n, --steps <count>', description: 'apply at most this many' },
    { flags: '--dry-run', description: 'show what would run, as `plan` does, and change nothing' },
    {
      flags: '--atomic <what>',
      description: 'what a failure rolls back: its own migration (the default), or the whole run',
      completes: ['migration', 'run'],
    },
    {
      flags: '--rehearse [size]',
      description:
        'rehearse on a copy first, unless the database is larger than this (default: 1GB); continue only if nothing is lost that nothing names',
    },
    ...forwardOptions,
    ...backupOptions,
    ...keptDump,
  ],
  examples: [
    { command: 'dunlin up', does: 'apply everything that is pending' },
    { command: 'dunlin up -d app.db -m db/migrations', does: 'on this file, from this directory' },
    { command: 'dunlin up --all', does: 'on every database of the configuration' },
    { command: 'dunlin up --dry-run', does: 'see what it would do first' },
    { command: 'dunlin up --rehearse', does: 'try it on a copy of the database first' },
  ],
  run: (context, args) => {
    args.exclude('to', 'steps', '--to says the last version, --steps how many.');
    args.exclude('dryRun', 'rehearse', 'A rehearsal runs the migrations on a copy, which shows more.');
    const rehearsed = rehearsedBytes(args);
    let rehearsal: Json | undefined;
    const to = args.version('to');
    const selection = given({ to, steps: args.count('steps') });
    const options = { ...runRequest(args), ...given({ atomic: args.oneOf('atomic', ['migration', 'run']) }) };
    if (args.flag('dryRun')) return printPlan(context, args, { direction: 'up', ...selection }, options);
    return runCommand(context, args, {
      creates: true,
      options,
      run: async (runner, target) => {
        if (rehearsed !== undefined) rehearsal = await rehearseFirst(context, runner, target, selection, rehearsed);
        return await runner.up(selection);
      },
      more: () => (rehearsal === undefined ? {} : { rehearsal }),
      summary: (name, result) =>
        to !== undefined && to < result.to && result.applied.length === 0
          ? `${name} is at ${versionWithLabel(result.to, result.toLabel)}; \`dunlin to ${to}\` goes back to ${to}`
          : whereNow(name, result),
    });
  },
};
