import type { catalogue } from './catalogue.ts';
import { visible } from './visible.ts';

/** A place in a migration's source: 1-based line and column, 0-based offset into the text. */
export interface SourceLocation {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  /** The statement's number within its section, from 1. */
  readonly statement?: number;
}

/** What an error carries besides its text. */
export interface ErrorDetails {
  readonly migration?: MigrationRef | undefined;
  readonly location?: SourceLocation | undefined;
  /** The SQL around `location`, for a code frame. */
  readonly source?: string | undefined;
  /** How far a run got: committed, failed, not done. Absent when no run had begun. */
  readonly applied?: readonly MigrationRef[] | undefined;
  readonly failed?: MigrationRef | undefined;
  readonly pending?: readonly MigrationRef[] | undefined;
  /** The backup from before the run. */
  readonly backup?: { readonly id: string; readonly file: string; readonly bytes: number } | undefined;
  /** Of `PLAN_CHANGED`: the planned moves, and those of a new plan. */
  readonly planned?: readonly MoveRef[] | undefined;
  readonly now?: readonly MoveRef[] | undefined;
  /** Every problem found, when there are several; each is a DunlinError of its own. */
  readonly problems?: readonly DunlinError[];
  readonly cause?: unknown;
  /** Replaces the hint, where the state of the data is known only later. */
  readonly hint?: string;
}

/** Every code that Dunlin's errors have; docs/reference/errors.md explains each. */
export type ErrorCode = Extract<keyof typeof catalogue, string>;

const brand = Symbol.for('dunlin.error');

/**
 * Every failure that Dunlin reports. `code` is stable and what a program should test; `message` says what
 * happened and to which object, `hint` what to do next.
 *
 * Use `isDunlinError(error)` rather than `instanceof`: it holds across two copies of the package.
 */
export class DunlinError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly migration: MigrationRef | undefined;
  readonly location: SourceLocation | undefined;
  readonly source: string | undefined;
  readonly applied: readonly MigrationRef[] | undefined;
  readonly failed: MigrationRef | undefined;
  readonly pending: readonly MigrationRef[] | undefined;
  /** The backup from before the run that failed, if one was made. */
  readonly backup: ErrorDetails['backup'] | undefined;
  /** Of `PLAN_CHANGED`: what the run was to do when it was planned. */
  readonly planned: readonly MoveRef[] | undefined;
  /** Of `PLAN_CHANGED`: what the same run would do now. */
  readonly now: readonly MoveRef[] | undefined;
  readonly problems: readonly DunlinError[];

  constructor(code: ErrorCode, message: string, hint: string, details: ErrorDetails = {}) {
    super(visible(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.hint = visible(hint);
    this.migration = details.migration;
    this.location = details.location;
    this.source = details.source;
    this.applied = details.applied;
    this.failed = details.failed;
    this.pending = details.pending;
    this.backup = details.backup;
    this.planned = details.planned;
    this.now = details.now;
    this.problems = details.problems ?? [];
    Object.defineProperty(this, brand, { value: true });
  }

  override get name(): string {
    return `DunlinError ${this.code}`;
  }

  /** The same error with more details: what a run adds when it knows how far it got. */
  with(details: ErrorDetails): DunlinError {
    return copyWith(this, details);
  }
}

/** Outside the class, which a bundler would rename if it named itself: logs show the name. */
function copyWith(error: DunlinError, details: ErrorDetails): DunlinError {
  const hint = details.hint ?? error.hint;
  const copy = new DunlinError(error.code, error.message, hint, { ...error, cause: error.cause, ...details });
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}

/** Whether `error` is a DunlinError, also one from another copy of the package. */
export function isDunlinError(error: unknown): error is DunlinError {
  return hasBrand(error, brand);
}

/** A migration as errors, results and events name it. */
export interface MigrationRef {
  readonly version: number;
  readonly name: string;
}

/** A migration with what a run does with it. */
export interface MoveRef extends MigrationRef {
  readonly direction: 'up' | 'down';
}

export function refOf({ version, name }: MigrationRef): MigrationRef {
  return { version, name };
}

/** Whether an object has the mark of a class. Anything can be thrown, even a Proxy whose `has` throws. */
export function hasBrand(value: unknown, brand: symbol): boolean {
  try {
    return typeof value === 'object' && value !== null && brand in value;
  } catch {
    return false;
  }
}
