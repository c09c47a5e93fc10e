#!/usr/bin/env node
import { inspect } from 'node:util';
import { visible } from '../errors/index.ts';
import { exit } from './exit-codes.ts';
import { main } from './main.ts';
import { openRunner } from './runner.ts';
import { startMeter } from './start-meter.ts';
import { onStopSignal } from './stop-signals.ts';

const guarded = new Set<NodeJS.WriteStream>();

/** Whether something could not be printed and somebody may miss it. */
let isUnwritten = false;

/**
 * A reader that has gone away (`dunlin status | head`) must not stop a run: what is left is written nowhere. Nor must a
 * full disk under the file that the output goes to, but that is a failure.
 */
function guard(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (!guarded.has(stream)) {
    guarded.add(stream);
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || isUnwritten) return;
      isUnwritten = true;
      process.exitCode ||= exit.failed;
      if (stream !== process.stderr)
        guard(process.stderr).write(`error: the output cannot be written (${error.message}); the command goes on\n`);
    });
  }
  return stream;
}

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
  guard(process.stderr).write(text);
  hasEnded = true;
});
// Nor has one in which something fails that nobody waits for: a timer, an `async` call without `await`.
process.on('uncaughtException', (error: unknown) => {
  const trace = error instanceof Error ? (error.stack ?? error.message) : inspect(error);
  guard(process.stderr).write(
    `error: what a migration or the configuration left running has failed. What had not been committed is rolled back.\n\n${visible(trace)}\n`,
  );
  process.exit(exit.failed);
});
// Nor one that they ended.
process.once('exit', (code) => {
  if (hasEnded || code !== exit.done) return;
  process.exitCode = exit.failed;
  guard(process.stderr).write(
    'error: a migration or the configuration called process.exit(). What had not been committed is rolled back.\n',
  );
});

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
  // Loaded with the first backup.
  startMeter: (backup) => startMeter(backup),
  onStopSignal,
  exit: (code) => process.exit(code),
}).then((code) => {
  hasEnded = true;
  process.exitCode = isUnwritten ? code || exit.failed : code;
});
