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
 * Errors: `BRIDGE_NOT_SYNC` before anything runs; `ASYNC_IN_SYNC` if a user's function returns a promise;
 * `LISTENER_FAILED` after the end, if `onEvent` has thrown; otherwise what the operation throws.
 */
export function runSync<T>(op: Op<T>, bridge: DatabaseBridge, host: Host, onEvent?: (event: DunlinEvent) => void): T {
  if (!bridge.sync) throw dunlinError('BRIDGE_NOT_SYNC', { driver: bridge.driver, method: undefined });
  const listener = new Listener(onEvent);
  const result = driveSync(op, { bridge, host, listener });
  listener.throwFailure();
  return result;
}

/** The loop. On a synchronous bridge it also runs the nested operations of an asynchronous run. */
export function driveSync<T>(op: Op<T>, environment: Environment): T {
  let step = op.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = executeSync(step.value, environment);
    } catch (error) {
      step = op.throw(readableError(error));
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

function executeSync(request: Request, environment: Environment): unknown {
  if (request.kind === 'nested') return driveSync(request.op, environment);
  if (request.kind === 'sleep') return environment.host.sleepSync(request.ms);
  const answer =
    request.kind === 'call'
      ? request.fn((nested) => driveSync(nested, environment))
      : executeRequest(request, environment);
  if (!isThenable(answer)) return answer;
  // The promise is not awaited; without a handler its rejection would end the process.
  answer.then(undefined, () => undefined);
  if (request.kind === 'call') throw dunlinError('ASYNC_IN_SYNC', { what: request.what });
  throw dunlinError('BRIDGE_NOT_SYNC', { driver: environment.bridge.driver, method: request.kind });
}
