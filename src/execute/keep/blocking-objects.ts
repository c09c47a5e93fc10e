import { script, type Op } from '../../bridge/index.ts';
import {
  dependents,
  findBroken,
  objectKey,
  readColumns,
  readInventory,
  type SchemaObject,
} from '../../schema/index.ts';
import { nameKey, quote } from '../../sql/index.ts';
import { isMoved, otherOrder, usesOrder } from './column-order.ts';
import type { KeepContext, KeptRebuild } from './kept-rebuild.ts';

/**
 * Drops the views and triggers that name the missing tables of these rebuilds, and returns them: SQLite refuses a RENAME
 * while they are there.
 */
export function* dropBlocking(rebuilds: readonly KeptRebuild[]): Op<readonly SchemaObject[]> {
  const { others } = yield* readInventory(() => false);
  const found = new Map<string, SchemaObject>();
  for (const { name, kept } of rebuilds) {
    const naming = dependents(others, name);
    for (const key of (yield* findBroken(naming)).keys()) {
      const object = naming.get(key)!;
      found.set(key, object);
      kept.add(`${object.type} ${object.name}`);
    }
  }
  // A view takes its triggers with it. Triggers of one table fire in an order, which stays if all are created again.
  const owners = new Set([...found.values()].map(({ type, name, table }) => nameKey(type === 'view' ? name : table)));
  const dropped = [...others.values()].filter(
    ({ type, name, table }) => found.has(objectKey(type, name)) || (type === 'trigger' && owners.has(nameKey(table))),
  );
  for (const type of ['trigger', 'view'])
    for (const object of dropped) if (object.type === type) yield* script(`DROP ${type} main.${quote(object.name)}`);
  return dropped;
}

/** Creates the dropped views and triggers again, but those that count on an order of columns that is another one now. */
export function* createBlocking(
  dropped: readonly SchemaObject[],
  rebuilds: readonly KeptRebuild[],
  { notKept }: KeepContext,
): Op<void> {
  if (dropped.length === 0) return;
  const moved: string[] = [];
  for (const one of rebuilds) {
    const now = (yield* readColumns(one.name)).map(({ name }) => name);
    if (isMoved(one.columns, now)) moved.push(one.name);
  }
  const missingViews = new Set<string>();
  for (const object of dropped) {
    const { type, name, table } = object;
    if (moved.some((changed) => usesOrder(object, changed))) {
      notKept.set(objectKey(type, name), otherOrder);
      for (const { kept } of rebuilds) kept.delete(`${type} ${name}`);
      if (type === 'view') missingViews.add(nameKey(name));
    } else if (type !== 'trigger' || !missingViews.has(nameKey(table))) yield* script(object.sql!);
  }
}
