import type { DunlinEvent, Op, Request } from '../bridge/index.ts';

/**
 * Shows every statement of an operation before it runs, those of a migration written in code too: `see` may look at
 * the database in between. `hear` is given the events.
 */
export function* observeRun<T>(op: Op<T>, see: (sql: string) => Op<void>, hear: (event: DunlinEvent) => void): Op<T> {
  let step = op.next();
  while (step.done !== true) {
    const request = step.value;
    let answer: unknown;
    try {
      if ((request.kind === 'query' || request.kind === 'script') && request.on === undefined) yield* see(request.sql);
      if (request.kind === 'emit') hear(request.event);
      // `hear` listens.
      answer = request.kind === 'undisturbed' ? false : yield watched(request, see, hear);
    } catch (error) {
      step = op.throw(error);
      continue;
    }
    step = op.next(answer);
  }
  return step.value;
}

/** The request, with what it runs observed as well. */
function watched(request: Request, see: (sql: string) => Op<void>, hear: (event: DunlinEvent) => void): Request {
  switch (request.kind) {
    case 'call':
      return { ...request, fn: (perform) => request.fn((nested) => perform(observeRun(nested, see, hear))) };
    case 'nested':
      return { ...request, op: observeRun(request.op, see, hear) };
    default:
      return request;
  }
}
