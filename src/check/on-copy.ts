import { emit, type Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { findAllInvalid, isDiskError, linesOf, readState, readSets, toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import type { Migration } from '../migration/index.ts';
import type { Rounds } from './types.ts';
import { inSets, setOf } from '../plan/index.ts';
import { failureFinding, notTried } from './findings.ts';
import { runRoundTrip, type Direction, type RoundTrip } from './round-trip.ts';
import { inventoryOf } from './scratch.ts';

const codes = { first: 'FAILS_ON_DATA', back: 'DOWN_FAILS', again: 'UP_AGAIN_FAILS' } as const;

/**
 * The same on a copy of a database with its real rows: what is pending goes up, down and up again. With nothing
 * pending the newest that is applied, or its set, goes down and up, as `redo` would. What fails here is wrong for certain.
 */
export function* checkOnCopy(context: RunContext, database: string): Op<Rounds> {
  const where = `a copy of ${database}`;
  const problems: DunlinError[] = [];
  const warnings: DunlinError[] = [];
  const notes: string[] = [];
  const { comparison } = yield* readState(context);
  const newest = context.registry.get(Math.max(0, ...comparison.applied.keys()));
  const pending = comparison.problems.length > 0 ? [] : comparison.pending;
  const { sets } = yield* readSets(context);
  const set = newest === undefined ? undefined : setOf(sets, newest.version);
  const newests = set === undefined ? [newest] : set.versions.map((version) => context.registry.get(version));
  const again =
    pending.length === 0 && comparison.problems.length === 0 ? newests.filter((one) => one !== undefined) : [];
  if (comparison.problems.length > 0) notes.push(`nothing was tried on ${where}: up would refuse to run`);
  const first: Direction = pending.length > 0 ? 'up' : 'down';
  const list: readonly Migration[] = pending.length > 0 ? pending : again;
  let tried = 0;
  let reversed = 0;
  try {
    yield* goThrough();
  } catch (error) {
    // What was found so far is worth more than this error, which is then one of the findings.
    const reported = toDunlinError(error, where);
    if (!isDunlinError(reported)) throw reported;
    problems.push(isDiskError(reported) ? reported : notTried(list.slice(tried), `on ${where}`, reported.message));
  }
  return { tried, reversed, problems, warnings, notes };

  function* goThrough(): Op<void> {
    let before = yield* inventoryOf(context);
    const known = new Set((yield* findAllInvalid(context)).map(({ line }) => line));
    for (const members of inSets(list, sets)) {
      const migration = members[0]!;
      if (context.options.signal?.aborted === true) {
        notes.push(`${migration.id} and what follows it was not tried on ${where}: it was interrupted`);
        break;
      }
      yield* emit({ type: 'check:round', migration: refOf(migration), index: tried + 1, total: list.length });
      const round: RoundTrip = yield* runRoundTrip(context, { members, where, before, first });
      problems.push(...round.findings);
      warnings.push(...round.warnings);
      const { failed } = round;
      if (failed?.error.code === 'CANNOT_ROLL_BACK') break;
      tried += members.length;
      if (round.reversed) reversed += members.length;
      if (failed !== undefined) {
        problems.push(failureFinding(failed.direction === 'down' ? 'DOWN_FAILS' : codes[failed.way], failed, where));
      }
      // What could not be taken back is applied, and the next one can be tried on it.
      if (round.unsound) {
        if (tried < list.length) notes.push(`${list[tried]!.id} and what follows it was not tried on ${where}`);
        break;
      }
      before = round.inventory;
    }
    const invalid = (yield* findAllInvalid(context)).filter(({ line }) => tried === list.length && !known.has(line));
    if (invalid.length > 0) problems.push(dunlinError('OBJECTS_INVALID', { where, lines: linesOf(invalid) }));
  }
}
