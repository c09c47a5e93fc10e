import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { DunlinError, dunlinError, isDunlinError } from '../../errors/index.ts';
import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import type { Context } from '../context.ts';
import { eachDatabase } from '../each-database.ts';
import { exit } from '../exit-codes.ts';
import { guardsOption, guardsRequest } from '../shared-options.ts';
import type { Target } from '../targets.ts';
import { trialDocument } from '../output/trial.ts';
import { renderTrial } from '../output/trial.ts';

export const tryCommand: Command = {
  name: 'try',
  summary: 'run one migration on a copy of the database',
  description:
    'Applies the migration to a copy, rolls it back if it can, and applies it again. What the way back leaves is compared with what was there before, as `check` does. The database itself is not touched. Migrations before it that are pending are applied to the copy first.',
  target: 'database',
  arguments: [{ name: '<migration>', description: 'its version, or its file', completes: 'file' }],
  options: [guardsOption],
  examples: [
    { command: 'dunlin try 7', does: 'by its version' },
    { command: 'dunlin try migrations/007_tidy.sql', does: 'by its file' },
  ],
  run: (context, args) =>
    eachDatabase(context, args, {
      missing: 'empty',
      options: () => guardsRequest(args),
      work: async (runner, target) => {
        const version = versionOf(context, args, target);
        const result = await runner.try(version).catch((error: unknown) => {
          throw onCopy(error, runner.database);
        });
        if (context.mode !== 'text') {
          return { exit: exit.done, document: trialDocument(result) };
        }
        context.print(...renderTrial(result, runner.database, context));
        for (const note of result.notes) context.note(note);
        return { exit: exit.done, document: {} };
      },
    }),
};

/** A failure that says which database it happened to: a hint about "the database" would be read as the real one. */
function onCopy(error: unknown, database: string): unknown {
  // Without a run nothing has happened to the copy either.
  if (!isDunlinError(error) || error.applied === undefined || error.code === 'TEMPORARY_FOLDER_FULL') return error;
  const where = `This was a copy in the folder for temporary files, and is removed again: ${database} itself is unchanged.`;
  return new DunlinError(error.code, error.message, `${where} ${error.hint}`, { ...error, cause: error.cause });
}

function versionOf(context: Context, args: Arguments, target: Target): number {
  const text = args.first;
  if (/^[0-9]+$/.test(text)) return args.parseVersion(text, 'The migration');
  const directory = resolve(context.cwd, target.migrations);
  if (/[\\/]/.test(text) && dirname(resolve(context.cwd, text)) !== directory) {
    throw dunlinError('TRY_ELSEWHERE', { file: text, directory: target.migrations });
  }
  if (!/^[0-9]/.test(basename(text)) && !existsSync(resolve(context.cwd, text)))
    throw args.wrong(`There is no file ${text}`);
  return args.parseVersion(basename(text), 'The migration');
}
