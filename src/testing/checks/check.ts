import { isSqlError, toSqlError, type DatabaseBridge, type MaybePromise, type SqlError } from '../../bridge/index.ts';

/** Makes a bridge to a new, empty database. */
export type MakeBridge = () => MaybePromise<DatabaseBridge>;

/** One promise of the `DatabaseBridge` contract. */
export interface ConformanceCheck {
  readonly name: string;
  /** Rejects when the bridge does not keep it. Resolves to the reason where it does not apply to this bridge. */
  run(makeBridge: MakeBridge): Promise<string | undefined>;
}

/** A check of a bridge that is made for it, and closed afterwards. */
export function check(
  name: string,
  run: (bridge: DatabaseBridge) => Promise<string | undefined | void>,
): ConformanceCheck {
  return {
    name,
    async run(makeBridge) {
      const bridge = await makeBridge();
      try {
        return (await run(bridge)) ?? undefined;
      } finally {
        await bridge.close?.();
      }
    },
  };
}

/** The error of SQLite with which `ask` fails. */
export async function failure(bridge: DatabaseBridge, ask: () => unknown): Promise<SqlError> {
  const error = toSqlError(await assertFails(ask, 'a statement that must fail'), undefined, bridge);
  assert(isSqlError(error), `expected an error of SQLite, got ${String(error)}`);
  return error as SqlError;
}

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
