import type { Op } from '../bridge/index.ts';
import { thrownReason } from '../errors/index.ts';

/** `EEXIST` is of a file in the way that could not be removed. */
const refusals: readonly unknown[] = ['EACCES', 'EPERM', 'EEXIST'];

/** Does what this user may not be allowed to do to the files of another one. Returns why it was not done. */
export function* ifPermitted(operation: Op<unknown>): Op<string | undefined> {
  try {
    yield* operation;
    return undefined;
  } catch (error) {
    if (!refusals.includes((error as { readonly code?: unknown } | null)?.code)) throw error;
    return thrownReason(error);
  }
}
