import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { Context } from './context.ts';

/** Where backups are: for every command that makes, shows or restores some. */
export const backupFolder: OptionSpec = {
  flags: '--backup-dir <folder>',
  description: 'where backups are, each database in a folder of its own (default: beside the database)',
  completes: 'directory',
};

/** Options of the commands that back up before they change anything. */
export const backupOptions: readonly OptionSpec[] = [
  {
    flags: '--backup <when>',
    description: 'back up first: always (the default), risky (only before what could lose data) or off',
    completes: ['always', 'risky', 'off'],
  },
  backupFolder,
  { flags: '--no-backup', description: 'make no backup: what goes wrong cannot be undone then' },
];

/** Says what is given up when the command line does without a backup. What the configuration says was thought about. */
export function warnWithoutBackup(context: Context, args: Arguments): void {
  if (!args.negated('backup') && args.text('backup') !== 'off') return;
  const { yellow } = context.errorColors;
  const text = 'warning: no backup is made. What is committed and turns out to be wrong cannot be brought back.';
  context.report(...context.fold(text).map((line) => yellow(line)));
}
