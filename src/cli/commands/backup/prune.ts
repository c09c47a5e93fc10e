import { backupFolder } from '../../shared-options.ts';
import { plural } from '../../../errors/index.ts';
import type { Command } from '../../command.ts';
import { exit } from '../../exit-codes.ts';
import { bytes } from '../../output/format.ts';
import { withBackups } from './with-backups.ts';
import { backupDocument } from '../../output/backups.ts';

export const prune: Command = {
  name: 'backup prune',
  summary: 'remove the backups that are beyond the limits, compress the others',
  description:
    'The limits are those of `backups` in the configuration: by default five, and four times the size of the database. The newest backup stays, and so does one that the last run needs because it failed. Every run does this at its end.',
  target: 'database',
  options: [
    { flags: '--keep <count>', description: 'keep at most this many, whatever the configuration says' },
    backupFolder,
  ],
  examples: [
    { command: 'dunlin backup prune', does: 'as configured' },
    { command: 'dunlin backup prune --keep 2', does: 'the newest two, and `latest` if it is older' },
  ],
  run: (context, args) =>
    withBackups(context, args, 'refuse', async (manager, database) => {
      const removed = await manager.prune();
      const freed = removed.reduce((sum, backup) => sum + backup.bytes, 0);
      context.say(
        removed.length === 0
          ? `${database} has no backup beyond the limits`
          : `${plural(removed.length, 'backup')} of ${database} removed, ${bytes(freed)} freed`,
      );
      return { exit: exit.done, document: { removed: removed.map(backupDocument) } };
    }),
};
