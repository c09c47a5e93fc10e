import { exit } from './exit-codes.ts';

const seen = new Set<NodeJS.WriteStream>();
let hasFailed = false;

/** Whether output was lost, other than to a reader that has gone away. */
export function isUnwritten(): boolean {
  return hasFailed;
}

/**
 * A stream of the process whose errors do not end the process. A reader that has gone away (`dunlin status | head`) must
 * not stop a run: the rest of the output is dropped. A full disk does not stop it either, but sets the exit code.
 */
export function guarded(stream: NodeJS.WriteStream): NodeJS.WriteStream {
  if (seen.has(stream)) return stream;
  seen.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || hasFailed) return;
    hasFailed = true;
    process.exitCode ||= exit.failed;
    if (stream !== process.stderr)
      guarded(process.stderr).write(`error: the output cannot be written (${error.message}); the command continues\n`);
  });
  return stream;
}
