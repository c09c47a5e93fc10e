import {
  isSqlError,
  LOCAL,
  toSqlError,
  type DatabaseBridge,
  type EngineFacts,
  type MaybePromise,
  type SqlError,
} from '../../bridge/index.ts';

/** Makes a bridge to a new, empty database. */
export type MakeBridge = () => MaybePromise<DatabaseBridge>;

/** One rule of the `DatabaseBridge` contract. */
export interface ConformanceCheck {
  readonly name: string;
  /** Rejects if the bridge breaks the rule. Resolves to the reason if the rule does not apply to this bridge. */
  run(makeBridge: MakeBridge): Promise<string | undefined>;
}

/** Makes a check. It runs on a new bridge, and closes it afterwards. */
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

/** What the bridge says of its engine. */
export function factsOf({ engine }: DatabaseBridge): EngineFacts {
  return engine ?? LOCAL;
}

/** A check of an engine that has BEGIN and COMMIT. */
export function checkInTransaction(
  name: string,
  run: (bridge: DatabaseBridge) => Promise<string | undefined | void>,
): ConformanceCheck {
  return check(name, async (bridge) =>
    factsOf(bridge).transactions === 'sql' ? await run(bridge) : 'the engine has no BEGIN and COMMIT',
  );
}

/** The SQLite error with which `work` fails. */
export async function failure(bridge: DatabaseBridge, work: () => unknown): Promise<SqlError> {
  const error = toSqlError(await assertFails(work, 'a statement that must fail'), undefined, bridge);
  assert(isSqlError(error), `expected an error of SQLite, got ${String(error)}`);
  return error as SqlError;
}

/** The few assertions that the conformance checks need, so that they run in any test framework. */
export function assert(condition: boolean, message: string): void {
  if (!condition) throw new Error(message);
}

export function assertEqual(actual: unknown, expected: unknown, what: string): void {
  const [found, wanted] = [asText(actual), asText(expected)];
  assert(found === wanted, `${what}: expected ${wanted}, got ${found}`);
}

/** Resolves to the error with which `work` fails. */
export async function assertFails(work: () => unknown, what: string): Promise<unknown> {
  try {
    await work();
  } catch (error) {
    return error;
  }
  throw new Error(`${what}: expected an error, got none`);
}

/** A text that is the same for equal values: a Buffer equals a Uint8Array, and 1n does not equal 1. */
function asText(value: unknown): string {
  if (value instanceof Uint8Array) return `bytes(${[...value].join(' ')})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(asText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  return `{ ${Object.entries(value)
    .map(([name, part]) => `${name}: ${asText(part)}`)
    .join(', ')} }`;
}
