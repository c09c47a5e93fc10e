import { backupFolder } from '../../shared-options.ts';
import type { Command } from '../../command.ts';
import { exit } from '../../exit-codes.ts';
import type { BackupInfo } from '../../../backup/index.ts';
import type { CliRunner } from '../../runner.ts';
import { isDunlinError, type DunlinError } from '../../../errors/index.ts';
import { noteFlaws, withBackups, reportNoBackups } from './with-backups.ts';
import { backupDocument } from '../../output/backups.ts';
import { problem as problemDocument } from '../../output/json.ts';

interface Verified {
  readonly backup: BackupInfo;
  readonly problem: DunlinError | undefined;
}

export const verify: Command = {
  name: 'backup verify',
  summary: 'prove that backups are what they were when they were made',
  description:
    'Compares the hash, runs SQLite’s check, and counts the rows. The exit code is 1 when one is not sound. Here --all means all backups, not all databases.',
  target: 'database',
  arguments: [
    {
      name: '[backup]',
      description: 'its identifier, the beginning of it (the day at least), or its file (default: latest)',
      completes: 'backup',
    },
  ],
  options: [{ flags: '--all', description: 'every backup of the database' }, backupFolder],
  examples: [
    { command: 'dunlin backup verify', does: 'the newest one' },
    { command: 'dunlin backup verify --all', does: 'all of them' },
  ],
  run: (context, args) => {
    if (args.flag('all') && args.first !== '') throw args.wrong('Either a backup is named, or --all means every one');
    return withBackups(context, args, 'ignore', async (manager, database, target) => {
      const verified = args.flag('all')
        ? await verifyAll(manager)
        : [{ backup: await manager.verify(args.first === '' ? 'latest' : args.first), problem: undefined }];
      for (const { backup, problem } of verified) {
        context.print(problem === undefined ? `${backup.id} is sound` : context.colors.red(problem.message));
        if (problem === undefined)
          await noteFlaws(context, backup.flaws, `${backup.id} has what was wrong with the database then`);
      }
      if (verified.length === 0) context.say(reportNoBackups(context, target, database));
      const document = {
        backups: verified.map(({ backup, problem }) => ({
          ...backupDocument(backup),
          sound: problem === undefined,
          error: problem === undefined ? null : problemDocument(problem),
        })),
      };
      return { exit: verified.every(({ problem }) => problem === undefined) ? exit.done : exit.failed, document };
    });
  },
};

async function verifyAll(manager: ReturnType<CliRunner['backups']>): Promise<readonly Verified[]> {
  const verified: Verified[] = [];
  for (const backup of await manager.list()) {
    try {
      verified.push({ backup: await manager.verify(backup.id), problem: undefined });
    } catch (error) {
      if (!isDunlinError(error) || !/^BACKUP_(?:CORRUPT|UNREADABLE)$/.test(error.code)) throw error;
      verified.push({ backup, problem: error });
    }
  }
  return verified;
}
