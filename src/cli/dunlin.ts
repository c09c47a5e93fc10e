#!/usr/bin/env node
import { exit } from './exit-codes.ts';
import { main } from './main.ts';
import { openRunner } from './runner.ts';
import { startMeter } from './start-meter.ts';

const guarded = new Set<NodeJS.WriteStream>();

/** A reader that has gone away (`dunlin status | head`) must not stop a run: what is left is written nowhere. */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return stream;
}

// The innermost ten calls of an error are often the engine's own; the one that helps is the migration's.
Error.stackTraceLimit = 30;

// A command that never comes to its end has not succeeded.
process.exitCode = exit.failed;

void main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  // Node makes each of them at its first use, which takes milliseconds.
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return guard(process.stdout);
  },
  get stderr() {
    return guard(process.stderr);
  },
  openRunner,
  startMeter,
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
  exit: (code) => process.exit(code),
}).then((code) => {
  process.exitCode = code;
});
