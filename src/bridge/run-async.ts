import { readableError } from '../errors/index.ts';
import { Listener } from './listener.ts';
import { executeRequest, type Environment } from './execute-request.ts';
import { driveSync } from './run-sync.ts';
import { isThenable, type DatabaseBridge } from './types.ts';
import type { DunlinEvent } from './event.ts';
import type { Host } from './host.ts';
import type { Op, Execute, Request } from './request.ts';

/**
 * Runs an operation to its end on any bridge.
 *
 * Errors: `LISTENER_FAILED` when all is done and `onEvent` had thrown; otherwise what the operation throws.
 */
export async function runAsync<T>(
  op: Op<T>,
  bridge: DatabaseBridge,
  host: Host,
  onEvent?: (event: DunlinEvent) => void,
): Promise<T> {
  const listener = new Listener(onEvent);
  const result = await driveAsync(op, { bridge, host, listener });
  listener.throwFailure();
  return result;
}

async function driveAsync<T>(op: Op<T>, surroundings: Environment): Promise<T> {
  let step = op.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = performAsync(step.value, surroundings);
      // Most answers of a synchronous bridge are there already, and awaiting each would cost more than asking.
      if (isThenable(answer)) answer = await answer;
    } catch (error) {
      step = op.throw(readableError(error));
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

function performAsync(request: Request, surroundings: Environment): unknown {
  switch (request.kind) {
    case 'sleep':
      return surroundings.host.sleep(request.ms);
    case 'nested':
      return driveAsync(request.op, surroundings);
    case 'emit':
      return surroundings.listener.emit(request.event);
    case 'call':
      // On a synchronous bridge `db.all()` in a migration returns its rows, also when the run itself is asynchronous.
      return surroundings.bridge.sync
        ? request.fn((nested) => driveSync(nested, surroundings))
        : callInTurn(request.fn, surroundings);
    default:
      return executeRequest(request, surroundings);
  }
}

/**
 * Calls the user's function with a `perform` that runs nested operations one after another: each is several requests,
 * and two of them at once (`Promise.all`, a forgotten `await`) must not mix on the one connection. Operations that
 * nobody awaited still belong to the call, so it ends after the last of them.
 */
async function callInTurn(fn: (perform: Execute) => unknown, surroundings: Environment): Promise<unknown> {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(nested: Op<T>): Promise<T> => {
    const result = last.then(() => driveAsync(nested, surroundings));
    last = result.catch(() => undefined);
    return result;
  };
  try {
    return await fn(inTurn);
  } finally {
    await drained();
  }

  async function drained(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== last;) {
      seen = last;
      await seen;
    }
  }
}
