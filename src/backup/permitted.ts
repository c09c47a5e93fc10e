import type { Op } from '../bridge/index.ts';
import { thrownReason } from '../errors/index.ts';

/** `EEXIST`: a file at the target could not be removed. */
const refusals: readonly unknown[] = ['EACCES', 'EPERM', 'EEXIST'];

/** Changes a file that may be another user's. Returns the reason if the system refuses. */
export function* ifPermitted(operation: Op<unknown>): Op<string | undefined> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    if (!refusals.includes((error as { readonly code?: unknown } | null)?.code)) throw error;
    return thrownReason(error);
  }
}
