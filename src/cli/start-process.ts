import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import process from 'node:process';
import type { StartedCommand } from './context.ts';
import { exit, type ExitCode } from './exit-codes.ts';

/** Runs this command line again, with more words at its end, in a process of its own with the same terminal. */
export function startAgain(words: readonly string[]): StartedCommand {
  const args = [...process.execArgv, ...process.argv.slice(1), ...words];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  return { ended: endOf(child), signal: (name) => void child.kill(name) };
}

/** Runs a command of the shell. */
export function runShell(command: string, options: SpawnOptions): StartedCommand {
  // A terminal sends its signals to the group of this process. Elsewhere the command gets its own, so that a signal also
  // reaches what its shell has started.
  const detached = process.platform !== 'win32' && process.stdin.isTTY !== true;
  const child = spawn(command, { ...options, shell: true, detached });
  return {
    ended: endOf(child),
    signal: (name) => {
      if (!detached) child.kill(name);
      else if (child.pid !== undefined && child.exitCode === null && child.signalCode === null)
        process.kill(-child.pid, name);
    },
  };
}

function endOf(child: ChildProcess): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(codeOf(code, signal)));
  });
}

/** As shells count: a signal that ended a process is a failure, unless it asked the process to stop. */
function codeOf(code: number | null, signal: NodeJS.Signals | null): ExitCode {
  if (signal === 'SIGINT') return exit.interrupted;
  if (signal === 'SIGTERM') return exit.terminated;
  return (code ?? exit.failed) as ExitCode;
}
