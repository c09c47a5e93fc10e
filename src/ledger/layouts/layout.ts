import type { Op } from '../../bridge/index.ts';
import type { AppliedMigration, LayoutName } from '../types.ts';
import { quote } from '../../sql/index.ts';

/** A column that a tracking table must have. */
export interface LayoutColumn {
  readonly name: string;
  readonly primaryKey?: boolean;
}

/** A row of the tracking table: valid, or the reason why it is not. */
export type LedgerRow =
  | { readonly ok: true; readonly row: AppliedMigration }
  | { readonly ok: false; readonly label: string; readonly fact: string };

/** A new row of the tracking table, with the names that a layout may need. */
export interface NewRow extends AppliedMigration {
  /** `002_add_user_roles.sql`. */
  readonly fileName: string;
}

/** An applied migration with its new version. */
export interface RenumberedRow {
  readonly row: AppliedMigration;
  readonly to: number;
}

/**
 * A layout of the tracking table: its columns, and how to read and write rows. The rest of the engine does not know the
 * columns.
 */
export interface Layout {
  readonly name: LayoutName;
  readonly defaultTable: string;
  readonly columns: readonly LayoutColumn[];
  /** The CREATE TABLE statement. */
  create(table: string): string;
  read(table: string): Op<readonly LedgerRow[]>;
  insert(table: string, row: NewRow): Op<void>;
  /** Inserts many rows at once, if the layout can. */
  insertAll?(table: string, rows: readonly NewRow[]): Op<void>;
  remove(table: string, row: AppliedMigration): Op<void>;
  /** Records the new text of an applied migration (`repair`). */
  update(table: string, row: NewRow): Op<void>;
  /** Changes versions, all at once: two rows may swap theirs. New versions must be free, or belong to these rows. */
  renumber(table: string, rows: readonly RenumberedRow[]): Op<void>;
  /**
   * The statements that insert these rows into another database, by version. They contain only which migrations are
   * applied; times and texts are created where the statements run.
   */
  dump(table: string): Op<readonly string[]>;
  /** Writes the schema's fingerprint to the migration's row, if the layout has a column for it. */
  recordFingerprint?(table: string, version: number, fingerprint: string): Op<void>;
  /** The texts of an applied migration, which `read` leaves out, if the layout has them. */
  texts?(table: string, version: number): Op<RecordedTexts>;
  /**
   * Whether migrations can be rolled back, by version: those whose recorded DOWN part, or UP part if there is no other,
   * begins with a statement. One that begins with a comment has to be parsed.
   */
  reversible?(table: string): Op<ReadonlyMap<number, boolean>>;
}

/** The UP and DOWN part as they were when they were applied; null if they were not recorded. */
export interface RecordedTexts {
  readonly up: string | null;
  readonly down: string | null;
}

/** An expression for the time at which a dump is loaded, as ISO 8601 in UTC. */
export const loadTime: string = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;

/** An INSERT of one row, from expressions by column. */
export function insertion(table: string, values: Readonly<Record<string, string>>): string {
  return `INSERT INTO ${quote(table)} (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).join(', ')});`;
}
