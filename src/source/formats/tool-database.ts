/** What a tool's object uses of the database of a migration. Of an asynchronous driver both return promises. */
export interface ToolDatabase {
  all(sql: string, ...values: readonly unknown[]): unknown;
  run(sql: string, ...values: readonly unknown[]): unknown;
}

/** The object of a tool that its migrations get, on a migration's database. */
export interface Opened {
  readonly args: readonly unknown[];
  readonly close?: () => Promise<void>;
  /** Throws if what the migration did cannot stay. */
  readonly check?: () => void;
}

/** What a statement returned. */
export interface Ran {
  readonly rows: readonly unknown[];
  readonly changes: number;
  readonly lastInsertRowid: number | bigint;
}

const returnsRows = /^\s*(?:select|with|values|pragma|explain)\b|\breturning\b/i;

/** Runs one statement as tools expect it. */
export async function run(db: ToolDatabase, sql: string, values: readonly unknown[]): Promise<Ran> {
  if (returnsRows.test(sql)) {
    const rows = (await db.all(sql, ...values)) as readonly unknown[];
    return { rows, changes: 0, lastInsertRowid: 0 };
  }
  const { changes, lastInsertRowid } = (await db.run(sql, ...values)) as Omit<Ran, 'rows'>;
  return { rows: [], changes, lastInsertRowid };
}
