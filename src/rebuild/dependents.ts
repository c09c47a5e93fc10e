import type { Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { findBroken, type SchemaObjects } from '../schema/index.ts';
import type { RebuildLocation } from './changes.ts';

/**
 * Refuses a change after which a view or trigger that names the table no longer compiles; `broken` are those that did
 * not before. Errors: `OBJECT_BROKEN`.
 */
export function* checkDependents(
  dependents: SchemaObjects,
  broken: ReadonlyMap<string, string>,
  place: RebuildLocation,
): Op<void> {
  const lines: string[] = [];
  for (const [key, reason] of yield* findBroken(dependents)) {
    const object = dependents.get(key);
    if (object !== undefined && !broken.has(key))
      lines.push(`${object.type} ${object.name} no longer compiles (${reason})`);
  }
  if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...place, lines });
}
