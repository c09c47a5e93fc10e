import type { Op } from '../bridge/index.ts';
import { closest } from '../errors/index.ts';
import { findDangling } from '../schema/index.ts';

const shown = 5;

/**
 * Says which foreign keys name no table: most often a slip behind REFERENCES, which SQLite finds only when the
 * application writes a row. No error: the table may be made by a later migration.
 */
export function* danglingNotes(): Op<readonly string[]> {
  const { dangling, tables } = yield* findDangling();
  const notes = dangling.slice(0, shown).map(({ child, parent }) => {
    const meant = closest(parent, tables);
    const question = meant === undefined ? '' : ` (did you mean ${meant}?)`;
    return `a foreign key of ${child} names ${parent}, which is no table${question}: with foreign keys on, SQLite refuses to write its rows`;
  });
  const more = dangling.length - notes.length;
  return more > 0 ? [...notes, `${more} more foreign keys name no table`] : notes;
}
