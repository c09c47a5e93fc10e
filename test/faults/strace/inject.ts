import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import process from 'node:process';
import type { Call } from './parse.ts';
import { isWithin, pathOf } from './steps.ts';

/** What a system call meets with. `full` stays: a disk that is full does not become empty by itself. */
export const faults = {
  SIGKILL: (at: number) => `signal=SIGKILL:when=${at}`,
  EIO: (at: number) => `error=EIO:when=${at}`,
  ENOSPC: (at: number) => `error=ENOSPC:when=${at}`,
  full: (at: number) => `error=ENOSPC:when=${at}+`,
} as const;
export type Fault = keyof typeof faults;

/** The Nth call of a kind on the database and what belongs to it. */
export interface Point {
  readonly call: string;
  readonly at: number;
}

const interesting = ['openat', 'pwrite64', 'write', 'ftruncate', 'fsync', 'fdatasync', 'unlink', 'rename', 'mkdir'];

/** What an undisturbed run does to the files below a folder (and to the folder itself), outside of `except`. */
export interface Survey {
  readonly points: readonly Point[];
  /** Relative to the folder. */
  readonly paths: readonly string[];
}

/** Counts as strace does: each kind of call for itself, those of the main thread, which does all that counts here. */
export function survey(calls: readonly Call[], folder: string, except: string): Survey {
  const counts = new Map<string, number>();
  const paths = new Set<string>();
  const points: Point[] = [];
  const main = calls[0]?.pid;
  for (const call of calls) {
    const path = pathOf(call);
    if (path === undefined || !isWithin(path, folder) || isWithin(path, except)) continue;
    if (call.pid !== main) throw new Error(`${call.name} of ${path} is made by another thread`);
    paths.add(relative(folder, path));
    if (!interesting.includes(call.name)) continue;
    const at = (counts.get(call.name) ?? 0) + 1;
    counts.set(call.name, at);
    points.push({ call: call.name, at });
  }
  return { points, paths: [...paths] };
}

export interface Injected {
  readonly code: number | null;
  readonly stderr: string;
  /** Whether the fault happened. */
  readonly hit: boolean;
}

/** Runs `node` with arguments, and one fault at a point. */
export async function inject(
  args: readonly string[],
  folder: string,
  { paths }: Pick<Survey, 'paths'>,
  { call, at }: Point,
  fault: Fault,
  environment: Record<string, string>,
): Promise<Injected> {
  const log = `${folder}.log`;
  const how = `inject=${call}:${faults[fault](at)}`;
  // With seccomp strace stops at fewer calls, and loses the signals that it should send.
  const fast = fault === 'SIGKILL' ? [] : ['--seccomp-bpf'];
  const options = ['-f', '-qq', ...fast, '-o', log, '-e', `trace=${call}`, '-e', how];
  // A path that is not there yet is compared as it stands: it must be written as the program will write it.
  const filter = paths.flatMap((path) => ['-P', join(folder, path)]);
  const child = spawn('strace', [...options, ...filter, process.execPath, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...environment },
    timeout: 60_000,
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) => {
    child.on('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal]));
  });
  const hit = fault === 'SIGKILL' ? signal === 'SIGKILL' : readFileSync(log, 'utf8').includes('(INJECTED)');
  return { code, stderr: errors.join(''), hit };
}
