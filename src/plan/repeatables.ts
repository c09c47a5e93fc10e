import { outdated, type RecordedRepeatable, type RepeatableState } from '../ledger/index.ts';
import {
  madeKey,
  objectsMadeBy,
  sameChecksum,
  type MadeObject,
  type Registry,
  type SqlMigration,
} from '../migration/index.ts';
import { nameKey, type ParsedStatement } from '../sql/index.ts';
import { readable } from './readable.ts';
import type { Goal, Move } from './select-moves.ts';
import type { Step } from './step.ts';
import type { Comparison, Repeatable } from './types.ts';

/** The repeatable migrations compared with what ran last. */
export function compareRepeatables(
  { repeatables = [] }: Registry,
  found: RepeatableState | undefined,
): readonly Repeatable[] {
  return repeatables.map((migration) => compareRepeatable(migration, found));
}

/** One of them, compared with what the database says at this moment. */
export function compareRepeatable(migration: SqlMigration, found: RepeatableState | undefined): Repeatable {
  const recorded = found?.recorded.get(migration.name);
  if (recorded === undefined) return { migration, recorded, state: 'pending', gone: [] };
  if (recorded.checksum === outdated) return { migration, recorded, state: 'outdated', gone: [] };
  const checksum = readable(() => migration.checksum);
  if (checksum === undefined || !sameChecksum(recorded.checksum, checksum))
    return { migration, recorded, state: 'changed', gone: [] };
  const gone = objectsMadeBy(migration).filter(({ key }) => !found!.objects.has(key));
  return { migration, recorded, state: gone.length > 0 ? 'gone' : 'applied', gone };
}

/** Those that the next run to the newest version runs. */
export function dueRepeatables({ repeatables }: Pick<Comparison, 'repeatables'>): readonly Repeatable[] {
  return repeatables.filter(({ state }) => state !== 'applied');
}

/** What ran once and has no file any more. What it made stays. */
export function removedRepeatables(
  { repeatables = [] }: Registry,
  found: RepeatableState | undefined,
): readonly RecordedRepeatable[] {
  const names = new Set(repeatables.map(({ name }) => name));
  return [...(found?.recorded.values() ?? [])].filter(({ name }) => !names.has(name));
}

/** Whether a run ends with every migration applied: only then may the repeatable ones, which rely on the newest schema, run. */
export function reachesNewest(
  goal: Goal,
  moves: readonly Move[],
  { pending, pendingGone, squash }: Comparison,
): boolean {
  if (goal.kind === 'down' || goal.kind === 'only' || pendingGone.length > 0) return false;
  const left = new Set(pending.map(({ version }) => version));
  for (const { version, direction } of moves)
    if (direction === 'down') left.add(version);
    else left.delete(version);
  // An older squash, or the files, instead of the newest squash.
  return left.size === 0 && (squash === undefined || moves.some((move) => move.version === squash.version));
}

/** The first step that creates or drops one of these objects of a repeatable migration, as far as its SQL shows. */
export function touchedBy(
  migration: SqlMigration,
  steps: readonly Step[],
  objects: readonly MadeObject[] = objectsMadeBy(migration),
): { step: Step; verb: 'creates' | 'drops'; object: MadeObject } | undefined {
  const made = new Map(objects.map((object) => [object.key, object]));
  for (const step of steps)
    for (const { facts } of step.statements) {
      const key = touchedKey(facts);
      const object = key === undefined ? undefined : made.get(key);
      if (object !== undefined) return { step, verb: facts.verb === 'drop' ? 'drops' : 'creates', object };
    }
  return undefined;
}

/** The object that exists anew, or no more, after a statement. */
function touchedKey(facts: ParsedStatement): string | undefined {
  if (facts.verb === 'drop') return madeKey(facts.object, facts.name.name);
  if (facts.verb === 'alter' && facts.change.kind === 'rename-table') return madeKey('table', facts.change.to);
  const isElsewhere = 'temporary' in facts && facts.temporary;
  return facts.verb === 'create' && !isElsewhere ? madeKey(facts.object, facts.name.name) : undefined;
}

/** The file whose repeatable migration makes a view or a trigger. */
export function makerOf({ repeatables = [] }: Registry, type: string, name: string): SqlMigration | undefined {
  return repeatables.find(
    (migration) =>
      readable(() =>
        objectsMadeBy(migration).some((made) => made.type === type && nameKey(made.name) === nameKey(name)),
      ) === true,
  );
}
