import { answerRequests, type DunlinEvent, type Op, type Request } from '../bridge/index.ts';

/** Sees what an operation does, that of a migration in code included. It may query the database. */
export interface RunObserver {
  /** Called before each statement. */
  readonly beforeStatement: (sql: string) => Op<void>;
  /** Called after each statement that succeeded. */
  readonly afterStatement?: (sql: string) => Op<void>;
  readonly onEvent: (event: DunlinEvent) => void;
}

/** Runs an operation under the eyes of an observer. */
export function observeRun<T>(op: Op<T>, observer: RunObserver): Op<T> {
  return answerRequests(op, function* (request) {
    const sql = (request.kind === 'query' || request.kind === 'script') && request.on === undefined ? request.sql : '';
    if (sql !== '') yield* observer.beforeStatement(sql);
    if (request.kind === 'emit') observer.onEvent(request.event);
    // `onEvent` needs the events even if nobody else listens.
    if (request.kind === 'undisturbed') return false;
    const result = yield observed(request, observer);
    if (sql !== '' && observer.afterStatement !== undefined) yield* observer.afterStatement(sql);
    return result;
  });
}

/** The request, with the operations inside it observed as well. */
function observed(request: Request, observer: RunObserver): Request {
  switch (request.kind) {
    case 'call':
      return {
        ...request,
        fn: (runNested) => request.fn((nested) => runNested(observeRun(nested, observer))),
      };
    case 'nested':
      return { ...request, op: observeRun(request.op, observer) };
    default:
      return request;
  }
}
