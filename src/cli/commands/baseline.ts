import { confirm } from '../confirm.ts';
import { plural } from '../../errors/index.ts';
import type { Command } from '../command.ts';
import { migrationId } from '../output/format.ts';
import { keptDump } from '../shared-options.ts';
import { runCommand } from '../run-command.ts';

export const baseline: Command = {
  name: 'baseline',
  summary: 'record migrations as applied without running them',
  description:
    'For a database that has the schema already: records every migration up to the version as applied. VERIFY queries and verify() functions must succeed. Migrations without them are not checked, so it asks first.',
  target: 'database',
  arguments: [
    { name: '<version>', description: 'the last version whose schema the database has', completes: 'version' },
  ],
  options: [{ flags: '--no-verify', description: 'record them without verification' }, ...keptDump],
  examples: [{ command: 'dunlin baseline 3', does: 'the database has what 001 to 003 make' }],
  run: (context, args) => {
    const version = args.parseVersion(args.first, 'The version');
    return runCommand(context, args, {
      run: (runner) =>
        runner.baseline(version, {
          verify: !args.negated('verify'),
          confirm: async (migrations, differences) => {
            const what = `${plural(migrations.length, 'migration')} on ${runner.database}`;
            return await confirm(context, args, {
              what: `Recording ${what} as applied`,
              question: `Record ${what} as applied without running ${migrations.length === 1 ? 'it' : 'them'}?`,
              details: [
                ...migrations.map((migration) => `  ${migrationId(migration)}`),
                ...differences.flatMap((line) => context.fold(`  ${line}`)),
              ],
            });
          },
        }),
      summary: (name, result) =>
        result.applied.length === 0
          ? `${name} is at version ${result.to}, nothing to record`
          : `${plural(result.applied.length, 'migration')} recorded as applied, none of them ran; ${name} is at version ${result.to}`,
    });
  },
};
