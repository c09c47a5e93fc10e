let needed = false;

/** Called in place of what the fast path does not have. The whole program starts, also if something catches this error. */
export function needWhole(): never {
  needed = true;
  throw new TypeError('the whole program is needed');
}

export function isWholeNeeded(): boolean {
  return needed;
}
