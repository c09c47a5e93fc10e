import { exit } from './exit-codes.ts';

const seen = new Set<NodeJS.WriteStream>();
let hasFailed = false;

/** Whether something could not be printed and somebody may miss it. */
export function isUnwritten(): boolean {
  return hasFailed;
}

/**
 * A stream of the process whose errors do not end it. A reader that has gone away (`dunlin status | head`) must not stop
 * a run: what is left is written nowhere. Nor must a full disk under the file that the output goes to, but that is a
 * failure.
 */
export function guarded(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (seen.has(stream)) return stream;
  seen.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    process.exitCode ||= exit.failed;
    if (stream !== process.stderr)
      guarded(process.stderr).write(`error: the output cannot be written (${error.message}); the command goes on\n`);
  });
  return stream;
}
