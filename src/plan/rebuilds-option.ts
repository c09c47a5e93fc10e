import type { FormatMigration, Rebuilds, RemovedParts, TableClause } from '../migration/index.ts';
import { classify, nameKey, type SqlStatement } from '../sql/index.ts';
import type { StepStatement } from './policy.ts';

/** What the rebuilds of a migration keep, besides triggers and views. */
export interface KeptParts {
  /** Of a CREATE TABLE. */
  readonly clauses: readonly TableClause[];
  /** What the tool's own schema no longer has is not kept. */
  readonly removed: RemovedParts;
  readonly indexNames: FormatMigration['indexNames'];
  /** In a DOWN part the indexes and triggers that the UP part makes, which are not kept: `index <name key>`. */
  readonly made: ReadonlySet<string>;
}

const nothing: RemovedParts = { indexes: [], conditions: [], columns: [] };

/** Where no tool says what it cannot know. SQL written by hand may leave out a CHECK or a generated column on purpose. */
const standard: readonly TableClause[] = ['autoincrement', 'collate', 'strict', 'without-rowid'];

/** Whether the rebuilds of a migration keep anything: what the option or the file says, else what its tool needs. */
export function rebuildsKeep(given: Rebuilds | undefined, origin: FormatMigration | undefined): boolean {
  return (given ?? (origin?.unsaid === undefined ? 'as-written' : 'keep')) === 'keep';
}

/** How a CREATE TABLE says each clause. */
const words: Readonly<Record<TableClause, RegExp>> = {
  autoincrement: /\bautoincrement\b/i,
  check: /\bcheck\b/i,
  collate: /\bcollate\b/i,
  generated: /\bas\s*\(/i,
  strict: /\bstrict\b/i,
  'without-rowid': /\bwithout\s+rowid\b/i,
};

/**
 * What the rebuilds of a migration keep; undefined: they keep nothing at all. `up`: for a DOWN part, the statements of the
 * UP part. What they make is not kept.
 */
export function keptParts(
  given: Rebuilds | undefined,
  origin: FormatMigration | undefined,
  statements: readonly StepStatement[],
  up: readonly SqlStatement[] = [],
): KeptParts | undefined {
  if (!rebuildsKeep(given, origin)) return undefined;
  // Only a rebuild needs the tool's schema, which may be large.
  const renames = statements.some(({ facts }) => facts.verb === 'alter' && facts.change.kind === 'rename-table');
  const removed = renames ? origin?.removed?.() : undefined;
  const made = new Set<string>();
  const tables: string[] = [];
  for (const statement of up) {
    const facts = classify(statement);
    if (facts.verb !== 'create') continue;
    if (facts.object === 'table') tables.push(statement.sql);
    else made.add(`${facts.object} ${nameKey(facts.name.name)}`);
  }
  const clauses = (origin?.unsaid ?? standard).filter((clause) => !tables.some((sql) => words[clause].test(sql)));
  return { clauses, removed: removed ?? nothing, indexNames: origin?.indexNames, made };
}
