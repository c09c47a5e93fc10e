import type { DatabaseBridge, Op } from '../bridge/index.ts';

/** Runs the queries of an operation on another connection than the run's. */
export function* onConnection<T>(bridge: DatabaseBridge, op: Op<T>): Op<T> {
  let step = op.next();
  while (step.done !== true) {
    const request = step.value;
    let answer: unknown;
    try {
      answer = yield request.kind === 'query' || request.kind === 'columns' ? { ...request, on: bridge } : request;
    } catch (error) {
      step = op.throw(error);
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}
