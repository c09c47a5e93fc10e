import { findFull, type Full } from './find-full.ts';
import { isSqlError, SqlError, toSqlError } from './sql-error.ts';
import { isThenable, type DatabaseBridge, type Value } from './types.ts';
import { toValue } from './values.ts';
import type { Host } from './host.ts';
import type { Listener } from './listener.ts';
import type { Request } from './request.ts';

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
      return query(request.on ?? bridge, request, host);
    case 'script':
      return script(request.on ?? bridge, request.sql, host);
    case 'columns':
      return asked(request.on ?? bridge, request.sql, host, () => (request.on ?? bridge).columns?.(request.sql));
    case 'inTransaction':
      return asked(bridge, undefined, host, () => bridge.inTransaction?.());
    case 'connect':
      return asked(bridge, undefined, host, () => bridge.openSecond?.(request.file, request.plain));
    case 'disconnect':
      return asked(request.bridge, undefined, host, () => request.bridge.close?.());
    case 'copyInto':
      return asked(request.bridge, undefined, host, () => request.bridge.copyInto?.(request.file));
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

type QueryRequest = Extract<Request, { readonly kind: 'query' }>;

function query(bridge: DatabaseBridge, { sql, params }: QueryRequest, host: Host): unknown {
  return asked(bridge, sql, host, () => bridge.query(sql, bound(params)));
}

function script(bridge: DatabaseBridge, sql: string, host: Host): unknown {
  return asked(bridge, sql, host, () => bridge.script(sql));
}

function asked(bridge: DatabaseBridge, sql: string | undefined, host: Host, ask: () => unknown): unknown {
  let answer: unknown;
  try {
    answer = ask();
  } catch (error) {
    // Here, not a call deeper: of its stack the ten last calls are kept, and that of a migration's code is among them.
    return refused(bridge, host, toSqlError(error, sql, bridge));
  }
  if (!isThenable(answer)) return answer;
  return answer.then(undefined, (error: unknown) => refused(bridge, host, toSqlError(error, sql, bridge)));
}

/** Throws, or rejects where the bridge has to be waited for. */
function refused(bridge: DatabaseBridge, host: Host, found: unknown): unknown {
  if (!isSqlError(found) || found.primary !== 'SQLITE_FULL') throw found;
  const named = (full: Full | undefined): never => {
    const { code, message } = found;
    throw full === undefined ? found : new SqlError({ code, message }, found.sql, found.cause, full);
  };
  const full = findFull(bridge, found.sql, host);
  return isThenable(full) ? full.then(named) : named(full);
}

/** The engine's handle has converted booleans already; here nothing else can slip through to a driver. */
function bound(params: readonly Value[]): readonly Value[] {
  return params.length === 0 ? params : params.map(toValue);
}
