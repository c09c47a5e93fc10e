import type { Observation } from './observation.ts';

/** What the oracle found. */
export interface Finding {
  readonly kind:
    | 'rows lost'
    | 'values changed'
    | 'column lost'
    | 'table lost'
    | 'object lost'
    | 'object broken'
    | 'foreign keys violated'
    | 'rowid alias lost'
    | 'sequence lost';
  readonly table: string;
  readonly text: string;
  /** False: it belongs to what is not noticed, or it may be refused or not. */
  readonly certain: boolean;
}

export interface Facts {
  readonly before: Observation;
  /** Tables, by their names before the migration, that existed before the run. */
  readonly existed: ReadonlySet<string>;
  /** Tables whose rows a trigger of another table may have changed or removed. */
  readonly tampered: ReadonlySet<string>;
  readonly destructive: readonly string[];
}
