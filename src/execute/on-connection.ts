import { answerRequests, type DatabaseBridge, type Op } from '../bridge/index.ts';

/** Runs the SQL of an operation on another connection than the run's. */
export function onConnection<T>(bridge: DatabaseBridge, op: Op<T>): Op<T> {
  return answerRequests(op, function* (request) {
    const { kind } = request;
    return yield kind === 'query' || kind === 'script' || kind === 'columns' ? { ...request, on: bridge } : request;
  });
}
