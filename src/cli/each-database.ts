import { basename } from 'node:path';
import type { PendingChanges } from '../check/index.ts';
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
import type { RowsReport } from './output/rehearsal.ts';

/** What a command found or did on one database: the fields of its JSON document, and the exit code. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly document: Readonly<Record<string, unknown>>;
  /** What the pending migrations change, where a report draws it. */
  readonly changes?: PendingChanges | undefined;
  /** What a rehearsal says of rows, where a report shows it. */
  readonly rows?: RowsReport | undefined;
}

/** The outcome of one of the databases. */
export interface Result extends Outcome {
  /** The directory of its migrations. */
  readonly migrations: string;
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
  /** Given what `--json` prints and the results, at the end; returns whether it has printed the result. */
  readonly finish?: (document: Outcome['document'], results: readonly Result[]) => boolean;
}

/**
 * Runs the task on every database that the command line names. If one fails, the others still run; the exit code is the
 * worst. Prints the JSON document, or the heading of each database.
 */
export async function eachDatabase(context: Context, args: Arguments, task: DatabaseTask): Promise<ExitCode> {
  const targets = await findTargets(context, args);
  const several = targets.length > 1;
  if (several && task.single !== undefined) throw args.wrong(task.single);
  const results: Result[] = [];
  for (const [index, target] of targets.entries()) {
    if (several) {
      const heading = target.name ?? target.database.name;
      context.turnTo(heading);
      context.print(...(index === 0 ? [] : ['']), context.colors.bold(heading));
    }
    const outcome = await onDatabase(context, target, task);
    // The commands in hints name this database.
    const document = completeHints(outcome.document, context.invocation);
    results.push({ ...outcome, document, migrations: target.migrations });
    // Ctrl-C at a question means the whole command.
    if (isStopped(outcome.exit)) break;
  }
  const documents = results.map(({ document }) => document);
  const document = several
    ? { command: context.command, ok: documents.every((one) => one['ok'] === true), databases: documents }
    : documents[0]!;
  const isPrinted = task.finish?.(document, results) ?? false;
  if (context.mode !== 'text' && !isPrinted) context.printDocument(document);
  return worst(results.map((result) => result.exit));
}

async function onDatabase(context: Context, target: Target, task: DatabaseTask): Promise<Outcome> {
  const { name } = target;
  let runner: CliRunner | undefined;
  const opened = (): string => runner?.database ?? basename(target.database.name);
  const whole = (outcome: Outcome): Outcome => {
    const head = { command: context.command, database: opened(), ...(name === undefined ? {} : { name }) };
    return { ...outcome, document: { ...head, ok: outcome.exit === exit.done, ...outcome.document } };
  };
  try {
    const isNew = !databaseExists(context, target.database, task.missing);
    runner = await context.openRunner({
      tool: `dunlin ${context.command}`,
      ...requestOf(target),
      ...task.options?.({ name: opened, isNew }),
    });
    return whole(await task.work(runner, target));
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
    }
    return whole({ exit: code, document: errorDocument(error) });
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
