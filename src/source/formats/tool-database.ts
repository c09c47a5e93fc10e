/** What a tool's object uses of the database of a migration. Of an asynchronous driver both return promises. */
export interface ToolDatabase {
  all(sql: string, ...values: readonly unknown[]): unknown;
  run(sql: string, ...values: readonly unknown[]): unknown;
}

/** The object of a tool that its migrations get, on a migration's database. */
export interface Opened {
  readonly args: readonly unknown[];
  readonly close?: () => Promise<void>;
  /** Whether a transaction within the migration was rolled back. */
  readonly isRolledBack?: () => boolean;
}

/** What a statement returned. */
export interface Ran {
  readonly rows: readonly unknown[];
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

const returnsRows = /^\s*(?:select|with|values|pragma|explain)\b|\breturning\b/i;

/** How a statement of a tool runs within a migration. */
export interface StatementKind {
  /** Whether it returns rows. */
  readonly reader: boolean;
  /** The run has a transaction of its own, in which foreign keys cannot be switched. */
  readonly isSkipped: boolean;
  readonly isRollback: boolean;
}

export function kindOf(sql: string): StatementKind {
  const control = /^\s*(?:begin|commit|(rollback)|savepoint|release)\b/i.exec(sql);
  return {
    reader: returnsRows.test(sql),
    isSkipped: control !== null || /^\s*pragma\s+foreign_keys\b/i.test(sql),
    isRollback: control?.[1] !== undefined,
  };
}

/** What a skipped statement returns. */
export const skippedRows: readonly unknown[] = [{ foreign_keys: 0 }];

/** Runs one statement as tools expect it. */
export async function run(db: ToolDatabase, sql: string, values: readonly unknown[]): Promise<Ran> {
  if (returnsRows.test(sql)) {
    const rows = (await db.all(sql, ...values)) as readonly unknown[];
    return { rows, changes: 0, lastInsertRowid: 0 };
  }
  const { changes, lastInsertRowid } = (await db.run(sql, ...values)) as Omit<Ran, 'rows'>;
  return { rows: [], changes, lastInsertRowid };
}
