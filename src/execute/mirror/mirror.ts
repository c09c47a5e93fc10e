import { isSqlError, type Op } from '../../bridge/index.ts';
import { dunlinError, isDunlinError, refOf, type DunlinError } from '../../errors/index.ts';
import {
  describeRecords,
  findNamed,
  readLastAdoption,
  readLastMoves,
  readRecords,
  recordsToMake,
  type ForeignRecords,
  type LedgerState,
} from '../../ledger/index.ts';
import type { RunContext } from '../../lock/index.ts';
import type { MirroredTable } from '../../plan/index.ts';
import { compareNow, type State } from '../prepare/read-state.ts';
import type { StepDone } from '../record/record-step.ts';
import { environmentError } from '../statement-error.ts';
import {
  noTable,
  otherTools,
  refused,
  type AppliedHere,
  type ForeignChanges,
  type ForeignTable,
  type PlannedMove,
  type Purpose,
} from './foreign-table.ts';
import { openTable } from './open-table.ts';

/** Whether runs keep another tool's table in step. A database that is deleted afterwards needs no such table. */
function hasMirror({ options, scratch }: RunContext): boolean {
  return options.mirror !== undefined && options.mirror !== false && !scratch;
}

/** The table to keep in step, with what it lacks; undefined if there is none to keep. Reads only. Errors: `MIRROR_REFUSED`. */
function* openMirror(context: RunContext, found: State): Op<ForeignTable | undefined> {
  const purpose: Purpose = { context, code: 'MIRROR_REFUSED' };
  const records = yield* findRecords(purpose, found);
  return records === undefined ? undefined : yield* openTable(purpose, found, records);
}

/** What is known of the table to keep in step, and why moves could not be recorded in it. */
interface FoundMirror {
  readonly mirror: MirroredTable | undefined;
  readonly problems: readonly DunlinError[];
  readonly notes: readonly string[];
}

/** Looks at the table to keep in step, for a run with these moves. */
export function* readMirror(context: RunContext, found: State, moves: readonly PlannedMove[]): Op<FoundMirror> {
  // These errors say what to do first.
  const isUnknown =
    found.state.problems.length > 0 || found.comparison.problems.some(({ code }) => code === 'ADOPT_BEHIND');
  if (!hasMirror(context) || isUnknown) return { mirror: undefined, problems: [], notes: [] };
  try {
    const table = yield* openMirror(context, found);
    if (table === undefined) {
      const note = `not mirrored: ${context.database} has no table of another tool`;
      return { mirror: undefined, problems: [], notes: [note] };
    }
    const { added, removed, updated } = table.list(table.behind);
    table.refuse(moves);
    const { length: behind } = [...added, ...removed, ...updated];
    return { mirror: { tool: table.tool, table: table.table, behind }, problems: [], notes: [] };
  } catch (error) {
    if (!isDunlinError(error)) throw error;
    return { mirror: undefined, problems: [error], notes: [] };
  }
}

/** Writes the other tool's table in the transaction of Dunlin's own records. */
export class Mirror {
  readonly #context: RunContext;
  readonly #table: ForeignTable;

  private constructor(context: RunContext, table: ForeignTable) {
    this.#context = context;
    this.#table = table;
  }

  /**
   * Begins in a transaction that is about to record moves, and writes what the table lacks from before. Undefined: no table
   * is kept in step. Errors: `MIRROR_REFUSED`, `MIRROR_FAILED`.
   */
  static *begin(context: RunContext, state: LedgerState, moves: readonly PlannedMove[]): Op<Mirror | undefined> {
    if (!hasMirror(context)) return undefined;
    const table = yield* openMirror(context, { state, comparison: compareNow(context, state) });
    if (table === undefined) return undefined;
    table.list(table.behind);
    table.refuse(moves);
    const mirror = new Mirror(context, table);
    yield* mirror.#write(table.behind);
    return mirror;
  }

  /**
   * Records what a baseline is about to record without running it. The other tool knows these migrations only if it has
   * recorded those before them: if they were adopted. Errors: those of `begin`.
   */
  static *recordBaseline(context: RunContext, state: LedgerState, marked: readonly AppliedHere[]): Op<void> {
    const isAdopted = hasMirror(context) && state.exists.adopted === true;
    const adoption = isAdopted ? yield* readLastAdoption(context.ledger.tables.attempts) : undefined;
    if (adoption === undefined || adoption.table === null) return;
    const mirror = (yield* Mirror.begin(context, state, []))!;
    const added = marked.filter(({ migration }) => !mirror.#table.has(migration));
    mirror.#table.refuse(added.map(({ migration }) => ({ ...refOf(migration), direction: 'up' })));
    yield* mirror.#write({ added, removed: [], updated: [] });
  }

  /** Records steps that were applied or rolled back. */
  *record(done: readonly StepDone[]): Op<void> {
    const { registry } = this.#context;
    const undone = done.every(({ step }) => step.transaction);
    const changes = {
      added: done.flatMap(({ step: { migration, direction }, ran }) =>
        direction === 'up'
          ? [
              {
                migration: migration!,
                appliedAt: new Date(ran.finished).toISOString(),
                executionTimeMs: ran.executionTimeMs,
              },
            ]
          : [],
      ),
      removed: done.flatMap(({ step }) => (step.direction === 'down' ? (registry.get(step.version) ?? []) : [])),
      updated: [],
    };
    yield* this.#write(changes, undone);
  }

  *#write(changes: ForeignChanges, undone = true): Op<void> {
    const { added, removed, updated } = changes;
    const migration = added.at(-1)?.migration ?? removed.at(-1) ?? updated.at(-1);
    if (migration === undefined) return;
    try {
      yield* this.#table.write(changes);
    } catch (error) {
      if (!isSqlError(error) || environmentError(error, this.#context.database) !== undefined) throw error;
      const { table = 'user_version' } = this.#table;
      throw dunlinError(
        'MIRROR_FAILED',
        { id: migration.id, records: describeRecords(this.#table), to: table, reason: error.message, undone },
        { migration: refOf(migration), cause: error },
      );
    }
  }
}

/**
 * The records of the tool that the option names, of the adoption, or the only ones. In a database that was never adopted
 * they may be still to be made, or there are none.
 */
function* findRecords(purpose: Purpose, { state }: State): Op<ForeignRecords | undefined> {
  const { exists } = state;
  const { context } = purpose;
  const { mirror } = context.options;
  const { tables } = context.ledger;
  const all = yield* readRecords(Object.values(tables));
  const adopted = exists.adopted === true ? (yield* readLastAdoption(tables.attempts))?.table : undefined;
  const candidates = all.filter(({ table }) => table !== undefined);
  const name = typeof mirror === 'string' ? mirror : (adopted ?? undefined);
  if (name !== undefined) {
    const records = findNamed(all, name);
    if (records !== undefined) return records;
    if (exists.adopted !== true && candidates.length === 0) return yield* findMissing(context, state, name);
    const found = all.map(describeRecords).join(' and ');
    const line = `it has no table in the database${found === '' ? '' : `, only ${found}`}`;
    // A name in the log is that of a table.
    const remedy = name === mirror ? noTable(name) : `If it was renamed, name it: \`mirror: '<table>'\`.`;
    throw refused(purpose, name, [line], remedy);
  }
  const [records] = candidates;
  if (records === undefined) return yield* findMissing(context, state, context.registry.format?.name);
  if (candidates.length > 1)
    throw refused(
      purpose,
      'another tool',
      [`there are ${candidates.map(describeRecords).join(' and ')}`],
      `Name the one that counts: \`mirror: '${records.table}'\`. ${otherTools()}`,
    );
  return records;
}

/**
 * The records of a tool whose table is still to be made. Undefined if it is not known how, or if not all that is applied
 * could be written into it.
 */
export function* findMissing(
  { ledger: { tables }, registry }: RunContext,
  { applied, exists }: LedgerState,
  name: string | undefined,
): Op<ForeignRecords | undefined> {
  const records = name === undefined ? undefined : recordsToMake(name, Object.values(tables));
  if (records === undefined || applied.length === 0 || !exists.attempts) return records;
  const how = yield* readLastMoves(tables.attempts, registry);
  const isComplete = registry.migrations.every(
    (one) => !applied.some(({ version }) => version === one.version) || how.of(one) === 'up',
  );
  return isComplete ? records : undefined;
}
