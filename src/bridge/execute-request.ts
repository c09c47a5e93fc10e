import { dunlinError } from '../errors/index.ts';
import { LOCAL } from './engine-facts.ts';
import { findFullCause, type FullCause } from './disk-full-cause.ts';
import { isSqlError, SqlError, toSqlError } from './sql-error.ts';
import { isThenable, type DatabaseBridge, type Value } from './types.ts';
import { toValue } from './values.ts';
import type { Host } from './host.ts';
import type { Listener } from './listener.ts';
import type { Request } from './request.ts';

/** What a loop executes requests with. Nested operations share it. */
export interface Environment {
  readonly bridge: DatabaseBridge;
  readonly host: Host;
  readonly listener: Listener;
}

/** The requests that both loops execute in the same way. */
export type PlainRequest = Exclude<Request, { readonly kind: 'sleep' | 'call' | 'nested' }>;

/** Executes a request. A bridge may return a promise; its errors, thrown or rejected, become SqlErrors. */
export function executeRequest(request: PlainRequest, { bridge, host, listener }: Environment): unknown {
  switch (request.kind) {
    case 'query':
      return useBridge(request.on ?? bridge, request.sql, host, () =>
        (request.on ?? bridge).query(request.sql, bound(request.params, request.on ?? bridge)),
      );
    case 'script':
      return useBridge(request.on ?? bridge, request.sql, host, () => (request.on ?? bridge).script(request.sql));
    case 'columns':
      return useBridge(request.on ?? bridge, request.sql, host, () => (request.on ?? bridge).columns?.(request.sql));
    case 'inTransaction':
      return useBridge(bridge, undefined, host, () => bridge.inTransaction?.());
    case 'connect':
      return useBridge(bridge, undefined, host, () => bridge.openSecond?.(request.file, request.plain));
    case 'disconnect':
      return useBridge(request.bridge, undefined, host, () => request.bridge.close?.());
    case 'copyInto':
      return useBridge(request.bridge, undefined, host, () => request.bridge.copyInto?.(request.file));
    case 'file':
      if (host.files === undefined) throw new TypeError('this host has no files');
      return (host.files[request.name] as (...args: readonly unknown[]) => unknown)(...request.args);
    case 'engine':
      return (request.on ?? bridge).engine ?? LOCAL;
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

function useBridge(bridge: DatabaseBridge, sql: string | undefined, host: Host, work: () => unknown): unknown {
  let answer: unknown;
  try {
    answer = work();
  } catch (error) {
    // Not one call deeper: the stack keeps ten calls, and the one in the migration's code must be among them.
    return fail(bridge, host, toSqlError(error, sql, bridge));
  }
  if (!isThenable(answer)) return answer;
  return answer.then(undefined, (error: unknown) => fail(bridge, host, toSqlError(error, sql, bridge)));
}

/** Throws the error, or rejects if the bridge is asynchronous. Of SQLITE_FULL, it first finds out what is full. */
function fail(bridge: DatabaseBridge, host: Host, found: unknown): unknown {
  if (!isSqlError(found) || found.primary !== 'SQLITE_FULL') throw found;
  const named = (full: FullCause | undefined): never => {
    const { code, message } = found;
    throw full === undefined ? found : new SqlError({ code, message }, found.sql, found.cause, full);
  };
  const full = findFullCause(bridge, found.sql, host);
  return isThenable(full) ? full.then(named) : named(full);
}

/** The engine has converted booleans already; this rejects everything else that a driver would convert silently. */
function bound(params: readonly Value[], { engine }: DatabaseBridge): readonly Value[] {
  if (params.length === 0) return params;
  const values = params.map(toValue);
  const rounded = engine?.integers === 'doubles' ? values.find((value) => typeof value === 'bigint') : undefined;
  if (rounded === undefined) return values;
  throw dunlinError('VALUE_NOT_BINDABLE', {
    given: `the bigint ${rounded}`,
    advice: 'this engine stores it as a rounded number: write it into the SQL, or store it as text',
  });
}
