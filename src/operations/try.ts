import { checkTarget } from './to.ts';
import type { MigrationRef } from '../errors/index.ts';
import type { Op } from '../bridge/index.ts';
import { readState, readSets, run, throwProblems, toDunlinError } from '../execute/index.ts';
import type { Operation, RunContext } from '../lock/index.ts';
import { readContent } from '../ledger/index.ts';
import type { MigrationOutcome, RunResult } from '../lock/run-options.ts';
import { setOf, unknownVersion } from '../plan/index.ts';
import { countRows, isVirtual } from '../schema/index.ts';
import { attachKept, failureFinding, runRoundTrip, trialOptions, type Phase } from '../check/index.ts';

/** What trying one migration on a copy showed. */
export interface TrialResult {
  readonly migration: MigrationRef;
  readonly up: MigrationOutcome;
  readonly down: MigrationOutcome | undefined;
  /** Rows per table that changed, after up. */
  readonly rows: readonly {
    readonly table: string;
    readonly before: number | undefined;
    readonly after: number | undefined;
  }[];
  readonly notes: readonly string[];
}

/**
 * Tries one migration on a copy of the database: `context` is the copy's. What comes before it and is pending is
 * applied first; then it goes up, down and up again if it can, and is compared as `check` does. One that is applied
 * already goes down first, after what was applied since. A set is tried as a whole.
 */
export function tryMigration(version: number): Operation<TrialResult> {
  checkTarget(version);
  return (context) => tryOn(context, version);
}

/** A phase of the round trip, and the rows that it changed. */
interface PhaseRun {
  readonly result: RunResult;
  readonly rows: TrialResult['rows'];
}

function* tryOn(context: RunContext, version: number): Op<TrialResult> {
  const migration = context.registry.get(version);
  if (migration === undefined) throw unknownVersion(version, context.registry);
  const notes: string[] = ['it was tried on a copy; the database itself was not touched'];
  const applied = (yield* readState(context)).comparison.applied.has(version);
  const { sets, problems } = yield* readSets(context);
  throwProblems(problems);
  const set = setOf(sets, version);
  const others = set?.versions.filter((other) => other !== version) ?? [];
  const first = set?.first ?? version;
  const last = context.registry.migrations.filter((other) => other.version < first).at(-1);
  if (others.length > 0)
    notes.push(`it happens together with ${others.map((other) => context.registry.get(other)!.id).join(', ')}`);
  const relaxed: RunContext = { ...context, options: { ...context.options, ...trialOptions } };
  if (applied) {
    notes.push('it is applied already, so it was rolled back on the copy first');
    notes.push(...(yield* rollBackNewer(relaxed, set?.versions.at(-1) ?? version)));
  } else if (last !== undefined) {
    const before = yield* run(relaxed, { kind: 'up', to: last.version });
    if (before.applied.length > 0)
      notes.push(`before it, ${before.applied.map((outcome) => outcome.name).join(', ')} ran on the copy`);
  }
  const where = `a copy of ${context.database}`;
  let rowsNow = yield* countAll(relaxed);
  const runs = new Map<Phase, PhaseRun>();
  yield* attachKept();
  const migrations = set === undefined ? [migration] : set.versions.map((one) => context.registry.get(one)!);
  const { failed, findings } = yield* runRoundTrip(relaxed, {
    migrations,
    where,
    before: yield* readContent(relaxed.ledger),
    first: applied ? 'down' : 'up',
    *afterPhase(phase, result) {
      const rowsBefore = rowsNow;
      rowsNow = yield* countAll(relaxed);
      runs.set(phase, { result, rows: rowsBetween(rowsBefore, rowsNow) });
    },
  });
  if (failed?.phase === 'again') throw failureFinding('UP_AGAIN_FAILS', failed, where);
  if (failed !== undefined) throw failed.error;
  if (findings.length > 0) throw findings[0]!;
  const [upRun, downRun] = applied ? [runs.get('back'), runs.get('first')] : [runs.get('first'), runs.get('back')];
  const up = outcomeOf(version, upRun?.result);
  if (upRun === undefined || up === undefined) throw new TypeError(`migration ${version} did not run on the copy`);
  const down = outcomeOf(version, downRun?.result) ?? (yield* downAlone(relaxed, version));
  // The runs note other things too, and up again notes what up did.
  for (const note of new Set([...runs.values()].flatMap(({ result }) => result.notes)))
    if (migrations.some(({ id }) => note.startsWith(`${id}: `))) notes.push(note);
  if (down === undefined) notes.push('it cannot be rolled back, so only its way up was tried');
  return { migration: { version, name: migration.name }, up, rows: upRun.rows, down, notes };
}

/**
 * Rolls back what was applied above a migration, as `down` would have to. Where that has no way back, the migration is
 * tried below it.
 */
function* rollBackNewer(context: RunContext, version: number): Op<readonly string[]> {
  const result = yield* unlessOneWay(context, () => run(context, { kind: 'down', to: version }));
  if (result === undefined) return ['a newer migration cannot be rolled back, so it was tried below the newer ones'];
  const names = result.applied.map(({ name }) => name);
  return names.length === 0
    ? []
    : [`before it, ${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} rolled back on the copy`];
}

/** What a run did with one migration, also if it ran with its set. */
function outcomeOf(version: number, result: RunResult | undefined): MigrationOutcome | undefined {
  return result?.applied.find((outcome) => outcome.version === version);
}

function rowsBetween(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): TrialResult['rows'] {
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names
    .map((table) => ({ table, before: before.get(table), after: after.get(table) }))
    .filter((row) => row.before !== row.after);
}

/** Rolls back one migration; undefined if it cannot be rolled back, which is no failure of a trial. */
function* downAlone(context: RunContext, version: number): Op<MigrationOutcome | undefined> {
  return outcomeOf(
    version,
    yield* unlessOneWay(context, () => run(context, { kind: 'only', version, direction: 'down' })),
  );
}

/** The result of a run that rolls back; undefined if one of its migrations has no DOWN part. */
function* unlessOneWay(context: RunContext, runBack: () => Op<RunResult>): Op<RunResult | undefined> {
  try {
    return yield* runBack();
  } catch (error) {
    const reported = toDunlinError(error, context.database);
    if ((reported as { code?: unknown }).code !== 'CANNOT_ROLL_BACK') throw reported;
    return undefined;
  }
}

function* countAll(context: RunContext): Op<ReadonlyMap<string, number>> {
  const inventory = yield* readContent(context.ledger);
  const counts = new Map<string, number>();
  for (const table of inventory.tables.values())
    if (!isVirtual(table.sql)) counts.set(table.name, yield* countRows(table.name));
  return counts;
}
