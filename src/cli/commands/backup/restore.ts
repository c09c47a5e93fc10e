import { backupFolder } from '../../shared-options.ts';
import type { Command } from '../../command.ts';
import { confirm } from '../../confirm.ts';
import { exit } from '../../exit-codes.ts';
import { shownPath } from '../../shown-path.ts';
import { withBackups } from './with-backups.ts';
import { renderLosses, restoreDocument } from '../../output/backups.ts';

export const restore: Command = {
  name: 'backup restore',
  summary: 'make the database what it was at a backup',
  description:
    'Proves the backup, shows what would be lost and asks; without a terminal --yes is needed. The present state is backed up before, so that a restore can be undone. Programs that use the database may go on. One that is missing or damaged is put aside and replaced; nobody may have it open then.',
  target: 'database',
  arguments: [
    {
      name: '<backup>',
      description: 'its identifier, the beginning of it (the day at least), its file, or latest',
      completes: 'backup',
    },
  ],
  options: [
    backupFolder,
    { flags: '--force', description: 'replace a damaged database where nobody can tell whether it is in use' },
  ],
  examples: [
    { command: 'dunlin backup restore latest', does: 'the newest one, after a question' },
    { command: 'dunlin backup restore 20261121T0912', does: 'by the beginning of its identifier' },
  ],
  run: (context, args) =>
    withBackups(context, args, 'ignore', async (manager, database) => {
      const result = await manager.restore(args.first, {
        force: args.flag('force'),
        confirm: async (plan) => {
          const what = `${database} from ${plan.backup.id}`;
          const details = renderLosses(plan, database).flatMap((line) => context.fold(line));
          await confirm(context, args, { what: `Restoring ${what}`, question: `Restore ${what}?`, details });
          return true;
        },
      });
      const { plan, before, damaged } = result;
      context.say(`${database} is what it was at ${plan.backup.id}`);
      if (before !== undefined) context.say(`\`dunlin backup restore ${before.id}\` undoes this`);
      for (const path of damaged) context.say(`what was there is now ${shownPath(context.cwd, path)}`);
      if (context.mode === 'text') for (const note of result.notes) context.note(note);
      return { exit: exit.done, document: restoreDocument(result) };
    }),
};
