import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import process from 'node:process';
import { parseCalls, type Call } from './parse.ts';
import { traced } from './steps.ts';

/** The question mark lets a name pass that this machine's kernel does not have. */
const known = traced.replaceAll(/\w+/g, '?$&');

export const hasStrace: boolean = spawnSync('strace', ['-V']).status === 0;
/** For the titles of tests that do without. */
export const unlessStrace: string = hasStrace ? '' : ' (skipped: strace is not installed)';

/** Runs `node` with arguments to its end, and returns the system calls that change files. */
export function record(
  args: readonly string[],
  log: string,
  environment: Record<string, string> = {},
  expected: number = 0,
): readonly Call[] {
  const { status, stderr } = spawnSync(
    'strace',
    // -s: as long as anything that is written, for the bytes are wanted.
    ['-f', '-y', '-xx', '-s', '16777216', '-e', `trace=${known}`, '-o', log, process.execPath, ...args],
    { encoding: 'utf8', env: { ...process.env, ...environment } },
  );
  if (status !== expected) throw new Error(`the recorded process ended with ${status}: ${stderr}`);
  const calls = parseCalls(readFileSync(log, 'utf8'));
  rmSync(log);
  return calls;
}
