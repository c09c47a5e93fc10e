import type { Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { declaredBy, isDiskError, readState, prepareMove, readSets, run, toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { isLedgerTable, readContent } from '../ledger/index.ts';
import type { Migration } from '../migration/index.ts';
import type { RunResult } from '../lock/run-options.ts';
import { setOf, type Step } from '../plan/index.ts';
import type { Inventory } from '../schema/index.ts';
import { KeptRows } from './kept-rows.ts';
import { observeRun } from './observed.ts';
import { schemaLines } from './schema-lines.ts';

/** Where rounds run, as messages have it. */
export const scratchName = 'a scratch database with made-up rows';

export type Direction = 'up' | 'down';

/** A way that failed; its migration is rolled back. */
export interface Failed {
  readonly migration: Migration;
  readonly way: 'first' | 'back' | 'again';
  readonly direction: Direction;
  readonly error: DunlinError;
  /** Names of the tables that it had touched. */
  readonly touched: readonly string[];
}

/** What one round showed. */
export interface RoundTrip {
  /** The schema that it ends with; that of before when it failed. */
  readonly inventory: Inventory;
  readonly touched: readonly string[];
  readonly findings: readonly DunlinError[];
  readonly warnings: readonly DunlinError[];
  readonly failed: Failed | undefined;
  /** Whether it went back, and came to what it had begun with. */
  readonly reversed: boolean;
  /** The database is not as a plain `up` would have left it. */
  readonly unsound: boolean;
}

/** The rows and the schema that a round is about, and how far it goes. */
export interface RoundTripRequest {
  /** One, or those of a set. */
  readonly members: readonly Migration[];
  readonly where: string;
  readonly before: Inventory;
  /** `up`: up, down and up again. `down`: down and up again, for one that is applied. */
  readonly first: Direction;
  /** Called after each way that did not fail. */
  readonly afterWay?: (way: Failed['way'], result: RunResult) => Op<void>;
}

/**
 * Runs one migration, or a set, there and back, and there once more, and compares. Without a way back it only goes there;
 * so does the rest of a set that is partly applied: back would go the whole of it.
 */
export function* runRoundTrip(context: RunContext, order: RoundTripRequest): Op<RoundTrip> {
  const { members, before, first } = order;
  const migration = members.at(-1)!;
  const kept = new KeptRows(before, (table) => isLedgerTable(context.ledger, table));
  const { up, down } = yield* stepsOf(context, members, first);
  const steps = [...up, ...(down ?? [])];
  const declared = declaredBy(steps);
  const back: Direction = first === 'up' ? 'down' : 'up';
  const findings: DunlinError[] = [];
  const warnings: DunlinError[] = [];
  const id = nameOf(members);
  const { where } = order;
  let inventory = before;
  const ending = (failed: Failed | undefined, unsound: boolean, reversed = false): RoundTrip => {
    return { inventory, touched: kept.touched, findings, warnings, failed, unsound, reversed };
  };
  const go = function* (direction: Direction, way: Failed['way']): Op<Failed | undefined> {
    const error = yield* failureOf(context, function* () {
      const result = yield* observeRun(
        run(context, { kind: 'only', version: migration.version, direction }),
        (sql) => kept.see(sql),
        (event) => {
          if (event.type !== 'migration:note' || event.warning === undefined || way !== 'first') return;
          const facts = { id, where, line: event.warning };
          warnings.push(dunlinError('CONSTRAINTS_LEFT_OUT', facts, { migration: refOf(migration) }));
        },
      );
      if (order.afterWay !== undefined) yield* order.afterWay(way, result);
    });
    if (error === undefined) inventory = yield* readContent(context.ledger);
    if (error === undefined) return undefined;
    const failed = members.find(({ version }) => version === error.failed?.version) ?? migration;
    return { migration: failed, way, direction, error, touched: kept.touched };
  };
  try {
    let failed = yield* go(first, 'first');
    if (failed !== undefined) return ending(failed, true);
    const after = inventory;
    if (down === undefined) return ending(undefined, false);
    yield* kept.afterFirst(inventory, declared);
    failed = yield* go(back, 'back');
    if (failed !== undefined) return ending(failed, first === 'down');
    const lines = [...schemaLines(before, inventory), ...(yield* kept.afterBack(inventory, declared))];
    if (lines.length > 0)
      findings.push(dunlinError('DOWN_DIFFERS', { id, where, lines }, { migration: refOf(migration) }));
    if (first === 'down') return ending(undefined, false, lines.length === 0);
    failed = yield* go('up', 'again');
    // That it cannot be applied again follows from what the way back has left, and is said with that.
    if (failed !== undefined) return ending(lines.length > 0 ? undefined : failed, true);
    const again = lines.length > 0 ? [] : [...schemaLines(after, inventory), ...(yield* kept.afterAgain(inventory))];
    if (again.length > 0)
      findings.push(dunlinError('UP_AGAIN_DIFFERS', { id, where, lines: again }, { migration: refOf(migration) }));
    return ending(undefined, findings.length > 0, findings.length === 0);
  } finally {
    yield* kept.forget();
  }
}

/** The DunlinError that an operation ends with. Thrown are a failing disk, and what is a fault of Dunlin's own. */
export function* failureOf<T>(context: RunContext, operation: () => Op<T>): Op<DunlinError | undefined> {
  try {
    yield* operation();
    return undefined;
  } catch (error) {
    const reported = toDunlinError(error, context.database);
    if (!isDunlinError(reported) || isDiskError(reported)) throw reported;
    return reported;
  }
}

/** The two ways, as far as they have no problems of their own; undefined for a way back that there is not. */
function* stepsOf(
  context: RunContext,
  members: readonly Migration[],
  first: Direction,
): Op<{ readonly up: readonly Step[]; readonly down: readonly Step[] | undefined }> {
  const { comparison } = yield* readState(context);
  const { sets } = yield* readSets(context);
  const steps = function* (direction: Direction): Op<readonly Step[]> {
    const found: Step[] = [];
    for (const { version } of members) {
      const { step, problems } = yield* prepareMove(context, { version, direction }, comparison);
      if (step !== undefined && problems.length === 0) found.push(step);
    }
    return found;
  };
  const [up, down] = [yield* steps('up'), yield* steps('down')];
  const set = setOf(sets, members[0]!.version);
  const isRest = first === 'up' && set?.versions.some((version) => comparison.applied.has(version)) === true;
  return { up, down: isRest || down.length < members.length ? undefined : down };
}

function nameOf(members: readonly Migration[]): string {
  const [first, last] = [members[0]!, members.at(-1)!];
  return first === last ? first.id : `${first.id} to ${last.id}`;
}
