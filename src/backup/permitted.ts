import type { Op } from '../bridge/index.ts';
import { thrownReason } from '../errors/index.ts';

/** The codes of a refusal. `EEXIST` means that an existing file at the target could not be removed. */
const refusals: readonly unknown[] = ['EACCES', 'EPERM', 'EEXIST'];

/** Runs an operation on a file that may belong to another user. Returns the reason if the system refuses it. */
export function* ifPermitted(operation: Op<unknown>): Op<string | undefined> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    if (!refusals.includes((error as { readonly code?: unknown } | null)?.code)) throw error;
    return thrownReason(error);
  }
}
