import { backupFolder } from '../../shared-options.ts';
import type { Command } from '../../command.ts';
import { exit } from '../../exit-codes.ts';
import { bytes } from '../../output/format.ts';
import { backup as backupOf } from '../../output/json.ts';
import { shownPath } from '../../shown-path.ts';
import { noteFlaws, withBackups } from './with-backups.ts';

export const create: Command = {
  name: 'backup create',
  summary: 'make a backup now, and prove it',
  description:
    'Other writers wait until it is done; readers do not. Runs make their own backups: this is for everything else. Older ones are removed and compressed as after a run.',
  target: 'database',
  options: [backupFolder],
  examples: [
    { command: 'dunlin backup create', does: 'beside the database' },
    { command: 'dunlin backup create --backup-dir /mnt/usb', does: 'on another disk' },
  ],
  run: (context, args) =>
    withBackups(context, args, 'refuse', async (manager, database) => {
      const made = await manager.create();
      const file = shownPath(context.cwd, made.file);
      context.say(`${database} is backed up: ${file} (${bytes(made.bytes)}, proven)`);
      await noteFlaws(context, made.flaws, 'the backup has what is wrong with the database');
      return { exit: exit.done, document: { backup: backupOf(made) } };
    }),
};
