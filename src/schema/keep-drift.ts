import type { Inventory, SchemaObjects } from './inventory.ts';
import { sameSql } from './compare.ts';

/** The schema before and after a run, and the objects that its statements named. */
export interface RecordedWork {
  readonly before: Inventory;
  readonly after: Inventory;
  /** By the keys of the inventory. */
  readonly touched: ReadonlySet<string>;
}

/**
 * The schema to record after a run. Objects that already differed from the record, and that the run did not touch, stay
 * recorded as before. Otherwise a hand edit would be recorded as the work of a migration.
 */
export function keepDrift(recorded: Inventory, work: RecordedWork): Inventory {
  return {
    tables: keep(recorded.tables, work.before.tables, work.after.tables, work.touched),
    others: keep(recorded.others, work.before.others, work.after.others, work.touched),
    hasSequences: work.after.hasSequences,
  };
}

function keep(
  recorded: SchemaObjects,
  before: SchemaObjects,
  after: SchemaObjects,
  touched: ReadonlySet<string>,
): SchemaObjects {
  const kept = new Map(after);
  for (const key of new Set([...recorded.keys(), ...before.keys()])) {
    const [expected, was] = [recorded.get(key), before.get(key)];
    if (touched.has(key) || sameSql(expected, was) || !sameSql(was, after.get(key))) continue;
    if (expected === undefined) kept.delete(key);
    else kept.set(key, expected);
  }
  return kept;
}
