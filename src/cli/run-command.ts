import type { DunlinEvent } from '../bridge/index.ts';
import type { RunResult } from '../options.ts';
import type { Arguments } from './arguments.ts';
import type { Context } from './context.ts';
import { eachDatabase, type DatabaseTask } from './each-database.ts';
import { exit, type ExitCode } from './exit-codes.ts';
import { interruptible } from './interrupt.ts';
import { versionWithLabel } from './output/format.ts';
import type { CliRunner, RunnerRequest } from './runner.ts';
import type { Target } from './targets.ts';

export interface RunCommand {
  readonly options?: Partial<RunnerRequest>;
  readonly run: (runner: CliRunner, target: Target) => Promise<RunResult>;
  /** The last line; by default where the database is now. */
  readonly summary?: (name: string, result: RunResult) => string;
}

/** What `up`, `down`, `redo`, `to` and `baseline` have in common: progress, Ctrl-C, the result. */
export async function runCommand(context: Context, args: Arguments, command: RunCommand): Promise<ExitCode> {
  const { printEvents, showProgress } = await import('./output/progress.ts');
  let rows = false;
  const listener = (database: () => string): ((event: DunlinEvent) => void | Promise<void>) => {
    const show =
      context.mode === 'json'
        ? () => undefined
        : context.mode === 'events'
          ? printEvents(context, database)
          : showProgress(context, database);
    return (event) => {
      rows ||= event.type === 'run:start';
      show(event);
      // A synchronous driver never lets go of the thread, and Ctrl-C would be heard after the last migration only.
      return event.type === 'migration:done' ? new Promise((resolve) => setImmediate(resolve)) : undefined;
    };
  };
  return interruptible(context, (signal) => {
    const task: DatabaseTask = {
      access: 'write',
      options: (_target, database) => ({
        ...command.options,
        signal,
        onEvent: listener(database),
      }),
      work: async (runner, target) => {
        const result = await command.run(runner, target);
        for (const note of result.notes) if (context.mode === 'text') context.note(note);
        const summary = command.summary ?? wherePlain;
        if (rows) context.tell('');
        rows = false;
        context.tell(summary(runner.databaseName, result));
        if (result.aborted) context.report(`stopped: ${result.pending.length} not started, what is done stays done`);
        const document = context.mode === 'text' ? {} : (await import('./output/json.ts')).runDocument(result);
        return { exit: result.aborted ? exit.interrupted : exit.done, document };
      },
    };
    return eachDatabase(context, args, task);
  });
}

/** "app.db is at version 4 (1.1.0), nothing pending". */
function wherePlain(name: string, result: RunResult): string {
  const pending =
    result.pending.length > 0
      ? `, ${result.pending.length} pending`
      : result.applied.length === 0
        ? ', nothing pending'
        : '';
  return `${name} is at ${versionWithLabel(result.to, result.toLabel)}${pending}`;
}
