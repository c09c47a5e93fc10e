import type { Op } from '../../bridge/index.ts';
import { markOutdated, type RepeatableState } from '../../ledger/index.ts';
import type { RunContext } from '../../lock/index.ts';
import { objectsMadeBy, type MadeObject, type SqlMigration } from '../../migration/index.ts';
import { readable, touchedBy, type Step } from '../../plan/index.ts';
import { objectKey, sameSql, type Inventory, type SchemaObject } from '../../schema/index.ts';
import { nameKey } from '../../sql/index.ts';

/**
 * Marks the repeatable migrations as outdated that have run before and that these steps may have undone in part: those
 * whose objects they have made otherwise, and those without a file, because what runs meanwhile may take their place.
 */
export function* recordOutdated(
  { registry, ledger }: RunContext,
  found: RepeatableState | undefined,
  done: readonly Step[],
  before: Inventory,
  after: Inventory,
): Op<void> {
  if (found === undefined || done.length === 0) return;
  const { repeatables = [] } = registry;
  const ran = new Set(done.flatMap((step) => (step.repeatable === undefined ? [] : [step.name])));
  for (const name of found.recorded.keys()) {
    if (ran.has(name)) continue;
    const index = repeatables.findIndex((one) => one.name === name);
    const others = new Set(repeatables.slice(index).map((one) => one.name));
    // Of two that make the same object, the later one has the last word.
    const earlier = done.filter((step) => step.repeatable === undefined || !others.has(step.name));
    const isOutdated = index === -1 || isRemade(repeatables[index]!, earlier, before, (made) => objectIn(after, made));
    if (isOutdated) yield* markOutdated(ledger.tables.attempts, name);
  }
}

/** Whether steps have made objects of a repeatable migration otherwise. What code does shows only in the schema. */
export function isRemade(
  migration: SqlMigration,
  steps: readonly Step[],
  before: Inventory,
  now: (made: MadeObject) => Pick<SchemaObject, 'sql'> | undefined,
): boolean {
  const present = (readable(() => objectsMadeBy(migration)) ?? []).filter((made) => now(made) !== undefined);
  if (touchedBy(migration, steps, present) !== undefined) return true;
  if (steps.every(({ run }) => run === undefined)) return false;
  return present.some((made) => made.type !== 'table' && !sameSql(objectIn(before, made), now(made)));
}

function objectIn({ tables, others }: Inventory, { type, name }: MadeObject): SchemaObject | undefined {
  return type === 'table' ? tables.get(nameKey(name)) : others.get(objectKey(type, name));
}
