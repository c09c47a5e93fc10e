import { given, type Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { Context } from './context.ts';
import type { RunnerRequest } from '../node/create-runner.ts';

/** For every command that makes, lists or restores backups. */
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
  { flags: '--no-backup', description: 'create no backup: mistakes cannot be undone then' },
];

/** Warns if the command line turns backups off. The configuration may do so without a warning: there it is deliberate. */
export function warnWithoutBackup(context: Context, args: Arguments): void {
  if (!args.negated('backup') && args.text('backup') !== 'off') return;
  const { yellow } = context.errorColors;
  const text = 'warning: no backup is made. What is committed and turns out to be wrong cannot be brought back.';
  context.report(...context.fold(text).map((line) => yellow(line)));
}

export const guardsOption: OptionSpec = {
  flags: '--guards <what>',
  description: 'how to check rebuilt tables: compare the values (the default) or count the rows',
  completes: ['values', 'count'],
};

export const driftOption: OptionSpec = {
  flags: '--drift <what>',
  description: 'if the schema was changed by hand: print a note (the default), or fail and run nothing',
  completes: ['note', 'error'],
};

export const commitOption: OptionSpec = {
  flags: '--commit <when>',
  description:
    'when to commit: at the end of the run, after each migration, or every 10s (default: at the end; after each migration once the run takes longer than 2s)',
  completes: ['run', 'migration'],
};

/** For the commands that change the schema. */
export const keptDump: readonly OptionSpec[] = [
  {
    flags: '--dump <file>',
    description: 'keep a dump of the schema in this file, SQL or a diagram by its ending: schema.sql, schema.svg',
    completes: 'file',
  },
  { flags: '--no-dump', description: 'leave the dump of the configuration as it is' },
];

/** Options that `up`, `to` and `plan` share. */
export const forwardOptions: readonly OptionSpec[] = [
  { flags: '--out-of-order', description: 'also apply migrations that are older than applied ones' },
  { flags: '--allow-other-tool', description: 'run all migrations on a database that another tool has migrated' },
  { flags: '--allow-empty', description: 'also apply migrations that are not filled in' },
  commitOption,
  driftOption,
  guardsOption,
];

/** What the options say that a run has; a command without one of them has nothing of it. */
export function runRequest(args: Arguments): Omit<Partial<RunnerRequest>, 'migrations'> {
  const allowed = (name: string): 'allow' | undefined => (args.flag(name) ? 'allow' : undefined);
  return given({
    outOfOrder: allowed('outOfOrder'),
    otherTool: allowed('allowOtherTool'),
    emptyMigrations: allowed('allowEmpty'),
    commit: commitTime(args),
    drift: args.oneOf('drift', ['note', 'error']),
    guards: args.oneOf('guards', ['values', 'count']),
  });
}

function commitTime(args: Arguments): RunnerRequest['commit'] {
  const commit = args.text('commit');
  if (commit === undefined || commit === 'run' || commit === 'migration') return commit;
  const everyMs = /^\d/.test(commit) ? args.milliseconds('commit') : undefined;
  if (everyMs === undefined || everyMs === 0)
    throw args.wrong(`--commit is run, migration, or a time such as 10s, not "${commit}"`);
  return { everyMs };
}

/** For the commands that write a migration file. */
export const authorOption: OptionSpec = {
  flags: '--author <name>',
  description: 'author in the header (default: GIT_AUTHOR_NAME, else the user)',
};

export function authorOf({ env }: Context, args: Arguments): string | undefined {
  return args.text('author') ?? env['GIT_AUTHOR_NAME'] ?? env['USER'] ?? env['USERNAME'];
}
