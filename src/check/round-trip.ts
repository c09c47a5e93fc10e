import type { DunlinEvent, Op } from '../bridge/index.ts';
import { dunlinError, isDunlinError, refOf, type DunlinError } from '../errors/index.ts';
import { declaredBy, isDiskError, readState, prepareMove, readSets, run, toDunlinError } from '../execute/index.ts';
import type { RunContext } from '../lock/index.ts';
import { isLedgerTable, readContent } from '../ledger/index.ts';
import type { Migration, Registry } from '../migration/index.ts';
import type { RunResult } from '../lock/run-options.ts';
import { makerOf, setOf, type Step } from '../plan/index.ts';
import { compareEffectively, type Inventory, type ObjectChange, type PartChange } from '../schema/index.ts';
import { KeptRows } from './kept-rows.ts';
import { observeRun } from './observe-run.ts';

/** The database of a round trip, as messages name it. */
export const filledScratch = 'a scratch database with sample rows';

export type Direction = 'up' | 'down';

/** `up` first: up, down, up again. `down` first: down, up. */
export type Phase = 'first' | 'back' | 'again';

/** A phase that failed; its migration is rolled back. */
export interface FailedPhase {
  readonly migration: Migration;
  readonly phase: Phase;
  readonly direction: Direction;
  readonly error: DunlinError;
}

export interface RoundTrip {
  /** The schema after the last phase that succeeded. */
  readonly inventory: Inventory;
  readonly touched: readonly string[];
  readonly findings: readonly DunlinError[];
  readonly warnings: readonly DunlinError[];
  readonly failed: FailedPhase | undefined;
  /** The rollback restored everything, and the next up worked. */
  readonly reversed: boolean;
  /** The database is not as a plain `up` would have left it. */
  readonly isAltered: boolean;
}

export interface RoundTripRequest {
  /** One migration, or those of a set. */
  readonly migrations: readonly Migration[];
  readonly where: string;
  readonly before: Inventory;
  /** `down` is for a migration that is applied. */
  readonly first: Direction;
  /** Called before each statement of the first phase. */
  readonly beforeStatement?: (sql: string) => Op<void>;
  readonly afterPhase?: (phase: Phase, result: RunResult) => Op<void>;
}

/**
 * Runs one migration or set up, down and up again, and compares schema and rows. A migration without a rollback only
 * runs up. So does the rest of a set that is partly applied: a rollback would roll back the whole set.
 */
export function* runRoundTrip(context: RunContext, request: RoundTripRequest): Op<RoundTrip> {
  const { migrations, before, first, where } = request;
  const migration = migrations.at(-1)!;
  const kept = new KeptRows(before, (table) => isLedgerTable(context.ledger, table));
  const { up, down } = yield* buildSteps(context, migrations, first);
  const declared = declaredBy([...up, ...(down ?? [])]);
  const findings: DunlinError[] = [];
  const warnings: DunlinError[] = [];
  const id = nameOf(migrations);
  let inventory = before;
  const result = (failed: FailedPhase | undefined, isAltered: boolean, reversed = false): RoundTrip => {
    return { inventory, touched: kept.touched, findings, warnings, failed, isAltered, reversed };
  };
  const onEvent = (phase: Phase, event: DunlinEvent): void => {
    if (event.type !== 'migration:note' || event.warning === undefined || phase !== 'first') return;
    const facts = { id, where, line: event.warning };
    warnings.push(dunlinError('CONSTRAINTS_LEFT_OUT', facts, { migration: refOf(migration) }));
  };
  const runPhase = function* (direction: Direction, phase: Phase): Op<FailedPhase | undefined> {
    const error = yield* catchFailure(context, function* () {
      const ran = yield* observeRun(run(context, { kind: 'only', version: migration.version, direction }), {
        *beforeStatement(sql) {
          yield* kept.beforeStatement(sql);
          if (phase === 'first' && request.beforeStatement !== undefined) yield* request.beforeStatement(sql);
        },
        onEvent: (event) => onEvent(phase, event),
      });
      if (request.afterPhase !== undefined) yield* request.afterPhase(phase, ran);
    });
    if (error === undefined) {
      inventory = yield* readContent(context.ledger);
      return undefined;
    }
    const failed = migrations.find(({ version }) => version === error.failed?.version) ?? migration;
    return { migration: failed, phase, direction, error };
  };
  try {
    let failed = yield* runPhase(first, 'first');
    if (failed !== undefined) return result(failed, true);
    const after = inventory;
    if (down === undefined) return result(undefined, false);
    yield* kept.afterFirstPhase(inventory, declared);
    failed = yield* runPhase(first === 'up' ? 'down' : 'up', 'back');
    if (failed !== undefined) return result(failed, first === 'down');
    const lines = [
      ...schemaLines(before, inventory, context.registry),
      ...(yield* kept.compareAfterBack(inventory, declared)),
    ];
    if (lines.length > 0)
      findings.push(dunlinError('DOWN_DIFFERS', { id, where, lines }, { migration: refOf(migration) }));
    if (first === 'down') return result(undefined, false, lines.length === 0);
    failed = yield* runPhase('up', 'again');
    // A second up fails because of what the rollback left behind, which is reported already.
    if (failed !== undefined) return result(lines.length > 0 ? undefined : failed, true);
    const again =
      lines.length > 0
        ? []
        : [...schemaLines(after, inventory, context.registry), ...(yield* kept.compareAfterAgain(inventory))];
    if (again.length > 0)
      findings.push(dunlinError('UP_AGAIN_DIFFERS', { id, where, lines: again }, { migration: refOf(migration) }));
    return result(undefined, findings.length > 0, findings.length === 0);
  } finally {
    yield* kept.dropCopies();
  }
}

/** Returns the error of an operation. Throws for a failing disk and for a defect of Dunlin. */
export function* catchFailure<T>(context: RunContext, operation: () => Op<T>): Op<DunlinError | undefined> {
  try {
    yield* operation();
    return undefined;
  } catch (error) {
    const reported = toDunlinError(error, context.database);
    if (!isDunlinError(reported) || isDiskError(reported)) throw reported;
    return reported;
  }
}

/** Builds the steps that have no problems. `down` is undefined where there is no rollback. */
function* buildSteps(
  context: RunContext,
  migrations: readonly Migration[],
  first: Direction,
): Op<{ readonly up: readonly Step[]; readonly down: readonly Step[] | undefined }> {
  const { comparison } = yield* readState(context);
  const { sets } = yield* readSets(context);
  const steps = function* (direction: Direction): Op<readonly Step[]> {
    const found: Step[] = [];
    for (const { version } of migrations) {
      const { step, problems } = yield* prepareMove(context, { version, direction }, comparison);
      if (step !== undefined && problems.length === 0) found.push(step);
    }
    return found;
  };
  const [up, down] = [yield* steps('up'), yield* steps('down')];
  const set = setOf(sets, migrations[0]!.version);
  const isRest = first === 'up' && set?.versions.some((version) => comparison.applied.has(version)) === true;
  return { up, down: isRest || down.length < migrations.length ? undefined : down };
}

/** "007_tidy", or "007_tidy to 009_more" for a set. */
export function nameOf(migrations: readonly Migration[]): string {
  const [first, last] = [migrations[0]!, migrations.at(-1)!];
  return first === last ? first.id : `${first.id} to ${last.id}`;
}

/**
 * The differences between two schemas, one per line. The order of columns does not count: ADD COLUMN appends. What a
 * repeatable migration makes may be missing: a DOWN part has to drop a view of its table, and the next run makes it anew.
 */
function schemaLines(before: Inventory, after: Inventory, registry: Registry): readonly string[] {
  return compareEffectively(before, after)
    .filter(({ kind, type, name }) => kind !== 'removed' || makerOf(registry, type, name) === undefined)
    .flatMap(linesOf);
}

function linesOf(change: ObjectChange): readonly string[] {
  const { kind, type, name } = change;
  if (kind === 'removed') return [`${type} ${name} is missing`];
  if (kind === 'added') return [`${type} ${name} is left behind`];
  if (change.parts.length === 0) return [`${type} ${name} differs`];
  return change.parts.filter((part) => part.kind !== 'moved').map((part) => partLine(change, part));
}

function partLine({ type, name: owner }: ObjectChange, { kind, part, name, properties, was }: PartChange): string {
  const what = part === 'column' ? `column ${owner}.${name}` : `${name} of ${type} ${owner}`;
  if (kind === 'removed') return `${what} is missing`;
  if (kind === 'added') return `${what} is left behind`;
  if (kind === 'renamed') return `column ${owner}.${was} is now called ${name}`;
  return `${what} differs${properties.length === 0 ? '' : ` in ${properties.join(', ')}`}`;
}
