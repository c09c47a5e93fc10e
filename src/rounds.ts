import { runAsync, type DatabaseBridge, type DunlinEvent, type Host, type Op } from './bridge/index.ts';
import type { RunContext } from './execute/index.ts';
import * as operations from './operations/index.ts';
import type { Rounds } from './options.ts';

/** A database that is not the one at hand, and is removed by `dispose`. */
export interface Passing {
  readonly bridge: DatabaseBridge;
  dispose(): Promise<void>;
}

/** What rounds are run with. */
export interface RoundTools {
  readonly contextOf: (bridge: DatabaseBridge) => RunContext;
  readonly host: Host;
  readonly onEvent: ((event: DunlinEvent) => void) | undefined;
}

/** Runs all migrations on scratch databases; `present` is what the database at hand has. */
export async function roundsOnScratch(
  open: () => Promise<Passing>,
  present: operations.Present,
  tools: RoundTools,
): Promise<Rounds> {
  let scratch = await open();
  try {
    await perform(scratch.bridge, tools, operations.prepareScratch);
    const journey = new operations.Journey(present);
    for (;;) {
      const question = await perform(scratch.bridge, tools, (context) => journey.goOn(context));
      if (question === undefined) return journey.result;
      await scratch.dispose();
      scratch = await open();
      await perform(scratch.bridge, tools, operations.prepareScratch);
      if (!(await perform(scratch.bridge, tools, (context) => journey.judge(context, question)))) return journey.result;
    }
  } finally {
    await scratch.dispose();
  }
}

/** Runs what is pending, or the newest migration, on a copy of the database. */
export async function roundsOnCopy(copy: Passing, database: string, tools: RoundTools): Promise<Rounds> {
  try {
    await perform(copy.bridge, tools, operations.prepareScratch);
    return await perform(copy.bridge, tools, (context) => operations.goOnCopy(context, database));
  } finally {
    await copy.dispose();
  }
}

async function perform<T>(
  bridge: DatabaseBridge,
  { contextOf, host, onEvent }: RoundTools,
  operation: (context: RunContext) => Op<T>,
): Promise<T> {
  const context = contextOf(bridge);
  const lone: RunContext = {
    ...context,
    // No backups of it, and no lock beside it.
    hasFiles: false,
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
