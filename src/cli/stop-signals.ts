import process from 'node:process';
import type { StartedCommand, StopSignal, Context } from './context.ts';
import { exit, type ExitCode } from './exit-codes.ts';

const stopSignals: readonly StopSignal[] = ['SIGINT', 'SIGTERM'];

/** Listens to the signals that ask the process to stop, until the returned function is called. */
export function onStopSignal(listener: (signal: StopSignal) => void): () => void {
  for (const signal of stopSignals) process.on(signal, listener);
  return () => {
    // The first process of a container has no default action: the system drops a signal that it does not listen to.
    if (process.pid === 1) return;
    for (const signal of stopSignals) process.off(signal, listener);
  };
}

/** The exit code of a process that the signal has ended. */
export function stopCode(signal: StopSignal): ExitCode {
  return signal === 'SIGTERM' ? exit.terminated : exit.interrupted;
}

/** Set by the first stop signal, with its exit code. */
export interface StopRequest {
  readonly aborted: boolean;
  readonly exit: ExitCode;
}

/**
 * Runs `work` with a request that the first Ctrl-C or SIGTERM sets: the run stops before its next migration. The second
 * one ends the process; SQLite rolls back what was not committed when the file is opened again.
 *
 * After the first one the process stops listening, so the system ends it at the second one even while SQLite runs a long
 * statement and no JavaScript can run. If two arrive together, the listener gets both.
 */
export async function stoppable(context: Context, work: (signal: StopRequest) => Promise<ExitCode>): Promise<ExitCode> {
  const request = { aborted: false, exit: exit.interrupted as ExitCode };
  const release = context.onStopSignal((signal) => {
    if (request.aborted) return context.exit(request.exit);
    request.aborted = true;
    request.exit = stopCode(signal);
    setImmediate(release);
    context.report('stopping before the next migration; a second signal stops at once (what runs now is rolled back)');
  });
  try {
    const code = await work(request);
    // It stopped while it waited for a lock or for another command.
    return request.aborted && (code === exit.locked || code === exit.interrupted) ? request.exit : code;
  } finally {
    release();
  }
}

/**
 * Waits for a command of the shell. A signal that asks this process to stop is passed on, and the second one kills the
 * command: nothing that was started stays behind. Returns its exit code, or that of the signal.
 */
export async function endOfShell(context: Context, { ended, signal }: StartedCommand): Promise<ExitCode> {
  let stopped: ExitCode | undefined;
  const release = context.onStopSignal((name) => {
    // A terminal sends Ctrl-C to the command as well.
    if (stopped !== undefined) signal('SIGKILL');
    else if (name === 'SIGTERM' || context.stdin.isTTY !== true) signal(name);
    stopped ??= stopCode(name);
  });
  try {
    const code = await ended;
    return stopped ?? code;
  } finally {
    release();
  }
}
