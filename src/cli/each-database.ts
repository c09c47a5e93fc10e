import { basename } from 'node:path';
import { isDunlinError, plural } from '../errors/index.ts';
import type { Arguments } from './arguments.ts';
import type { Context, CliRunner } from './context.ts';
import { exit, exitCodeOf, isFinding, isStopped, worst, type ExitCode } from './exit-codes.ts';
import { databaseExists, type Missing } from './database-files.ts';
import { renderError, type ErrorStyle } from './output/error.ts';
import { completeHints } from './output/command-hints.ts';
import type { RunnerRequest } from '../node/create-runner.ts';
import { shownPath } from '../node/messages.ts';
import { findTargets, requestOf, type Target } from './targets.ts';
import { errorDocument } from './output/json.ts';

/** What a command found or did on one database: the fields of its JSON document, and the exit code. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface Opening {
  readonly name: () => string;
  /** Whether there is no file yet. */
  readonly isNew: boolean;
}

export interface DatabaseTask {
  readonly missing: Missing;
  /** The command looks for migrations that cannot be read, and has an exit code for them. */
  readonly checks?: boolean;
  /** Why the command cannot work on several databases, where it cannot. */
  readonly single?: string;
  /** More options of the run, such as its listener. */
  readonly options?: (opening: Opening) => Partial<RunnerRequest>;
  readonly work: (runner: CliRunner, target: Target) => Promise<Outcome>;
}

/**
 * Runs the task on every database that the command line names. If one fails, the others still run; the exit code is the
 * worst. Prints the JSON document, or the heading of each database.
 */
export async function eachDatabase(context: Context, args: Arguments, task: DatabaseTask): Promise<ExitCode> {
  const targets = await findTargets(context, args);
  const several = targets.length > 1;
  if (several && task.single !== undefined) throw args.wrong(task.single);
  const outcomes: Outcome[] = [];
  for (const [index, target] of targets.entries()) {
    if (several) {
      const heading = target.name ?? target.database.name;
      context.turnTo(heading);
      context.print(...(index === 0 ? [] : ['']), context.colors.bold(heading));
    }
    const { exit: code, document } = await onDatabase(context, target, task);
    // The commands in hints name this database.
    outcomes.push({ exit: code, document: completeHints(document, context.invocation) });
    // Ctrl-C at a question means the whole command.
    if (isStopped(code)) break;
  }
  const code = worst(outcomes.map((outcome) => outcome.exit));
  if (context.mode !== 'text') {
    const documents = outcomes.map(({ document }) => document);
    const document = several
      ? { command: context.command, ok: documents.every((one) => one['ok'] === true), databases: documents }
      : documents[0];
    context.printDocument(document);
  }
  return code;
}

async function onDatabase(context: Context, target: Target, task: DatabaseTask): Promise<Outcome> {
  const { name } = target;
  let runner: CliRunner | undefined;
  const opened = (): string => runner?.database ?? basename(target.database.name);
  const head = (): Readonly<Record<string, unknown>> => ({
    command: context.command,
    database: opened(),
    ...(name === undefined ? {} : { name }),
  });
  try {
    const isNew = !databaseExists(context, target.database, task.missing);
    runner = await context.openRunner({
      tool: `dunlin ${context.command}`,
      ...requestOf(target),
      ...task.options?.({ name: opened, isNew }),
    });
    const outcome = await task.work(runner, target);
    return { exit: outcome.exit, document: { ...head(), ok: outcome.exit === exit.done, ...outcome.document } };
  } catch (error) {
    const code = task.checks === true && isFinding(error) ? exit.found : exitCodeOf(error);
    if (context.mode === 'text') {
      context.report(...renderError(error, errorStyle(context)));
      if (code === exit.found) {
        context.report('');
        context.print(
          ...context.fold(
            `${opened()}: ${plural(Math.max(1, isDunlinError(error) ? error.problems.length : 1), 'problem')} in the migrations, so it was not compared with them`,
          ),
        );
      }
      return { exit: code, document: {} };
    }
    return { exit: code, document: { ...head(), ok: false, ...errorDocument(error) } };
  } finally {
    await runner?.close();
  }
}

export function errorStyle(context: Context): ErrorStyle {
  const { errorColors, textWidth, verbose, about, invocation } = context;
  return {
    colors: errorColors,
    width: textWidth,
    verbose,
    invocation,
    database: about,
    path: (path) => shownPath(path, context.cwd),
  };
}
