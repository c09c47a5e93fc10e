import { dunlinError, readableError } from '../errors/index.ts';
import { Listener } from './listener.ts';
import { executeRequest, type Environment } from './execute-request.ts';
import { isThenable, type DatabaseBridge } from './types.ts';
import type { DunlinEvent } from './event.ts';
import type { Host } from './host.ts';
import type { Op, Request } from './request.ts';

/**
 * Runs an operation to its end on a synchronous bridge and returns its result.
 *
 * Errors: `BRIDGE_NOT_SYNC` before anything ran; `ASYNC_IN_SYNC` where a function of the user's returns a promise;
 * `LISTENER_FAILED` when all is done and `onEvent` had thrown; otherwise what the operation throws.
 */
export function runSync<T>(op: Op<T>, bridge: DatabaseBridge, host: Host, onEvent?: (event: DunlinEvent) => void): T {
  if (!bridge.sync) throw dunlinError('BRIDGE_NOT_SYNC', { driver: bridge.driver, method: undefined });
  const listener = new Listener(onEvent);
  const result = driveSync(op, { bridge, host, listener });
  listener.throwFailure();
  return result;
}

/** The loop. Also what serves nested operations on a synchronous bridge, whichever loop the outer one is. */
export function driveSync<T>(op: Op<T>, surroundings: Environment): T {
  let step = op.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = performSync(step.value, surroundings);
    } catch (error) {
      step = op.throw(readableError(error));
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

function performSync(request: Request, surroundings: Environment): unknown {
  if (request.kind === 'nested') return driveSync(request.op, surroundings);
  if (request.kind === 'sleep') return surroundings.host.sleepSync(request.ms);
  const answer =
    request.kind === 'call'
      ? request.fn((nested) => driveSync(nested, surroundings))
      : executeRequest(request, surroundings);
  if (!isThenable(answer)) return answer;
  // Nobody will wait for this promise: without a handler its rejection would end the process.
  answer.then(undefined, () => undefined);
  if (request.kind === 'call') throw dunlinError('ASYNC_IN_SYNC', { what: request.what });
  throw dunlinError('BRIDGE_NOT_SYNC', { driver: surroundings.bridge.driver, method: request.kind });
}
