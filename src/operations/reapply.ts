import type { Op } from '../bridge/index.ts';
import {
  checkOptions,
  isDunlinError,
  must,
  refOf,
  type ChecksOf,
  type DunlinError,
  type MigrationRef,
} from '../errors/index.ts';
import { readState, run, throwProblems } from '../execute/index.ts';
import { readAttempts } from '../ledger/index.ts';
import { retryBusy, type Operation, type RunContext, type RunResult } from '../lock/index.ts';
import { firstStale } from '../plan/index.ts';

/** What `reapply` may lose. */
export interface ReapplyOptions {
  /**
   * What happens if a value that was there before is gone after the run, because a DOWN part dropped it: `error`, the
   * default, rolls everything back with `REAPPLY_LOSES`; `accept` allows it. Such an error allows what it names and
   * nothing else, so that a question about it is answered for the state that it was asked about.
   */
  readonly losses?: 'error' | 'accept' | DunlinError;
}

const reapplyChecks: ChecksOf<ReapplyOptions> = {
  losses: must(
    '"error", "accept" or an error REAPPLY_LOSES',
    (value) => value === 'error' || value === 'accept' || (isDunlinError(value) && value.code === 'REAPPLY_LOSES'),
  ),
};

/** The oldest migration that `reapply` rolls back, and the backup from before it ran. */
export interface ReapplyStart {
  readonly migration: MigrationRef;
  /** Its identifier; undefined if none was made: the database was empty, or there are no backups. */
  readonly backup: string | undefined;
}

/** Applies what is pending, and rolls back and applies again what is not as the files say, all of that or nothing. */
export function reapply(options: ReapplyOptions): Operation<RunResult> {
  checkOptions(options, reapplyChecks);
  return (context) => reapplyIn(context, options.losses ?? 'error');
}

function* reapplyIn(context: RunContext, losses: 'error' | 'accept' | DunlinError): Op<RunResult> {
  const { comparison } = yield* retryBusy(context, 'read', () => readState(context));
  if (firstStale(comparison) === undefined) return yield* run(context, { kind: 'up' });
  const whole: RunContext = {
    ...context,
    options: { ...context.options, atomic: 'run' },
    keepsValues: losses !== 'accept',
    acceptedLosses: isDunlinError(losses) ? losses : undefined,
  };
  return yield* run(whole, { kind: 'reapply' });
}

/** How many runs are searched for the one that applied a migration. */
const searchedRuns = 1000;

/** Where `reapply` would start to roll back; undefined if it would only apply. Writes nothing. */
export function* readReapplyStart(context: RunContext): Op<ReapplyStart | undefined> {
  const { state, comparison } = yield* readState(context);
  throwProblems(state.problems);
  const first = firstStale(comparison);
  const oldest = Math.min(...[...comparison.applied.keys()].filter((version) => version >= (first ?? Infinity)));
  const row = comparison.applied.get(oldest);
  if (row === undefined) return undefined;
  const attempts = yield* readAttempts(context.ledger.tables.attempts, searchedRuns);
  const done = attempts.filter(({ version, status }) => version === row.version && status === 'ok');
  // A run that rolled it back first began with it applied, and so has it in its backup.
  const again = new Set(done.filter(({ direction }) => direction === 'down').map(({ runId }) => runId));
  const applied = done.findLast(({ direction, runId }) => direction === 'up' && !again.has(runId));
  const ofRun = attempts.find(({ version, runId }) => version === null && runId === applied?.runId);
  return { migration: refOf(row), backup: ofRun?.backup ?? undefined };
}
