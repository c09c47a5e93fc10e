import { answerRequests, type DatabaseBridge, type Op } from '../bridge/index.ts';

/** Runs the SQL of an operation on another connection than the run's. */
export function onConnection<T>(bridge: DatabaseBridge, op: Op<T>): Op<T> {
  return answerRequests(op, function* (request) {
    const { kind } = request;
    const isSql = kind === 'query' || kind === 'script' || kind === 'columns';
    return yield isSql || kind === 'engine' ? { ...request, on: bridge } : request;
  });
}
