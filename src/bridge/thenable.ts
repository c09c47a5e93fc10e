/** Whether a value has to be awaited: a promise, also one of another realm or library. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
  } catch {
    // A Proxy that was revoked, for one: nothing can be waited for there.
    return false;
  }
}
