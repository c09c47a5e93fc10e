import { BatchError, type BatchBridge } from '../bridge/index.ts';
import { dunlinError, thrownReason, type DunlinError } from '../errors/index.ts';
import type { Compiled } from './compile.ts';
import { isProbe, probeSql, raiseSql, readRaise } from './raise.ts';
import { readFailure } from './read-failure.ts';

/** What became of a batch. */
export type Sent =
  | { readonly kind: 'applied' }
  /** Somebody else has changed the database. Nothing of the batch was applied. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'refused'; readonly error: DunlinError }
  /** No answer came. */
  | { readonly kind: 'unknown'; readonly error: BatchError };

/** Sends a batch once. */
export async function send(bridge: BatchBridge, compiled: Compiled): Promise<Sent> {
  try {
    await bridge.batch(compiled.statements);
    return { kind: 'applied' };
  } catch (thrown) {
    const error = toBatchError(thrown);
    if (error.outcome === 'unknown') return { kind: 'unknown', error };
    let reading = readFailure(error, compiled, bridge.driver);
    if (reading.kind === 'unplaced')
      reading = readFailure(error, compiled, bridge.driver, await findFailing(bridge, compiled));
    if (reading.kind === 'moved') return { kind: 'moved' };
    const failure = reading.kind === 'error' ? reading.error : engineFailed(bridge, error);
    return { kind: 'refused', error: failure };
  }
}

/** Which statement fails, for an engine that does not tell it: the first ones run with a last one that always fails. */
async function findFailing(bridge: BatchBridge, { statements, runId, guards }: Compiled): Promise<number | undefined> {
  const end = { sql: raiseSql(runId, guards.length, '(SELECT 1) = 1'), params: [] };
  let [low, high] = [0, statements.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    try {
      await bridge.batch([...statements.slice(0, middle + 1), end]);
      return undefined;
    } catch (thrown) {
      const error = toBatchError(thrown);
      if (error.outcome === 'unknown') return undefined;
      if (readRaise(error.message, runId)?.guard === guards.length) low = middle + 1;
      else high = middle;
    }
  }
  return low;
}

/** Proves that the engine reports what a guard raises. Errors: `GUARDS_UNAVAILABLE`. */
export async function proveGuards(bridge: BatchBridge, runId: string): Promise<void> {
  let answer = 'no error';
  try {
    await bridge.batch([{ sql: probeSql(runId), params: [] }]);
  } catch (thrown) {
    const error = toBatchError(thrown);
    if (isProbe(error.message, runId)) return;
    if (error.outcome === 'unknown') throw engineFailed(bridge, error);
    answer = error.message;
  }
  throw dunlinError('GUARDS_UNAVAILABLE', { driver: bridge.driver, answer });
}

/** The error for an engine that fails, and none of whose statements is to blame. */
export function engineFailed({ driver }: BatchBridge, error: BatchError): DunlinError {
  return dunlinError('ENGINE_FAILED', { driver, reason: error.message, sql: '' }, { cause: error });
}

/** What a bridge throws besides its own errors says nothing of the batch. */
function toBatchError(thrown: unknown): BatchError {
  return thrown instanceof BatchError
    ? thrown
    : new BatchError({ message: thrownReason(thrown), outcome: 'unknown', cause: thrown });
}
