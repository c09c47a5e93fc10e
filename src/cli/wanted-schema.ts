import type { SpawnOptions } from 'node:child_process';
import { closeSync, existsSync, statSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedSchema } from '../check/wanted-schema.ts';
import { dunlinError, isDunlinError } from '../errors/index.ts';
import { makeTemporaryFolder } from '../node/temporary-folder.ts';
import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { Context } from './context.ts';
import { exit, isStopped, type ExitCode } from './exit-codes.ts';
import { fileSide, isFile, schemaSide, type SchemaSide } from './schema-side.ts';
import { endOfShell } from './stop-signals.ts';
import type { Target } from './targets.ts';

export const againstOptions: readonly OptionSpec[] = [
  {
    flags: '--against <schema>',
    description: 'also compare what all migrations make with this .sql file or database',
    completes: 'file',
  },
  {
    flags: '--against-command <command>',
    description:
      'also compare it with what this command prints as SQL, or makes as a new database at $DUNLIN_TARGET: `drizzle-kit export`',
  },
];

/** The options that name a wanted schema. */
interface WantedOptions {
  readonly schema: 'against' | 'to';
  readonly command: 'againstCommand' | 'toCommand';
}

/**
 * The schema that `--against` or `--against-command` names, or the options given; SQL is read as `target` is. Errors:
 * `AGAINST_COMMAND_FAILED`, `AGAINST_COMMAND_STOPPED`, and those of reading it.
 */
export async function readWantedSchema(
  context: Context,
  args: Arguments,
  target: Target,
  options: WantedOptions = { schema: 'against', command: 'againstCommand' },
): Promise<WantedSchema | undefined> {
  args.exclude(options.schema, options.command, 'There is one schema to compare with.');
  const wanted = args.path(options.schema);
  const command = args.text(options.command);
  const sideOf = async (text: string): Promise<SchemaSide> =>
    isFile(text) ? fileSide(context, target, text) : await schemaSide(context, args, text, text);
  if (command !== undefined) return { name: `\`${command}\``, schema: await schemaOfCommand(context, command, sideOf) };
  if (wanted === undefined) return undefined;
  const { name, read } = await sideOf(wanted);
  return { name, argument: wanted, schema: await read() };
}

async function schemaOfCommand(
  context: Context,
  command: string,
  sideOf: (text: string) => Promise<SchemaSide>,
): Promise<WantedSchema['schema']> {
  const folder = makeTemporaryFolder('wanted');
  const target = join(folder, 'wanted.db');
  const file = join(folder, 'wanted.sql');
  const errors = join(folder, 'errors.txt');
  const failed = (reason: string, cause?: unknown): Error =>
    dunlinError('AGAINST_COMMAND_FAILED', { command, reason }, { cause });
  try {
    const [out, err] = [openSync(file, 'w'), openSync(errors, 'w')];
    let code: ExitCode;
    try {
      const env = { ...context.env, DUNLIN_TARGET: target };
      const options = { cwd: context.cwd, env, stdio: ['ignore', out, err] } satisfies SpawnOptions;
      code = await endOfShell(context, context.runShell(command, options));
    } finally {
      closeSync(out);
      closeSync(err);
    }
    if (isStopped(code)) throw dunlinError('AGAINST_COMMAND_STOPPED', { command });
    if (code !== exit.done) throw failed(`exit code ${code}: ${lastLines(textOf(errors) || textOf(file))}`);
    const isMade = existsSync(target);
    if (!isMade && textOf(file).trim() === '')
      throw failed('it printed nothing and made no database at $DUNLIN_TARGET');
    if (isMade && statSync(target).isDirectory())
      throw failed('what it made at $DUNLIN_TARGET is a folder, not a database');
    const side = isMade ? target : file;
    return await (await sideOf(side)).read().catch((error: unknown) => {
      if (!isDunlinError(error) || error.code !== 'SCHEMA_FILE_FAILED') throw error;
      // The file is gone when the message is read, so its name is left out.
      const reason = error.message.replace(/^.*?: line \d+: /s, '');
      throw failed(`it printed something else than SQL, in line ${error.location?.line}: ${reason}`, error);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function textOf(file: string): string {
  return readFileSync(file, 'utf8');
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' ') || 'it printed nothing';
}
