/** Whether an object carries the mark of a class. Anything can be thrown, also a Proxy that refuses to be asked. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  try {
    return typeof value === 'object' && value !== null && brand in value;
  } catch {
    return false;
  }
}
