import { plural } from '../../errors/index.ts';
import { toolNames } from '../../ledger/index.ts';
import type { Command } from '../command.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { exportDocument, renderExport } from '../output/adoption.ts';

export const exportCommand: Command = {
  name: 'export',
  summary: 'write what was applied since into the table of another tool',
  description:
    'The way back: what Dunlin has applied and rolled back since that tool ran is recorded in its table as the tool itself would have done it, checksums included, all or nothing. Its next command has nothing to do. Its files are your affair: each recorded name needs one.',
  target: 'database',
  options: [
    {
      flags: '--to <tool>',
      description: 'the tool, or the name of its table',
      completes: [...toolNames, 'own', 'user_version'],
    },
    { flags: '--dry-run', description: 'show what would be written' },
  ],
  examples: [
    { command: 'dunlin export --to knex --dry-run', does: 'what Knex does not know yet' },
    { command: 'dunlin export --to knex', does: 'record it in knex_migrations' },
  ],
  run: (context, args) => {
    const to = args.text('to');
    if (to === undefined) throw args.wrong('--to names the tool whose table is written');
    const dryRun = args.flag('dryRun');
    return eachDatabase(context, args, {
      missing: 'refuse',
      work: async (runner) => {
        const result = await runner.exportTo({ to, dryRun });
        context.print(...renderExport(result));
        const { tool, table, added, removed, updated } = result;
        const target = tool ?? table ?? 'user_version';
        const count = added.length + removed.length + updated.length;
        const changes = plural(count, 'migration');
        const nothing = count === 0;
        context.say(
          nothing
            ? `${runner.database}: ${target} has recorded everything already`
            : dryRun
              ? `Nothing was changed. \`dunlin export --to ${to}\` writes ${changes} to ${target}`
              : `${runner.database}: ${changes} written to ${target}`,
        );
        return { exit: exit.done, document: exportDocument(result) };
      },
    });
  },
};
