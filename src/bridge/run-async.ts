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
 * Errors: `LISTENER_FAILED` after the end, if `onEvent` has thrown; otherwise what the operation throws.
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

async function driveAsync<T>(op: Op<T>, environment: Environment): Promise<T> {
  let step = op.next();
  while (step.done !== true) {
    let answer: unknown;
    try {
      answer = executeAsync(step.value, environment);
      // A synchronous bridge returns most results directly; awaiting each would cost more than the query.
      if (isThenable(answer)) answer = await answer;
    } catch (error) {
      step = op.throw(readableError(error));
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

function executeAsync(request: Request, environment: Environment): unknown {
  switch (request.kind) {
    case 'sleep':
      return environment.host.sleep(request.ms);
    case 'nested':
      return driveAsync(request.op, environment);
    case 'emit':
      return environment.listener.emit(request.event);
    case 'call':
      // On a synchronous bridge, a migration's `db.all()` returns rows even in an asynchronous run.
      return environment.bridge.sync
        ? request.fn((nested) => driveSync(nested, environment))
        : callInTurn(request.fn, environment);
    default:
      return executeRequest(request, environment);
  }
}

/**
 * Calls the user's function with an `execute` that runs nested operations one after another. Each makes several
 * requests, and two at once (`Promise.all`, a forgotten `await`) must not interleave on the one connection. The call ends
 * after its last operation, awaited or not.
 */
async function callInTurn(fn: (execute: Execute) => unknown, environment: Environment): Promise<unknown> {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(nested: Op<T>): Promise<T> => {
    const result = last.then(() => driveAsync(nested, environment));
    last = result.catch(() => undefined);
    return result;
  };
  try {
    return await fn(inTurn);
  } finally {
    await lastEnded();
  }

  async function lastEnded(): Promise<void> {
    for (let seen: Promise<unknown> | undefined; seen !== last;) {
      seen = last;
      await seen;
    }
  }
}
