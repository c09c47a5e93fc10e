import { extname } from 'node:path';
import { dunlinError, isDunlinError, isSystemError } from '../errors/index.ts';
import type { DumpOptions } from '../operations/dump.ts';
import type { Arguments } from './arguments.ts';
import { confirm } from './confirm.ts';
import type { Context, CliRunner } from './context.ts';
import type { Target } from './targets.ts';
import { reasonOf } from '../node/messages.ts';
import { inspectDumpFile } from '../node/dump-file.ts';
import { writeTextFile } from '../node/write-text-file.ts';

export type DumpFormat = NonNullable<DumpOptions['format']>;

/** A dump that was written, or was current already. */
export interface KeptDump {
  readonly file: string;
  readonly changed: boolean;
}

const formats: Readonly<Record<string, DumpFormat>> = {
  '.sql': 'sql',
  '.mmd': 'mermaid',
  '.mermaid': 'mermaid',
  '.dot': 'dot',
  '.gv': 'dot',
  '.svg': 'svg',
  '.json': 'json',
};

/** The format that the ending of a file's name says; without an ending it is SQL. */
export function formatOf(file: string): DumpFormat | undefined {
  const ending = extname(file).toLowerCase();
  return ending === '' ? 'sql' : formats[ending];
}

/** Writes a dump to a file that `prepareOutput` has checked. */
export type WriteDump = (runner: CliRunner, options?: DumpOptions) => Promise<KeptDump>;

/** What is known of a dump beforehand. */
interface DumpTarget {
  /** It is written at the end of a run that has changed the database. */
  readonly hasRun: boolean;
  /** It leaves out the tracking tables, so that it can be a migration. */
  readonly withoutTracking?: boolean;
  /** Undefined: the ending of the file says it. */
  readonly format?: DumpFormat | undefined;
}

/**
 * Checks the file of a dump before anything else is done, and asks before it overwrites another file. Errors: `DUMP_MISPLACED`, `USAGE` for an ending that says no format,
 * `CONFIRMATION_NEEDED`, and with `hasRun`, once the database has changed, `DUMP_NOT_WRITTEN`.
 */
export async function prepareOutput(
  context: Context,
  args: Arguments,
  target: Target,
  file: string,
  { hasRun, withoutTracking = false, format: named }: DumpTarget,
): Promise<WriteDump> {
  const failed = (error: unknown, changed: boolean): Error => {
    const reason = isDunlinError(error) ? error.message : reasonOf(error);
    return dunlinError('DUMP_NOT_WRITTEN', { file, reason, done: changed }, { cause: error });
  };
  let standing;
  try {
    standing = inspectDumpFile(file, target.database.path, target.migrations, withoutTracking);
  } catch (error) {
    throw isSystemError(error) ? failed(error, false) : error;
  }
  const format = named ?? formatOf(file);
  if (format === undefined)
    throw args.wrong(
      `The ending of ${file} says no format of a dump: ${Object.keys(formats).join(', ')} do${args.command === 'dump' ? '; or name it with --format' : ''}`,
    );
  if (standing === 'foreign') {
    const what = `Overwriting ${file}, which was not written by \`dunlin dump\`,`;
    await confirm(context, args, { what, question: `${file} holds something else. Overwrite it?`, details: [] });
  }
  return async (runner, options = {}) => {
    try {
      const text = await runner.dump({ format, ...options });
      return { file, changed: writeTextFile(file, text) };
    } catch (error) {
      throw isDunlinError(error) && !hasRun ? error : failed(error, hasRun);
    }
  };
}

/** Prepares the dump that a run updates at its end. */
export async function prepareDump(context: Context, args: Arguments, target: Target, file: string): Promise<WriteDump> {
  const write = await prepareOutput(context, args, target, file, { hasRun: true });
  return async (runner) => {
    const kept = await write(runner);
    if (kept.changed) context.print(`${kept.file} written`);
    return kept;
  };
}
