import {
  backupOptions,
  keptDump,
  commitOption,
  commitRequest,
  driftOption,
  driftRequest,
  guardsOption,
  guardsRequest,
} from '../shared-options.ts';
import type { Command, OptionSpec } from '../command.ts';
import type { Arguments } from '../arguments.ts';
import type { RunnerRequest } from '../runner.ts';
import { runCommand, whereNow } from '../run-command.ts';
import { versionWithLabel } from '../output/format.ts';
import { printPlan } from '../show-plan.ts';

/** Options that `up`, `to` and `plan` share. */
export const forwardOptions: readonly OptionSpec[] = [
  { flags: '--out-of-order', description: 'also apply migrations that are older than applied ones' },
  { flags: '--allow-other-tool', description: 'migrate a database that another tool has migrated, from the first on' },
  { flags: '--allow-empty', description: 'also apply migrations that nobody has filled in' },
  commitOption,
  driftOption,
  guardsOption,
];

export function forwardRequest(args: Arguments): Partial<RunnerRequest> {
  return {
    ...(args.flag('outOfOrder') ? { outOfOrder: 'allow' } : {}),
    ...(args.flag('allowOtherTool') ? { otherTool: 'allow' } : {}),
    ...(args.flag('allowEmpty') ? { emptyMigrations: 'allow' } : {}),
    ...commitRequest(args),
    ...driftRequest(args),
    ...guardsRequest(args),
  };
}

export const up: Command = {
  name: 'up',
  summary: 'apply all pending migrations, in order',
  description:
    'Each migration happens completely or not at all. When one fails it is rolled back, those before it stay, and the next `up` goes on with it.',
  target: 'database',
  options: [
    { flags: '--to <version>', description: 'the last version to apply', completes: 'version' },
    { flags: '-n, --steps <count>', description: 'apply at most this many' },
    { flags: '--dry-run', description: 'show what would happen and change nothing, as `plan` does' },
    {
      flags: '--atomic <what>',
      description: 'what a failure rolls back: its own migration (the default), or the whole run',
      completes: ['migration', 'run'],
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
  ],
  run: (context, args) => {
    args.exclude('to', 'steps', '--to says the last version, --steps how many.');
    const to = args.version('to');
    const steps = args.count('steps');
    const selection = { ...(to === undefined ? {} : { to }), ...(steps === undefined ? {} : { steps }) };
    const atomic = args.oneOf('atomic', ['migration', 'run']);
    const options = { ...forwardRequest(args), ...(atomic === undefined ? {} : { atomic }) };
    if (args.flag('dryRun')) return printPlan(context, args, { direction: 'up', ...selection }, options);
    return runCommand(context, args, {
      creates: true,
      options,
      run: (runner) => runner.up(selection),
      summary: (name, result) =>
        to !== undefined && to < result.to && result.applied.length === 0
          ? `${name} is at ${versionWithLabel(result.to, result.toLabel)}; \`dunlin to ${to}\` goes back to ${to}`
          : whereNow(name, result),
    });
  },
};
