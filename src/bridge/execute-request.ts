import { toSqlError } from './sql-error.ts';
import { isThenable } from './thenable.ts';
import { toValue } from './values.ts';
import type { Host } from './host.ts';
import type { Listener } from './listener.ts';
import type { Request } from './request.ts';
import type { DatabaseBridge, Value } from './types.ts';

/** What a loop works with; nested operations share it. */
export interface Environment {
  readonly bridge: DatabaseBridge;
  readonly host: Host;
  readonly listener: Listener;
}

/** What both loops perform alike: everything but waiting, nested operations and calling the user's function. */
export type PlainRequest = Exclude<Request, { readonly kind: 'sleep' | 'call' | 'nested' }>;

/**
 * Performs a request. A bridge may answer with a promise; its errors, thrown or rejected, come out as SqlErrors.
 */
export function executeRequest(request: PlainRequest, { bridge, host, listener }: Environment): unknown {
  switch (request.kind) {
    case 'query':
      return query(request.on ?? bridge, request);
    case 'script':
      return script(request.on ?? bridge, request.sql);
    case 'columns':
      return asked(request.on ?? bridge, request.sql, () => (request.on ?? bridge).columns?.(request.sql));
    case 'inTransaction':
      return asked(bridge, undefined, () => bridge.inTransaction?.());
    case 'connect':
      return asked(bridge, undefined, () => bridge.openSecond?.(request.file, request.plain));
    case 'disconnect':
      return asked(request.bridge, undefined, () => request.bridge.close?.());
    case 'copyInto':
      return asked(request.bridge, undefined, () => request.bridge.copyInto?.(request.file));
    case 'file':
      if (host.files === undefined) throw new TypeError('this host has no files');
      return (host.files[request.name] as (...args: readonly unknown[]) => unknown)(...request.args);
    case 'undisturbed':
      return bridge.sync && !listener.isHeard;
    case 'clock':
      return host.now();
    case 'emit':
      // A nested operation, or a synchronous run, does not wait for the listener.
      void listener.emit(request.event);
      return undefined;
  }
}

function query(bridge: DatabaseBridge, { sql, params }: Extract<Request, { readonly kind: 'query' }>): unknown {
  return asked(bridge, sql, () => bridge.query(sql, bound(params)));
}

function script(bridge: DatabaseBridge, sql: string): unknown {
  return asked(bridge, sql, () => bridge.script(sql));
}

function asked(bridge: DatabaseBridge, sql: string | undefined, ask: () => unknown): unknown {
  let answer: unknown;
  try {
    answer = ask();
  } catch (error) {
    throw toSqlError(error, sql, bridge);
  }
  if (!isThenable(answer)) return answer;
  return answer.then(undefined, (error: unknown) => {
    throw toSqlError(error, sql, bridge);
  });
}

/** The engine's handle has converted booleans already; here nothing else can slip through to a driver. */
function bound(params: readonly Value[]): readonly Value[] {
  return params.length === 0 ? params : params.map(toValue);
}
