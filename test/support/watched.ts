import { call, type Op, type Request } from '../../src/bridge/index.ts';

/** The same operation; before each of its requests somebody looks. For `drive`, which waits for promises. */
export function* watched<T>(op: Op<T>, look: (request: Request) => Promise<void>): Op<T> {
  let step = op.next();
  while (step.done !== true) {
    const request = step.value;
    yield* call('a look', () => look(request));
    let answer: unknown;
    try {
      answer = yield request.kind === 'nested' ? { ...request, op: watched(request.op, look) } : request;
    } catch (error) {
      step = op.throw(error);
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}
