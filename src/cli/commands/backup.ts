import { existsSync } from 'node:fs';
import type { BackupInfo } from '../../backup/index.ts';
import { isDunlinError, plural, type DunlinError } from '../../errors/index.ts';
import { shownPath } from '../../node/messages.ts';
import { formatIntegrityErrors } from '../../schema/index.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import type { CliRunner, Context } from '../context.ts';
import { type Missing, databaseExists } from '../database-files.ts';
import { eachDatabase, type Outcome } from '../each-database.ts';
import { exit, type ExitCode } from '../exit-codes.ts';
import { printBackups } from '../output/backup-progress.ts';
import { backupDocument, renderBackups, renderLosses, restoreDocument } from '../output/backups.ts';
import { bytes } from '../output/format.ts';
import { backup as backupOf, problem as problemDocument } from '../output/json.ts';
import { backupFolder } from '../shared-options.ts';
import type { Target } from '../targets.ts';

const create: Command = {
  name: 'backup create',
  summary: 'create a backup now and verify it',
  description:
    'Other writers wait meanwhile; readers do not. Runs create their own backups: this is for everything else. Removes and compresses older backups, as a run does.',
  target: 'database',
  options: [backupFolder],
  examples: [
    { command: 'dunlin backup create', does: 'beside the database' },
    { command: 'dunlin backup create --backup-dir /mnt/usb', does: 'on another disk' },
  ],
  run: (context, args) =>
    withBackups(context, args, 'refuse', async (manager, database) => {
      const created = await manager.create();
      const file = shownPath(created.file, context.cwd);
      context.say(`${database} is backed up: ${file} (${bytes(created.bytes)}, proven)`);
      noteFlaws(context, created.flaws, 'the backup has what is wrong with the database');
      return { exit: exit.done, document: { backup: backupOf(created) } };
    }),
};

const list: Command = {
  name: 'backup list',
  summary: 'list the backups, newest first',
  description: 'Reads only the manifests; `dunlin backup verify` reads the backups themselves.',
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
      context.print(...(none ?? renderBackups(backups, context)));
      return { exit: exit.done, document: { backups: backups.map(backupDocument) } };
    }),
};

interface Verified {
  readonly backup: BackupInfo;
  readonly problem: DunlinError | undefined;
}

const verify: Command = {
  name: 'backup verify',
  summary: 'verify that backups are intact',
  description:
    'Compares the hash, runs SQLite’s integrity check and counts the rows. Exits with 1 if a backup is damaged. Here --all means all backups, not all databases.',
  target: 'database',
  arguments: [
    {
      name: '[backup]',
      description: 'its identifier, the beginning of that (at least the day), or its file (default: latest)',
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
          noteFlaws(context, backup.flaws, `${backup.id} has what was wrong with the database then`);
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

const restore: Command = {
  name: 'backup restore',
  summary: 'restore the database from a backup',
  description:
    'Verifies the backup, shows what would be lost and asks; without a terminal it needs --yes. Backs up the present state first, so that you can undo the restore. Programs that use the database may stay open. A missing or damaged database is moved aside and replaced; no program may have it open then.',
  target: 'database',
  arguments: [
    {
      name: '<backup>',
      description: 'its identifier, the beginning of that (at least the day), its file, or latest',
      completes: 'backup',
    },
  ],
  options: [
    backupFolder,
    { flags: '--force', description: 'replace a damaged database even if the system cannot tell whether it is in use' },
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
          return await confirm(context, args, { what: `Restoring ${what}`, question: `Restore ${what}?`, details });
        },
      });
      const { plan, before, damaged } = result;
      context.say(`${database} is what it was at ${plan.backup.id}`);
      if (before !== undefined) context.say(`\`dunlin backup restore ${before.id}\` undoes this`);
      for (const path of damaged) context.say(`what was there is now ${shownPath(path, context.cwd)}`);
      if (context.mode === 'text') for (const note of result.notes) context.note(note);
      return { exit: exit.done, document: restoreDocument(result) };
    }),
};

const prune: Command = {
  name: 'backup prune',
  summary: 'remove backups beyond the limits and compress the others',
  description:
    'Applies the limits of `backups` in the configuration: by default five backups, and four times the size of the database. Keeps the newest backup, and one that a failed run refers to. Every run does this at its end.',
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

export const backup: Command = {
  name: 'backup',
  summary: 'create, list, verify and restore backups',
  description:
    'Every run creates and verifies a backup before it changes a database that is not empty, unless that is turned off. These commands manage the backups.',
  target: 'database',
  options: [],
  commands: [create, list, verify, restore, prune],
  examples: [
    { command: 'dunlin backup list', does: 'which backups there are' },
    { command: 'dunlin backup restore latest', does: 'back to the newest of them' },
  ],
};

function withBackups(
  context: Context,
  args: Arguments,
  missing: Missing,
  work: (manager: ReturnType<CliRunner['backups']>, database: string, target: Target) => Promise<Outcome>,
): Promise<ExitCode> {
  return eachDatabase(context, args, {
    missing,
    options: () => ({ onEvent: printBackups(context) }),
    work: async (runner, target) => {
      const manager = runner.backups();
      try {
        return await work(manager, runner.database, target);
      } finally {
        await manager.close();
      }
    },
  });
}

/** Prints what was wrong with the database of a backup, and how to correct it. */
function noteFlaws(context: Context, flaws: readonly string[] = [], words: string): void {
  if (flaws.length === 0 || context.mode !== 'text') return;
  for (const flaw of formatIntegrityErrors(flaws)) context.note(`${words}: ${flaw}`);
}

/**
 * Says that there are no backups, and in which folder: often it is the wrong folder or database.
 * Throws DATABASE_NOT_FOUND if there is no database either.
 */
function reportNoBackups(context: Context, target: Target, database: string): string {
  databaseExists(context, target.database, 'refuse');
  const folder = target.backups?.directory ?? `${target.database.path}-backups`;
  const shown = shownPath(folder, context.cwd);
  return `${database} has no backups${existsSync(folder) ? ` in ${shown}` : `: there is no folder ${shown}`}`;
}
