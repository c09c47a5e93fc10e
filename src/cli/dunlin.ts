#!/usr/bin/env node
import { main } from './main.ts';
import { openRunner } from './runner.ts';
import { startMeter } from './start-meter.ts';

// A reader that has gone away (`dunlin status | head`) must not stop a run: what is left is written nowhere.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

// The innermost ten calls of an error are often the engine's own; the one that helps is the migration's.
Error.stackTraceLimit = 30;

process.exitCode = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  openRunner,
  startMeter,
  onInterrupt: (listener) => {
    process.on('SIGINT', listener);
    return () => process.off('SIGINT', listener);
  },
  exit: (code) => process.exit(code),
});
