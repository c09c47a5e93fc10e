import type { Context } from './context.ts';
import { exit, type ExitCode } from './exit-codes.ts';

/** Set by a signal of the process, with the exit code that stands for it. */
export interface StopRequest {
  readonly aborted: boolean;
  readonly exit: ExitCode;
}

/**
 * Runs `work` with a signal that the first Ctrl-C or SIGTERM sets: the run stops before its next migration. The second
 * one ends the process; SQLite then rolls back what was not committed when the file is next opened.
 *
 * After the first one the process no longer listens. The system then ends it at the second one also while SQLite works
 * on a long statement, and no JavaScript can run. Two that arrive together are both heard.
 */
export async function stoppable(context: Context, work: (signal: StopRequest) => Promise<ExitCode>): Promise<ExitCode> {
  const request: { aborted: boolean; exit: ExitCode } = { aborted: false, exit: exit.interrupted };
  const release = context.onStopSignal((signal) => {
    if (request.aborted) return context.exit(request.exit);
    request.aborted = true;
    if (signal === 'SIGTERM') request.exit = exit.terminated;
    setImmediate(release);
    context.report('stopping before the next migration; a second signal stops at once (what runs now is rolled back)');
  });
  try {
    const code = await work(request);
    // It was told to stop while it waited for a lock, and gave up.
    return request.aborted && code === exit.locked ? request.exit : code;
  } finally {
    release();
  }
}
