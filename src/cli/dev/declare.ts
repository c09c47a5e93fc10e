import { dunlinError } from '../../errors/index.ts';
import { findDatabaseFile } from '../../node/database-file.ts';
import type { Arguments } from '../arguments.ts';
import { confirm } from '../confirm.ts';
import type { Context } from '../context.ts';
import { isSamePath, type Target } from '../targets.ts';

/**
 * Makes sure that the rows of a database do not matter: the configuration or an option says so, there is no database yet,
 * or somebody answers. Errors: `NOT_FOR_DEVELOPMENT`, and those of `confirm`.
 */
export async function declareDevelopment(context: Context, args: Arguments, target: Target): Promise<void> {
  const { path, name } = target.database;
  if (target.development === false) throw dunlinError('NOT_FOR_DEVELOPMENT', { database: name });
  const declared = args.path('development');
  if (declared !== undefined && path !== undefined && !isSamePath(path, declared)) throw moved(args, declared, target);
  if (target.development === true || declared !== undefined || args.flag('development')) return;
  if (path === undefined || !findDatabaseFile(path, name).exists) return;
  const warning = `\`dunlin dev\` rolls back and applies again what you edit: only for a database whose rows you can lose. If ${name} is one, \`development: true\` in the configuration, or --development, says so.`;
  await confirm(context, args, {
    what: `Working on ${name} as a development database`,
    question: `Is ${name} a development database?`,
    details: context.fold(warning),
  });
}

/** The error for a database that was changed in the configuration or the environment while `dev` runs on another one. */
export function moved(args: Arguments, declared: string, { database }: Target): Error {
  const now = `the configuration, the environment or a link names ${database.name} now`;
  return args.wrong(`\`dev\` was started on ${declared}, and ${now}: nothing was changed there`);
}
