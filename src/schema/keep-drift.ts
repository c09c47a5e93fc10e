import type { Inventory, SchemaObject } from './inventory.ts';
import { sameSql } from './same-sql.ts';

/** The schema before and after a piece of work, and the objects that it named: those keep nothing of before. */
export interface RecordedWork {
  readonly before: Inventory;
  readonly after: Inventory;
  /** By the keys of the inventory. */
  readonly touched: ReadonlySet<string>;
}

/**
 * What is to be recorded after a piece of work: the schema that it left. But what was not as recorded before, and what
 * the work has not touched, stays recorded as it was: else the next run would make a hand edit look like a migration's.
 */
export function keepDrift(recorded: Inventory, work: RecordedWork): Inventory {
  return {
    tables: keep(recorded.tables, work.before.tables, work.after.tables, work.touched),
    others: keep(recorded.others, work.before.others, work.after.others, work.touched),
    hasSequences: work.after.hasSequences,
  };
}

type Objects = ReadonlyMap<string, SchemaObject>;

function keep(recorded: Objects, before: Objects, after: Objects, touched: ReadonlySet<string>): Objects {
  const kept = new Map(after);
  for (const key of new Set([...recorded.keys(), ...before.keys()])) {
    const [meant, was] = [recorded.get(key), before.get(key)];
    if (touched.has(key) || sameSql(meant, was) || !sameSql(was, after.get(key))) continue;
    if (meant === undefined) kept.delete(key);
    else kept.set(key, meant);
  }
  return kept;
}
