import type { DunlinError } from '../errors/index.ts';
import type { Registry } from '../migration/index.ts';
import type { Comparison } from './comparison.ts';
import { remaining, select, type Goal, type Move } from './select-moves.ts';
import type { MigrationSet } from './migration-sets.ts';

/** A plan compared with what the same goal needs now. */
export interface Reselection<M extends Move> {
  /** The planned moves that are still to be made. */
  readonly due: readonly M[];
  /** The moves that the goal needs now. */
  readonly now: readonly Move[];
  /** Whether the plan no longer fits, so that none of it may be made. */
  readonly changed: boolean;
  /** Whether the plan, or what is needed now, rolls anything back. */
  readonly rollsBack: boolean;
  readonly problems: readonly DunlinError[];
}

/**
 * Selects a goal again, under the write lock, and compares the moves with the planned ones.
 *
 * Moves that roll back must be exactly the planned ones: a migration that was applied meanwhile would otherwise stay
 * above one that is gone. Moves that only apply may have been made by another process; those that are left must come
 * first among what is pending now, because a migration that was rolled back meanwhile would otherwise be left out.
 */
export function selectAgain<M extends Move>(
  goal: Goal,
  planned: readonly M[],
  registry: Registry,
  comparison: Comparison,
  sets: readonly MigrationSet[] = [],
): Reselection<M> {
  const { moves: now, problems } = select(goal, registry, comparison, sets);
  const due = remaining(planned, new Set(comparison.applied.keys()));
  const rollsBack = [...planned, ...now].some((move) => move.direction === 'down');
  const changed = rollsBack ? planned.length !== now.length || !startsWith(now, planned) : !startsWith(now, due);
  return { due, now, changed, rollsBack, problems };
}

/** What is left of a goal once the first `done` moves of its plan are made. Only a number of steps gets smaller. */
export function restOf(goal: Goal, done: number): Goal {
  if (done === 0 || (goal.kind !== 'up' && goal.kind !== 'down')) return goal;
  const steps = goal.kind === 'down' && goal.to === undefined ? (goal.steps ?? 1) : goal.steps;
  return steps === undefined ? goal : { ...goal, steps: Math.max(0, steps - done) };
}

/** The command that asks for a goal. */
export function commandOf(goal: Goal): string {
  switch (goal.kind) {
    case 'up':
    case 'down':
      return [
        goal.kind,
        ...(goal.to === undefined ? [] : ['--to', goal.to]),
        ...(goal.steps === undefined ? [] : ['--steps', goal.steps]),
      ].join(' ');
    case 'to':
      return `to ${goal.version}`;
    case 'redo':
      return 'redo';
    case 'only':
      return `try ${goal.version}`;
  }
}

/** The command that rolls back an applied migration, with all that was applied after it. */
export function backCommand(version: number, applied: Iterable<number>): string {
  const versions = [...applied];
  if (versions.every((other) => other <= version)) return 'down';
  return `down --to ${Math.max(0, ...versions.filter((other) => other < version))}`;
}

function startsWith(moves: readonly Move[], first: readonly Move[]): boolean {
  return first.every(
    ({ version, direction }, index) => moves[index]?.version === version && moves[index].direction === direction,
  );
}
