import type { KeptParts, StepStatement } from '../../plan/index.ts';
import type { Statistics } from '../../rebuild/index.ts';
import type { SchemaObject } from '../../schema/index.ts';
import { sameName } from '../../sql/index.ts';
import type { DeclaredLosses } from '../guards/declared-losses.ts';
import type { Rebuild } from './find-rebuilds.ts';

/** A rebuild, with what its table had and what it keeps of that. */
export interface KeptRebuild extends Rebuild {
  /** The indexes and triggers of the old table, in the order of their creation, by `objectKey`. */
  readonly objects: Map<string, SchemaObject>;
  /** Triggers that did not compile before either. */
  broken: ReadonlyMap<string, string>;
  /** The names of the old table's columns. */
  columns: readonly string[];
  /** What ANALYZE has found. */
  statistics: Statistics | undefined;
  /** The text of the old table, if it is known before its name is taken. */
  table: string | undefined;
  isEnded: boolean;
  /** The indexes with a name that the tool itself gives, by `objectKey`. */
  readonly toolNames: Set<string>;
  /** What it has kept, in words. */
  readonly kept: Set<string>;
  /** What it has not kept because it was removed from the tool's schema. */
  readonly removed: Set<string>;
}

/** What the rebuilds of a migration or a set have in common. */
export interface KeepContext {
  readonly statements: readonly StepStatement[];
  readonly parts: KeptParts;
  readonly declared: DeclaredLosses;
  /** What the statements themselves have dropped, by `objectKey`. */
  readonly dropped: Set<string>;
  /** Why an index, a trigger or a view could not be created again, by `objectKey`. */
  readonly notKept: Map<string, string>;
}

export function isNamed(names: readonly string[], name: string): boolean {
  return names.some((one) => sameName(one, name));
}

/** Whether a statement gives a table this name. */
export function namesTable({ facts }: StepStatement, name: string): boolean {
  if (facts.verb === 'create') return facts.object === 'table' && sameName(facts.name.name, name);
  return facts.verb === 'alter' && facts.change.kind === 'rename-table' && sameName(facts.change.to, name);
}
