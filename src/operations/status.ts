import { locateBackups, newestBackup, type RunBackup } from '../backup/index.ts';
import { query, type Op } from '../bridge/index.ts';
import { isSystemError, thrownReason, type DunlinError, type MigrationRef } from '../errors/index.ts';
import type { RunContext } from '../lock/index.ts';
import { findDrift, readMirror, readState } from '../execute/index.ts';
import {
  maxText,
  readAttempts,
  readLastMoves,
  type AppliedMigration,
  type Attempt,
  type LastMoves,
  type LedgerState,
} from '../ledger/index.ts';
import { isAsCreated, isRepeatable, migrationAt, type Migration } from '../migration/index.ts';
import {
  highest,
  ignoredNotes,
  isReversible,
  pendingRefs,
  readable,
  removedRepeatables,
  type Comparison,
  type MirroredTable,
} from '../plan/index.ts';
import { readInventory, unloadedNotes, type ObjectChange, driftLine } from '../schema/index.ts';
import { quote } from '../sql/index.ts';
import type { PendingChanges, RoundTripResults } from '../check/index.ts';

/**
 * What a migration is. `conflict`: applied, but its number is that of another file now; `renumbered`: applied, and its
 * file has another number now.
 */
export type MigrationState =
  | 'applied'
  | 'pending'
  | 'edited'
  | 'conflict'
  | 'renumbered'
  | 'missing'
  | 'ahead'
  | 'out-of-order';

export interface StatusEntry extends MigrationRef {
  readonly state: MigrationState;
  readonly label: string | undefined;
  readonly file: string | undefined;
  readonly applied: AppliedMigration | undefined;
  /** Whether it can be rolled back; undefined when that would need loading code. */
  readonly reversible: boolean | undefined;
}

/** An object of the schema that was changed without a migration since the last run. */
export interface SchemaDrift extends ObjectChange {
  /** In words: "index idx_x on users exists, no migration made it". */
  readonly text: string;
}

/** A repeatable migration, and whether the next run runs it. */
export interface RepeatableEntry {
  /** `active_users`. */
  readonly name: string;
  /** Undefined if its file is gone. What it made stays. */
  readonly file: string | undefined;
  /**
   * `changed`: it ran with another text; `outdated`: something else has run since that may have made its objects or rows
   * otherwise; `gone`: it ran with this text, and something that it made does not exist; `missing`: its file is gone.
   */
  readonly state: 'applied' | 'pending' | 'changed' | 'outdated' | 'gone' | 'missing';
  /** When it ran last; ISO 8601, UTC. */
  readonly appliedAt: string | undefined;
  /** What is gone: `view active_users`. */
  readonly gone: readonly string[];
}

/** Where a database stands. Reading it writes nothing. */
export interface Status {
  /** The highest applied version; 0 for none. */
  readonly version: number;
  readonly label: string | undefined;
  readonly entries: readonly StatusEntry[];
  /** By name. Not among the entries, because they have no version. */
  readonly repeatables: readonly RepeatableEntry[];
  /** Repeatable migrations, which have the version 0, come last. */
  readonly pending: readonly MigrationRef[];
  readonly problems: readonly DunlinError[];
  /** Where the schema is not as it was recorded; empty as long as nothing was. `check` has a problem for it as well. */
  readonly drift: readonly SchemaDrift[];
  readonly notes: readonly string[];
  /** What trying the migrations with sample rows showed; undefined unless `check` was asked to. */
  readonly rounds?: RoundTripResults | undefined;
  /** What trying them on a copy of the database showed; undefined unless `check` was asked to. */
  readonly data?: RoundTripResults | undefined;
  /**
   * What the pending migrations change in the schema; undefined unless `check` was asked to, and if they cannot run in an
   * empty database.
   */
  readonly changes?: PendingChanges | undefined;
  /** Migrations are pending: the database is older than the code. */
  readonly tooOld: boolean;
  /** It has migrations that the code does not know: a newer release has been here. */
  readonly tooNew: boolean;
  /** The newest attempt that failed, if nothing has succeeded since. */
  readonly lastFailure: Attempt | undefined;
  /** The newest backup, if there is one. */
  readonly backup?: (RunBackup & { readonly createdAt: string }) | undefined;
  /** The table of another tool that runs keep in step (`mirror`). */
  readonly mirror?: MirroredTable | undefined;
}

/** Where the database stands. Writes nothing. */
export function* readStatus(context: RunContext): Op<Status> {
  const { state, comparison } = yield* readState(context);
  return yield* toStatus(context, state, comparison, [], yield* findDrift(context, state));
}

/** A status; `found` are problems besides those of the comparison. */
export function* toStatus(
  context: RunContext,
  state: LedgerState,
  comparison: Comparison,
  found: readonly DunlinError[],
  drift: readonly ObjectChange[],
): Op<Status> {
  // A table that is not Dunlin's has no such columns; that it is not is among the problems.
  const attempts = state.exists.attempts && state.problems.length === 0;
  const running = attempts ? yield* runningNotes(context) : [];
  const idle = comparison.pending.flatMap(idleNote);
  const { unloaded } = yield* readInventory(() => false);
  const ignored = ignoredNotes(context.registry, true);
  const others = comparison.notes.filter((note) => !ignoredNotes(context.registry).includes(note));
  const { backup, notes } = yield* newest(context);
  const moves = attempts ? yield* readLastMoves(context.ledger.tables.attempts, context.registry) : undefined;
  const { mirror, problems: unmirrored, notes: mirrorNotes } = yield* readMirror(context, { state, comparison }, []);
  return {
    version: highest(comparison.applied.keys()),
    label: comparison.label,
    entries: entriesOf(context, comparison, yield* readReversible(context, state), moves),
    repeatables: repeatablesOf(context, state, comparison),
    pending: pendingRefs(comparison),
    // A problem that prevents a rollback is among both.
    problems: [...new Set([...comparison.problems, ...found, ...unmirrored])],
    drift: describedDrift(drift),
    notes: [...others, ...idle, ...running, ...ignored, ...unloadedNotes(unloaded), ...mirrorNotes, ...notes],
    tooOld: pendingRefs(comparison).length > 0,
    tooNew: comparison.problems.some((problem) => problem.code === 'DATABASE_AHEAD'),
    lastFailure: attempts ? yield* lastFailure(context) : undefined,
    backup,
    ...(mirror === undefined ? {} : { mirror }),
  };
}

function repeatablesOf(
  { registry }: RunContext,
  { repeatables }: LedgerState,
  comparison: Comparison,
): readonly RepeatableEntry[] {
  const here = comparison.repeatables.map(({ migration: { name, file }, state, recorded, gone }): RepeatableEntry => {
    const lost = gone.map((object) => `${object.type} ${object.name}`);
    return { name, file, state, appliedAt: recorded?.appliedAt, gone: lost };
  });
  const removed = removedRepeatables(registry, repeatables).map(({ name, appliedAt }): RepeatableEntry => {
    return { name, file: undefined, state: 'missing', appliedAt, gone: [] };
  });
  return [...here, ...removed].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** A user who may read the database may lack the right to list its backups. */
function* newest(context: RunContext): Op<{ readonly backup: Status['backup']; readonly notes: readonly string[] }> {
  const location = context.canBackUp ? yield* locateBackups(context) : undefined;
  if (location === undefined) return { backup: undefined, notes: [] };
  try {
    return { backup: yield* newestBackup(location), notes: [] };
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return { backup: undefined, notes: [`the backups cannot be listed: ${thrownReason(error)}`] };
  }
}

/** Parsing the files of a thousand applied migrations would take longer than everything else. */
function* readReversible({ ledger }: RunContext, { exists, applied }: LedgerState): Op<ReadonlyMap<number, boolean>> {
  const { layout, tables } = ledger;
  const isRead = exists.migrations && applied.length > 0;
  return layout.reversible !== undefined && isRead ? yield* layout.reversible(tables.migrations) : new Map();
}

function entriesOf(
  context: RunContext,
  comparison: Comparison,
  reversible: ReadonlyMap<number, boolean>,
  moves: LastMoves | undefined,
): readonly StatusEntry[] {
  const moved = new Map(comparison.renumbered.map(({ row, migration }) => [row.version, migration]));
  // An applied migration stands where it is recorded.
  const elsewhere = new Set([...moved.values()].filter(({ version }) => !comparison.applied.has(version)));
  const { squash } = comparison;
  // In a new database, the squash stands for what it replaces.
  const here = squash === undefined ? context.registry.migrations : comparison.pending;
  const versions = new Set([
    ...here.filter((migration) => !elsewhere.has(migration)).map(({ version }) => version),
    ...comparison.applied.keys(),
    ...comparison.pendingGone.map(({ version }) => version),
  ]);
  const gone = new Map(comparison.pendingGone.map(({ version, name }) => [version, name]));
  return [...versions]
    .toSorted((a, b) => a - b)
    .map((version): StatusEntry => {
      const row = comparison.applied.get(version);
      const state = stateOf(version, row, comparison);
      const migration = version === squash?.version ? squash : (moved.get(version) ?? context.registry.get(version));
      const known =
        migration === undefined || state === 'conflict'
          ? undefined
          : (describeRecorded(migration, row, reversible) ?? describe(migration));
      const isRecorded = state === 'conflict' || state === 'renumbered';
      return {
        version,
        name: (isRecorded ? row?.name : undefined) ?? migration?.name ?? row?.name ?? gone.get(version) ?? '',
        state,
        label: row?.schemaVersion ?? known?.label,
        file: migration?.file,
        applied: row === undefined || ran(row, migration, moves) ? row : { ...row, executionTimeMs: null },
        reversible: known?.reversible,
      };
    });
}

/** What was only recorded took no time that anybody knows. */
function ran(row: AppliedMigration, migration: Migration | undefined, moves: LastMoves | undefined): boolean {
  const move = migration === undefined ? moves?.ofRow(row) : moves?.of(migration);
  return move !== 'adopt' && move !== 'baseline';
}

function stateOf(version: number, row: AppliedMigration | undefined, comparison: Comparison): MigrationState {
  if (row === undefined)
    return comparison.outOfOrder.some((migration) => migration.version === version) ? 'out-of-order' : 'pending';
  if (comparison.edited.has(version)) return 'edited';
  if (comparison.conflicts.some((found) => found.row === row)) return 'conflict';
  if (comparison.renumbered.some((found) => found.row === row)) return 'renumbered';
  if (comparison.missing.includes(row)) return 'missing';
  return comparison.ahead.includes(row) ? 'ahead' : 'applied';
}

/** What the tracking table says about a file that is as it was recorded; its label is in the row. */
function describeRecorded(
  migration: Migration,
  row: AppliedMigration | undefined,
  reversible: ReadonlyMap<number, boolean>,
): { label: undefined; reversible: boolean } | undefined {
  const recorded = reversible.get(migration.version);
  const isSame = migration.kind === 'sql' && row?.textHash === migration.textHash && migration.text.length <= maxText;
  // A row that was made by hand may lack the label.
  if (isSame && row?.schemaVersion === null && /schema[- ]version/i.test(migration.text)) return undefined;
  // Without a DOWN part, a file of another tool can be rolled back if its UP part did nothing.
  if (recorded === false && migration.kind === 'sql' && migration.origin !== undefined) return undefined;
  return isSame && recorded !== undefined ? { label: undefined, reversible: recorded } : undefined;
}

/** What a file says about itself; nothing for code, which is not loaded for a look, or for a file that is broken. */
function describe(migration: Migration): { label: string | undefined; reversible: boolean } | undefined {
  if (migration.kind === 'code') return undefined;
  return readable(() => {
    return { label: migration.content.header.schemaVersion, reversible: isReversible(migration.content) };
  });
}

/** Code is not loaded for a look; its statements are known when it runs. */
function idleNote(migration: Migration): readonly string[] {
  if (migration.kind === 'code') return [];
  return (
    readable(() => {
      if (isAsCreated(migration))
        return [`${migration.file} is not filled in: \`up\` refuses it without --allow-empty`];
      // Other tools have files that do nothing in SQLite.
      if (migration.origin !== undefined || migration.content.up.statements.length > 0) return [];
      return [`${migration.file} has no statements: \`up\` would record it without changing anything`];
    }) ?? []
  );
}

/** The newest failure; none once something has succeeded, or when the migration that failed is gone. */
function* lastFailure(context: RunContext): Op<Attempt | undefined> {
  // Interrupted runs tell nothing, so a few runs are read.
  const rows = yield* readAttempts(context.ledger.tables.attempts, 5);
  const last = rows.findLast((row) => row.status === 'ok' || row.status === 'failed');
  if (last?.status !== 'failed') return undefined;
  const { version, name } = last;
  const { registry } = context;
  const isGone =
    version !== null && isRepeatable({ version })
      ? registry.repeatables?.some((one) => one.name === name) !== true
      : version !== null && migrationAt(registry, version) === undefined;
  return isGone ? undefined : last;
}

function* runningNotes(context: RunContext): Op<readonly string[]> {
  const rows = yield* query<{ pid: number | null; host: string | null; tool: string | null; started_at: string }>(
    `SELECT pid, host, tool, started_at FROM main.${quote(context.ledger.tables.attempts)} WHERE status = 'running' AND version IS NULL`,
  );
  return rows.map(
    (row) =>
      `a run since ${row.started_at} (${row.tool ?? 'unknown'}, pid ${row.pid ?? '?'} on ${row.host ?? '?'}) is under way or was interrupted; the next run settles it`,
  );
}

export function describedDrift(drift: readonly ObjectChange[]): readonly SchemaDrift[] {
  return drift.map((change) => ({ ...change, text: driftLine(change) }));
}
