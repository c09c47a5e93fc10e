import { answerRequests, type DatabaseBridge, type Op } from '../bridge/index.ts';

/** Runs the queries of an operation on another connection than the run's. */
export function onConnection<T>(bridge: DatabaseBridge, op: Op<T>): Op<T> {
  return answerRequests(op, function* (request) {
    return yield request.kind === 'query' || request.kind === 'columns' ? { ...request, on: bridge } : request;
  });
}
