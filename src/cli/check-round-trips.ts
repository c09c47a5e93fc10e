import type { DunlinEvent } from '../bridge/event.ts';
import { plural } from '../errors/index.ts';
import type { RoundTripResults } from '../check/results.ts';
import type { Status } from '../operations/status.ts';
import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { Context } from './context.ts';
import { databaseExists } from './database-files.ts';
import { migrationId } from './output/format.ts';
import { parseDatabase } from '../node/database-url.ts';
import type { CliRunner, RunnerRequest } from './runner.ts';
import { requestOf, type Target } from './targets.ts';
import { printEvents } from './output/progress.ts';

/** What `check` takes for the migrations that it runs elsewhere. */
export const roundTripOptions: readonly OptionSpec[] = [
  { flags: '--quick', description: 'only read: do not run the migrations on a scratch database with made-up rows' },
  {
    flags: '--with-data [database]',
    description: 'also run what is pending on a copy of this database, or of the one given',
    completes: 'database',
  },
];

/** `runner.check()` with what the options ask for. Another database is opened for its copy alone. */
export async function checkWithRoundTrips(
  context: Context,
  args: Arguments,
  runner: CliRunner,
  target: Target & Pick<RunnerRequest, 'signal'>,
): Promise<Status> {
  const other = args.path('withData');
  const found = await runner.check({
    replay: args.flag('replay'),
    rounds: !args.flag('quick'),
    withData: args.flag('withData'),
  });
  if (other === undefined) return found;
  const database = parseDatabase(other, context.cwd);
  databaseExists(context, database, 'refuse');
  const second = await context.openRunner({
    tool: `dunlin ${context.command}`,
    ...requestOf(target),
    onEvent: printRoundTrips(context, () => other),
    database,
  });
  try {
    return { ...found, data: (await second.check({ withData: true })).data };
  } finally {
    await second.close();
  }
}

/** Says on the terminal which migration is tried now. */
export function printRoundTrips(context: Context, database: () => string): (event: DunlinEvent) => Promise<void> {
  return async (event) => {
    if (event.type !== 'check:round') return;
    context.live(`  trying ${migrationId(event.migration)}, ${event.index} of ${event.total}`);
    if (context.mode === 'events') printEvents(context, database)(event);
  };
}

/** What --verbose says of rounds: "12 of 14 migrations went there and back with made-up rows". */
export function roundTripsLine({ tried, reversed }: RoundTripResults, what: string): string {
  return `${plural(tried, 'migration')} ran ${what}, ${reversed} of them there, back and there again`;
}
