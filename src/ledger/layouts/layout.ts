import type { Op } from '../../bridge/index.ts';
import type { AppliedMigration, LayoutName } from '../types.ts';
import { quote } from '../../sql/index.ts';

/** A column that a tracking table must have. */
export interface LayoutColumn {
  readonly name: string;
  readonly primaryKey?: boolean;
}

/** A row of the tracking table as read: valid, or the reason why it is not. */
export type LedgerRow =
  | { readonly ok: true; readonly row: AppliedMigration }
  | { readonly ok: false; readonly label: string; readonly fact: string };

/** An applied migration to be written: the row, and the names its layout may use. */
export interface NewRow extends AppliedMigration {
  /** `002_add_user_roles.sql`. */
  readonly fileName: string;
}

/** An applied migration that gets another number. */
export interface RenumberedRow {
  readonly row: AppliedMigration;
  readonly to: number;
}

/**
 * How the tracking table looks. A layout is one small module: its columns, how rows are read and written. The engine
 * knows nothing of columns.
 */
export interface Layout {
  readonly name: LayoutName;
  readonly defaultTable: string;
  readonly columns: readonly LayoutColumn[];
  /** The CREATE TABLE statement. */
  create(table: string): string;
  read(table: string): Op<readonly LedgerRow[]>;
  insert(table: string, row: NewRow): Op<void>;
  remove(table: string, row: AppliedMigration): Op<void>;
  /** Records another text for an applied migration (`repair`). */
  update(table: string, row: NewRow): Op<void>;
  /** Gives rows other numbers, all at once: two may swap theirs. The numbers must be free, or those of these rows. */
  renumber(table: string, rows: readonly RenumberedRow[]): Op<void>;
  /**
   * The statements that give another database these rows, in the order of the versions. Only what says which
   * migrations are applied: what differs from machine to machine is made anew where they are run.
   */
  dump(table: string): Op<readonly string[]>;
  /** Writes the schema's fingerprint to the migration that left it, where the layout has a place for it. */
  recordFingerprint?(table: string, version: number, fingerprint: string): Op<void>;
}

/** The moment at which a dump is loaded, as ISO 8601 in UTC: then the new database is brought to this state. */
export const loadTime: string = `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`;

/** An INSERT of one row, from expressions by column. */
export function insertion(table: string, values: Readonly<Record<string, string>>): string {
  return `INSERT INTO ${quote(table)} (${Object.keys(values).join(', ')}) VALUES (${Object.values(values).join(', ')});`;
}
