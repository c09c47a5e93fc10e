import type { DunlinEvent } from '../bridge/index.ts';
import type { RunResult } from '../lock/run-options.ts';
import type { Arguments } from './arguments.ts';
import { warnWithoutBackup } from './shared-options.ts';
import type { Context, CliRunner } from './context.ts';
import { eachDatabase, type DatabaseTask, type Opening } from './each-database.ts';
import { exit, type ExitCode } from './exit-codes.ts';
import { stoppable } from './stop-signals.ts';
import { prepareDump } from './keep-dump.ts';
import { migrationId, versionWithLabel } from './output/format.ts';
import type { RunnerRequest } from '../node/create-runner.ts';
import type { Target } from './targets.ts';
import { runDocument } from './output/json.ts';
import { printEvents, printProgress } from './output/progress.ts';

export interface RunCommand {
  /** Whether it creates a database that is not there; only `up` does. */
  readonly creates?: boolean;
  readonly options?: Partial<RunnerRequest>;
  readonly run: (runner: CliRunner, target: Target) => Promise<RunResult>;
  /** The last line; by default where the database is now. */
  readonly summary?: (name: string, result: RunResult) => string;
  /** Why the command cannot work on several databases, where it cannot. */
  readonly single?: string;
  /** Further fields of the document. */
  readonly more?: () => Readonly<Record<string, unknown>>;
}

/** What `up`, `down`, `redo`, `to` and `baseline` have in common: progress, signals, the result. */
export async function runCommand(context: Context, args: Arguments, command: RunCommand): Promise<ExitCode> {
  let rows = false;
  const noted: string[] = [];
  const listener = ({ name, isNew }: Opening): ((event: DunlinEvent) => void) => {
    rows = false;
    const show = context.mode === 'events' ? printEvents(context, name) : printProgress(context, name);
    return (event) => {
      if (event.type === 'run:start') {
        rows = true;
        // Code of migrations may write to them while the reader is gone. Reading them here installs their error listeners.
        void [context.stdout, context.stderr];
        warnWithoutBackup(context, args);
        if (isNew) context.print(`created ${name()}`);
      }
      if (context.mode === 'json') return;
      if (event.type === 'check:round')
        context.live(`  rehearsing ${migrationId(event.migration)}, ${event.index} of ${event.total}`);
      if (event.type === 'migration:note') noted.push(event.note);
      show(event);
    };
  };
  return stoppable(context, (signal) => {
    const task: DatabaseTask = {
      missing: command.creates === true ? 'create' : 'refuse',
      ...(command.single === undefined ? {} : { single: command.single }),
      options: (opening) => ({ ...command.options, signal, onEvent: listener(opening) }),
      work: async (runner, target) => {
        const file = target.dump;
        const output = file === undefined ? undefined : await prepareDump(context, args, target, file);
        const result = await command.run(runner, target);
        // Notes in the rows of the migrations are not repeated.
        for (const note of result.notes)
          if (context.mode === 'text' && !noted.some((one) => note.endsWith(`: ${one}`))) context.note(note);
        const summary = command.summary ?? whereNow;
        if (rows) context.print('');
        context.say(summary(runner.database, result));
        const dump = await output?.(runner);
        if (result.aborted) context.report(`stopped: ${result.pending.length} not started, what is done stays done`);
        const document = context.mode === 'text' ? {} : runDocument(result);
        const kept = dump === undefined ? {} : { dump };
        return {
          exit: result.aborted ? signal.exit : exit.done,
          document: { ...document, ...kept, ...command.more?.() },
        };
      },
    };
    return eachDatabase(context, args, task);
  });
}

/** "app.db is at version 4 (1.1.0), nothing pending". */
export function whereNow(name: string, result: Pick<RunResult, 'to' | 'toLabel' | 'applied' | 'pending'>): string {
  const pending =
    result.pending.length > 0
      ? `, ${result.pending.length} pending`
      : result.applied.length === 0
        ? ', nothing pending'
        : '';
  return `${name} is at ${versionWithLabel(result.to, result.toLabel)}${pending}`;
}
