import type { Op } from '../bridge/index.ts';
import { dunlinError } from '../errors/index.ts';
import { findBroken } from '../schema/index.ts';
import type { RebuildPlace } from './changes.ts';
import type { TableFacts } from './read-table.ts';

/** What elsewhere in the database works with a table, taken before it is rebuilt. */
export interface Dependents {
  /** Throws when something no longer works that did. */
  check(place: RebuildPlace): Op<void>;
}

export function* takeDependents({ dependents }: TableFacts): Op<Dependents> {
  const broken = yield* findBroken(dependents);
  return {
    *check(place) {
      const lines = [...(yield* findBroken(dependents))].flatMap(([key, reason]) => {
        const object = dependents.get(key);
        return object === undefined || broken.has(key)
          ? []
          : [`${object.type} ${object.name} no longer compiles (${reason})`];
      });
      if (lines.length > 0) throw dunlinError('OBJECT_BROKEN', { ...place, lines });
    },
  };
}
