import { findPlace, newestBackup } from '../backup/index.ts';
import { query, type Op } from '../bridge/index.ts';
import { dunlinError, refOf, thrownReason, type DunlinError } from '../errors/index.ts';
import type { RunContext } from '../execute/index.ts';
import { driftError, findAllInvalid, findDrift, linesOf, look, prepareMove, readSets } from '../execute/index.ts';
import { readAttempts, type AppliedMigration, type Attempt, type LedgerState } from '../ledger/index.ts';
import { isUnfilled, type Migration } from '../migration/index.ts';
import type { MigrationState, Status, StatusEntry } from '../options.ts';
import { highest, ignoredNotes, readable, type Comparison } from '../plan/index.ts';
import { readInventory, unloadedNotes, type ObjectChange } from '../schema/index.ts';
import { nameKey, quote } from '../sql/index.ts';
import { tellDrift } from './tell-drift.ts';

/** Where the database stands. Writes nothing. */
export function* readStatus(context: RunContext): Op<Status> {
  const { state, comparison } = yield* look(context);
  return yield* toStatus(context, state, comparison, [], yield* findDrift(context, state));
}

/** What is in the database, and need not be found again where migrations run elsewhere. */
export interface Present {
  /** The keys of the tables and views. */
  readonly tables: ReadonlySet<string>;
  /** What `checkAll` has reported as invalid. */
  readonly invalid: ReadonlySet<string>;
}

export function* readPresent(context: RunContext): Op<Present> {
  const { tables, others } = yield* readInventory(() => false);
  const views = [...others.values()].filter(({ type }) => type === 'view').map(({ name }) => nameKey(name));
  const { comparison } = yield* look(context);
  const invalid = comparison.pending.length > 0 ? [] : yield* findAllInvalid(context);
  return { tables: new Set([...tables.keys(), ...views]), invalid: new Set(invalid.map(({ line }) => line)) };
}

/** `readStatus`, and every migration parsed or loaded and judged, applied ones too. Writes nothing. */
export function* checkAll(context: RunContext): Op<Status> {
  const { state, comparison } = yield* look(context);
  const { sets, problems } = yield* readSets(context);
  const found: DunlinError[] = [...problems];
  for (const migration of context.registry.migrations) {
    const up = yield* prepareMove(context, { version: migration.version, direction: 'up' }, comparison, sets);
    found.push(...up.problems);
    if (up.step?.reversible !== true) continue;
    found.push(
      ...(yield* prepareMove(context, { version: migration.version, direction: 'down' }, comparison)).problems,
    );
  }
  const drift = yield* findDrift(context, state);
  if (drift.length > 0) found.push(driftError(context, drift));
  const invalid = linesOf(yield* findAllInvalid(context));
  // What is pending may make what is missing.
  const isFinal = comparison.pending.length === 0;
  if (invalid.length > 0 && isFinal)
    found.push(dunlinError('OBJECTS_INVALID', { where: context.database, lines: invalid }));
  const status = yield* toStatus(context, state, comparison, found, drift);
  return isFinal ? status : { ...status, notes: [...status.notes, ...invalid] };
}

function* toStatus(
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
  return {
    version: highest(comparison.applied.keys()),
    label: comparison.label,
    entries: entriesOf(context, comparison),
    pending: comparison.pending.map(refOf),
    // What cannot be rolled back because of a problem has that very problem.
    problems: [...new Set([...comparison.problems, ...found])],
    drift: tellDrift(drift),
    notes: [...others, ...idle, ...running, ...ignored, ...unloadedNotes(unloaded), ...notes],
    tooOld: comparison.pending.length > 0,
    tooNew: comparison.problems.some((problem) => problem.code === 'DATABASE_AHEAD'),
    lastFailure: attempts ? yield* lastFailure(context) : undefined,
    backup,
  };
}

/** Whoever may read the database need not be allowed to look at its backups. */
function* newest(context: RunContext): Op<{ readonly backup: Status['backup']; readonly notes: readonly string[] }> {
  const place = context.hasFiles ? yield* findPlace(context) : undefined;
  if (place === undefined) return { backup: undefined, notes: [] };
  try {
    return { backup: yield* newestBackup(place), notes: [] };
  } catch (error) {
    if ((error as { readonly syscall?: unknown }).syscall === undefined) throw error;
    return { backup: undefined, notes: [`the backups cannot be listed: ${thrownReason(error)}`] };
  }
}

function entriesOf(context: RunContext, comparison: Comparison): readonly StatusEntry[] {
  const moved = new Map(comparison.renumbered.map(({ row, migration }) => [row.version, migration]));
  // An applied migration stands where it is recorded.
  const elsewhere = new Set([...moved.values()].filter(({ version }) => !comparison.applied.has(version)));
  const versions = new Set([
    ...context.registry.migrations.filter((migration) => !elsewhere.has(migration)).map(({ version }) => version),
    ...comparison.applied.keys(),
  ]);
  return [...versions]
    .toSorted((a, b) => a - b)
    .map((version): StatusEntry => {
      const row = comparison.applied.get(version);
      const state = stateOf(version, row, comparison);
      const migration = moved.get(version) ?? context.registry.get(version);
      const known = migration === undefined || state === 'conflict' ? undefined : describe(migration);
      const isRecorded = state === 'conflict' || state === 'renumbered';
      return {
        version,
        name: (isRecorded ? row?.name : undefined) ?? migration?.name ?? row?.name ?? '',
        state,
        label: row?.schemaVersion ?? known?.label,
        file: migration?.file,
        applied: row,
        reversible: known?.reversible,
      };
    });
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

/** What a file says about itself; nothing for code, which is not loaded for a look, or for a file that is broken. */
function describe(migration: Migration): { label: string | undefined; reversible: boolean } | undefined {
  if (migration.kind === 'code') return undefined;
  return readable(() => {
    const { header, down } = migration.content;
    return { label: header.schemaVersion, reversible: (down?.statements.length ?? 0) > 0 };
  });
}

/** Code is not loaded for a look; its statements are known when it runs. */
function idleNote(migration: Migration): readonly string[] {
  const up = migration.kind === 'sql' ? readable(() => migration.content.up) : undefined;
  if (up === undefined || up.statements.length > 0) return [];
  return isUnfilled(up.text)
    ? [`${migration.file} is not filled in: \`up\` refuses it without --allow-empty`]
    : [`${migration.file} has no statements: \`up\` would record it without changing anything`];
}

/** The newest failure; none once something has succeeded, or when the migration that failed is gone. */
function* lastFailure(context: RunContext): Op<Attempt | undefined> {
  // Interrupted runs tell nothing, so a few runs are read.
  const rows = yield* readAttempts(context.ledger.tables.attempts, 5);
  const last = rows.findLast((row) => row.status === 'ok' || row.status === 'failed');
  if (last?.status !== 'failed') return undefined;
  return last.version !== null && context.registry.get(last.version) === undefined ? undefined : last;
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
