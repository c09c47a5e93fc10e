import { emit, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { findAllInvalid, isDiskError, linesOf, readState, readSets, toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { readContent } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import type { RoundTripResults } from './results.ts';
import { inSets, setOf } from '../plan/index.ts';
import { failureFinding, notTriedFinding } from './findings.ts';
import { runRoundTrip, type Direction, type RoundTrip } from './round-trip.ts';

const codes = { first: 'FAILS_ON_DATA', back: 'DOWN_FAILS', again: 'UP_AGAIN_FAILS' } as const;

/**
 * Runs the pending migrations up, down and up again on a copy of a database with its real rows. If nothing is pending,
 * runs the newest applied migration or set down and up, as `redo` does. A failure here is certain.
 */
export function* checkOnCopy(context: RunContext, database: string): Op<RoundTripResults> {
  const where = `a copy of ${database}`;
  const problems: DunlinError[] = [];
  const warnings: DunlinError[] = [];
  const notes: string[] = [];
  const { comparison } = yield* readState(context);
  const newest = context.registry.get(Math.max(0, ...comparison.applied.keys()));
  const pending = comparison.problems.length > 0 ? [] : comparison.pending;
  const { sets } = yield* readSets(context);
  const set = newest === undefined ? undefined : setOf(sets, newest.version);
  const lastSet = set === undefined ? [newest] : set.versions.map((version) => context.registry.get(version));
  const applied = comparison.problems.length > 0 ? [] : lastSet.filter((one) => one !== undefined);
  if (comparison.problems.length > 0) notes.push(`nothing was tried on ${where}: up would refuse to run`);
  const first: Direction = pending.length > 0 ? 'up' : 'down';
  const list: readonly Migration[] = pending.length > 0 ? pending : applied;
  let tried = 0;
  let reversed = 0;
  try {
    yield* runAll();
  } catch (error) {
    // Keep the findings so far; the error becomes one of them.
    const reported = toDunlinError(error, where);
    if (!isDunlinError(reported)) throw reported;
    problems.push(
      isDiskError(reported) ? reported : notTriedFinding(list.slice(tried), `on ${where}`, reported.message),
    );
  }
  return { tried, reversed, problems, warnings, notes };

  function* runAll(): Op<void> {
    let before = yield* readContent(context.ledger);
    const known = new Set((yield* findAllInvalid(context)).map(({ line }) => line));
    for (const migrations of inSets(list, sets)) {
      const migration = migrations[0]!;
      if (context.options.signal?.aborted === true) {
        notes.push(`${migration.id} and what follows it was not tried on ${where}: it was interrupted`);
        break;
      }
      yield* emit({ type: 'check:round', migration: refOf(migration), index: tried + 1, total: list.length });
      const round: RoundTrip = yield* runRoundTrip(context, { migrations, where, before, first });
      problems.push(...round.findings);
      warnings.push(...round.warnings);
      const { failed } = round;
      if (failed?.error.code === 'CANNOT_ROLL_BACK') break;
      tried += migrations.length;
      if (round.reversed) reversed += migrations.length;
      if (failed !== undefined) {
        problems.push(failureFinding(failed.direction === 'down' ? 'DOWN_FAILS' : codes[failed.phase], failed, where));
      }
      // A failed rollback leaves the migration applied, so the next one can still be tried.
      if (round.isAltered) {
        if (tried < list.length) notes.push(`${list[tried]!.id} and what follows it was not tried on ${where}`);
        break;
      }
      before = round.inventory;
    }
    const invalid = (yield* findAllInvalid(context)).filter(({ line }) => tried === list.length && !known.has(line));
    if (invalid.length > 0) problems.push(dunlinError('OBJECTS_INVALID', { where, lines: linesOf(invalid) }));
  }
}
