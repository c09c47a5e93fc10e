import { dunlinError, type DunlinError } from '../errors/index.ts';
import { squashAt, type Registry } from '../migration/index.ts';
import type { Comparison } from './types.ts';
import type { Goal, Move } from './select-moves.ts';
import { commandOf } from './select-again.ts';
import { nameOfSet, setOf, type MigrationSet } from './migration-sets.ts';

/** Problems of moves that would leave a set partly applied. */
export function splitProblems(
  goal: Goal,
  moves: readonly Move[],
  registry: Registry,
  { applied }: Pick<Comparison, 'applied'>,
  sets: readonly MigrationSet[],
): readonly DunlinError[] {
  const after = new Set(applied.keys());
  for (const { version, direction, squash } of moves) {
    if (direction === 'up') after.add(version);
    else after.delete(version);
    if (squash === true) for (const one of squashAt(registry, version)!.squash!.replaces) after.add(one.version);
  }
  return sets
    .filter((set) => {
      const within = (version: number): boolean => setOf([set], version) !== undefined;
      if (!moves.some(({ version }) => within(version)) || ![...after].some(within)) return false;
      return set.versions.some((version) => !after.has(version));
    })
    .map((set) =>
      dunlinError('TOGETHER_SPLIT', {
        command: commandOf(goal),
        set: nameOfSet(set, registry),
        commands: commandsAround(goal, set, registry, new Set(applied.keys())),
      }),
    );
}

/** The commands to run instead: one applies the whole set, the other stops before it. */
function commandsAround(
  { kind }: Goal,
  set: MigrationSet,
  { migrations }: Registry,
  applied: ReadonlySet<number>,
): readonly string[] {
  const before = migrations.findLast(({ version }) => version < set.first)?.version ?? 0;
  const isAbove = [...applied].some((version) => version > set.last);
  switch (kind) {
    case 'to':
      return [`to ${set.last}`, `to ${before}`];
    case 'down':
      // The migrations above the set can be rolled back alone.
      return [...(isAbove ? [`down --to ${set.last}`] : []), `down --to ${before}`];
    default:
      // Stopping before the set is only possible while migrations before it are pending.
      return [`up --to ${set.last}`, ...(before > 0 && !applied.has(before) ? [`up --to ${before}`] : [])];
  }
}
