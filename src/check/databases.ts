import { runAsync, type DatabaseBridge, type DunlinEvent, type Host, type Op } from '../bridge/index.ts';
import { isDunlinError } from '../errors/index.ts';
import { toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { checkOnCopy } from './on-copy.ts';
import { RoundTripCheck } from './round-trip-check.ts';
import { prepareScratch } from './scratch.ts';
import type { PresentObjects, Rounds } from './types.ts';

/** A database that is not the one at hand, and is removed by `dispose`. */
export interface TemporaryDatabase {
  readonly bridge: DatabaseBridge;
  dispose(): Promise<void>;
}

/** What rounds are run with. */
export interface CheckTools {
  readonly contextOf: (bridge: DatabaseBridge) => RunContext;
  readonly host: Host;
  readonly onEvent: ((event: DunlinEvent) => void) | undefined;
}

/** Makes the databases that rounds run on, each to be disposed of by who asked for it. */
export interface ScratchDatabases {
  /** An empty one. */
  readonly open: () => Promise<TemporaryDatabase>;
  readonly copy: (bridge: DatabaseBridge) => Promise<TemporaryDatabase>;
}

/**
 * Runs all migrations on scratch databases; `present` is what the database at hand has. One database, without made-up
 * rows, follows behind: where a migration fails with rows, copies of it tell whether the rows were the reason, and the
 * journey goes on with a copy. So a failure costs as much at the end of a long history as at its beginning.
 */
export async function checkOnScratch(
  { open, copy }: ScratchDatabases,
  present: PresentObjects,
  tools: CheckTools,
): Promise<Rounds> {
  const opened: TemporaryDatabase[] = [];
  const ready = async (database: TemporaryDatabase): Promise<TemporaryDatabase> => {
    opened.push(database);
    await perform(database.bridge, tools, prepareScratch);
    return database;
  };
  try {
    const plain = await ready(await open());
    let filled = await ready(await open());
    const journey = new RoundTripCheck(present, tools.contextOf(plain.bridge).registry.migrations);
    try {
      for (;;) {
        const question = await perform(filled.bridge, tools, (context) => journey.next(context));
        if (question === undefined) return journey.result;
        await opened.pop()?.dispose();
        if (question.again || question.failed !== undefined)
          if (!(await perform(plain.bridge, tools, (context) => journey.follow(context, 'before')))) break;
        if (question.failed !== undefined) {
          const unfilled = await ready(await copy(plain.bridge));
          const goesOn = await perform(unfilled.bridge, tools, (context) => journey.confirm(context, question));
          await opened.pop()?.dispose();
          if (!goesOn) break;
        }
        if (!question.again && !(await perform(plain.bridge, tools, (context) => journey.follow(context, 'after'))))
          break;
        filled = await ready(await copy(plain.bridge));
      }
    } catch (error) {
      // What was found so far is worth more than this error, which is then one of the findings.
      const reported = toDunlinError(error, 'a scratch database');
      if (!isDunlinError(reported)) throw reported;
      journey.abort(reported);
    }
    return journey.result;
  } finally {
    for (const database of opened) await database.dispose();
  }
}

/** Runs what is pending, or the newest migration, on a copy of the database. */
export async function checkOnTemporaryCopy(
  copy: TemporaryDatabase,
  database: string,
  tools: CheckTools,
): Promise<Rounds> {
  try {
    await perform(copy.bridge, tools, prepareScratch);
    return await perform(copy.bridge, tools, (context) => checkOnCopy(context, database));
  } finally {
    await copy.dispose();
  }
}

async function perform<T>(
  bridge: DatabaseBridge,
  { contextOf, host, onEvent }: CheckTools,
  operation: (context: RunContext) => Op<T>,
): Promise<T> {
  const context = contextOf(bridge);
  const lone: RunContext = {
    ...context,
    // No backups of it, and no lock beside it.
    canBackUp: false,
    scratch: true,
    options: {
      ...context.options,
      backup: 'off',
      verify: 'off',
      outOfOrder: 'allow',
      otherTool: 'allow',
      emptyMigrations: 'allow',
      drift: 'note',
    },
  };
  // Nobody asked for these runs: a log that has them would tell of migrations that nobody made.
  return await runAsync(operation(lone), bridge, host, (event) =>
    event.type === 'check:round' ? onEvent?.(event) : undefined,
  );
}
