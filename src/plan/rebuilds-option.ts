import type { FormatMigration, Rebuilds, TableClause } from '../migration/index.ts';

/** Where no tool says what it cannot know. SQL written by hand may leave out a CHECK or a generated column on purpose. */
const standard: readonly TableClause[] = ['autoincrement', 'collate', 'strict', 'without-rowid'];

/** What the rebuilds of a migration keep of a CREATE TABLE; undefined: they keep nothing at all. */
export function keptClauses(
  given: Rebuilds | undefined,
  origin: FormatMigration | undefined,
): readonly TableClause[] | undefined {
  const rebuilds = given ?? (origin?.unsaid === undefined ? 'as-written' : 'keep');
  return rebuilds === 'keep' ? (origin?.unsaid ?? standard) : undefined;
}
