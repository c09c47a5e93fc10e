import type { Step, StepStatement } from '../plan/index.ts';

/** Where rows of a table went, as a run sees it when it drops the table. Names are those of that moment. */
export interface RecordedCopy {
  readonly target: string;
  /** False: another copy has all of its columns and more, as that beside a log of ids. */
  readonly isMain: boolean;
  /** From each column to the one that got its values unchanged. */
  readonly pairs: readonly { readonly column: string; readonly to: string }[];
  /** Columns of the target that no expression over columns fills. */
  readonly plain: readonly string[];
  /** The statements that copied; none: the target only gets the table's name, and columns are matched by name. */
  readonly entries: readonly StepStatement[];
}

/** A table that is about to be dropped. */
export interface RecordedDrop {
  readonly table: string;
  readonly copies: readonly RecordedCopy[];
  /** Whether UPDATE statements took values of it into existing rows. */
  readonly isPicked: boolean;
  /** Columns whose values no copy and no expression took. */
  readonly notCopied: readonly string[];
}

/**
 * A run on a copy of the schema without rows, whose statements are to run elsewhere. It says what the copy cannot know,
 * and hears what has to be measured there.
 */
export interface RunRecorder {
  /** Whether the table has rows in the real database. */
  hasRows(table: string): boolean;
  /** A migration begins, or a set of them. Throws to refuse it. */
  begins(steps: readonly Step[]): void;
  /** A statement is about to run. Throws to refuse it. */
  runs(entry: StepStatement): void;
  drops(drop: RecordedDrop): void;
  /** The verification queries of a step hold on its rows only. */
  verifies(step: Step): void;
}
