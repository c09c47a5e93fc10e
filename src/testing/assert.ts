/** The few assertions that the conformance checks need, so that they run in any test framework. */
export function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [show(actual), show(expected)];
  assert(found === wanted, `${what}: expected ${wanted}, got ${found}`);
}

/** Resolves to the error with which `ask` fails. */
export async function assertFails(ask: () => unknown, what: string): Promise<unknown> {
  try {
    await ask();
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: expected an error, got none`);
}

/** As text that is the same for equal values: a Buffer is equal to a Uint8Array, and 1n is not equal to 1. */
function show(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes(${[...value].join(' ')})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${show(part)}`)
    .join(', ')} }`;
}
