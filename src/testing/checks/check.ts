import { isSqlError, toSqlError, type DatabaseBridge, type MaybePromise, type SqlError } from '../../bridge/index.ts';
import { assert, assertFails } from '../assert.ts';

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
