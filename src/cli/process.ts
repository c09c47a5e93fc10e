import { inspect } from 'node:util';
import { visible } from '../errors/index.ts';
import { exit } from './exit-codes.ts';
import { guarded, isUnwritten } from './guarded-stream.ts';
import { main } from './main.ts';
import type { Command } from './command.ts';
import type { OpenRunner } from './runner.ts';
import { startMeter } from './start-meter.ts';
import { onStopSignal } from './stop-signals.ts';

/** Runs the command line of this process: what it prints, how it ends, and that it says so when it never does. */
export function runProcess(commands: readonly Command[], openRunner: OpenRunner): void {
  // The innermost ten calls of an error are often the engine's own; the one that helps is the migration's.
  Reflect.set(Error, 'stackTraceLimit', 30);

  // A command that never comes to its end has not succeeded. Node then ends without a word.
  process.exitCode = exit.failed;
  let hasEnded = false;
  process.once('beforeExit', () => {
    if (hasEnded) return;
    const text = `error: the command never came to its end: it waits for a promise, of a migration or of the configuration,
that nothing will settle. What had not been committed is rolled back.
`;
    guarded(process.stderr).write(text);
    hasEnded = true;
  });
  // Nor has one in which something fails that nobody waits for: a timer, an `async` call without `await`.
  process.on('uncaughtException', (error: unknown) => {
    const trace = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
    guarded(process.stderr).write(
      `error: what a migration or the configuration left running has failed. What had not been committed is rolled back.\n\n${visible(trace)}\n`,
    );
    process.exit(exit.failed);
  });
  // Nor one that they ended.
  process.once('exit', (code) => {
    if (hasEnded || code !== exit.done) return;
    process.exitCode = exit.failed;
    guarded(process.stderr).write(
      'error: a migration or the configuration called process.exit(). What had not been committed is rolled back.\n',
    );
  });

  void main(process.argv.slice(2), commands, {
    cwd: process.cwd(),
    env: process.env,
    // Node makes each of them at its first use, which takes milliseconds.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return guarded(process.stdout);
    },
    get stderr() {
      return guarded(process.stderr);
    },
    openRunner,
    // Loaded with the first backup.
    startMeter: (backup) => startMeter(backup),
    onStopSignal,
    exit: (code) => process.exit(code),
  }).then((code) => {
    hasEnded = true;
    process.exitCode = isUnwritten() ? code || exit.failed : code;
  });
}
