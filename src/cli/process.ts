import { fstatSync, realpathSync } from 'node:fs';
import { inspect } from 'node:util';
import { dunlinError, thrownReason, visible, type CutShort } from '../errors/index.ts';
import type { CliHost, Output, OpenRunner } from './context.ts';
import { exit, type ExitCode } from './exit-codes.ts';
import { guarded, isUnwritten } from './guarded-stream.ts';
import { findLauncher } from './launcher.ts';
import { main } from './main.ts';
import type { Command } from './command.ts';
import { PacedOutput } from './paced-output.ts';
import { runShell, startAgain } from './start-process.ts';
import { startMeter } from './start-meter.ts';
import { onStopSignal } from './stop-signals.ts';

/** Runs the command line of this process, and reports it if the process ends before the command. */
export function runProcess(commands: readonly Command[], openRunner: OpenRunner): void {
  // The innermost ten calls of an error are often the engine's own; the useful one is in the migration.
  Reflect.set(Error, 'stackTraceLimit', 30);

  // Until the command ends, the process counts as failed, whatever a migration writes to `process.exitCode`.
  process.exitCode = exit.failed;
  let ended: ExitCode | undefined;
  let report: (error: unknown) => void = () => undefined;

  /** Prints what ended the process before the command did. */
  const cutShort = (by: CutShort, cause?: unknown): void => {
    ended = exit.failed;
    process.exitCode = ended;
    report(dunlinError('COMMAND_NOT_FINISHED', { ended: by }, { cause }));
  };

  // Node ends silently when nothing is left to wait for.
  process.once('beforeExit', () => {
    if (ended === undefined) cutShort({ by: 'waiting' });
  });
  // Something fails that nothing awaits: a timer, an `async` call without `await`.
  process.on('uncaughtException', (error: unknown) => {
    if (ended === undefined) cutShort({ by: 'failure', reason: thrownReason(error) }, error);
    else {
      const trace = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
      const text = 'error: code that a migration or the configuration left running failed after the command had ended.';
      guarded(process.stderr).write(`${text}\n\n${visible(trace)}\n`);
      ended = exit.failed;
    }
    process.exit(ended);
  });
  // Nothing asynchronous runs in this listener.
  process.once('exit', (code) => {
    if (ended === undefined) cutShort({ by: 'exit', code }, new Error('process.exit() was called'));
    else process.exitCode = isUnwritten() ? ended || exit.failed : ended;
  });

  const stdout = new PacedOutput(() => guarded(process.stdout), mayHold);
  const stderr: Output = {
    get isTTY() {
      return process.stderr.isTTY;
    },
    get columns() {
      return process.stderr.columns;
    },
    write: (text) => {
      stdout.flush();
      guarded(process.stderr).write(text);
    },
  };
  // After the listener above, which may print.
  process.once('exit', () => stdout.flush());

  const host: CliHost = {
    cwd: process.cwd(),
    env: process.env,
    // Node creates each stream at its first use, which takes milliseconds.
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      guarded(process.stdout);
      return stdout;
    },
    get stderr() {
      guarded(process.stderr);
      return stderr;
    },
    get launcher() {
      const { argv, env } = process;
      return findLauncher({ program: realpathSync(argv[1]!), cwd: process.cwd(), env });
    },
    openRunner,
    startMeter,
    onStopSignal,
    exit: (code) => {
      ended = code;
      process.exit(code);
    },
    startAgain: (words) => {
      stdout.flush();
      return startAgain(words);
    },
    runShell: (command, options) => {
      stdout.flush();
      return runShell(command, options);
    },
  };
  const beforehand = (printed: typeof report): void => {
    report = printed;
  };
  void main(process.argv.slice(2), commands, host, beforehand).then((code) => {
    ended = isUnwritten() ? code || exit.failed : code;
    process.exitCode = ended;
  });
}

/**
 * Whether printed lines may wait for the next ones. Events may not: another program acts on them. Nor may lines that go
 * to the same place as standard error: what migrations write there has its order.
 */
function mayHold(): boolean {
  if (process.argv.includes('--events')) return false;
  try {
    const [out, err] = [fstatSync(1), fstatSync(2)];
    return out.dev !== err.dev || out.ino !== err.ino;
  } catch {
    return false;
  }
}
