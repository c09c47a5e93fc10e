import { backupFolder } from '../../shared-options.ts';
import type { Command } from '../../command.ts';
import { exit } from '../../exit-codes.ts';
import { reportNoBackups, withBackups } from './with-backups.ts';
import { backupDocument, renderBackups } from '../../output/backups.ts';

export const list: Command = {
  name: 'backup list',
  summary: 'show the backups, the newest first',
  description: 'Reads what their manifests say; `dunlin backup verify` looks into the backups themselves.',
  target: 'database',
  options: [backupFolder],
  examples: [
    { command: 'dunlin backup list', does: 'those of the database' },
    { command: 'dunlin backup list --all --json', does: 'of every database, for a program' },
  ],
  run: (context, args) =>
    withBackups(context, args, 'ignore', async (manager, database, target) => {
      const backups = await manager.list();
      const none = backups.length === 0 ? context.fold(reportNoBackups(context, target, database)) : undefined;
      const { colors, width } = context;
      context.print(...(none ?? renderBackups(backups, { colors, width })));
      return { exit: exit.done, document: { backups: backups.map(backupDocument) } };
    }),
};
