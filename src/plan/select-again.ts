import type { DunlinError } from '../errors/index.ts';
import type { Registry } from '../migration/index.ts';
import type { Comparison } from './types.ts';
import { remaining, selectMoves, type Goal, type Move } from './select-moves.ts';
import type { MigrationSet } from './migration-sets.ts';

/** A plan compared with what the same goal needs now. */
export interface Reselection<M extends Move> {
  /** The planned moves that nobody has made meanwhile. */
  readonly due: readonly M[];
  /** The moves that the goal needs now. */
  readonly now: readonly Move[];
  /** Whether the plan no longer applies, so that none of it may run. */
  readonly changed: boolean;
  /** Whether the planned or the current moves roll anything back. */
  readonly rollsBack: boolean;
  readonly problems: readonly DunlinError[];
}

/**
 * Selects the moves again under the write lock and compares them with the planned ones.
 *
 * A plan that rolls back must be exactly the one that is needed now: a migration applied meanwhile would otherwise stay
 * above one that is gone. If the plan only applies, another process may already have applied some of it; what remains must
 * be the beginning of what is pending now, or a migration rolled back meanwhile would be left out.
 */
export function selectAgain<M extends Move>(
  goal: Goal,
  planned: readonly M[],
  registry: Registry,
  comparison: Comparison,
  sets: readonly MigrationSet[] = [],
): Reselection<M> {
  const { moves: now, problems } = selectMoves(goal, registry, comparison, sets);
  const due = remaining(planned, new Set(comparison.applied.keys()));
  const rollsBack = [...planned, ...now].some((move) => move.direction === 'down');
  const changed = rollsBack ? planned.length !== now.length || !startsWith(now, planned) : !startsWith(now, due);
  return { due, now, changed, rollsBack, problems };
}

/** What remains of a goal after the first `done` moves of its plan. Only a number of steps changes. */
export function remainingGoal(goal: Goal, done: number): Goal {
  if (done === 0 || (goal.kind !== 'up' && goal.kind !== 'down')) return goal;
  const steps = goal.kind === 'down' && goal.to === undefined ? (goal.steps ?? 1) : goal.steps;
  return steps === undefined ? goal : { ...goal, steps: Math.max(0, steps - done) };
}

/** The command line that has this goal. */
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
    case 'reapply':
      return 'dev --once';
    case 'only':
      return `try ${goal.version}`;
  }
}

/** The command that rolls back a migration and all above it. */
export function rollbackCommand(version: number, applied: Iterable<number>): string {
  const versions = [...applied];
  if (versions.every((other) => other <= version)) return 'down';
  return `down --to ${Math.max(0, ...versions.filter((other) => other < version))}`;
}

function startsWith(moves: readonly Move[], first: readonly Move[]): boolean {
  return first.every(({ version, direction, squash = false }, index) => {
    const move = moves[index];
    return move?.version === version && move.direction === direction && (move.squash ?? false) === squash;
  });
}
