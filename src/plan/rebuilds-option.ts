import type { FormatMigration, Rebuilds, RemovedParts, TableClause } from '../migration/index.ts';
import type { StepStatement } from './policy.ts';

/** What the rebuilds of a migration keep, besides triggers and views. */
export interface KeptParts {
  /** Of a CREATE TABLE. */
  readonly clauses: readonly TableClause[];
  /** What the tool's own schema no longer has is not kept. */
  readonly removed: RemovedParts;
  readonly indexNames: FormatMigration['indexNames'];
}

const nothing: RemovedParts = { indexes: [], conditions: [], columns: [] };

/** Where no tool says what it cannot know. SQL written by hand may leave out a CHECK or a generated column on purpose. */
const standard: readonly TableClause[] = ['autoincrement', 'collate', 'strict', 'without-rowid'];

/** What the rebuilds of a migration keep; undefined: they keep nothing at all. */
export function keptParts(
  given: Rebuilds | undefined,
  origin: FormatMigration | undefined,
  statements: readonly StepStatement[],
): KeptParts | undefined {
  const rebuilds = given ?? (origin?.unsaid === undefined ? 'as-written' : 'keep');
  if (rebuilds !== 'keep') return undefined;
  // Only a rebuild needs the tool's schema, which may be large.
  const renames = statements.some(({ facts }) => facts.verb === 'alter' && facts.change.kind === 'rename-table');
  const removed = renames ? origin?.removed?.() : undefined;
  return { clauses: origin?.unsaid ?? standard, removed: removed ?? nothing, indexNames: origin?.indexNames };
}
