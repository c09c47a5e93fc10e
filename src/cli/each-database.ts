import { basename } from 'node:path';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { exit, exitCodeOf, worst, type ExitCode } from './exit-codes.ts';
import type { CliRunner, RunnerRequest } from './runner.ts';
import { findTargets, type Target } from './targets.ts';

/** What a command found or did on one database: the fields of its JSON document, and the exit code. */
export interface Outcome {
  readonly exit: ExitCode;
  readonly document: Readonly<Record<string, unknown>>;
}

export interface DatabaseTask {
  readonly access: 'read' | 'write';
  /** More options of the run, such as its listener. */
  readonly options?: (target: Target, databaseName: () => string) => Partial<RunnerRequest>;
  readonly work: (runner: CliRunner, target: Target) => Promise<Outcome>;
}

/**
 * Does the task on every database that the command line names. One that fails does not keep the others from their
 * turn; the exit code is the worst. Prints the JSON document, or the heading of each database.
 */
export async function eachDatabase(context: Context, args: Arguments, task: DatabaseTask): Promise<ExitCode> {
  const targets = await findTargets(context, args);
  const several = targets.length > 1;
  const outcomes: Outcome[] = [];
  for (const [index, target] of targets.entries()) {
    if (several) {
      const heading = context.colors.bold(target.name ?? target.database);
      context.print(...(index === 0 ? [] : ['']), heading);
    }
    outcomes.push(await onDatabase(context, target, task));
    // Ctrl-C at a question means the whole command.
    if (outcomes.at(-1)?.exit === exit.interrupted) break;
  }
  const code = worst(outcomes.map((outcome) => outcome.exit));
  if (context.mode !== 'text') {
    const documents = outcomes.map((outcome) => outcome.document);
    const document = several
      ? { command: context.command, ok: code === exit.done, databases: documents }
      : documents[0];
    if (context.mode === 'json') context.printJson(document, 2);
    else context.printJson({ type: 'result', ...document });
  }
  return code;
}

async function onDatabase(context: Context, target: Target, task: DatabaseTask): Promise<Outcome> {
  const { name, ...request } = target;
  let runner: CliRunner | undefined;
  const databaseName = (): string => runner?.databaseName ?? basename(target.database);
  const head = (): Readonly<Record<string, unknown>> => ({
    command: context.command,
    database: databaseName(),
    ...(name === undefined ? {} : { name }),
  });
  try {
    runner = await context.openRunner({
      tool: `dunlin ${context.command}`,
      ...request,
      access: task.access,
      ...task.options?.(target, databaseName),
    });
    const outcome = await task.work(runner, target);
    return { exit: outcome.exit, document: { ...head(), ok: outcome.exit === exit.done, ...outcome.document } };
  } catch (error) {
    const code = exitCodeOf(error);
    if (context.mode === 'text') {
      const { renderError } = await import('./output/error.ts');
      context.report(...renderError(error, { ...look(context), database: databaseName() }));
      return { exit: code, document: {} };
    }
    const { errorDocument } = await import('./output/json.ts');
    return { exit: code, document: { ...head(), ok: false, ...errorDocument(error) } };
  } finally {
    await runner?.close();
  }
}

/** How errors are to look on standard error. */
export function look(context: Context): { colors: Context['errorColors']; width: number; verbose: boolean } {
  return { colors: context.errorColors, width: context.textWidth, verbose: context.verbose };
}
