import { spawn } from 'node:child_process';
import process from 'node:process';
import type { StartedCommand } from './context.ts';
import { exit, type ExitCode } from './exit-codes.ts';

/** Runs this command line again, with more words at its end, in a process of its own with the same terminal. */
export function startAgain(words: readonly string[]): StartedCommand {
  const args = [...process.execArgv, ...process.argv.slice(1), ...words];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const ended = new Promise<ExitCode>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(codeOf(code, signal)));
  });
  return { ended, signal: (name) => void child.kill(name) };
}

/** Runs a command of the shell. */
export function runShell(command: string, prints: boolean): Promise<number> {
  const child = spawn(command, { shell: true, stdio: ['inherit', prints ? 'inherit' : 2, 'inherit'] });
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
