import type { Op } from '../bridge/index.ts';
import { nameKey } from '../sql/index.ts';
import { findBroken } from './compiles.ts';
import { findInvalidReferences, type InvalidReferences } from './foreign-keys.ts';
import type { SchemaObject, SchemaObjects } from './inventory.ts';

/** Objects in the schema that SQLite cannot use. */
export interface InvalidObjects extends InvalidReferences {
  /** Views and triggers that do not compile. */
  readonly broken: readonly { readonly object: SchemaObject; readonly reason: string }[];
}

/** Applications register these on their own connection, so they may exist there. */
const unregistered = /^no such (?:function|module|collation sequence)\b/;

/** Finds the foreign keys that cannot work, and which of these views and triggers do not compile. */
export function* findInvalidObjects(objects: SchemaObjects): Op<InvalidObjects> {
  const references = yield* findInvalidReferences();
  const broken = [...(yield* findBroken(objects))]
    .map(([key, reason]) => ({ object: objects.get(key)!, reason }))
    .filter(({ object, reason }) => !unregistered.test(reason) && !isOfReference(object, reason, references));
  return { ...references, broken };
}

/**
 * With foreign keys on, a trigger that writes a child or its parent does not compile if the key is invalid
 * (sqlite.org/foreignkeys.html, section 3). That is not the trigger's fault.
 */
function isOfReference({ sql }: SchemaObject, reason: string, { dangling }: InvalidReferences): boolean {
  if (reason.startsWith('foreign key mismatch')) return true;
  return dangling.some(
    ({ parent }) => reason === `no such table: main.${parent}` && !nameKey(sql ?? '').includes(nameKey(parent)),
  );
}
