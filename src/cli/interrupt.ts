import type { Context } from './context.ts';
import { exit } from './exit-codes.ts';

/**
 * Runs `work` with a signal that the first Ctrl-C sets: the run stops before its next migration. The second one ends
 * the process; SQLite then rolls back what was not committed when the file is next opened.
 */
export async function interruptible<T>(
  context: Context,
  work: (signal: { readonly aborted: boolean }) => Promise<T>,
): Promise<T> {
  const signal = { aborted: false };
  const release = context.onInterrupt(() => {
    if (signal.aborted) return context.exit(exit.interrupted);
    signal.aborted = true;
    context.report('stopping before the next migration; Ctrl-C again stops at once (what runs now is rolled back)');
  });
  try {
    return await work(signal);
  } finally {
    release();
  }
}
