import type { Direction, Op } from '../../bridge/index.ts';
import { dunlinError, type DunlinError, type MigrationRef } from '../../errors/index.ts';
import { toolNames } from '../../ledger/index.ts';
import type { RunContext } from '../../lock/index.ts';
import type { Migration } from '../../migration/index.ts';

/** A migration in another tool's table. */
export interface ExportedMigration extends MigrationRef {
  /** As the tool records it: `003_tags.js`. */
  readonly recorded: string;
}

/** A migration that Dunlin has applied or recorded. */
export interface AppliedHere {
  readonly migration: Migration;
  /** ISO 8601, UTC. */
  readonly appliedAt: string;
  readonly executionTimeMs: number;
}

/** What is to be written into another tool's table. */
export interface ForeignChanges {
  /** To be recorded as applied. */
  readonly added: readonly AppliedHere[];
  /** To be recorded no longer. */
  readonly removed: readonly Migration[];
  /** Their checksum becomes that of the present file. */
  readonly updated: readonly Migration[];
}

/** The same, as the tool records it. */
export interface ListedChanges {
  readonly added: readonly ExportedMigration[];
  readonly removed: readonly ExportedMigration[];
  readonly updated: readonly ExportedMigration[];
}

/** A migration that a run is about to apply or roll back. */
export interface PlannedMove extends MigrationRef {
  readonly direction: Direction;
}

/** Another tool's table, to be written as the tool itself would have done it. */
export interface ForeignTable {
  /** `Knex`; undefined for an application's own table. */
  readonly tool: string | undefined;
  /** Undefined for `user_version`. */
  readonly table: string | undefined;
  /** What Dunlin has done and the table does not say. */
  readonly behind: ForeignChanges;
  /** Whether it records a migration as applied. */
  has(migration: Migration): boolean;
  list(changes: ForeignChanges): ListedChanges;
  /** Throws if one of the moves could not be recorded. */
  refuse(moves: readonly PlannedMove[]): void;
  write(changes: ForeignChanges): Op<void>;
}

/** Whom a table is written for: who asked decides about the error. */
export interface Purpose {
  readonly context: RunContext;
  readonly code: 'EXPORT_REFUSED' | 'MIRROR_REFUSED';
}

export function refused(
  { context: { database }, code }: Purpose,
  tool: string,
  lines: readonly string[],
  remedy: string,
): DunlinError {
  return dunlinError(code, { database, tool, lines, remedy });
}

export function otherTools(): string {
  return `The tools are ${toolNames.join(', ')}; or give the name of your own table, or user_version.`;
}

export function noTable(to: string): string {
  return `Let ${to} make its tables first, with its own command that shows the state. ${otherTools()}`;
}
