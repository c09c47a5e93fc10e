import { runAsync, type DatabaseBridge, type DunlinEvent, type Host, type Op } from '../bridge/index.ts';
import { isDunlinError } from '../errors/index.ts';
import { toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { startOf, wholeHistory } from '../migration/index.ts';
import { checkOnCopy } from './on-copy.ts';
import { RoundTripCheck } from './round-trip-check.ts';
import { prepareScratch, trialOptions } from './scratch.ts';
import type { PresentObjects, RoundTripResults } from './results.ts';

/** A copy or an empty database, which `dispose` deletes. */
export interface TemporaryDatabase {
  readonly bridge: DatabaseBridge;
  dispose(): Promise<void>;
}

export interface CheckTools {
  readonly contextOf: (bridge: DatabaseBridge) => RunContext;
  readonly host: Host;
  readonly onEvent: ((event: DunlinEvent) => void) | undefined;
}

/** Creates databases for round trips. The caller disposes of each. */
export interface ScratchDatabases {
  readonly open: () => Promise<TemporaryDatabase>;
  readonly copy: (bridge: DatabaseBridge) => Promise<TemporaryDatabase>;
}

/**
 * Runs all migrations on scratch databases; `present` describes the user's database. A second database without sample
 * rows keeps up. If a migration fails with rows, a copy of that database shows whether the rows are the reason, and the
 * check continues on another copy. So a failure costs as much late in a long history as early.
 */
export async function checkOnScratch(
  { open, copy }: ScratchDatabases,
  present: PresentObjects,
  tools: CheckTools,
): Promise<RoundTripResults> {
  const opened: TemporaryDatabase[] = [];
  const prepare = async (database: TemporaryDatabase): Promise<TemporaryDatabase> => {
    opened.push(database);
    await runOn(database.bridge, tools, prepareScratch);
    return database;
  };
  try {
    const plain = await prepare(await open());
    let filled = await prepare(await open());
    const history = wholeHistory(tools.contextOf(plain.bridge).registry);
    const check = new RoundTripCheck(present, startOf(history));
    try {
      for (;;) {
        const suspect = await runOn(filled.bridge, tools, (context) => check.next(context));
        if (suspect === undefined) return check.result;
        await opened.pop()?.dispose();
        if (suspect.retry || suspect.failed !== undefined)
          if (!(await runOn(plain.bridge, tools, (context) => check.advancePlain(context, 'before')))) break;
        if (suspect.failed !== undefined) {
          const unfilled = await prepare(await copy(plain.bridge));
          const canContinue = await runOn(unfilled.bridge, tools, (context) => check.confirm(context, suspect));
          await opened.pop()?.dispose();
          if (!canContinue) break;
        }
        if (!suspect.retry && !(await runOn(plain.bridge, tools, (context) => check.advancePlain(context, 'after'))))
          break;
        filled = await prepare(await copy(plain.bridge));
      }
    } catch (error) {
      // Keep the findings so far; the error becomes one of them.
      const reported = toDunlinError(error, 'a scratch database');
      if (!isDunlinError(reported)) throw reported;
      check.abort(reported);
    }
    return check.result;
  } finally {
    for (const database of opened) await database.dispose();
  }
}

/** Runs the pending migrations, or the newest applied one, on a copy of the database. */
export async function checkOnTemporaryCopy(
  copy: TemporaryDatabase,
  database: string,
  tools: CheckTools,
): Promise<RoundTripResults> {
  try {
    await runOn(copy.bridge, tools, prepareScratch);
    return await runOn(copy.bridge, tools, (context) => checkOnCopy(context, database));
  } finally {
    await copy.dispose();
  }
}

async function runOn<T>(
  bridge: DatabaseBridge,
  { contextOf, host, onEvent }: CheckTools,
  operation: (context: RunContext) => Op<T>,
): Promise<T> {
  const context = contextOf(bridge);
  // Only migrations with a version go up and down.
  const registry = { ...wholeHistory(context.registry), repeatables: undefined };
  const isolated: RunContext = {
    ...context,
    registry,
    ledger: { ...context.ledger, registry },
    // Without backups and without a lock file.
    canBackUp: false,
    scratch: true,
    options: { ...context.options, ...trialOptions, verify: 'off', drift: 'note' },
  };
  // Other events would look in a log as if the migrations had run on the user's database.
  return await runAsync(operation(isolated), bridge, host, (event) =>
    event.type === 'check:round' ? onEvent?.(event) : undefined,
  );
}
