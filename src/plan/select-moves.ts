import { dunlinError, refOf, type DunlinError, type MigrationRef } from '../errors/index.ts';
import type { AppliedMigration } from '../ledger/index.ts';
import { isSquashed, migrationAt, squashAt, startOf, type Migration, type Registry } from '../migration/index.ts';
import { replacedIn } from './compare-squashes.ts';
import { dueRepeatables } from './repeatables.ts';
import type { Comparison } from './types.ts';
import { setOf, type MigrationSet } from './migration-sets.ts';

export interface Move {
  readonly version: number;
  readonly direction: 'up' | 'down';
  /** The squash of that version, which makes a new database, instead of the migration. */
  readonly squash?: boolean;
}

/** What a command requests, whatever is applied. */
export type Goal =
  | { readonly kind: 'up'; readonly to?: number | undefined; readonly steps?: number | undefined }
  | { readonly kind: 'down'; readonly to?: number | undefined; readonly steps?: number | undefined }
  | { readonly kind: 'to'; readonly version: number }
  | { readonly kind: 'redo' }
  /** What is applied becomes what the files say: rolls back to the first migration whose file is another one now, and up again. */
  | { readonly kind: 'reapply' }
  /** One migration, whatever is before or after it, for trials on a copy. */
  | { readonly kind: 'only'; readonly version: number; readonly direction: 'up' | 'down' };

/** The moves that reach a goal, or why none may run. */
export interface Selection {
  readonly moves: readonly Move[];
  readonly problems: readonly DunlinError[];
}

/**
 * Selects the moves. Pure, so that it can run before and under the lock. A goal without a version or a number takes the
 * whole set that it starts in.
 */
export function selectMoves(
  goal: Goal,
  registry: Registry,
  comparison: Comparison,
  sets: readonly MigrationSet[] = [],
): Selection {
  const known = requestedVersion(goal);
  if (known !== undefined && known !== 0 && !migrationAt(registry, known) && !comparison.applied.has(known)) {
    return { moves: [], problems: [unknownVersion(known, registry)] };
  }
  switch (goal.kind) {
    case 'up':
      return { moves: movesUp(registry, comparison, goal.to, goal.steps), problems: comparison.problems };
    case 'down':
      return rollback(movesDown(comparison, goal.to, goal.steps, sets), comparison, registry);
    case 'redo': {
      const down = movesDown(comparison, undefined, undefined, sets);
      const up = down.toReversed().map((move): Move => ({ ...move, direction: 'up' }));
      return rollback([...down, ...up], comparison, registry, true);
    }
    case 'reapply':
      return movesToFiles(registry, comparison, sets);
    case 'only':
      return rollback(only(goal, registry, comparison, sets), comparison, registry, true);
    case 'to': {
      const down = movesDown(comparison, goal.version, undefined, sets);
      const up = movesUp(registry, comparison, goal.version, undefined);
      return up.length > 0
        ? { moves: [...down, ...up], problems: comparison.problems }
        : rollback(down, comparison, registry);
    }
  }
}

/** The planned moves that are left. Another process may have made some. */
export function remaining<M extends Move>(planned: readonly M[], applied: ReadonlySet<number>): readonly M[] {
  const present = new Set(applied);
  return planned.filter((move) => {
    if (present.has(move.version) === (move.direction === 'up')) return false;
    if (move.direction === 'up') present.add(move.version);
    else present.delete(move.version);
    return true;
  });
}

function requestedVersion(goal: Goal): number | undefined {
  if (goal.kind === 'to' || goal.kind === 'only') return goal.version;
  return goal.kind === 'redo' || goal.kind === 'reapply' ? undefined : goal.to;
}

function movesUp(
  registry: Registry,
  comparison: Comparison,
  to: number | undefined,
  steps: number | undefined,
): Move[] {
  return pendingTo(registry, comparison, to).slice(0, steps).map(moveUp);
}

function moveUp(migration: Migration): Move {
  const { version } = migration;
  return isSquashed(migration) ? { version, direction: 'up', squash: true } : { version, direction: 'up' };
}

/** The pending migrations up to a version. A new database may have to start from an older squash, or from the files. */
export function pendingTo(
  registry: Registry,
  { pending, squash }: Comparison,
  to: number = Number.POSITIVE_INFINITY,
): readonly Migration[] {
  if (squash !== undefined && squash.version > to) return startOf(registry, to);
  return pending.filter(({ version }) => version <= to);
}

/** All that is pending, with what has no file any more, and the repeatable migrations last. */
export function pendingRefs(comparison: Comparison): readonly MigrationRef[] {
  const { pending, pendingGone } = comparison;
  return [
    ...[...pending, ...pendingGone].map(refOf).toSorted((a, b) => a.version - b.version),
    ...dueRepeatables(comparison).map(({ migration }) => refOf(migration)),
  ];
}

/** The migration of a move. */
export function migrationOf(registry: Registry, { version, direction, squash }: Move): Migration | undefined {
  if (squash === true) return squashAt(registry, version);
  return direction === 'up' ? migrationAt(registry, version) : registry.get(version);
}

function movesDown(
  comparison: Comparison,
  to: number | undefined,
  steps: number | undefined,
  sets: readonly MigrationSet[],
): Move[] {
  const versions = [...comparison.applied.keys()].toSorted((a, b) => b - a);
  const first = setOf(sets, versions[0] ?? 0)?.first;
  const last = first === undefined ? 1 : versions.filter((version) => version >= first).length;
  const chosen = to === undefined ? versions.slice(0, steps ?? last) : versions.filter((version) => version > to);
  return chosen.map((version) => ({ version, direction: 'down' }));
}

/** What is no problem for `reapply`, which rolls those migrations back. */
const staleCodes: ReadonlySet<string> = new Set([
  'MIGRATION_EDITED',
  'MIGRATION_MISSING',
  'MIGRATION_RENUMBERED',
  'VERSION_CONFLICT',
  'DATABASE_AHEAD',
  'OUT_OF_ORDER',
]);

/**
 * The lowest version that is not as the files say: its file was edited, deleted, renumbered or is another migration's, or
 * it is pending below an applied one. Undefined if there is none.
 */
export function firstStale(comparison: Comparison): number | undefined {
  const { problems, changed, missing, ahead, renumbered, outOfOrder } = comparison;
  const isInOrder = problems.every(({ code }) => code !== 'OUT_OF_ORDER');
  const moved = renumbered.flatMap(({ row, migration }) => [row, migration]);
  const stale = [
    ...changed.keys(),
    ...[...missing, ...ahead, ...moved, ...(isInOrder ? [] : outOfOrder)].map(versionOf),
  ];
  return stale.length === 0 ? undefined : Math.min(...stale);
}

function movesToFiles(registry: Registry, comparison: Comparison, sets: readonly MigrationSet[]): Selection {
  const stale = firstStale(comparison) ?? Number.POSITIVE_INFINITY;
  const first = setOf(sets, stale)?.first ?? stale;
  const down = movesDown(comparison, first - 1, undefined, sets);
  const back = new Set(down.map(versionOf));
  const again = registry.migrations.filter(({ version }) => back.has(version));
  const renumbered = comparison.renumbered.map(({ migration }) => migration);
  const up = [...new Set([...comparison.pending, ...again, ...renumbered])].toSorted((a, b) => a.version - b.version);
  const problems = comparison.problems.filter(({ code }) => !staleCodes.has(code));
  return { moves: [...down, ...up.map(moveUp)], problems };
}

function versionOf({ version }: { readonly version: number }): number {
  return version;
}

/** One migration, or all of its set that are left to move. */
function only(
  { version, direction }: Extract<Goal, { kind: 'only' }>,
  registry: Registry,
  { applied, pending }: Comparison,
  sets: readonly MigrationSet[],
): Move[] {
  const set = setOf(sets, version);
  if (set === undefined) return [direction === 'up' ? moveUp(migrationAt(registry, version)!) : { version, direction }];
  const isMember = (one: number): boolean => setOf([set], one) !== undefined;
  if (direction === 'up') return pending.filter((migration) => isMember(migration.version)).map(moveUp);
  const members = [...applied.keys()].filter(isMember).toSorted((a, b) => b - a);
  return members.map((one) => ({ version: one, direction }));
}

/**
 * A rollback needs fewer things in order: a missing or edited SQL file is rolled back with its recorded DOWN part (see
 * `buildStep`), and pending migrations do not matter. An edited module has only its current function, which is right
 * while somebody is writing it (`rewriting`), and may be wrong otherwise.
 */
function rollback(moves: readonly Move[], comparison: Comparison, registry: Registry, rewriting = false): Selection {
  const harmless = new Set([
    'MIGRATION_MISSING',
    'OUT_OF_ORDER',
    'MIGRATION_EDITED',
    'MIGRATION_RENUMBERED',
    'VERSION_CONFLICT',
    'MIGRATIONS_UNRECOGNISED',
    'ADOPT_BEHIND',
    'SQUASH_CHANGED',
    'SQUASH_FILES_GONE',
  ]);
  // Migrations known only through `schema_version` have no recorded DOWN part.
  if (comparison.ahead.length > 0) harmless.add('DATABASE_AHEAD');
  const modules = rewriting ? [] : moves.filter((move) => registry.get(move.version)?.kind === 'code');
  const edited = modules.flatMap((move) => comparison.edited.get(move.version) ?? []);
  return {
    moves,
    problems: [...comparison.problems.filter((problem) => !harmless.has(problem.code)), ...new Set(edited)],
  };
}

/** The error for an unknown version, with the newest known ones. */
export function unknownVersion(version: number, registry: Registry): DunlinError {
  const squash = replacedIn(registry, version);
  const known = startOf(registry).slice(-3);
  return dunlinError('VERSION_UNKNOWN', { version, known: known.map(({ id }) => id), squash: squash?.file });
}

/** The highest version among rows; 0 for none. */
export function highest(versions: Iterable<number>): number {
  let top = 0;
  for (const version of versions) top = Math.max(top, version);
  return top;
}

/** The label of the newest applied migration that has one. */
export function labelOf(applied: ReadonlyMap<number, AppliedMigration>): string | undefined {
  let newest: AppliedMigration | undefined;
  for (const row of applied.values())
    if (row.schemaVersion !== null && row.version > (newest?.version ?? -1)) newest = row;
  return newest?.schemaVersion ?? undefined;
}
